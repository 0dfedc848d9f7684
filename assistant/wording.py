"""Two texts compared word by word: the same word, another form of it, or another word that means the same there."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from index.minilm import minilm

from .facts import Reading, base, read

__all__ = ["ANTONYMS", "Text", "likeness", "text"]

# Cosines of word vectors in context, between which a word goes from having nothing to do with another to meaning the
# same: "wages" and "pay" have 0.75, "agreed" and "accepted" 0.60, "increase" and "fell" 0.39.
NOTHING, SAME = 0.3, 0.6
# Two words with as long a beginning in common are forms of one.
LETTERS, SHARE = 4, 0.7

OPPOSITES = """
    rise increase grow climb gain jump surge higher up soar expand : fall decrease shrink drop decline plunge lower
    rise increase grow climb gain jump surge higher up soar expand : down slump cut reduce lose
    accept approve agree back support endorse favour favor welcome : reject refuse oppose decline dismiss criticise
    accept approve agree back support endorse favour favor welcome : criticize condemn veto block
    win victory winner : lose defeat loss loser
    beat : lose loss loser
    open reopen : close shut closure
    start begin launch : end finish stop cease halt
    before earlier previously : after later following since
    more above over exceed : less fewer below under
    most largest biggest highest greatest maximum best : least smallest lowest minimum worst
    first : final
    early : late
    allow permit legalise legalize let : ban forbid prohibit bar outlaw prevent
    arrive enter join : leave depart quit exit withdraw
    hire recruit appoint employ : fire dismiss sack lay
    buy purchase acquire : sell sale
    lend : borrow
    pass succeed : fail
    guilty convict : innocent acquit clear
    easy easily : difficult hard
    alive survive : dead die kill
    include : exclude
    remember : forget
    true right correct accurate : false wrong incorrect inaccurate untrue
    strong strengthen : weak weaken
    public : private secret
    public : privately secretly
    possible : impossible
    likely : unlikely
    legal lawful constitutional : illegal unlawful unconstitutional
    safe safely : dangerous unsafe
    confirm : deny
    admit : deny
    praise : criticise criticize condemn blame
    north northern : south southern
    east eastern : west western
    male man men boy : female woman women girl
    old older : new young younger
    hot warm : cold cool
    fast quick quickly faster : slow slowly slower
    long longer : short shorter
    large big larger bigger : small little smaller
    rich wealthy : poor
    expensive costly : cheap cheaper
    ahead : behind
    inside within : outside
    always : never
    everyone everybody : nobody none
    many : few
    full : empty
    present : absent
    keep retain : abandon scrap lose
    remain stay : leave
    extend prolong lengthen : shorten cut
    raise : lower cut
    arrest detain jail imprison : release free
    attack : defend
    love : hate
    friend ally : enemy foe opponent
    profit : loss
    surplus : deficit
    import : export
    majority : minority
    tighten : loosen ease relax
    resume continue : suspend pause halt stop cancel
    delay postpone : hasten advance
    optimistic : pessimistic
    daily : weekly monthly yearly annually
    morning : evening afternoon night
    spring : autumn fall
    summer : winter
    upstream : downstream
    upper : lower
    plaintiff : defendant
    teacher : pupil student
    employer : employee
    landlord : tenant
    parent mother father : child son daughter
    mother : father
    son : daughter
    brother : sister
    husband : wife
"""


def _antonyms() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in OPPOSITES.strip().splitlines():
        one, other = (frozenset(map(base, side.split())) for side in line.split(":"))
        for words, against in ((one, other), (other, one)):
            for word in words:
                found.setdefault(word, set()).update(against - words)
    return {word: frozenset(against) for word, against in found.items()}


# For the stem of a word, stems of words that say the opposite of it.
ANTONYMS = _antonyms()


@dataclass(frozen=True, eq=False)
class Text:
    """A text that was read, and the unit vector of each of its words in context: shape (words, 384)."""

    reading: Reading
    vectors: np.ndarray

    @functools.cached_property
    def content(self) -> np.ndarray:
        """For each word whether it says what the text is about."""
        return np.array([word.content for word in self.reading.words], dtype=bool)


@functools.lru_cache(maxsize=4096)
def text(sentence: str) -> Text:
    """Read a sentence and embed its words."""
    reading = read(sentence)
    states, offsets = minilm().states(sentence)
    vectors = np.zeros((len(reading.words), states.shape[1]), dtype=np.float32)
    piece = 0
    for row, word in enumerate(reading.words):
        while piece < len(offsets) and offsets[piece][1] <= word.start:
            piece += 1
        last = piece
        while last < len(offsets) and offsets[last][0] < word.end:
            last += 1
        vectors[row] = states[piece:last].sum(axis=0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return Text(reading, vectors / np.where(lengths, lengths, 1))


def likeness(one: Text, other: Text) -> np.ndarray:
    """How far each word of `one` means the same as each of `other`: 0 to 1, shape (words, words)."""
    result = np.clip((one.vectors @ other.vectors.T - NOTHING) / (SAME - NOTHING), 0, 0.9)
    mine, others = one.reading.words, other.reading.words
    result[one.content[:, None] != other.content[None, :]] = 0
    by_stem: dict[str, list[int]] = {}
    by_beginning: dict[str, list[int]] = {}
    for j, word in enumerate(others):
        by_stem.setdefault(word.stem, []).append(j)
        by_beginning.setdefault(word.stem[:LETTERS], []).append(j)
    for i, word in enumerate(mine):
        for j in by_beginning.get(word.stem[:LETTERS], ()):
            if _forms_of_one(word.stem, others[j].stem):
                result[i, j] = 0.95
        for opposite in ANTONYMS.get(word.stem, frozenset()) & by_stem.keys():
            result[i, by_stem[opposite]] = 0
        result[i, by_stem.get(word.stem, [])] = 1
    return np.asarray(result)


def _forms_of_one(one: str, other: str) -> bool:
    if (one.endswith("er") and other.endswith("est")) or (one.endswith("est") and other.endswith("er")):
        return False
    common = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return common >= LETTERS and common >= SHARE * min(len(one), len(other))

"""Rules for what turns a sentence into another one: not, may and will, all and only, because."""

from __future__ import annotations

import functools

import regex

from index.terms import stem

from .comparison import ALIKE, NEARLY_SAME, Comparison
from .facts import Reading, read
from .wording import ANTONYMS

__all__ = ["CAUSE", "certainty", "negation", "opposites", "quantity"]

# What a negated word of a line may stand for in the claim needs less.
LIKELY = 0.5
NEGATIONS = frozenset(
    """no not never neither nor none nobody nothing without cannot nowhere hardly barely nicht kein keine keinen nie
    pas jamais aucun""".split()
)
NEGATIVE = frozenset(
    map(
        stem,
        """deny denied refuse reject fail failure lack decline dismiss rule oppose avoid prevent unable dispute
        contradict impossible rebut""".split(),
    )
)
STOPS = regex.compile(
    r"[,;:()]|[.!?](?:\s|$)|\b(?:and|but|while|whereas|because|which|who|after|before|when|although|though|that)\b",
    regex.I,
)


ADVERBS = frozenset("instead again also even yet soon then ever once first".split())


@functools.lru_cache(maxsize=8192)
def _governed(sentence: str, kind: str) -> tuple[dict[int, str], frozenset[int]]:
    """What cues of a kind govern in a sentence: the first content word after each with the cue, and all in reach."""
    said = read(sentence)
    heads: dict[int, str] = {}
    reach: set[int] = set()
    for i, cue in enumerate(said.words):
        if not _is_cue(said, i, kind):
            continue
        seen = 0
        for j in range(i + 1, min(i + 9, len(said.words))):
            stops = STOPS.search(said.text[said.words[j - 1].end : said.words[j].start])
            # "not that it should be": what follows "that" is meant.
            if stops or (STOPS.fullmatch(said.words[j].text) and j > i + 1):
                break
            if not said.words[j].content or _is_cue(said, j, kind):
                continue
            reach.add(j)
            if said.words[j].text.lower() in ADVERBS or said.words[j].text.endswith("ly"):
                continue
            if not seen:
                heads[j] = cue.text
            seen += 1
            if seen == 3:
                break
    return heads, frozenset(reach)


def _is_cue(said: Reading, i: int, kind: str) -> bool:
    word = said.words[i]
    low = word.text.lower().replace("’", "'")
    after = said.words[i + 1].text.lower() if i + 1 < len(said.words) else ""
    if kind == "not":
        if (low, after) in {("not", "only"), ("no", "fewer"), ("no", "less"), ("no", "more"), ("not", "least")}:
            return False
        before = said.words[i - 1].stem if i else ""
        voted_down = before == "vote" and low in ("against", "down")
        return low in NEGATIONS or low.endswith("n't") or word.stem in NEGATIVE or voted_down
    if kind == "may":
        return (low in TENTATIVE or word.stem in TENTATIVE_STEMS) and not (
            low == "may" and word.name and not word.first
        )
    return low in COMING


def negation(c: Comparison) -> str | None:
    """Objects to a "not" that only the claim or only the line has."""
    heads, reach = _governed(c.said.text, "not")
    for i, cue in heads.items():
        k = c.home_of(i)
        if stem(cue) in NEGATIVE and (AGAINST.search(c.lines[k].text) or _has_word(c, k, cue)):
            continue
        governed = _governed(c.lines[k].text, "not")[1]
        found = c.matches(k, i, NEARLY_SAME) or c.matches(k, i)
        same_cue = stem(cue) in NEGATIVE and stem(cue) in c.lines[k].stems
        if not same_cue and not (any(j in governed for j in found) if found else governed):
            return f"the quote does not say “{cue}”"
    for k, line in enumerate(c.lines):
        for j, cue in _governed(line.text, "not")[0].items():
            claimed = c.claimed(k, j, LIKELY)
            if claimed is None or claimed in reach:
                continue
            i = claimed
            own = stem(cue) in NEGATIVE and stem(cue) in {w.stem for w in c.said.words}
            if (
                not own
                and c.home_of(i) == k
                and not any(j2 not in _governed(line.text, "not")[1] for j2 in c.matches(k, i, NEARLY_SAME))
            ):
                return f"the quote says “{cue}”"
    return None


AGAINST = regex.compile(
    r"\b(?:against|fail\w*|voted down|down|lost|avert\w*|refus\w*|reject\w*|den(?:y|ie)\w*)\b", regex.I
)


def _has_word(c: Comparison, k: int, cue: str) -> bool:
    """Whether a line has a word like this one of the claim."""
    return any(word.text == cue and c.rows[k][i] >= ALIKE for i, word in enumerate(c.said.words))


def opposites(c: Comparison) -> str | None:
    """Objects where a line says the opposite of a word of the claim."""
    reach = _governed(c.said.text, "not")[1]
    for i, word in enumerate(c.said.words):
        against = ANTONYMS.get(word.stem)
        if not against:
            continue
        line = c.lines[c.home(word.start, word.end)]
        if word.stem in line.stems:
            continue
        governed = _governed(line.text, "not")[1]
        for j, other in enumerate(line.read.reading.words):
            if other.stem in against and (j in governed) == (i in reach):
                return f"the quote says “{other.text}”, not “{word.text}”"
    return None


TENTATIVE = frozenset(
    """may might could if alleged allegedly reportedly possibly perhaps potentially maybe suspected unless unlikely
    likely apparently""".split()
)
TENTATIVE_STEMS = frozenset(
    map(
        stem,
        """plan propose expect seek hope want consider accuse suspect claim possible aim intend urge ask threaten offer
        try attempt proposal plans allege demand discuss mull weigh risk fear suggest recommend request appeal believe
        estimate predict forecast warn potential draft bid call should need must whether would doubt question unclear
        uncertain chance""".split(),
    )
)
COMING = frozenset("will would shall to due ll".split())


def certainty(c: Comparison) -> str | None:
    """Objects where a line only says that something may be, is said to be, or will be."""
    tentative = any(_is_cue(c.said, i, "may") for i in range(len(c.said.words))) or HAS_TO.search(c.said.text)
    coming = any(_is_cue(c.said, i, "will") for i in range(len(c.said.words)))
    if tentative:
        return None
    for kind, least in (("may", ALIKE), *([] if coming else [("will", NEARLY_SAME)])):
        for k, line in enumerate(c.lines):
            heads, reach = _governed(line.text, kind)
            for j, cue in heads.items():
                i = c.claimed(k, j, least)
                if i is None or c.home_of(i) != k:
                    continue
                if stem(cue) in {w.stem for w in c.said.words} and kind == "may":
                    continue
                if kind == "will" and not _told_as_done(c.said, i):
                    continue
                if all(other in reach for other in c.matches(k, i, NEARLY_SAME)):
                    return f"the quote says “{cue}”"
    return None


DONE = regex.compile(r"\b(?:has|have|had|was|were|is|are|been)\s+(?:\w+\s+)?$", regex.I)
HAS_TO = regex.compile(r"\b(?:has|have|had|having|is|are|was|were)\s+to\b", regex.I)


def _told_as_done(said: Reading, i: int) -> bool:
    word = said.words[i]
    return word.text.endswith("ed") or DONE.search(said.text[: word.start]) is not None


QUANTITIES = [
    frozenset(map(stem, group.split()))
    for group in (
        "all every each entire whole everyone everybody everything always complete completely entirely fully any",
        "only sole solely alone exclusively",
        "most majority mostly mainly",
        "both two pair",
    )
]


def quantity(c: Comparison) -> str | None:
    """Objects to an "all", "only" or "because" that the lines do not have."""
    for word in c.said.words:
        for group in QUANTITIES:
            if word.stem in group:
                after = next((w for w in c.said.words if w.start > word.end and w.content), word)
                if not group & c.lines[c.home(word.start, after.end)].stems:
                    return f"the quote does not say “{word.text}”"
    cause = CAUSE.search(c.said.text)
    if cause and not CAUSES.search(c.lines[c.home(cause.end(), cause.end())].text):
        return f"no quote says “{cause[0]}”"
    return None


# A reason that is given must be given in the quotes too.
CAUSE = regex.compile(
    r"\b(?:because|due to|owing to|as a result|thanks to|caused|led to|prompted|in response to|in protest|forcing"
    r"|so that|in order to|therefore|which would have)\b",
    regex.I,
)
CAUSES = regex.compile(
    r"\b(?:because|due|owing|result\w*|thanks|caus\w+|led|lead\w*|prompt\w*|respon\w+|protest|forc\w+"
    r"|so|therefore|after|as|since|over|amid)\b",
    regex.I,
)

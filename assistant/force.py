"""Rules for what turns a sentence into another one: not, may and will, all and only, because."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import regex

from .comparison import ALIKE, NEARLY_SAME, SAME_WORD, Comparison, Line
from .facts import Reading, Word, base, read
from .wording import ANTONYMS

__all__ = ["CAUSE", "certainty", "denied_by", "negation", "opposites", "quantity"]

# What a negated word of a line may stand for in the claim needs less.
LIKELY = 0.5
# How many words of a denied clause a claim must have.
ENOUGH = 2
# How many content words a "not" reaches.
REACH = 4
NEGATIONS = frozenset(
    """no not never neither nor none nobody nothing without cannot nowhere hardly barely nicht kein keine keinen nie
    pas jamais aucun""".split()
)
NEGATIVE = frozenset(
    map(
        base,
        """deny denied refuse reject fail failure lack decline dismiss oppose avoid prevent unable dispute
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
            if seen == REACH:
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
        if low == "from" and KEPT.search(said.text[max(0, word.start - 60) : word.start]):
            return True
        return _is_not(word) or (low, after) in DENYING or word.stem in NEGATIVE or voted_down
    if kind == "may":
        so_called = i > 0 and (said.words[i - 1].text.lower(), low) in {("so", "called"), ("an", "attempt")}
        # "Offers a menu" is done, "offers to pay" is not.
        offers = word.stem == "offer" and not TO_DO.match(said.text, word.end)
        return (low in TENTATIVE or word.stem in TENTATIVE_STEMS) and not (
            so_called or offers or (low == "may" and word.name and not word.first)
        )
    return low in COMING and (low != "to" or (i > 0 and said.words[i - 1].text.lower() in IS_TO))


def _is_not(word: Word) -> bool:
    low = word.text.lower().replace("’", "'")
    return low in NEGATIONS or low.endswith("n't")


DENYING = frozenset({("rule", "out"), ("ruled", "out"), ("yet", "to")})
TO_DO = regex.compile(r"\s(?:\w+\s){0,2}to\b", regex.I)
# "Kept them from sailing" says that they did not sail.
KEPT = regex.compile(r"\b(?:keep|keeps|kept|keeping|stop\w*|prevent\w*|bar\w*|ban\w*|block\w*)\b[^.,;:]*$", regex.I)
PREFIX = regex.compile(r"(?:un|in|im|ir|dis|non-?)(?=\p{L}{4})", regex.I)


def _prefixed(c: Comparison) -> str | None:
    """Objects where a line has "uncrewed" for "crewed", or the other way round."""
    for i, word in enumerate(c.said.words):
        if not _without_prefix(word) and not any(word.stem in _denied_stems(line) for line in c.lines):
            continue
        line = c.lines[c.home_of(i)]
        if word.stem in line.stems:
            continue
        for j, other in enumerate(line.read.reading.words):
            longer, shorter = (word, other) if len(word.text) > len(other.text) else (other, word)
            denied = i in _governed(c.said.text, "not")[1], j in _governed(line.text, "not")[1]
            if _without_prefix(longer) == shorter.stem and denied[0] == denied[1]:
                return f"the quote says “{other.text}”, not “{word.text}”"
    return None


def _without_prefix(word: Word) -> str | None:
    """The stem of what a word with a denying prefix denies: authorize for unauthorized."""
    prefix = PREFIX.match(word.text)
    return base(word.text[prefix.end() :]) if prefix else None


@functools.lru_cache(maxsize=8192)
def _denied_stems(line: Line) -> frozenset[str]:
    return frozenset(filter(None, map(_without_prefix, line.read.reading.words)))


def _doubled(c: Comparison) -> str | None:
    """Objects where only one side denies a word that denies by itself: "has not denied"."""
    for i, word in enumerate(c.said.words):
        if not _is_cue(c.said, i, "not"):
            continue
        line = c.lines[c.home_of(i)].read.reading
        for j, other in enumerate(line.words):
            if other.stem == word.stem:
                mine, theirs = _denied(c.said, i), _denied(line, j)
                if mine != theirs:
                    return f"the quote {'does not say' if mine else 'says'} “not {word.text}”"
    return None


def _denied(said: Reading, i: int) -> bool:
    """Whether one of the two words before a word says "not" to it."""
    before = said.words[max(0, i - 2) : i]
    return any(_is_not(w) and not STOPS.search(said.text[w.end : said.words[i].start]) for w in before)


def negation(c: Comparison) -> str | None:
    """Objects to a "not" that only the claim or only the line has."""
    turned = _prefixed(c) or _doubled(c)
    if turned:
        return turned
    heads, reach = _governed(c.said.text, "not")
    cues = (w.text for i, w in enumerate(c.said.words) if _is_cue(c.said, i, "not") and w.stem not in NEGATIVE)
    plain = next(cues, None)
    if plain and not any(_denies(line) for line in c.lines):
        return f"the quote does not say “{plain}”"
    for i, cue in heads.items():
        k = c.home_of(i)
        if base(cue) in NEGATIVE and (AGAINST.search(c.lines[k].text) or _has_word(c, k, cue)):
            continue
        governed = _governed(c.lines[k].text, "not")[1]
        found = c.matches(k, i, NEARLY_SAME) or c.matches(k, i)
        if c.said.words[i].stem in _denied_stems(c.lines[k]):
            continue
        if not c.matches(k, i, SAME_WORD) and _denied_in_other_words(c, _reach_of(c, i, reach)):
            continue
        same_cue = base(cue) in NEGATIVE and base(cue) in c.lines[k].stems
        if not same_cue and not (any(j in governed for j in found) if found else governed):
            return f"the quote does not say “{cue}”"
    for k, line in enumerate(c.lines):
        for j, cue in _governed(line.text, "not")[0].items():
            claimed = c.claimed(k, j, LIKELY)
            if claimed is None and not reach and base(cue) not in NEGATIVE:
                denied = _said_of_denied(c, k, j)
                if len(denied) >= ENOUGH and all(c.home_of(i) == k for i in denied):
                    return f"the quote says “{cue}”"
            if claimed is None or claimed in reach or reach & {*_said_of_denied(c, k, j)}:
                continue
            i = claimed
            own = base(cue) in NEGATIVE and base(cue) in {w.stem for w in c.said.words}
            if (
                not own
                and c.home_of(i) == k
                and not any(j2 not in _governed(line.text, "not")[1] for j2 in c.matches(k, i, SAME_WORD))
            ):
                return f"the quote says “{cue}”"
    return None


def denied_by(c: Comparison, line: Line) -> str | None:
    """What a line denies in the very words of a claim that denies nothing, where its quotes have other words."""
    if _governed(c.said.text, "not")[1]:
        return None
    beside = Comparison(c.said.text, [[line]])
    for j, cue in _governed(line.text, "not")[0].items():
        if base(cue) in NEGATIVE:
            continue
        denied = _said_of_denied(beside, 0, j)
        if len(denied) >= ENOUGH and all(c.covered[i] < SAME_WORD for i in denied):
            return f"a passage says “{cue}”"
    return None


def _said_of_denied(c: Comparison, k: int, j: int) -> list[int]:
    """The words of the claim that a line has exactly, from word `j` on as far as its "not" reaches; no names."""
    reach = [n for n in sorted(_governed(c.lines[k].text, "not")[1]) if n >= j][:REACH]
    found = (c.claimed(k, n, SAME_WORD) for n in reach)
    return [i for i in dict.fromkeys(found) if i is not None and not c.named(i) and c.weights[i] > 0.5]


def _denies(line: Line) -> bool:
    """Whether a line denies anything, be it by a prefix."""
    said = line.read.reading
    return any(_is_cue(said, j, "not") or PREFIX.match(word.text) for j, word in enumerate(said.words))


def _denied_in_other_words(c: Comparison, words: Sequence[int]) -> bool:
    """Whether a line denies any of some words of the claim."""
    return any(
        j in _governed(line.text, "not")[1] for k, line in enumerate(c.lines) for i in words for j in c.matches(k, i)
    )


def _reach_of(c: Comparison, i: int, reach: frozenset[int]) -> list[int]:
    """The words of the claim that one "not" reaches: from the first one on, as far as its clause goes."""
    found = [i]
    for r in sorted(r for r in reach if r > i):
        if STOPS.search(c.said.text[c.said.words[found[-1]].end : c.said.words[r].start]):
            break
        found.append(r)
    return found


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
        k = c.home(word.start, word.end)
        line = c.lines[k]
        if word.stem in line.stems:
            continue
        governed = _governed(line.text, "not")[1]
        for j, other in enumerate(line.read.reading.words):
            if other.stem in against and (j in governed) == (i in reach) and _in_place(c, i, k, j):
                return f"the quote says “{other.text}”, not “{word.text}”"
    return None


ORDER = frozenset("before earlier previously after later following since".split())


def _in_place(c: Comparison, i: int, k: int, j: int) -> bool:
    """Whether word `j` of a line stands among words like those that word `i` of the claim stands among."""
    if c.said.words[i].text.lower() in ORDER:
        following = next((n for n in range(i + 1, len(c.said.words)) if c.weights[n] > 0.5), None)
        return following is not None and any(0 < m - j <= 3 for m in c.matches(k, following))
    beside = [n for n in range(max(0, i - 4), min(len(c.said.words), i + 5)) if n != i and c.weights[n] > 0.5]
    return not beside or any(abs(m - j) <= 6 for n in beside for m in c.matches(k, n))


TENTATIVE = frozenset(
    """may might could if alleged allegedly reportedly possibly perhaps potentially maybe suspected unless unlikely
    likely apparently thought believed probably presumably seemingly""".split()
)
TENTATIVE_STEMS = frozenset(
    map(
        base,
        """plan propose expect seek hope want accuse suspect claim possible aim intend urge ask threaten offer
        try attempt proposal plans allege demand discuss mull weigh risk fear suggest recommend request appeal believe
        predict forecast warn potential draft should need must whether would doubt unclear uncertain chance""".split(),
    )
)
COMING = frozenset("will would shall to due ll".split())
IS_TO = frozenset("is are was were be due set about going".split())


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
                if base(cue) in {w.stem for w in c.said.words} and kind == "may":
                    continue
                if kind == "will" and not _told_as_done(c.said, i):
                    continue
                if all(other in reach for other in c.matches(k, i, NEARLY_SAME)):
                    return f"the quote says “{cue}”"
    return None


DONE = regex.compile(r"\b(?:has|have|had|was|were|is|are|been)\s+(?:\w+\s+)?$", regex.I)
# What is ordered or owed is not told as done.
HAS_TO = regex.compile(
    r"\b(?:has|have|had|having|is|are|was|were)\s+to\b|\b(?:told|asked|ordered|urged|warned|advised)\b[^,.;]*\bto\b",
    regex.I,
)


def _told_as_done(said: Reading, i: int) -> bool:
    word = said.words[i]
    return word.text.endswith("ed") or DONE.search(said.text[: word.start]) is not None


QUANTITIES = [
    frozenset(map(base, group.split()))
    for group in (
        "total all every each entire whole everyone everybody everything always complete completely entirely fully any",
        "only just sole solely alone exclusively",
        "most majority mostly mainly bulk",
        "both two pair couple",
    )
]
UNSAID = frozenset("just total any pair couple two main".split())


def quantity(c: Comparison) -> str | None:
    """Objects to an "all", "only" or "because" that the lines do not have."""
    for word in c.said.words:
        for group in QUANTITIES:
            if word.stem in group:
                if (
                    word.text.lower() in UNSAID
                    or OTHERWISE.match(c.said.text, word.start)
                    or LISTED.search(c.said.text[: word.start])
                ):
                    continue
                after = next((w for w in c.said.words if w.start > word.end and w.content), word)
                if not group & c.lines[c.home(word.start, after.end)].stems:
                    return f"the quote does not say “{word.text}”"
    cause = CAUSE.search(c.said.text)
    if cause and not CAUSES.search(c.lines[c.home(cause.end(), cause.end())].text):
        return f"no quote says “{cause[0]}”"
    return None


# "The most recent year" is a degree.
OTHERWISE = regex.compile(r"most\s+(?!of\b|\p{L}+s\b)", regex.I)
# "Oslo, Bergen and Moss all": the names are the whole.
LISTED = regex.compile(r"\band\s+\p{Lu}[\p{L}\s'’-]*\s$")
# A reason that is given must be given in the quotes too.
CAUSE = regex.compile(
    r"\b(?:because|due to|owing to|as a result|thanks to|caused|led to|prompted|in response to|in protest|forcing"
    r"|so that|in order to|therefore|which would have)\b",
    regex.I,
)
CAUSES = regex.compile(
    r"\b(?:because|due|owing|result\w*|thanks|reasons?|why|contribut\w+|driv\w+|blam\w+|caus\w+|led|lead\w*|prompt\w*|respon\w+|protest|forc\w+"
    r"|so|therefore|after|as|since|over|amid|for\s\w+ing)\b",
    regex.I,
)

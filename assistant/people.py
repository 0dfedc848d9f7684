"""Rules for names: who is named, who speaks, who does what to whom, and what belongs together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import regex

from index.terms import terms

from .comparison import (
    ALIKE,
    BACKWARD,
    COVERED_AROUND,
    NEARLY_SAME,
    PRONOUN,
    Comparison,
    Line,
    has_word_of_name,
)
from .facts import base, read
from .figures import line_has_date, line_has_number
from .names import (
    REPORTING,
    TITLES,
    Mention,
    has_name,
    joined_names,
    mentions,
    names_source,
    roles,
    slots,
    speakers,
)

__all__ = ["pairs", "parts", "places", "speaker", "together", "who"]

# How much less of the words around a name its own line may have than the line that has most.
NEARLY_AS_WELL = 0.35
# Characters between a name and another one that says the same.
CLOSE = 25
# How many content words beside a word of saying tell what is said.
WHAT_IS_SAID = 8


def who(c: Comparison) -> str | None:
    """Objects to a name that no line has, or only in speaking of something else."""
    for mention in mentions(c.said.text):
        if mention.kind != "name" or _is_outlet(c, mention):
            continue
        words = [i for i in c.words_of(mention) if _surely_name(c, i)]
        words = [i for i in words if c.said.words[i].stem not in TITLES] or words
        reason = _named(c, words) if words else None
        if reason:
            return reason
    return None


def _is_outlet(c: Comparison, mention: Mention) -> bool:
    """Whether a name of the claim is that of the outlet of the line that speaks of what stands around it."""
    return names_source(c.label(mention), c.lines[c.home(mention.start, mention.end, itself=False)].article)


def _surely_name(c: Comparison, i: int) -> bool:
    """Whether a word that is written like a name is one: also at the beginning of the claim."""
    word = c.said.words[i]
    if not word.first or (len(word.text) > 1 and word.text.isupper()):
        return True
    if word.text.lower() in OPENING:
        return False
    if any(w.stem == word.stem and not w.name for line in c.lines for w in line.read.reading.words):
        return False
    after = c.said.words[i + 1] if i + 1 < len(c.said.words) else None
    if after and after.name and after.start - word.end == 1:
        return True
    if any(w.stem == word.stem and w.name and not w.first for line in c.lines for w in read(line.context).words):
        return True
    # What nobody has heard of, and is no plural or form of a verb, is taken for a name.
    return c.covered[i] < ALIKE and not PLAIN_FORM.search(word.text)


# Words that open a sentence and are never a name.
OPENING = frozenset(
    """although though despite unlike according because since while whereas besides amid near until once earlier later
    within""".split()
)
PLAIN_FORM = regex.compile(r"(?:(?<!['’])s|ly|ing|ed)$")


def _named(c: Comparison, words: Sequence[int]) -> str | None:
    label = c.said.text[c.said.words[words[0]].start : c.said.words[words[-1]].end]
    if _described(c, words):
        return None
    for i in words:
        if not any(has_word_of_name(c.said, i, line) or c.said.words[i].stem in line.known for line in c.lines):
            return f"no quote has the name {c.said.words[i].text}"
    start, end = c.said.words[words[0]].start, c.said.words[words[-1]].end
    near = c.around(start, end)
    if not near:
        return None
    best = int(np.argmax([c.share(row, near) for row in c.rows]))
    direct = [k for k, line in enumerate(c.lines) if any(has_word_of_name(c.said, i, line) for i in words)]
    if any(
        c.share(c.rows[k], near) >= max(COVERED_AROUND, c.share(c.rows[best], near) - NEARLY_AS_WELL) for k in direct
    ):
        return None
    # The line that says it does not name it: it must leave open whom it speaks of, and the name must be near.
    line = c.lines[best]
    reported = any(word.stem in REPORTING or word.stem in {"accord", "say"} for word in c.said.words) and any(
        c.said.words[i].stem in _source(line) for i in words
    )
    opening = BACKWARD.match(line.text) is not None
    same_quote = any(c.quote_of[k] == c.quote_of[best] for k in direct) or (
        not opening and all(c.said.words[i].stem in line.known for i in words)
    )
    if reported or (same_quote and _leaves_open(c, line)):
        return None
    return f"the quote has {label}, but of something else"


def _described(c: Comparison, words: Sequence[int]) -> bool:
    """Whether a line has "the district" for "the Kelda district", in an article that names it so."""
    after = words[-1] + 1
    if after >= len(c.said.words) or not c.said.words[after].content or c.said.words[after].name:
        return False
    name, noun = c.said.words[words[-1]], c.said.words[after]
    if noun.start - name.end != 1:
        return False
    near = regex.compile(rf"\b{regex.escape(name.text)}\W+(?:\w+\W+){{0,2}}{regex.escape(noun.text)}", regex.I)
    the = regex.compile(rf"\bthe\s+(?:\w+\s+)?{regex.escape(noun.text)}", regex.I)
    return any(the.search(line.text) and near.search(line.context) for line in c.lines)


def _leaves_open(c: Comparison, line: Line) -> bool:
    """Whether a line leaves open whom it speaks of, so that a name nearby may be meant."""
    opening = BACKWARD.match(line.text)
    if opening and (opening["pronoun"] or _may_be_somebody(c, base(opening["noun"]))):
        return True
    mine = [m for m in mentions(c.said.text) if m.kind == "name"]
    rivals = [n for n in line.names if not any(n.same(m) for m in mine) and not n.keys <= TITLES]
    first = min((n.start for n in rivals), default=len(line.text))
    return not rivals or PRONOUN.search(line.text[:first]) is not None


def _may_be_somebody(c: Comparison, noun: str) -> bool:
    """Whether "the ..." may stand for a name of the claim: a title, what is somebody's there, or a new word."""
    return (
        noun in TITLES
        or noun not in {w.stem for w in c.said.words}
        or any(word.stem == noun and c.said.text[: word.start].endswith(("'s ", "’s ")) for word in c.said.words)
    )


def _source(line: Line) -> frozenset[str]:
    return frozenset(terms(f"{line.article.source or ''} {line.article.author or ''}"))


def speaker(c: Comparison) -> str | None:
    """Objects where what the claim lets somebody say is said by somebody else."""
    for verb, who in speakers(c.said.text):
        if who is None or not any(_surely_name(c, i) for i in c.words_of(who)):
            continue
        said = [i for i, w in enumerate(c.said.words) if c.weights[i] > 0.5 and not who.start <= w.start < who.end]
        after = [i for i in said if verb <= c.said.words[i].start < _next_speaker(c, verb)]
        content = after[:WHAT_IS_SAID] if len(after) > 1 else said[-WHAT_IS_SAID:]
        home = int(np.argmax([c.share(row, content) for row in c.rows]))
        outlet = names_source(c.label(who), c.lines[home].article)
        if not outlet and not who.keys & _source(c.lines[home]) and not _says(c, who, home):
            return f"the quote does not say that {c.label(who)} said it"
    return None


def _before_verb(line: Line, who: Mention) -> bool:
    """Whether a name stands before a word of saying in its clause: "Ada, 53, and her brother Per told"."""
    return any(
        name.same(who) and name.role in ("", "object")
        for verb, _ in speakers(line.text)
        for name in mentions(line.text)
        if name.end < verb and not ENDS.search(line.text[name.end : verb])
    )


ENDS = regex.compile(r"[.;!?”]|\b(?:that|but|while|because)\b")


def _next_speaker(c: Comparison, verb: int) -> int:
    """Where in the claim, after a word of saying, another clause begins in which somebody speaks."""
    others = [end for end, who in speakers(c.said.text) if who is not None and verb < who.start]
    begins = [begin for begin, end in c.spans if begin > verb and any(begin < other <= end for other in others)]
    return min(begins, default=len(c.said.text))


def _says(c: Comparison, who: Mention, home: int) -> bool:
    """Whether a line is said by somebody, as far as it and the lines beside it in its quote tell."""
    said = [speaker for _, speaker in speakers(c.lines[home].text)]
    if any(speaker is not None and speaker.same(who) for speaker in said):
        return True
    beside = [k for k in range(len(c.lines)) if c.quote_of[k] == c.quote_of[home] and abs(k - home) <= 2]
    named = any(who.same(name) for k in beside for name in mentions(c.lines[k].text))
    if said:
        # "He said that Lund was late": he is not Lund.
        verbs = [end for end, speaker in speakers(c.lines[home].text) if speaker is None]
        told = [n for n in mentions(c.lines[home].text) if n.same(who)]
        told_of = bool(told) and min(n.start for n in told) >= min(verbs, default=0)
        known = named or bool(who.keys & c.lines[home].known)
        return _before_verb(c.lines[home], who) or (known and bool(verbs) and not told_of)
    others = [speaker for k in beside for _, speaker in speakers(c.lines[k].text) if speaker is not None]
    return named and (not others or any(speaker.same(who) for speaker in others))


def parts(c: Comparison) -> str | None:
    """Objects where a line has two names in each other's part: who told whom, what is above what."""
    for one, other in itertools.combinations(mentions(c.said.text), 2):
        between = c.said.text[one.end : other.start]
        if one.kind != other.kind or one.same(other) or joined_names(c.said.text, one, other):
            continue
        if APPOSED.match(between) or not _acting(between) or OTHER_CLAUSE.search(between):
            continue
        if one.kind == "number" and not (one.role and other.role):
            continue
        if any(c.said.text[: m.end].endswith(("'s", "’s")) for m in (one, other)):
            continue
        mine = roles(one, other)
        acts = [i for i, w in enumerate(c.said.words) if w.content and not w.name and one.end <= w.start < other.start]
        theirs = [parts for k in range(len(c.lines)) if (parts := _same_pair(c, one, other, k, acts))]
        if mine and mine[0] != mine[1] and mine not in theirs and mine[::-1] in theirs:
            return f"the quote has {c.label(one)} and {c.label(other)} the other way round"
    return None


# "Rutte, the head of NATO": the second name belongs to the first.
OTHER_CLAUSE = regex.compile(r"\b(?:that|whether|while|whereas)\b", regex.I)
APPOSED = regex.compile(r"[\"”’']?\s*,[\"”’']?\s*(?:an?|the|who|whose|which|whom|of|from)\b|\s*[(’']", regex.I)
ACTS = regex.compile(
    r"(?<!\w)(?:\w+(?:ed|ing|[a-z]s)|said|told|beat|won|met|gave|took|sent|sold|bought|led|hit|shot|paid|wrote|made|left|found|held|"
    r"lost|put|set|cut|from|to|than|against|over|by|after|before|behind)(?!\w)",
    regex.I,
)


def _acting(between: str) -> bool:
    """Whether there is something between two names that one may do to the other."""
    return ACTS.search(between) is not None


def _same_pair(c: Comparison, one: Mention, other: Mention, k: int, acts: Sequence[int]) -> tuple[str, str] | None:
    """The parts that two mentions of the claim have in a line that has both, with one of the same acts between."""
    line = c.lines[k]
    if k != c.home(one.start, other.end):
        return None
    a, b = _nearest_of(line, one), _nearest_of(line, other)
    if a is None or b is None or a == b or joined_names(line.text, a, b):
        return None
    first, last = min(a.end, b.end), max(a.start, b.start)
    words = line.read.reading.words
    acting = any(first <= words[j].start < last for i in acts for j in c.matches(k, i)) or not acts
    return roles(a, b) if acting and not APPOSED.match(line.text[first:last]) else None


def _nearest_of(line: Line, mention: Mention) -> Mention | None:
    """The mention in a line that has most in common with one of the claim."""
    there = [m for m in mentions(line.text) if m.same(mention)]
    return max(there, key=lambda m: len(m.keys & mention.keys), default=None)


def places(c: Comparison) -> str | None:
    """Objects where a line has another name in the place that one has in the claim."""
    for mention in mentions(c.said.text):
        mine = slots(c.said.text, mention)
        k = c.home(mention.start, mention.end, itself=False)
        line = c.lines[k]
        if OWNS_NAME.match(c.said.text, mention.end - 2):
            continue
        if mention.kind == "name" and not any(_surely_name(c, i) for i in c.words_of(mention)):
            continue
        there = [(m, slots(line.text, m)) for m in _mentioned(line, mention.kind)]
        for place in mine:
            if _has_place(c, mention, place):
                continue
            holders = [m for m, places in there if any(_same_place(c, k, place, other) for other in places)]
            holders += [m for m, _ in there if any(m is not h and joined_names(line.text, m, h) for h in holders)]
            if mention.kind == "number" and any(m.same(own) for m in holders for own in mentions(c.said.text)):
                continue
            if holders and not any(_one(c, mention, m, line) or _beside(c, mention, m, line) for m in holders):
                label, other = c.said.text[mention.start : mention.end], holders[0]
                return f"the quote has {line.text[other.start : other.end]} where this has {label}"
    return None


def _beside(c: Comparison, mention: Mention, holder: Mention, line: Line) -> bool:
    """Whether a name of the claim follows at once on the one that a line has in its place: "the paper The Gull"."""
    return any(
        0 <= m.start - holder.end <= CLOSE and _one(c, mention, m, line) for m in mentions(line.text) if m is not holder
    )


def _mentioned(line: Line, kind: str) -> list[Mention]:
    """The names of a line, surely written so, or its numbers or dates."""
    return line.names if kind == "name" else [m for m in mentions(line.text) if m.kind == kind]


def _has_place(c: Comparison, mention: Mention, place: tuple[str, str]) -> bool:
    """Whether any line has what the claim names in that place; a name also where a like word stands there."""
    least = ALIKE if mention.kind == "name" else NEARLY_SAME
    rows = [i for i, word in enumerate(c.said.words) if word.stem == place[1]]
    for k, line in enumerate(c.lines):
        for other in mentions(line.text):
            if other.kind != mention.kind or not _one(c, mention, other, line):
                continue
            for kind, word in slots(line.text, other):
                columns = [j for j, w in enumerate(line.read.reading.words) if w.stem == word]
                if kind == place[0] and any(c.alike[k][i, j] >= least for i in rows for j in columns):
                    return True
    return False


OWNS_NAME = regex.compile(r"['’]s\s+\p{Lu}")


def _same_place(c: Comparison, k: int, mine: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two slots are the same, or their words mean the same."""
    if mine[0] != other[0] or mine[1] == other[1]:
        verbs = {mine[0], other[0]} <= {"after:", "second:"}
        return mine[1] == other[1] and (verbs or mine[0] == other[0])
    rows = [i for i, word in enumerate(c.said.words) if word.stem == mine[1]]
    columns = [j for j, word in enumerate(c.lines[k].read.reading.words) if word.stem == other[1]]
    least = ALIKE if mine[0].startswith("after") else NEARLY_SAME
    alike = c.alike[k]
    return any(alike[i, j] >= least and alike[i, j] >= alike[:, j].max() for i in rows for j in columns)


def _one(c: Comparison, mention: Mention, other: Mention, line: Line) -> bool:
    """Whether a name of the claim and one of a line may be the same."""
    if mention.same(other):
        return True
    if mention.bare & other.bare:
        return False
    if mention.kind != "name":
        # Other numbers and dates may be the same in another form, which their own rules know.
        return mention.kind == "date" or _has_any_number(c, mention, line)
    there = line.text[other.start : other.end]
    stems = frozenset(terms(there))
    words = [i for i in c.words_of(mention) if c.said.words[i].stem not in TITLES]
    return any(has_name(c.said, i, there, stems, line.context) for i in words)


def _has_any_number(c: Comparison, mention: Mention, line: Line) -> bool:
    return any(n.start == mention.start and line_has_number(c, n, line) for n in c.said.numbers)


def together(c: Comparison) -> str | None:
    """Objects where facts of one clause stand in different lines of which none points to the other."""
    facts = {m: lines for m in mentions(c.said.text) if (lines := _lines_with(c, m))}
    for begin, end in c.spans:
        inside = [fact for fact in facts if begin <= fact.start < end]
        for one, other in itertools.combinations(inside, 2):
            linked = any(_linked(c, a, b) or _goes_on(c, a, b, one, other) for a in facts[one] for b in facts[other])
            if one.kind != other.kind and not linked:
                return f"no quote has {c.label(one)} and {c.label(other)} together"
    return None


def _lines_with(c: Comparison, mention: Mention) -> list[int]:
    """The lines that have a fact of the claim; none where it may be none."""
    if mention.kind == "number":
        return [k for k, line in enumerate(c.lines) if _has_any_number(c, mention, line)]
    if mention.kind == "date":
        [date] = [date for date in c.said.dates if date.start == mention.start]
        return [k for k, line in enumerate(c.lines) if line_has_date(c, date, line)]
    words = [i for i in c.words_of(mention) if c.said.words[i].stem not in TITLES and _surely_name(c, i)]
    return [
        k
        for k, line in enumerate(c.lines)
        if any(has_word_of_name(c.said, i, line) or c.said.words[i].stem in line.known for i in words)
    ]


def _linked(c: Comparison, a: int, b: int) -> bool:
    later = max(a, b)
    open_ = c.points_back(later) or _leaves_open(c, c.lines[later]) or ANY_PRONOUN.search(c.lines[later].text)
    return a == b or (c.quote_of[a] == c.quote_of[b] and bool(open_))


def _goes_on(c: Comparison, a: int, b: int, one: Mention, other: Mention) -> bool:
    """Whether neighbouring lines of which one has a date and the other a number are of one time."""
    dated = a if one.kind == "date" else b if other.kind == "date" else None
    if dated is None or {one.kind, other.kind} != {"date", "number"}:
        return False
    undated = b if dated == a else a
    return (
        c.quote_of[a] == c.quote_of[b]
        and undated == dated + 1
        and not c.lines[undated].read.reading.dates
        and not any(m.kind == "number" for m in mentions(c.lines[dated].text))
    )


ANY_PRONOUN = regex.compile(r"\b(?:he|she|they|it|him|them)\b", regex.I)


def pairs(c: Comparison) -> str | None:
    """Objects where the claim joins a number and a date between which a line has another of either."""
    facts = [m for m in mentions(c.said.text) if m.kind != "name"]
    for one, other in itertools.pairwise(facts):
        between = c.said.text[one.end : other.start]
        if one.kind == other.kind or len(between.split()) > 4 or APART.search(between):
            continue
        verdicts = [verdict for line in c.lines for verdict in _adjacent(line, one, other)]
        if verdicts and not any(verdicts):
            return f"the quote has {c.label(one)} with something else than {c.label(other)}"
    return None


APART = regex.compile(r"[,;:]|\b(?:and|to|or|but)\b", regex.I)


def _adjacent(line: Line, one: Mention, other: Mention) -> list[bool]:
    there = [m for m in mentions(line.text) if m.kind != "name"]
    found = []
    for i, a in enumerate(there):
        for j, b in enumerate(there):
            if a.kind == one.kind and b.kind == other.kind and a.keys & one.keys and b.keys & other.keys:
                found.append(not any(m.kind in (a.kind, b.kind) for m in there[min(i, j) + 1 : max(i, j)]))
    return found

"""Question sets from any articles: who, when, how many, gaps, two at once, and questions that no article answers.

Without a model by rule, from sentences that can stand by themselves: the questions keep their words, so that they tell
two settings apart better than they tell how people would fare. With a model by prompt. Either way the answer stands in
a quote, and the quote in the article, checked by code. An article that says the same in the same words (a near-copy of
the quote) is right too.
"""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import regex

from index.articles import FullArticle
from index.text.sentences import sentences
from index.text.terms import FUNCTION_TERMS, content_terms, terms

from ..errors import ModelError
from ..query.times import MONTH, YEAR
from .measures import contains
from .questions import Evidence, Question

__all__ = ["Corpus", "Fact", "Written", "make_questions", "with_model"]

# What part of the questions has two articles, and what part no answer.
TWO, NONE = 0.15, 0.2
# Sentences of so many words are asked about.
SHORTEST, LONGEST = 7, 32
# A quote of which so many runs of four words stand in another article is in that one too.
RUN, SAME = 4, 0.6
# Articles with a name: more than so many, and it ties none of them together.
SHARED = 12

NAME = regex.compile(
    r"\p{Lu}[\p{L}\p{M}’'-]+(?:\s+(?:(?:of|the|de|van|von)\s+)?\p{Lu}[\p{L}\p{M}’'-]+)+"
)
DEPENDS = regex.compile(
    r"^(?:he|she|it|they|this|that|these|those|there|but|and|so|yet|or|then|however|his|her|its|their|we|i|you|one|some|"
    r"both|such|another|others|also|still|here|now)\b",
    regex.I,
)
# Lines may end within a sentence, paragraphs and lists do not.
MARKUP = regex.compile(
    r"\n\s*\n|\n\s*(?:[-*+>|#]|\d+[.)])\s|\]\(|https?://|[|*_`<>]|\p{L}\s*\n\s*\p{Lu}\S*\s*\n"
)
QUOTED = regex.compile(r"[\"“”„«»]|(?<!\w)['‘]")
PAST = (
    r"(?:\p{Ll}+ed|said|told|won|became|led|made|left|went|took|got|ran|held|met|paid|wrote|built|bought|sold|found|gave|"
    r"sent|lost|came|began|beat|broke|brought|drew|fell|grew|heard|kept|knew|put|read|rose|saw|set|spoke|spent|stood|"
    r"thought|threw|is|was|has|had|will|leads|runs|owns|holds|heads|chairs)"
)
WHO = regex.compile(
    rf"^(?P<name>{NAME.pattern})(?:,\s[^,.;:]{{3,60}},)?\s+(?P<rest>(?:{PAST})\b[^;:]*)\.$"
)
NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+|\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    r"sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
)
MANY = regex.compile(
    rf"^(?P<number>(?i:{NUMBER}))\s+(?P<rest>(?:\p{{Ll}}+\s+){{0,2}}\p{{Ll}}+\b[^;:]*)\.$"
)
# "Three days after it began" is no number of days that somebody did something.
SPAN = regex.compile(
    r"^(?:second|minute|hour|day|week|month|year|decade)s?\s+(?:after|before|later|ago|into|on|in|from|earlier)\b"
)
DATE = rf"(?:\d{{1,2}}\s+{MONTH}(?:\s+{YEAR})?|{MONTH}\s+\d{{1,2}}(?:,?\s+{YEAR})?|{MONTH}\s+{YEAR}|{YEAR})"
# The date belongs to the verb where nothing between them begins another clause.
WHEN = regex.compile(
    rf"^(?P<subject>[^,;:.]{{4,70}}?)\s+(?P<verb>was|were|is|are|will)\s+"
    rf"(?P<before>(?:(?!(?:that|which|who|when|as|after|and|while|but|because|if|than)\b)[\p{{L}}\p{{N}}'’-]+\s+){{1,7}}?)"
    rf"(?:on|in)\s+(?P<date>{DATE})(?P<after>(?!\s+and\s+\d)[^;:]*)\.$"
)
# Not a part of a longer name.
GAP = regex.compile(
    rf"(?<!\b\p{{Lu}}\S*\s(?:and\s|&\s)?)(?<=\s)(?:(?P<name>{NAME.pattern})(?!\s+(?:d[aeiou]|v[ao]n|al|\p{{Lu}}))"
    rf"|(?P<number>(?:[$£€]\s?)?{NUMBER}(?:\.\d+)?(?:\s?(?:%|per\s+cent|million|billion))?)(?![\w-]|\s+{MONTH}))"
)
# What was taken out took a noun with it.
LEFT_OPEN = regex.compile(
    r"\b(?:his|her|their|its|the|a|an|of|in|on|at)(?:,|\s+(?:on|in|at)\b)", regex.I
)
# Of what is said not to be so, or only of others, a name put in may still be true.
DENIED = regex.compile(
    r"\b(?:not|never|no|nor|neither|without|unlike|except|rather|instead|only)\b|n['’]t\b", regex.I
)
OF_IT = ("'s", "’s")
# "The Sound and Estuary Union" may be one name.
ONE_OF_TWO = (regex.compile(r"\p{Lu}\S*\s+(?:and|&)\s+$"), regex.compile(r"\s+(?:and|&)\s+\p{Lu}"))
DETERMINER = regex.compile(
    r"^(?:The|A|An|Its|His|Her|Their|Some|All|Most|Both|No)\b|^\p{Lu}\p{Ll}+\s\p{Ll}"
)
# Words that join clauses, with which a name may seem to begin.
JOINING = frozenset(terms("though although since whether unless whereas despite"))


@dataclass(frozen=True)
class Fact:
    """A question, its answer, and the stretch of an article that tells it."""

    kind: str
    question: str
    answer: str
    article: FullArticle
    start: int
    end: int

    @property
    def quote(self) -> str:
        """The article's characters there."""
        return self.article.text[self.start : self.end]


class Corpus:
    """Articles, and in which of them a run of words stands."""

    def __init__(self, articles: Iterable[FullArticle]) -> None:
        """Read them all."""
        # Of two with one id the last counts, as in an index.
        self.articles = [
            article for _, article in sorted({article.id: article for article in articles}.items())
        ]
        self._with_run: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
        self._terms: list[set[str]] = []
        for number, article in enumerate(self.articles):
            words = terms(article.text[article.body :])
            self._terms.append({*words, *terms(article.title)})
            for run in _runs(words):
                self._with_run[run].add(number)

    def sentences(self) -> Iterator[tuple[FullArticle, int, int]]:
        """Each sentence that may be asked about, with its place."""
        for article in self.articles:
            for stretch in sentences(article.text[article.body :]):
                start, end = article.body + stretch.start, article.body + stretch.end
                text = article.text[start:end]
                words = text.split()
                plain = (
                    not DEPENDS.match(text) and not QUOTED.search(text) and not MARKUP.search(text)
                )
                if (
                    SHORTEST <= len(words) <= LONGEST
                    and plain
                    and text[:1].isalnum()
                    and text.endswith(".")
                ):
                    yield article, start, end

    def like(self, quote: str, article: FullArticle) -> Iterator[Evidence]:
        """The sentences of other articles that have most runs of its words, whatever they say with them."""
        runs = _runs(terms(quote))
        counts: defaultdict[int, int] = defaultdict(int)
        for run in runs:
            for number in self._with_run[run]:
                counts[number] += 1
        for number, count in sorted(counts.items()):
            other = self.articles[number]
            if other.id != article.id and runs and count >= SAME * len(runs):
                yield Evidence(other.id, _nearest(quote, other))

    def speaks_of(self, name: str, words: set[str]) -> bool:
        """Whether an article has the name and half of the words: it may say of it what they say, in other ones."""
        wanted = set(terms(name))
        return any(
            wanted <= known and 2 * len(words & known) >= len(words) for known in self._terms
        )


def make_questions(corpus: Corpus, n: int, seed: int = 0) -> list[Question]:
    """Up to so many questions by rule, the same for the same articles, number and seed."""
    chance = random.Random(seed)
    facts = [
        fact
        for place in corpus.sentences()
        if (fact := _fact(*place)) and not _has_rival(fact, corpus)
    ]
    chosen = list(_spread(facts, chance))
    twos, none = round(n * TWO), round(n * NONE)
    single = [_question(fact, corpus) for fact in chosen[: max(0, n - twos - none)]]
    double = list(itertools.islice(_pairs(chosen, corpus, chance), twos))
    lacking = list(itertools.islice(_unanswerable(chosen, corpus, chance), none))
    made = [*single, *double, *lacking]
    # Where there are few pairs, the rest is of one article.
    made += [_question(fact, corpus) for fact in chosen[len(single) : len(single) + n - len(made)]]
    return [replace(question, id=f"m{number:04}") for number, question in enumerate(made, start=1)]


def _spread(facts: Sequence[Fact], chance: random.Random) -> Iterator[Fact]:
    """The facts, an article and a kind after the other, so that the first few are of many."""
    groups: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        groups.setdefault((fact.article.id, fact.kind), []).append(fact)
    by_kind: dict[str, list[list[Fact]]] = {}
    for (_, kind), same in sorted(groups.items()):
        chance.shuffle(same)
        by_kind.setdefault(kind, []).append(same)
    lanes = []
    for kind in sorted(by_kind):
        chance.shuffle(by_kind[kind])
        lanes.append(
            [fact for row in itertools.zip_longest(*by_kind[kind]) for fact in row if fact]
        )
    asked: set[str] = set()
    for row in itertools.zip_longest(*lanes):
        for fact in row:
            # The same report in another outlet is no further question.
            if fact and fact.quote.casefold() not in asked:
                asked.add(fact.quote.casefold())
                yield fact


def _fact(article: FullArticle, start: int, end: int) -> Fact | None:
    text = " ".join(article.text[start:end].split())
    for make in (_who, _how_many, _when, _gap):
        made = make(text)
        if (
            made
            and contains(text, made[2])
            and not contains(made[1], made[2])
            and _is_told_apart(made[1])
        ):
            return Fact(*made, article=article, start=start, end=end)
    return None


def _is_told_apart(question: str) -> bool:
    """Whether it says of what it asks: a name, and words enough."""
    inside = [match for match in regex.finditer(r"\b\p{Lu}\p{Ll}+", question) if match.start() > 0]
    return bool(inside) and not LEFT_OPEN.search(question) and len(content_terms(question)) >= 4


def _who(text: str) -> tuple[str, str, str] | None:
    match = WHO.match(text)
    if not match or not _begins_as_name(match["name"]):
        return None
    return "who", f"Who or what {match['rest']}?", match["name"]


def _begins_as_name(name: str) -> bool:
    first = name.split()[0]
    return (
        not first.endswith("ing") and (terms(first)[:1] or [""])[0] not in FUNCTION_TERMS | JOINING
    )


def _how_many(text: str) -> tuple[str, str, str] | None:
    match = MANY.match(text)
    if (
        not match
        or SPAN.match(match["rest"])
        or regex.search(rf"\b{NUMBER}\b", match["rest"], regex.I)
    ):
        return None
    if regex.fullmatch(YEAR, match["number"]):
        return None
    return "how many", f"How many {match['rest']}?", match["number"]


def _when(text: str) -> tuple[str, str, str] | None:
    match = WHEN.match(text)
    if not match:
        return None
    subject = match["subject"]
    if DETERMINER.match(subject):
        subject = subject[0].lower() + subject[1:]
    rest = " ".join(f"{match['before']} {match['after']}".split()).replace(" ,", ",")
    return "when", f"When {match['verb']} {subject} {rest}?", match["date"]


def _gap(text: str) -> tuple[str, str, str] | None:
    found = list(GAP.finditer(text))
    if not found:
        return None
    # What comes late says more of what came before.
    gap = found[-1]
    wanted = "name" if gap["name"] else "number"
    filled = f"{text[: gap.start()]}____{text[gap.end() :]}"
    return "gap", f"Which {wanted} is missing: {filled}", gap.group().strip()


def _content(text: str) -> set[str]:
    return set(content_terms(text))


def _has_rival(fact: Fact, corpus: Corpus) -> bool:
    """Whether another article says of something else what the question asks."""
    asked = _content(fact.quote) - _content(fact.answer)
    return any(
        asked <= _content(each.quote) and not contains(each.quote, fact.answer)
        for each in corpus.like(fact.quote, fact.article)
    )


def _says_the_same(one: str, other: str) -> bool:
    """Whether two sentences have the same words, and deny as much."""
    denied = [[word.casefold() for word in DENIED.findall(text)] for text in (one, other)]
    return _content(one) == _content(other) and denied[0] == denied[1]


def _question(fact: Fact, corpus: Corpus, piece: str = "1") -> Question:
    copies = [
        each
        for each in corpus.like(fact.quote, fact.article)
        if _says_the_same(fact.quote, each.quote)
    ]
    evidence = [
        replace(each, piece=piece) for each in (Evidence(fact.article.id, fact.quote), *copies)
    ]
    return Question(
        id="",
        question=fact.question,
        answers=((fact.answer,),),
        type=fact.kind,
        articles=tuple(dict.fromkeys(each.article for each in evidence)),
        evidence=tuple(evidence),
    )


def _pairs(facts: Sequence[Fact], corpus: Corpus, chance: random.Random) -> Iterator[Question]:
    """Two questions in one, about two articles that share a name."""
    named: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.kind != "gap":
            for name in {
                match.group() for match in NAME.finditer(fact.article.text[fact.article.body :])
            }:
                named[name].append(fact)
    names = [
        name
        for name in sorted(named)
        if 1 < len({fact.article.id for fact in named[name]}) <= SHARED
    ]
    chance.shuffle(names)
    used: set[str] = set()
    for name in names:
        free = [fact for fact in named[name] if fact.question not in used]
        first = next(iter(free), None)
        second = next((fact for fact in free if first and _goes_with(first, fact)), None)
        if first and second:
            used |= {first.question, second.question}
            one, other = _question(first, corpus), _question(second, corpus, "2")
            if one.gold.isdisjoint(other.gold):
                yield _joined(one, other)


def _goes_with(one: Fact, other: Fact) -> bool:
    """Whether two facts are of two articles, and neither gives the other's answer away."""
    pairs = ((one, other), (other, one))
    given = any(contains(f"{a.question} {a.answer}", b.answer) for a, b in pairs)
    return one.article.id != other.article.id and not given


def _joined(one: Question, other: Question) -> Question:
    text = f"{one.question.rstrip('?')}, and {other.question[0].lower()}{other.question[1:]}"
    return replace(
        one,
        question=text,
        answers=(*one.answers, *other.answers),
        type="two articles",
        articles=(*one.articles, *other.articles),
        evidence=(*one.evidence, *other.evidence),
    )


def _unanswerable(
    facts: Sequence[Fact], corpus: Corpus, chance: random.Random
) -> Iterator[Question]:
    """Questions in which a name was put in the place of another, so that no article has all that they ask of."""
    # After the word that the name comes after, the new one makes as good a sentence.
    named: defaultdict[str, set[str]] = defaultdict(set)
    for fact in facts:
        for match in NAME.finditer(fact.quote):
            if _begins_as_name(match.group()) and not match.group().endswith(OF_IT):
                named[_before(fact.quote, match.start())].add(match.group())
    order = list(facts)
    chance.shuffle(order)
    # Those that ask in words come first.
    for fact in sorted(order, key=lambda fact: fact.kind == "gap"):
        asking = fact.question.find(":") + 1
        inside = [match for match in NAME.finditer(fact.question) if match.start() > asking]
        if not inside or DENIED.search(fact.quote):
            continue
        old = inside[-1]
        before, after = fact.question[: old.start()], fact.question[old.end() :]
        if (
            old.group().endswith(OF_IT)
            or ONE_OF_TWO[0].search(before)
            or ONE_OF_TWO[1].match(after)
        ):
            continue
        possible = sorted(named[_before(fact.question, old.start())])
        for new in chance.sample(possible, min(len(possible), 20)):
            other = set(terms(new)).isdisjoint(terms(old.group()))
            if other and not corpus.speaks_of(new, _content(fact.quote) - _content(old.group())):
                text = f"{before}{new}{after}"
                yield Question(id="", question=text, type="unanswerable", answerable=False)
                break


def _before(text: str, start: int) -> str:
    return (text[:start].split() or [""])[-1].casefold()


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def _nearest(quote: str, article: FullArticle) -> str:
    """The sentence of the article that is most like the quote."""
    wanted = set(terms(quote))
    text = article.text[article.body :]
    stretches = [text[each.start : each.end] for each in sentences(text)]
    return max(
        stretches,
        key=lambda each: len(wanted & set(terms(each))) / len(wanted | set(terms(each))),
        default=quote,
    )


# With a model


@dataclass(frozen=True)
class Written:
    """Questions that a model wrote; how many did not hold; why it was stopped before there were enough, if it was."""

    questions: list[Question]
    refused: int = 0
    stopped: str | None = None


def with_model(corpus: Corpus, n: int, write: Callable[[str], str], seed: int = 0) -> Written:
    """Up to so many questions that a model writes.

    write: gives what the model writes for a prompt. A question counts if its quote is in the article, its answer in the
    quote, and the answer not in the question. Raises ModelError if the model fails before there is any.
    """
    from ..llm.prompts import fill

    chance = random.Random(seed)
    places = list(corpus.sentences())
    chance.shuffle(places)
    made: list[Question] = []
    refused, stopped = 0, None
    for article, start in {article.id: (article, start) for article, start, _ in places}.values():
        if len(made) >= n:
            break
        around = article.text[max(article.body, start - AROUND) : start + AROUND]
        try:
            told = _read(write(fill("questions", passage=around, title=article.title)))
        except ModelError as error:
            if not made:
                raise
            stopped = str(error)
            break
        question = _held(told, article, corpus)
        if question is None:
            refused += 1
        else:
            made.append(question)
    numbered = [
        replace(question, id=f"m{number:04}") for number, question in enumerate(made, start=1)
    ]
    return Written(numbered, refused, stopped)


AROUND = 600
FIELD = regex.compile(r"^\W*(question|answer|quote)\W*:\s*(.+?)\s*$", regex.I | regex.M)


def _read(text: str) -> Mapping[str, str]:
    return {match[1].lower(): match[2].strip('"“” ') for match in FIELD.finditer(text)}


def _held(told: Mapping[str, str], article: FullArticle, corpus: Corpus) -> Question | None:
    question, answer, quote = (told.get(name, "") for name in ("question", "answer", "quote"))
    start = article.text.find(quote, article.body) if quote else -1
    if (
        start < 0
        or not answer
        or not contains(quote, answer)
        or contains(question, answer)
        or not question.endswith("?")
    ):
        return None
    fact = Fact("by model", question, answer, article, start, start + len(quote))
    return _question(fact, corpus)

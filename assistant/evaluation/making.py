"""Make question sets from articles: cloze questions without a chat model, real ones with it.

Code checks that each answer is in its quote and each quote in its articles.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import regex

from index.articles import FullArticle
from index.text.sentences import sentences
from index.text.terms import content_terms, terms

from ..errors import ModelError
from .grouping import grouped
from .measures import contains
from .questions import Evidence, Question

__all__ = ["ModelQuestions", "make_cloze_questions", "make_model_questions", "unique_articles"]

# The share of cloze questions that no article answers.
UNANSWERABLE_SHARE = 0.2
MODEL_PASSAGE_CHARS = 1_200

NAME = regex.compile(r"\p{Lu}[\p{L}’'-]+(?: (?:of |the |de |van )*\p{Lu}[\p{L}’'-]+)+")
# A name or a number that ends before a blank or a punctuation mark.
GAP = regex.compile(
    rf"(?<=\s)(?:(?P<name>{NAME.pattern})|(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?))"
    r"(?=[\s,;:]|\.$)"
)
# A pronoun at the beginning points back to another sentence; a denial is true of other names too;
# quotation marks, markup and paragraph breaks are seldom part of one plain sentence.
UNSUITABLE = regex.compile(
    r"^(?:he|she|it|they|this|that|these|those)\b|\b(?:not|never|no|nor|without)\b|n['’]t\b"
    r"|[\"“”„«»|*_`<>\[\]]|\n\s*[^\s\p{L}\p{N}]|\n\s*\n",
    regex.I,
)
FIELD = regex.compile(r"^\W*(question|answer|quote)\W*:\s*(.+?)\s*$", regex.I | regex.M)


def unique_articles(articles: Iterable[FullArticle]) -> list[FullArticle]:
    """The articles in the order of their ids; of two with one id the last, as in an index."""
    by_id = {article.id: article for article in articles}
    return sorted(by_id.values(), key=lambda article: article.id)


@dataclass(frozen=True)
class Cloze:
    """A question for the name or number that was taken out of a sentence."""

    question: str
    answer: str
    quote: str
    article: str


def make_cloze_questions(articles: Sequence[FullArticle], n: int, seed: int = 0) -> list[Question]:
    """Up to n questions, the same for the same articles and seed."""
    chance = random.Random(seed)
    clozes = _spread_over_articles(_clozes(articles), chance)
    unanswerable = list(
        itertools.islice(
            _unanswerable_questions(clozes, articles, chance), round(n * UNANSWERABLE_SHARE)
        )
    )
    answered = [
        _question("gap", cloze.question, cloze.answer, cloze.quote, articles)
        for cloze in clozes[: n - len(unanswerable)]
    ]
    return _numbered(answered + unanswerable)


def _clozes(articles: Sequence[FullArticle]) -> list[Cloze]:
    """The clozes of all sentences, without those to which articles give different answers."""
    made: list[Cloze | None] = []
    for article in articles:
        body = article.text[article.body :]
        for stretch in sentences(body):
            made.append(_cloze(body[stretch.start : stretch.end], article.id))
    by_question = grouped(filter(None, made), lambda cloze: cloze.question)
    return [same[0] for same in by_question.values() if len({one.answer for one in same}) == 1]


def _cloze(quote: str, article: str) -> Cloze | None:
    """The cloze of a sentence of 8 to 32 words; None where it is unsuitable."""
    text = " ".join(quote.split())
    is_suitable = (
        not UNSUITABLE.search(quote),
        text[0].isupper(),
        8 <= len(text.split()) <= 32,
    )
    if not all(is_suitable):
        return None
    gaps = list(GAP.finditer(text))
    if not gaps:
        return None
    # What comes late in a sentence is described by what comes before it.
    gap = gaps[-1]
    question = f"Which {gap.lastgroup} is missing: {text[: gap.start()]}____{text[gap.end() :]}"
    is_clear = (
        contains(text, gap.group()),
        not contains(question, gap.group()),
        # Without another name the question does not say what it is about.
        regex.search(r"\w \p{Lu}", question),
    )
    if not all(is_clear):
        return None
    return Cloze(question, gap.group(), quote, article)


def _spread_over_articles(clozes: Sequence[Cloze], chance: random.Random) -> list[Cloze]:
    """The clozes in random order, the first of each article before the second of any."""
    shuffled = chance.sample(clozes, len(clozes))
    ranked, counts = [], Counter[str]()
    for cloze in shuffled:
        counts[cloze.article] += 1
        ranked.append((counts[cloze.article], cloze))
    return [cloze for _, cloze in sorted(ranked, key=lambda pair: pair[0])]


def _unanswerable_questions(
    clozes: Sequence[Cloze], articles: Sequence[FullArticle], chance: random.Random
) -> Iterator[Question]:
    """Questions with a name replaced by one that no article has beside half of the other words."""
    words_of = [set(terms(f"{each.title} {each.text[each.body :]}")) for each in articles]
    names = sorted(set(NAME.findall("\n".join(cloze.quote for cloze in clozes))))
    for cloze in clozes:
        # The first word of the sentence has a capital letter whatever it is.
        second_word = cloze.question.index(" ", cloze.question.index(": ") + 2)
        old = NAME.search(cloze.question, second_word)
        if old is None:
            continue
        rest = set(content_terms(cloze.quote)).difference(terms(f"{old.group()} {cloze.answer}"))
        for name in chance.sample(names, min(len(names), 20)):
            wanted = set(terms(name))
            likely = [words for words in words_of if wanted <= words]
            if all(2 * len(rest & words) < len(rest) for words in likely):
                text = cloze.question.replace(old.group(), name, 1)
                yield Question(id="", question=text, type="unanswerable", answerable=False)
                break


def _question(
    kind: str, question: str, answer: str, quote: str, articles: Sequence[FullArticle]
) -> Question:
    """The question, for which all articles with the quote are right."""
    having = [article.id for article in articles if quote in article.text[article.body :]]
    return Question(
        id="",
        question=question,
        answers=((answer,),),
        type=kind,
        articles=tuple(having),
        evidence=tuple(Evidence(id, quote, piece="1") for id in having),
    )


def _numbered(questions: Sequence[Question]) -> list[Question]:
    return [replace(question, id=f"m{n:04}") for n, question in enumerate(questions, start=1)]


@dataclass(frozen=True)
class ModelQuestions:
    """Questions that a chat model wrote. rejected: the number of those that code did not accept.

    failure: the error that stopped the model before there were enough; None without one.
    """

    questions: Sequence[Question]
    rejected: int = 0
    failure: str | None = None


def make_model_questions(
    articles: Sequence[FullArticle], n: int, write: Callable[[str], str], seed: int = 0
) -> ModelQuestions:
    """Up to n questions by a chat model, one from each article.

    write: returns the model's reply to a prompt. Raises ModelError if the model fails before it has
    written any question.
    """
    from ..llm.prompts import fill

    chance = random.Random(seed)
    made: list[Question] = []
    rejected, failure = 0, None
    for article in chance.sample(articles, len(articles)):
        if len(made) >= n:
            break
        start = chance.randint(
            article.body, max(article.body, len(article.text) - MODEL_PASSAGE_CHARS)
        )
        passage = article.text[start : start + MODEL_PASSAGE_CHARS]
        try:
            reply = write(fill("questions", passage=passage, title=article.title))
        except ModelError as error:
            if not made:
                raise
            failure = str(error)
            break
        question = _read_question(reply, article, articles)
        if question:
            made.append(question)
        else:
            rejected += 1
    return ModelQuestions(_numbered(made), rejected, failure)


def _read_question(
    reply: str, article: FullArticle, articles: Sequence[FullArticle]
) -> Question | None:
    """The question of a reply; None unless its answer is in its quote, and that in the article."""
    fields = defaultdict[str, str](str)
    for match in FIELD.finditer(reply):
        fields[match[1].lower()] = match[2].strip('"“” ')
    question, answer, quote = fields["question"], fields["answer"], fields["quote"]
    checks = (
        question.endswith("?"),
        quote in article.text[article.body :],
        contains(quote, answer),
        not contains(question, answer),
    )
    if not all(checks):
        return None
    return _question("by model", question, answer, quote, articles)

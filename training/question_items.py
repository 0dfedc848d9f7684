"""Make the training items of the reader of questions: a question, a passage, a span or none.

    python question_items.py OUT.jsonl --articles ARTICLES --data DATA
                             [--split train|dev] [--second] [--large] [--seed 1]

claims/questions.jsonl has an excerpt of an article on each line: the id of its `article`, the
`places` of its sentences (start and end in the text) and `questions`: `q` with `a`, the characters
of the text that answer it, or with `near`, those that a careless reader would take for the answer.
ARTICLES has the articles, DATA the public sets of questions. One article in ten is in the `dev`
split, which has written questions only.

Passages are cut as in the product, and a question has several: one with the answer, at times one of
the same article without it, and one of another article that shares most of its rare words. A few
questions are typed badly, or are keywords only. --large draws nearly all that the public sets have,
with three times as many passages of other subjects; it is for a GPU.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pairs import read_json_lines
from public_pairs import HEAD_CHANCE, made_up_head
from questions import Item, item, write_items
from written_pairs import head_of, split_of, written_parser

QUESTIONS = Path(__file__).parent / "claims" / "questions.jsonl"

# These answer without a span: yes or no, or in several sentences.
NO_SPAN = frozenset({"boolq_part", "clapnq_dev"})
PASSAGE_WORDS = (45, 130)
TYPO_CHANCE, KEYWORDS_CHANCE = 0.05, 0.05
SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’']?\s+(?=[A-Z“\"'‘0-9])")
WORD = re.compile(r"\w+")
SMALL_WORDS = frozenset(
    "a an the of in on at to for from by with and or is are was were be been do does did has have "
    "had it its this that what which who whom whose when where why how much many will would can "
    "could there their his her".split()
)


@dataclass(frozen=True)
class Draw:
    """How many items are drawn, and the chances of other passages beside a question.

    shares: rows of each public set, answered and not. windows: how often a written question stands
    beside its answer. strangers: questions beside passages that have nothing to do with them, by
    the sets that they are from; strangers_public and strangers_news: the same of written questions,
    beside passages of public sets and of news.
    """

    shares: dict[str, tuple[int, int]]
    windows: int
    same_article_chance: float
    other_article_chance: float
    other_passage_chance: float
    strangers: dict[str, int]
    strangers_public: int
    strangers_news: int


SMALL = Draw(
    shares={
        "squad2_rebuilt": (10_000, 10_000),
        "squadshifts_wiki": (5_000, 0),
        "squadshifts_amazon": (800, 0),
        "squadshifts_reddit": (800, 0),
        "nq_open_oracle": (2_650, 0),
        "qed_dev": (1_350, 0),
        "quoref_part": (2_000, 0),
        "clapnq_dev": (300, 300),
        "timeqa_human": (2_500, 2_500),
        "covidqa_win": (800, 0),
        "qamr": (2_500, 0),
        "qadiscourse": (1_000, 0),
        "fairytaleqa": (800, 0),
        "boolq_part": (1_500, 0),
        "multihop_paras": (1_000, 1_200),
    },
    windows=2,
    same_article_chance=0.3,
    other_article_chance=0.65,
    other_passage_chance=0.12,
    strangers={
        "nq_open_oracle qed_dev": 1_500,
        "squad": 1_200,
        "timeqa_human qamr multihop_paras fairytaleqa": 500,
    },
    strangers_public=500,
    strangers_news=900,
)
# For a GPU: nearly all that the public sets have.
LARGE = Draw(
    shares={
        "squad2_rebuilt": (10_000, 13_500),
        "squadshifts_wiki": (7_800, 0),
        "squadshifts_amazon": (2_500, 0),
        "squadshifts_reddit": (2_500, 0),
        "nq_open_oracle": (2_650, 0),
        "qed_dev": (1_350, 0),
        "quoref_part": (2_200, 0),
        "clapnq_dev": (300, 300),
        "timeqa_human": (4_000, 5_500),
        "covidqa_win": (1_360, 0),
        "qamr": (7_000, 0),
        "qadiscourse": (2_500, 0),
        "fairytaleqa": (3_000, 0),
        "boolq_part": (3_000, 0),
        "multihop_paras": (3_000, 4_500),
    },
    windows=3,
    same_article_chance=0.45,
    other_article_chance=0.9,
    other_passage_chance=0.3,
    strangers={
        "nq_open_oracle qed_dev": 4_000,
        "squad": 8_000,
        "timeqa_human qamr multihop_paras fairytaleqa": 6_000,
    },
    strangers_public=3_000,
    strangers_news=6_000,
)


def content(text: str) -> list[str]:
    """The content words of a text, in lower case."""
    return [word for word in WORD.findall(text.lower()) if word not in SMALL_WORDS]


class Neighbours:
    """Passages by their words, to find look-alikes from other articles for a question."""

    def __init__(self, passages: Sequence[tuple[str, str]]) -> None:
        """passages: a key of the article, and the text."""
        self._passages = passages
        self._with: dict[str, list[int]] = defaultdict(list)
        for number, (_, text) in enumerate(passages):
            for word in dict.fromkeys(content(text)):
                self._with[word].append(number)

    def near(self, question: str, article: str, random_: random.Random) -> str | None:
        """One of the five passages of other articles that share most rare words with a question."""
        shared: Counter[int] = Counter()
        for word in dict.fromkeys(content(question)):
            having = self._with.get(word, ())
            for number in having:
                shared[number] += math.log(len(self._passages) / len(having))
        found = [n for n, _ in shared.most_common(12) if self._passages[n][0] != article][:5]
        return self._passages[random_.choice(found)][1] if found else None


def typed(question: str, random_: random.Random) -> str:
    """A question as people type it: at times with a letter wrong, at times keywords only."""
    chance = random_.random()
    if chance < TYPO_CHANCE:
        for _ in range(random_.choice((1, 1, 2, 3))):
            at = random_.randrange(1, max(2, len(question) - 2))
            kind = random_.choice(("swap", "drop", "double"))
            if kind == "swap":
                question = (
                    question[:at] + question[at + 1 : at + 2] + question[at] + question[at + 2 :]
                )
            else:
                question = (
                    question[:at]
                    + (question[at] * 2 if kind == "double" else "")
                    + question[at + 1 :]
                )
    elif chance < TYPO_CHANCE + KEYWORDS_CHANCE:
        question = " ".join(
            word for word in question.rstrip("?").split() if word.lower() not in SMALL_WORDS
        )
    return question


def window(
    places: Sequence[Sequence[int]],
    needed: Sequence[Sequence[int]],
    text: str,
    random_: random.Random,
) -> tuple[int, int] | None:
    """Start and end of a run of sentences with all the needed stretches; None if it is too long."""
    first = min(n for n, place in enumerate(places) if place[1] > min(start for start, _ in needed))
    last = max(n for n, place in enumerate(places) if place[0] < max(end for _, end in needed))
    most = random_.randint(*PASSAGE_WORDS)

    def words(a: int, b: int) -> int:
        return len(text[places[a][0] : places[b][1]].split())

    if words(first, last) > PASSAGE_WORDS[1]:
        return None
    while True:
        wider = [
            (a, b) for a, b in ((first - 1, last), (first, last + 1)) if a >= 0 and b < len(places)
        ]
        wider = [(a, b) for a, b in wider if words(a, b) <= most]
        if not wider:
            return places[first][0], places[last][1]
        first, last = random_.choice(wider)


def without(
    places: Sequence[Sequence[int]], span: Sequence[int], random_: random.Random
) -> tuple[int, int] | None:
    """Start and end of a run of sentences before or after a span."""
    before = [place for place in places if place[1] <= span[0]]
    after = [place for place in places if place[0] >= span[1]]
    side = max(before, after, key=len)
    if len(side) < 2:
        return None
    length = random_.randint(2, min(5, len(side)))
    first = random_.randint(0, len(side) - length)
    return side[first][0], side[first + length - 1][1]


def written_items(articles: Path, split: str, draw: Draw, random_: random.Random) -> Iterator[Item]:
    """The items of the questions that were written for training."""
    known = {row["id"]: row for row in read_json_lines(articles)}
    excerpts = [row for row in read_json_lines(QUESTIONS) if split_of(row["article"]) == split]
    heads: dict[str, str] = {}
    passages = []
    for excerpt in excerpts:
        article, places = known[excerpt["article"]], excerpt["places"]
        published = (article.get("published") or "").replace("/", "-")[:10]
        heads[excerpt["article"]] = head_of(
            article.get("title") or "", article.get("source") or "", published
        )
        middle = places[random_.randrange(len(places))]
        start, end = window(places, [middle], article["text"], random_) or middle
        passages.append(
            (excerpt["article"], f"{heads[excerpt['article']]} | {article['text'][start:end]}")
        )
    neighbours = Neighbours(passages)
    for number, excerpt in enumerate(excerpts):
        text, places, head = (
            known[excerpt["article"]]["text"],
            excerpt["places"],
            heads[excerpt["article"]],
        )

        def beside(
            row: dict[str, Any],
            bounds: tuple[int, int],
            twin: str = "",
            text: str = text,
            head: str = head,
        ) -> Item:
            start, end = bounds
            span = (row["a"][0] - start, row["a"][1] - start) if "a" in row else None
            return item(
                typed(row["q"], random_), head, text[start:end], span, "a" in row, "written", twin
            )

        rows = excerpt["questions"]
        answered, alike = (
            [row for row in rows if "a" in row],
            [row for row in rows if "near" in row],
        )
        if split == "dev":
            yield from (
                beside(row, window(places, [row.get("a") or row["near"]], text, random_) or row)
                for row in rows
            )
            continue
        for turn in range(draw.windows):
            pool = random_.sample(answered, len(answered))
            for place, one in enumerate(alike):
                # The question that the near stretch answers is the best twin.
                pool.sort(key=lambda row, near=one["near"]: row["a"] != near)
                other = pool.pop(0) if pool else None
                both = window(places, [one["near"], other["a"]], text, random_) if other else None
                if other and both:
                    key = f"written/{number}/{turn}/{place}"
                    yield beside(other, both, key)
                    yield beside(one, both, key)
                    continue
                pool += [other] if other else []
                if bounds := window(places, [one["near"]], text, random_):
                    yield beside(one, bounds)
            for row in pool:
                if bounds := window(places, [row["a"]], text, random_):
                    yield beside(row, bounds)
        for row in answered:
            if random_.random() < draw.same_article_chance and (
                bounds := without(places, row["a"], random_)
            ):
                yield beside({"q": row["q"]}, bounds)
            if random_.random() < draw.other_article_chance:
                other_text = neighbours.near(row["q"], excerpt["article"], random_)
                if other_text:
                    yield Item(
                        typed(row["q"], random_),
                        other_text,
                        -1,
                        -1,
                        False,
                        "written, other article",
                    )


def place_of(answers: Sequence[str], question: str, passage: str) -> tuple[int, int] | None:
    """The place of the shortest answer whose surroundings share most words with the question."""
    asked = set(content(question))
    answer = min((answer for answer in answers if answer), key=len, default="").strip()
    places = (
        [found.span() for found in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", passage)]
        if answer
        else []
    )

    def shared(place: tuple[int, int]) -> int:
        return len(asked & set(content(passage[max(0, place[0] - 120) : place[1] + 120])))

    return max(places, key=shared, default=None)


def sentence_places(passage: str) -> list[tuple[int, int]]:
    """The sentences of a public passage."""
    ends = [match.start() for match in SENTENCE_END.finditer(passage)] + [len(passage)]
    starts = [0] + [match.end() for match in SENTENCE_END.finditer(passage)]
    return [(a, b) for a, b in zip(starts, ends, strict=True) if b > a]


@dataclass(frozen=True)
class Asked:
    """A question of a public set for a window of a passage. span: the answer in the window."""

    question: str
    head: str
    span: tuple[int, int] | None
    answerable: bool


def public_items(name: str, data: Path, draw: Draw, random_: random.Random) -> Iterator[Item]:
    """The items of a public set, with one of another passage here and there."""
    rows = [
        row
        for row in read_json_lines(data / f"questions-{name}.jsonl.gz")
        if row["question"] and row["passage"]
    ]
    random_.shuffle(rows)
    wanted = dict(zip((True, False), draw.shares[name], strict=True))
    neighbours = Neighbours([(row["passage"], row["passage"]) for row in rows[:6_000]])
    waiting: dict[tuple[str, int, int], list[Asked]] = defaultdict(list)
    for row in rows:
        answerable, passage = row.get("answerable", True), row["passage"]
        if not wanted[answerable]:
            continue
        span = None
        if answerable and name not in NO_SPAN:
            if row.get("start") is not None and row["answers"]:
                answer = row["answers"][0]
                span = row["start"], row["start"] + len(answer)
                if passage[span[0] : span[1]] != answer:
                    span = None
            span = span or place_of(row["answers"], row["question"], passage)
            if span is None or span[1] - span[0] > 160:
                continue
        places = sentence_places(passage)
        start, end = 0, len(passage)
        if len(passage.split()) > PASSAGE_WORDS[1]:
            if answerable and span is None:
                continue
            needed = span or random_.choice(places)
            bounds = window(places, [needed], passage, random_)
            if bounds is None:
                continue
            start, end = bounds
        wanted[answerable] -= 1
        title = (row.get("title") or "").replace("_", " ")
        head = (
            made_up_head("" if title in ("wikinews", "wikipedia") else title, random_)
            if random_.random() < HEAD_CHANCE
            else ""
        )
        inner = (span[0] - start, span[1] - start) if span else None
        question = typed(row["question"].strip(), random_)
        waiting[passage, start, end].append(Asked(question, head, inner, answerable))
        if answerable and random_.random() < draw.other_passage_chance:
            other = neighbours.near(row["question"], passage, random_)
            if other and len(other.split()) <= PASSAGE_WORDS[1]:
                yield item(question, "", other, None, False, f"{name}, other passage")
    for number, ((passage, start, end), beside) in enumerate(waiting.items()):
        yes = [one for one in beside if one.answerable]
        no = [one for one in beside if not one.answerable]
        for turn in range(max(len(yes), len(no))):
            pair = [side[turn] for side in (yes, no) if turn < len(side)]
            twin = f"{name}/{number}/{turn}" if len(pair) == 2 else ""
            for one in pair:
                # Both stand beside the same text, the line about the article included.
                yield item(
                    one.question,
                    pair[0].head,
                    passage[start:end],
                    one.span,
                    one.answerable,
                    name,
                    twin,
                )


# In a second run: items of the first one, and questions with passages of other origins.
SECOND_WRITTEN, SECOND_PUBLIC = 3_600, 3_000
MAX_PUBLIC_PASSAGES = 6_000


def draw_some(items: Sequence[Item], random_: random.Random) -> list[Item]:
    """Some of the items, twins together."""
    written = [one for one in items if one.set.startswith("written")]
    public = [one for one in items if not one.set.startswith("written")]
    drawn = random_.sample(written, SECOND_WRITTEN) + random_.sample(public, SECOND_PUBLIC)
    twins = {one.twin for one in drawn} - {""}
    return [one for one in drawn if not one.twin] + [one for one in items if one.twin in twins]


def stranger_items(items: Sequence[Item], draw: Draw, random_: random.Random) -> list[Item]:
    """Questions of the items with passages of another subject."""
    written = [one for one in items if one.set.startswith("written")]
    public = [one for one in items if not one.set.startswith("written")]
    chosen: list[Item] = []

    def add(pool: Sequence[Item], passages: Neighbours, count: int) -> None:
        for one in random_.sample(pool, len(pool)):
            if not count:
                return
            passage = passages.near(one.question, _head(one), random_)
            if passage:
                chosen.append(Item(one.question, passage, -1, -1, False, f"{one.set}, stranger"))
                count -= 1

    windows = list({one.passage: one for one in written}.values())
    by_head = Neighbours([(_head(one), one.passage) for one in windows])
    passages = random_.sample(
        [one.passage for one in public if one.answerable], MAX_PUBLIC_PASSAGES
    )
    for names, count in draw.strangers.items():
        sets = tuple(names.split())
        add([one for one in public if one.answerable and one.set.startswith(sets)], by_head, count)
    answered = [one for one in written if one.answerable]
    add(answered, Neighbours([(one, one) for one in passages]), draw.strangers_public)
    add(answered, by_head, draw.strangers_news)
    return chosen


def _head(one: Item) -> str:
    """The line about the article of an item."""
    return one.passage.partition(" | ")[0]


def main() -> None:
    """Write the items of a split, shuffled."""
    parser = written_parser(__doc__)
    parser.add_argument("--second", action="store_true")
    parser.add_argument("--large", action="store_true")
    arguments = parser.parse_args()
    random_ = random.Random(arguments.seed)
    draw = LARGE if arguments.large else SMALL
    items = list(written_items(arguments.articles, arguments.split, draw, random_))
    if arguments.data and arguments.split == "train":
        for name in draw.shares:
            items += public_items(name, arguments.data, draw, random_)
    if arguments.second:
        items = draw_some(items, random_) + stranger_items(items, draw, random_)
    elif arguments.large:
        items += stranger_items(items, draw, random_)
    # Files of several seeds may be read together.
    items = [
        replace(one, twin=f"{arguments.seed}/{one.twin}") if one.twin else one for one in items
    ]
    random_.shuffle(items)
    write_items(items, arguments.out)
    for (set_, answerable), count in sorted(
        Counter((one.set, one.answerable) for one in items).items()
    ):
        print(f"{set_:36} {'answered' if answerable else 'not':10} {count:7,}")
    twins = sum(bool(one.twin) for one in items)
    print(f"{len(items):,} items in {arguments.out}, {twins:,} of them twins")


if __name__ == "__main__":
    main()

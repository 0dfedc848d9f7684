"""The check of sentences by the real reader: on one article, and on claims about the seeds."""

from __future__ import annotations

import functools
import json
import random
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answer.parts import Verdict
from assistant.llm.packing import head_line
from assistant.reading import support
from assistant.reading.support import SupportModel, support_model
from assistant.verify.evidence import Assessment, Evidence, Line, lines_of
from assistant.verify.facts import read_facts
from index.articles import FullArticle
from index.errors import EmbedderError
from index.loading.folders import Reader
from index.text.sentences import sentences

from .helpers import ROOT, article

SEEDS = {Path(str(seed.path)).stem: seed for seed in Reader([ROOT / "seeds"])}


def shown(*articles: FullArticle) -> list[Line]:
    return [
        line
        for block, known in enumerate(articles)
        for line in lines_of(
            block,
            known.without_text(),
            head_line(known),
            known.text[known.body :],
            start=known.body,
        )
    ]


HARBOUR = article(
    "The harbour of Sandwick reopened on Monday after 14 weeks. Mayor Ada Lund said that the repairs had cost "
    "£2.4 million.\n\nThe fishing fleet may return in April. Erik Moe, who speaks for the fishermen, called the date "
    "too early. He did not meet the mayor. About 40 per cent of the boats are Danish; the European Maritime Fund (EMF) "
    "paid for two of them.\n\nLund told Moe that all the cranes would be tested by Hansen Works before 21 December. "
    "The ferry sails at 4:15 p.m., and fares rose from £6 to £7.",
    title="Sandwick harbour reopens",
    source="The Gull",
    published="2025-03-05",
)


def check(claim: str, *articles: FullArticle) -> Assessment:
    return Evidence(shown(*(articles or (HARBOUR,)))).check(claim)


@pytest.mark.parametrize(
    "claim",
    [
        "The harbour of Sandwick reopened on Monday after 14 weeks.",
        "On Monday, after fourteen weeks, Sandwick's harbour opened again.",
        "The harbour reopened on 3 March 2025.",
        "The repairs cost £2.4 million, according to Ada Lund.",
        "The repairs had cost 2,400,000 pounds, said Mayor Ada Lund.",
        "Erik Moe called the date too early.",
        "The fishing fleet may return in April.",
        "Some 40% of the boats are Danish.",
        "The EMF paid for 2 of the boats.",
        "The Gull reported on 5 March 2025 that the harbour of Sandwick had reopened.",
        "Fares rose from £6 to £7.",
    ],
)
def test_a_claim_in_other_words_than_the_article_is_supported(claim: str):
    finding = check(claim)
    assert finding.verdict is Verdict.SUPPORTED
    assert 0.5 <= finding.confidence <= 1
    assert 1 <= len(finding.quotes) <= 3


@pytest.mark.parametrize(
    "claim",
    [
        "The harbour of Sandwick reopened on Monday after 15 weeks.",
        "The harbour of Sandwick reopened on Tuesday after 14 weeks.",
        "The repairs cost $2.4 million.",
        "Erik Moe said that the repairs had cost £2.4 million.",
        "Ada Lund called the date too early.",
        "The fishing fleet returned in April.",
        "Fares fell from £7 to £6.",
        "Sandwick is known for its herring.",
        "All of the boats are Danish.",
        "Moe did not call the date too early.",
        "Kirkby reopened on Monday after 14 weeks.",
        "The Heron reported that the harbour of Sandwick had reopened.",
    ],
)
def test_a_claim_that_the_article_does_not_make_is_not_supported(claim: str):
    assert check(claim).verdict is not Verdict.SUPPORTED


@pytest.mark.parametrize(
    "claim", ["Oslo is the capital of Norway.", "NATO was founded in 1949 by twelve countries."]
)
def test_a_claim_that_nothing_comes_near_is_unsupported(claim: str):
    finding = check(claim)
    assert finding.verdict is Verdict.UNSUPPORTED
    assert finding.reason


def test_two_articles_support_a_claim_together():
    other = article("Oslo bought nine new trams in May.", id="b", title="Trams")
    finding = check(
        "Sandwick's harbour reopened on Monday, and Oslo bought nine new trams in May.",
        HARBOUR,
        other,
    )
    assert finding.verdict is Verdict.SUPPORTED
    assert {line.block for quote in finding.quotes for line in quote} == {0, 1}


@pytest.mark.parametrize(
    "claim",
    [
        "Der Hafen von Sandwick wurde am Montag wieder eröffnet.",
        "Le port de Sandwick a rouvert lundi après 14 semaines.",
        "港口星期一重新开放。",
    ],
)
def test_a_claim_in_another_language_is_kept_unjudged(claim: str):
    finding = check(claim)
    assert (finding.verdict, finding.reason) == (Verdict.UNCERTAIN, "not checked: not English")


@pytest.mark.parametrize(
    "claim", ["word " * 5_000, "", "?", "14", "\udcff \x00 weeks", "a" * 3_000]
)
def test_odd_claims_get_a_verdict(claim: str):
    assert check(claim).verdict in Verdict


def test_without_passages_no_claim_is_supported():
    assert Evidence([]).check("The harbour reopened.").verdict is Verdict.UNSUPPORTED


def test_support_is_found_among_thousands_of_sentences():
    text = " ".join(
        f"The {n}th ferry of the day left Sandwick with {n + 20} cars on board."
        for n in range(4, 300)
    )
    many = [article(text, id=str(n), title=f"Log {n}") for n in range(8)]
    finding = Evidence(shown(*many, HARBOUR)).check(
        "The repairs of the harbour cost £2.4 million, the mayor said."
    )
    assert finding.verdict is Verdict.SUPPORTED


def test_a_model_file_that_is_missing_or_altered_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        support, "SUPPORT_MODEL", (tmp_path / "support.onnx", support.SUPPORT_MODEL[1])
    )
    with pytest.raises(EmbedderError, match=r"support\.onnx is missing: run"):
        SupportModel().judge("It rains.", "It rains.")
    (tmp_path / "support.onnx").write_bytes(b"other")
    with pytest.raises(
        EmbedderError, match=r"support\.onnx is not the file that this version was made for: run"
    ):
        SupportModel().judge("It rains.", "It rains.")


def test_threads_that_share_the_model_get_the_same_judgements():
    model, found = SupportModel(), []
    claims = [f"The harbour reopened after {n} weeks." for n in range(8)]
    threads = [
        threading.Thread(
            target=lambda: found.append([model.judge(HARBOUR.text, c) for c in claims])
        )
        for _ in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1] == [support_model().judge(HARBOUR.text, claim) for claim in claims]


@functools.cache
def changed_sentences(count: int = 90) -> tuple[tuple[str, str, str, str], ...]:
    """Sentences of the seeds with one thing changed: kind, article, sentence, changed sentence."""
    return tuple(_changed(random.Random(7), count))


def _changed(dice: random.Random, count: int) -> Iterator[tuple[str, str, str, str]]:
    made = 0
    for stem, known in sorted(SEEDS.items()):
        text = known.text[known.body :]
        whole = [text[s.start : s.end] for s in sentences(text)]
        for sentence in dice.sample(
            [s for s in whole if 60 < len(s) < 220 and s[-1] == "." and "\n" not in s], 8
        ):
            for kind, false in _changes(sentence, whole, dice):
                made += 1
                yield kind, stem, sentence, false
                if made == count * 4:
                    return


def _changes(sentence: str, whole: list[str], dice: random.Random) -> Iterator[tuple[str, str]]:
    said = read_facts(sentence)
    for number in said.numbers[:1]:
        digits = re.search(r"\d+", sentence[number.start : number.end])
        if digits:
            at = number.start + digits.start()
            yield (
                "number",
                sentence[:at] + str(int(digits[0]) + 3) + sentence[at + len(digits[0]) :],
            )
    names = [name for name in said.whole_names if name.start > 0]
    for one, other in [
        (a, b)
        for a in names
        for b in names
        if a.end < b.start and not set(a.text.split()) & set(b.text.split())
    ][:1]:
        between = sentence[one.end : other.start]
        if not re.fullmatch(r"[\s,]*(?:and|or|,)?\s*(?:the\s)?", between):
            a, b = sentence[one.start : one.end], sentence[other.start : other.end]
            yield "swap", sentence[: one.start] + b + between + a + sentence[other.end :]
    verb = re.search(r"\b(was|were|is|are|has|have|had|will)\b(?! not)", sentence)
    if verb and " no" not in sentence and "n't" not in sentence:
        yield "not", f"{sentence[: verb.end()]} not{sentence[verb.end() :]}"


def test_sentences_with_a_number_a_name_or_a_not_changed_are_not_supported():
    results = [
        (kind, false, check(false, SEEDS[stem]).verdict)
        for kind, stem, _, false in changed_sentences()
    ]
    through = [(kind, false) for kind, false, verdict in results if verdict is Verdict.SUPPORTED]
    assert len(results) >= 100
    assert {kind for kind, _, _ in results} == {"number", "swap", "not"}
    assert len(through) / len(results) <= 0.05, through


def test_the_sentences_themselves_are_supported():
    own = {(stem, sentence) for _, stem, sentence, _ in changed_sentences()}
    refused = [
        sentence
        for stem, sentence in own
        if check(sentence, SEEDS[stem]).verdict is not Verdict.SUPPORTED
    ]
    assert len(own) >= 40
    assert refused == []


def test_claims_about_the_seeds():
    """Floors, not goals: docs/models.md has the figures, those of the unseen half included."""
    claims = [
        json.loads(line)
        for line in (ROOT / "tests/data/claims-dev.jsonl").read_text("utf-8").splitlines()
    ]
    verdicts = {
        c["id"]: check(c["claim"], *(SEEDS[a] for a in c["articles"])).verdict for c in claims
    }
    true = [verdicts[c["id"]] for c in claims if c["supported"]]
    untrue = [verdicts[c["id"]] for c in claims if not c["supported"]]
    assert true.count(Verdict.SUPPORTED) / len(true) >= 0.65
    assert 1 - true.count(Verdict.UNSUPPORTED) / len(true) >= 0.9
    assert untrue.count(Verdict.SUPPORTED) / len(untrue) <= 0.17

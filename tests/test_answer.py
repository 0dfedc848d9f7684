from __future__ import annotations

import json
from dataclasses import replace

from assistant.answer.answer import Answer
from assistant.answer.parts import (
    REFUSAL,
    AnswerSpan,
    Citation,
    Dropped,
    FileState,
    Sentence,
    Status,
    Timings,
    Usage,
)
from assistant.answer.text import CLOSE, OPEN, answer_lines, sentence_lines
from index.articles import Article

ARTICLE = Article(
    id="a1", title="Harbour reopens", source="The Gull", published="2025-03-02", pages=(0, 50)
)


def answer(*sentences: str, status: Status = Status.ANSWERED, **more: object) -> Answer:
    citations = [
        Citation(number=i, quote=text, start=100 * i, end=100 * i + len(text), article=ARTICLE)
        for i, text in enumerate(sentences, start=1)
    ]
    return Answer(
        question="What happened?",
        status=status,
        sentences=[Sentence(text, (i,)) for i, text in enumerate(sentences, start=1)],
        citations=citations,
        model="quotes",
        usage=Usage(),
        timings=Timings(1.5, 2.5),
        **more,  # type: ignore[arg-type]
    )


def test_the_text_is_the_sentences_with_their_marks():
    assert answer("It opened.", "Ships came.").text == "It opened. [1] Ships came. [2]"


def test_a_sentence_with_two_citations_has_two_marks():
    both = Answer(
        question="?", status=Status.ANSWERED, sentences=[Sentence("So it is.", (1, 3))], model="quotes",
        usage=Usage(), timings=Timings(0, 0),
    )  # fmt: skip
    assert both.text == "So it is. [1] [3]"


def test_an_articles_own_marks_are_not_taken_for_ours():
    shown = answer("He said so [7], as others did [1, 3] and [2-4].")

    assert shown.text == "He said so (7), as others did (1, 3) and (2-4). [1]"
    assert shown.sentences[0].text == "He said so [7], as others did [1, 3] and [2-4]."


def test_brackets_without_numbers_stay():
    assert (
        answer("They “was [sic] there” [in June].").text == "They “was [sic] there” [in June]. [1]"
    )


def test_line_breaks_inside_a_sentence_are_spaces_in_the_text():
    assert answer("It opened\r\nagain  today.").text == "It opened again today. [1]"


def test_no_sentence_is_the_fixed_refusal():
    assert answer(status=Status.UNANSWERED).text == REFUSAL


def test_the_dictionary_is_the_json_contract():
    told = json.loads(json.dumps(answer("It opened.", dropped=[Dropped("No.", "why")]).to_dict()))

    assert told == {
        "notices": [],
        "prompts": None,
        "question": "What happened?",
        "standalone": None,
        "status": "answered",
        "confidence": None,
        "text": "It opened. [1]",
        "sentences": [
            {
                "text": "It opened.",
                "citations": [1],
                "supported": True,
                "mark": None,
                "verdict": "supported",
                "confidence": None,
            }
        ],
        "disagreements": [],
        "dropped": [{"text": "No.", "reason": "why"}],
        "nearest": [],
        "citations": [
            {
                "number": 1,
                "quote": "It opened.",
                "start": 100,
                "end": 110,
                "article": {
                    "id": "a1",
                    "title": "Harbour reopens",
                    "source": "The Gull",
                    "author": None,
                    "published": "2025-03-02",
                    "updated": None,
                    "url": None,
                    "path": None,
                    "also_at": [],
                    "page": 2,
                    "pages": [0, 50],
                    "checksum": None,
                },
                "also": [],
                "copies": [],
                "file": None,
                "answer": None,
            }
        ],
        "as_of": None,
        "trace": None,
        "model": "quotes",
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0.0},
        "timings": {"search_ms": 1.5, "answer_ms": 2.5},
    }


def test_printed_it_shows_the_text_and_where_each_quote_stands():
    assert str(answer("It opened.")).splitlines() == [
        "It opened. [1]",
        "",
        "[1] The Gull, 2025-03-02: Harbour reopens, page 2",
    ]


def test_printed_in_full_it_shows_where_each_quote_stands():
    assert list(answer_lines(answer("It opened."), verbose=True))[2:] == [
        "[1] The Gull, 2025-03-02: Harbour reopens, page 2",
        "    a1, characters 100-110",
    ]


def test_quotes_of_one_article_are_under_one_heading():
    assert str(answer("It opened.", "Ships came.")).splitlines()[3:] == [
        "[1] [2] The Gull, 2025-03-02: Harbour reopens, page 2",
    ]


def test_what_answers_is_marked_between_the_marks_of_a_sentence():
    cited = replace(answer("It opened.").citations[0], answer=AnswerSpan(103, 109, "opened"))

    assert sentence_lines(Sentence("It opened.", (1,)), [cited]) == [f"It {OPEN}opened{CLOSE}. [1]"]
    assert sentence_lines(Sentence("It opened.", (1,))) == ["It opened. [1]"]


def test_printed_a_refusal_names_the_nearest_articles():
    assert str(answer(status=Status.UNANSWERED, nearest=[ARTICLE])).splitlines() == [
        REFUSAL,
        "",
        "The nearest articles:",
        "  - The Gull, 2025-03-02: Harbour reopens",
    ]


def test_printed_a_partial_answer_says_that_it_is_one():
    assert "may not be what was asked" in str(answer("It opened.", status=Status.PARTIAL))


def test_printed_a_changed_file_is_said_with_its_citation():
    citation = Citation(
        number=1, quote="Yes.", start=0, end=4, article=ARTICLE, file=FileState.CHANGED
    )
    shown = Answer(
        question="?", status=Status.ANSWERED, sentences=[Sentence("Yes.", (1,))], citations=[citation],
        model="quotes", usage=Usage(), timings=Timings(0, 0),
    )  # fmt: skip
    assert "note: the file has changed since it was indexed" in str(shown)


def test_control_sequences_of_articles_do_not_reach_the_terminal():
    hostile = Article(id="x\x1b[2J", title="Red\x1b[31m\x9b1m alert \u202e", path="/tmp/\x07bell")
    citation = Citation(
        number=1, quote="\x1b]0;title\x07", start=0, end=1, article=hostile, also=(hostile,)
    )
    shown = Answer(
        question="?", status=Status.ANSWERED, sentences=[Sentence("Be\x1b[5mware", (1,))], citations=[citation],
        nearest=[hostile], model="quotes", usage=Usage(), timings=Timings(0, 0),
    )  # fmt: skip
    assert not set("\x1b\x07\x9b\u202e").intersection(str(shown))

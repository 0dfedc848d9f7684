"""Question sets in their authors' formats, small ones of our own, and what their own scorers say."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import EvaluationError
from assistant.evaluation.datasets.dataset import OfficialAnswer
from assistant.evaluation.datasets.reading import SCORERS, read_dataset
from assistant.evaluation.questions import Evidence, Question, to_question, write_questions

MULTIHOP = [
    {
        "query": "Which mill did both the Hill Echo and the Coast Herald write about?",
        "answer": "Coll",
        "question_type": "inference_query",
        "evidence_list": [
            {
                "title": "A",
                "url": "https://echo.example/1",
                "source": "Hill Echo",
                "fact": "The mill of Coll burned down.",
            },
            {
                "title": "B",
                "url": "https://herald.example/2",
                "source": "Coast Herald",
                "fact": "Coll lost its mill.",
            },
        ],
    },
    {
        "query": "Who owns the moon?",
        "answer": "Insufficient information.",
        "question_type": "null_query",
        "evidence_list": [],
    },
]
SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "Coll_mill",
            "paragraphs": [
                {
                    "context": "The mill at Coll was built in 1871.",
                    "qas": [
                        {
                            "id": "a1", "question": "When was the mill built? ", "is_impossible": False,
                            "answers": [{"text": "1871", "answer_start": 30}, {"text": "in 1871", "answer_start": 27}],
                        },
                        {
                            "id": "a2", "question": "When was the mill sold?", "is_impossible": True,
                            "answers": [], "plausible_answers": [{"text": "1871", "answer_start": 30}],
                        },
                    ],
                }
            ],
        }
    ],
}  # fmt: skip
RGB = [
    {"id": 0, "query": "Coll mill height", "answer": "12 metres", "positive": ["12 metres high."], "negative": ["No."]},
    {
        "id": 1, "query": "Coll mill builder and year", "answer": [["Farrow", "J. Farrow"], ["1871"]],
        "positive": [["Farrow built it."], ["It dates from 1871."]], "negative": ["It burned."],
    },
]  # fmt: skip
ALCE = [
    {
        "question": "When was the mill built?",
        "qa_pairs": [
            {"question": "first?", "short_answers": ["1871"], "context": ""},
            {"question": "second?", "short_answers": ["1902", "in 1902"], "context": ""},
        ],
        "docs": [{"id": "7", "title": "Coll", "text": "Built in 1871, again in 1902."}],
    },
    {"question": "Why?", "claims": ["It had burned down."], "docs": []},
]
REALTIME = [
    {
        "question_id": "20250103_1", "question_date": "2025/01/03", "question_source": "CNN",
        "question_sentence": "What was built?", "choices": ["A mill", "A pier", "A dam", "Roads"], "answer": ["0", "2"],
    }
]  # fmt: skip
QED = [
    {
        "question_id": "q-1",
        "question_text": "What happened to the mill?",
        "assertions": [{"statement": "The response should say that it burned down.", "score": 10}],
    }
]


def saved(folder: Path, content: Any, *, lines: bool = False) -> Path:
    path = folder / "set.json"
    text = "".join(json.dumps(each) + "\n" for each in content) if lines else json.dumps(content)
    path.write_text(text, "utf-8")
    return path


def test_multihop_rag(tmp_path: Path):
    dataset = read_dataset(saved(tmp_path, MULTIHOP))
    first, null = dataset.questions

    assert dataset.format == "multihop-rag"
    assert (first.type, first.answers, first.answerable) == ("inference_query", (("Coll",),), True)
    assert first.evidence[0] == Evidence("https://echo.example/1", "The mill of Coll burned down.")
    assert (null.answers, null.answerable, null.gold) == ((), False, frozenset())


def test_squad(tmp_path: Path):
    dataset = read_dataset(saved(tmp_path, SQUAD))
    first, second = dataset.questions
    (article,) = dataset.articles

    assert dataset.format == "squad"
    assert (first.question, first.answers) == ("When was the mill built?", (("1871", "in 1871"),))
    assert (first.articles, article.title) == ((article.id,), "Coll mill 1")
    assert (second.answers, second.answerable, second.type) == ((), False, "unanswerable")


def test_rgb(tmp_path: Path):
    dataset = read_dataset(saved(tmp_path, RGB, lines=True))
    first, second = dataset.questions

    assert dataset.format == "rgb"
    assert first.answers == (("12 metres",),)
    assert second.answers == (("Farrow", "J. Farrow"), ("1871",))
    texts = {article.id: article.text for article in dataset.articles}
    assert [texts[id] for id in second.articles] == ["Farrow built it.", "It dates from 1871."]
    assert len(texts) == 5


def test_alce(tmp_path: Path):
    dataset = read_dataset(saved(tmp_path, ALCE))
    first, second = dataset.questions

    assert dataset.format == "alce"
    assert first.answers == (("1871",), ("1902", "in 1902"))
    assert (second.statements, second.answerable) == (("It had burned down.",), True)
    assert [article.title for article in dataset.articles] == ["Coll"]


def test_realtimeqa(tmp_path: Path):
    (question,) = read_dataset(saved(tmp_path, REALTIME, lines=True)).questions

    assert (question.id, question.date) == ("20250103_1", "2025-01-03")
    assert question.answers == (("A mill",), ("A dam",))


def test_benchmark_qed(tmp_path: Path):
    (question,) = read_dataset(saved(tmp_path, QED)).questions

    assert question.statements == ("The response should say that it burned down.",)
    assert question.answers == ()


def test_our_own_may_be_zipped(tmp_path: Path):
    path = tmp_path / "set.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"question": "Who?", "answers": ["Ada"]}\n'))

    assert [question.question for question in read_dataset(path).questions] == ["Who?"]


@pytest.mark.parametrize(
    ("told", "groups"),
    [
        ({"answers": ["a1", "b1"]}, (("a1", "b1"),)),
        ({"answers": ["a1", "b1"], "type": "multi"}, (("a1",), ("b1",))),
        ({"answers": [["a1", "a2"], ["b1"]]}, (("a1", "a2"), ("b1",))),
        ({"answers": "a1"}, (("a1",),)),
        ({"answers": [""], "answerable": False}, ()),
        ({"answers": ["none"], "type": "null_query"}, ()),
    ],
)
def test_which_answers_are_needed(told: dict[str, Any], groups: tuple[tuple[str, ...], ...]):
    assert to_question({"question": "Who?", **told}, "1").answers == groups


def test_line_ends_within_a_text_end_no_line(tmp_path: Path):
    questions = [
        to_question({"question": f"Who\u2028or what\x85{n}?", "answers": ["A\u2029B"]}, str(n))
        for n in (1, 2)
    ]
    write_questions(questions, tmp_path / "set.jsonl")

    assert read_dataset(tmp_path / "set.jsonl").questions == questions


def test_a_set_is_the_same_when_it_was_written(tmp_path: Path):
    for content in (MULTIHOP, SQUAD, ALCE, QED):
        questions = read_dataset(saved(tmp_path, content)).questions
        write_questions(questions, tmp_path / "again.jsonl")
        assert read_dataset(tmp_path / "again.jsonl", "questions").questions == questions


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            '{"question": "Who?"}\n{"question": 5}\n',
            r'set.json, line 2 is not a question: "question" must be a text',
        ),
        ('{"question": "Who?"}\nnonsense\n', r"line 2 is not JSON"),
        (
            '{"question": "Who?"}\n{"answers": []}\n',
            r'line 2 is not a question: "question" must be a text',
        ),
        (
            '{"id": 1, "question": "A?"}\n{"id": 1, "question": "B?"}',
            r"line 2 repeats the id '1'",
        ),
        (
            '{"question": "Who?", "date": "soon"}\n',
            "line 1 is not a question: \"date\" must be a day, and is 'soon'",
        ),
        (
            '{"questoin": "Who?"}',
            r"is in no known format: name one of questions, multihop-rag, squad",
        ),
        ("", "is empty: a question set has a JSON object on each line"),
        (
            '{"data": [{"title": "x"}]}',
            "is not in the format squad: it has no field 'paragraphs'",
        ),
        ('{"version": "v2.0", "data": []}', "has no questions"),
    ],
)
def test_what_is_no_question_set_says_where(tmp_path: Path, content: str, said: str):
    (tmp_path / "set.json").write_text(content, "utf-8")
    with pytest.raises(EvaluationError, match=said):
        read_dataset(tmp_path / "set.json")


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path):
    (tmp_path / "set.jsonl").write_bytes(b"\xff\xfe")
    for name in ("none.jsonl", "set.jsonl"):
        with pytest.raises(EvaluationError, match="cannot be read"):
            read_dataset(tmp_path / name)


# The official scorers


def asked(*answers: str, evidence: tuple[str, ...] = (), question: str = "Who?") -> Question:
    return Question(
        id="1",
        question=question,
        answers=tuple((answer,) for answer in answers),
        answerable=bool(answers),
        evidence=tuple(Evidence("a", quote) for quote in evidence),
    )


def test_multihop_rag_gives_a_third_to_whoever_is_always_wrong():
    wrong = [OfficialAnswer(asked("Coll"), "nothing of the kind", ()) for _ in range(9)]
    right = [OfficialAnswer(asked("Coll"), "It is Coll", ()) for _ in range(9)]

    assert SCORERS["multihop-rag"](wrong)["accuracy"] == pytest.approx(1 / 3)
    assert SCORERS["multihop-rag"](right)["accuracy"] == 1
    # One word in common will do.
    assert (
        SCORERS["multihop-rag"]([OfficialAnswer(asked("The mill"), "the moon", ())])["precision"]
        == 1
    )


def test_multihop_rag_gives_three_quarters_to_a_perfect_ranking():
    passages = ("Then: one fact.", "Also an other fact here.", "No.")
    said = [OfficialAnswer(asked("Coll", evidence=("one fact", "other fact")), "Coll", passages)]
    scores = SCORERS["multihop-rag"](said)

    assert (scores["MAP@10"], scores["MRR@10"], scores["Hits@4"]) == (0.75, 1, 1)


def test_squad_counts_refusals_as_empty_answers():
    scores = SCORERS["squad"](
        [
            OfficialAnswer(asked("1871", "in 1871"), "1871", ()),
            OfficialAnswer(asked("red mill"), "a red barn", ()),
            OfficialAnswer(asked(), "", ()),
            OfficialAnswer(asked(), "1871", ()),
        ]
    )

    assert scores["exact"] == 50
    assert scores["f1"] == 100 * (1 + 0.5 + 1 + 0) / 4
    assert (scores["HasAns_exact"], scores["NoAns_exact"]) == (50, 50)


def test_rgb_wants_substrings_only():
    said = [
        OfficialAnswer(
            Question(id="1", question="?", answers=(("Farrow", "J. F."), ("1871",))),
            "J. F. in x1871x",
            (),
        ),
        OfficialAnswer(asked("Coll"), "COLLAR", ()),
        OfficialAnswer(asked("Coll"), "", ()),
    ]
    assert SCORERS["rgb"](said) == {"all_rate": pytest.approx(2 / 3)}


def test_alce_counts_readings():
    said = [
        OfficialAnswer(
            Question(id="1", question="?", type="asqa", answers=(("1871",), ("1902",))),
            "Built in 1871.",
            (),
        )
    ]
    assert SCORERS["alce"](said) == {"str_em": 50, "str_hit": 0}


def test_realtimeqa_takes_choices_in_any_order_and_leaves_except_out():
    said = [
        OfficialAnswer(asked("A mill", "a dam"), "dam mill", ()),
        OfficialAnswer(asked("A mill", question="Which was built, all except?"), "nothing", ()),
    ]
    assert SCORERS["realtimeqa"](said) == {"em": 1, "f1": 1}

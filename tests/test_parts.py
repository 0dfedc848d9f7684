from __future__ import annotations

import pytest

from assistant.query.parts import split_parts


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "What did the estimate leave out, and how much will the station cost?",
            ["What did the estimate leave out", "how much will the station cost"],
        ),
        (
            "Does the Wire say that the bridge held, while the Post says that it broke?",
            ["Does the Wire say that the bridge held", "the Post says that it broke"],
        ),
        (
            "How long was a shift and what is the limit now?",
            ["How long was a shift", "what is the limit now"],
        ),
        ("Who built the dam? When did it burst?", ["Who built the dam", "When did it burst"]),
        (
            "Did the strike begin before or after the Tarn flood?",
            ["Did the strike begin", "the Tarn flood"],
        ),
        (
            "Was the tunnel opened earlier than the Tarn bridge?",
            ["Was the tunnel opened", "the Tarn bridge"],
        ),
        (
            "Which came first, the flood in Tarn or the ferry strike?",
            ["the flood in Tarn", "the ferry strike"],
        ),
        ("What happened first: the Tarn talks or the flood?", ["the Tarn talks", "the flood"]),
    ],
)
def test_clauses_are_parts(question, expected):
    assert list(split_parts(question).texts) == expected


@pytest.mark.parametrize(
    "question",
    [
        "What did the mayor and the governor agree on?",
        "Who won the Hawks vs. Gulls game?",
        "Which jobs did the third and the fifth victim do?",
        "When, and why?",
        "Was the mayor rich before the war?",
        "",
    ],
)
def test_joined_names_are_not_parts(question):
    assert [part.strip("?") for part in split_parts(question).texts] == [question.strip("?")]

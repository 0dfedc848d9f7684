"""Answers by a scripted model: what is shown as fact, what is taken back, and which citations prove it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import FakeListChatModel

from assistant import Answer, Assistant, ask
from assistant.answer.events import Settled, TakenBack, Words
from assistant.answer.parts import Verdict
from assistant.answering.chain import AnswerChain
from assistant.errors import ModelError
from assistant.llm.models import make_model
from index.articles import FullArticle
from index.errors import QuestionError
from index.index import Index

from .helpers import article
from .hostile import HOSTILE
from .model_server import ModelServer, Request, Step
from .test_support import SEEDS, changed_sentences

Serve = Callable[..., ModelServer]
NAME = "openai:gpt-5-mini"

HARBOUR = article(
    "The harbour of Sandwick reopened on Monday after 14 weeks. Mayor Ada Lund said that the repairs had cost "
    "£2.4 million.\n\nThe fishing fleet may return in April. Erik Moe, who speaks for the fishermen, called the date "
    "too early. He asked the council to wait for the new crane.\n\n"
    "The crane was ordered from Hansen Works in 2023 [7].",
    id="harbour",
    title="Sandwick harbour reopens",
    source="The Gull",
    published="2025-03-05",
)
COPY = article(
    HARBOUR.text, id="copy", title="Harbour open again", source="The Heron", published="2025-03-06"
)


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_index(tmp_path_factory.mktemp("harbour"), HARBOUR)


def make_index(folder: Path, *articles: FullArticle) -> Path:
    with Index(folder / "index", create=True) as index:
        index.add(articles)
    return folder / "index"


def answer_to(question: str, index: Path, **options: object) -> Answer:
    with Assistant(index=index, model=NAME, **options) as assistant:  # type: ignore[arg-type]
        answer = assistant.ask(question)
        for citation in answer.citations:
            text = assistant.index.article(citation.article.id).text
            assert text[citation.start : citation.end] == citation.quote
    numbers = [citation.number for citation in answer.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(set(sentence.citations) <= set(numbers) for sentence in answer.sentences)
    assert all(sentence.citations for sentence in answer.sentences if sentence.supported)
    return answer


def test_a_sentence_that_an_article_holds_is_cited_exactly(serve: Serve, harbour: Path):
    serve("The harbour reopened on Monday after fourteen weeks. [1]")

    answer = answer_to("When did the harbour reopen?", harbour)

    assert answer.text == "The harbour reopened on Monday after fourteen weeks. [1]"
    assert answer.status == "answered"
    [citation] = answer.citations
    assert citation.quote == "The harbour of Sandwick reopened on Monday after 14 weeks."
    assert answer.sentences[0].mark == "kept"
    assert (answer.model, answer.usage.prompt_tokens, answer.usage.completion_tokens) == (
        NAME,
        100,
        20,
    )
    assert answer.usage.cost_usd == pytest.approx(65e-6)
    assert answer.prompts
    assert len(answer.prompts) == 16


@pytest.mark.parametrize(
    ("written", "mark"),
    [
        ("The repairs cost £2.4 million, Ada Lund said [1].", "kept"),
        ("The repairs cost £2.4 million, Ada Lund said.", "added"),
        ("The repairs cost £2.4 million, Ada Lund said [9].", "moved"),
        ("The repairs cost £2.4 million, Ada Lund said【1†source】.", "kept"),
        ("The repairs cost £2.4 million, Ada Lund said.[^1]", "kept"),
        ("The repairs cost £2.4 million, Ada Lund said (Source 1).", "kept"),
        ("- **The repairs cost £2.4 million**, Ada Lund said [1, 3]", "kept"),
    ],
)
def test_marks_are_kept_moved_or_added(serve: Serve, harbour: Path, written: str, mark: str):
    serve(written)
    answer = answer_to("What did the repairs cost?", harbour)
    [sentence] = answer.sentences
    assert sentence.text.rstrip(".") == "The repairs cost £2.4 million, Ada Lund said"
    assert (sentence.citations, sentence.mark, answer.status) == ((1,), mark, "answered")


@pytest.mark.parametrize(
    "false",
    [
        "The harbour reopened on Tuesday after 14 weeks. [1]",
        "The harbour reopened on Monday after 15 weeks. [1]",
        "The harbour did not reopen on Monday. [1]",
        "The repairs cost £4.2 million, Ada Lund said. [1]",
        "The repairs cost $2.4 million, Ada Lund said. [1]",
        "Erik Moe said that the repairs had cost £2.4 million. [1]",
        "The fishing fleet will return in April. [1]",
        "The fishing fleet returned in April. [1]",
        "The crane was ordered from Hansen Works in 2021. [1]",
        "The crane was ordered from Lund Works in 2023. [1]",
        "Sandwick is the largest fishing port of the county. [1]",
        "Harbours are places where ships are safe from storms. [1]",
    ],
)
def test_what_no_article_says_is_not_shown_as_supported(serve: Serve, harbour: Path, false: str):
    serve(f"The harbour of Sandwick reopened on Monday after 14 weeks. [1] {false}")
    answer = answer_to("What happened at the harbour?", harbour, second_look=False)
    assert [sentence.text for sentence in answer.sentences if sentence.supported] == [
        "The harbour of Sandwick reopened on Monday after 14 weeks."
    ]
    not_verified = [sentence.text for sentence in answer.sentences if not sentence.supported]
    assert [*not_verified, *(dropped.text for dropped in answer.dropped)] == [
        false.removesuffix(" [1]")
    ]
    assert all(dropped.reason for dropped in answer.dropped)
    assert answer.status == "partial"


def test_when_nothing_is_left_the_articles_do_not_say(serve: Serve, harbour: Path):
    serve("Oslo is the capital of Norway. [1]")
    answer = answer_to("What is the capital of Norway?", harbour)
    assert (answer.status, answer.text, answer.sentences) == (
        "unanswered",
        "The articles do not say.",
        (),
    )
    assert [nearest.id for nearest in answer.nearest] == ["harbour"]


@pytest.mark.parametrize(
    "phrase",
    [
        "The articles do not say.",
        '"The articles do not say."',
        "the articles do not say",
        "The article does not say. [2]",
        "The passages don't mention this.",
    ],
)
def test_the_refusal_is_no_claim(serve: Serve, harbour: Path, phrase: str):
    serve(phrase)
    answer = answer_to("Who won the cup?", harbour)
    assert (answer.status, answer.dropped) == ("unanswered", ())


def test_unsupported_sentences_can_be_shown_and_are_marked(serve: Serve, harbour: Path):
    serve("The harbour reopened on Monday. [1] It has nine cranes. [1]")
    answer = answer_to("What happened?", harbour, show_unsupported=True)
    assert answer.text == "The harbour reopened on Monday. [1] It has nine cranes. [unsupported]"
    assert answer.status == "partial"
    assert answer.to_dict()["sentences"][1] == {
        "text": "It has nine cranes.",
        "citations": [],
        "supported": False,
        "mark": None,
        "verdict": "unsupported",
        "confidence": None,
    }


def test_marks_of_the_article_are_not_taken_for_marks_of_the_model(serve: Serve, harbour: Path):
    def parrot(request: Request) -> str:
        assert "[7]" not in request.prompt
        return "The crane was ordered from Hansen Works in 2023 (7). [1]"

    serve(parrot)
    answer = answer_to("When was the crane ordered?", harbour)
    assert answer.sentences[0].citations == (1,)
    assert answer.citations[0].quote.endswith("in 2023 [7].")


def test_an_introduction_is_left_out_and_is_no_lack(serve: Serve, harbour: Path):
    serve("Here is what the articles say:\n\n- The harbour reopened on Monday. [1]")
    answer = answer_to("What happened?", harbour)
    assert answer.status == "answered"
    assert answer.dropped[0].reason == "it only introduces what follows"


def test_copies_are_named_with_the_quote(serve: Serve, tmp_path: Path):
    serve("The harbour of Sandwick reopened on Monday after 14 weeks. [1]")
    [citation] = answer_to(
        "When did the harbour reopen?", make_index(tmp_path, HARBOUR, COPY)
    ).citations
    assert {citation.article.id, *(other.id for other in citation.also)} == {"harbour", "copy"}


def test_an_answer_is_streamed_and_the_last_event_is_the_answer(serve: Serve, harbour: Path):
    serve(
        "The harbour reopened on Monday. [1] It has nine cranes. [1] Erik Moe called the date too early. [1]"
    )
    with Assistant(index=harbour, model=NAME) as assistant:
        *events, answer = assistant.stream("What happened?")
    assert isinstance(answer, Answer)
    settled = [event.sentence for event in events if isinstance(event, Settled)]
    assert settled == list(answer.sentences)
    assert [event.text for event in events if isinstance(event, TakenBack)] == [
        "It has nine cranes."
    ]
    words = [event.text for event in events if isinstance(event, Words)]
    assert "The harbour reopened" in words
    assert not any("[" in text for text in words)
    assert [
        n
        for event in events
        if isinstance(event, Settled)
        for n in [c.number for c in event.citations]
    ] == [1, 2]


def test_a_reply_that_breaks_off_gives_what_was_complete(serve: Serve, harbour: Path):
    serve(
        Step(
            "The harbour reopened on Monday. [1] Mayor Ada Lund said that the repairs were",
            finish="length",
        )
    )
    answer = answer_to("What happened?", harbour)
    assert [sentence.text for sentence in answer.sentences] == ["The harbour reopened on Monday."]
    assert answer.status == "partial"
    assert answer.dropped[0].reason == "the reply broke off in it"
    assert "length limit" in answer.notices[0]


def test_a_prompt_that_is_too_long_is_tried_once_more_with_less(serve: Serve, seeds_folder: Path):
    too_long = Step(
        status=400, body='{"error": {"code": "context_length_exceeded", "message": "too long"}}'
    )
    server = serve(too_long, "The articles do not say.")
    answer = answer_to("What happened in Tolleth?", seeds_folder)
    first, second = (len(request.prompt) for request in server.requests)
    assert second < 0.7 * first
    assert "asked again with half" in answer.notices[0]

    serve(too_long)
    with pytest.raises(ModelError, match="too long"):
        answer_to("What happened in Tolleth?", seeds_folder)


def test_passages_that_do_not_fit_are_left_out_and_said(serve: Serve, seeds_folder: Path):
    server = serve("The articles do not say.")
    answer = answer_to("What happened in Tolleth?", seeds_folder, context=1200)
    assert "passages did not fit" in answer.notices[0]
    with Assistant(index=seeds_folder, model=NAME) as assistant:
        assert assistant.chain.model.count_tokens(server.requests[0].prompt) < 1200 - 256


def test_a_question_that_fills_the_model_is_an_error(serve: Serve, harbour: Path):
    serve("x")
    with pytest.raises(QuestionError, match="shorten it"):
        answer_to("why " * 9000, harbour, context=8192)


def test_a_follow_up_is_understood_from_what_was_said_before(serve: Serve, harbour: Path):
    server = serve(
        "The harbour reopened on Monday. [1]",
        "What did Erik Moe say about the return of the fleet?",
        "Erik Moe called the date too early. [1]",
    )
    with Assistant(index=harbour, model=NAME) as assistant:
        first = assistant.ask("When did the harbour reopen?")
        second = assistant.ask("And what did Moe say?", history=[first])
    assert len(server.requests) == 3
    assert "When did the harbour reopen?" in server.requests[1].prompt
    assert second.question == "And what did Moe say?"
    assert second.standalone == "What did Erik Moe say about the return of the fleet?"
    assert second.usage.prompt_tokens == 200
    assert "What did Erik Moe say about the return" in server.requests[2].prompt


def test_a_model_may_see_the_parts_of_a_question(serve: Serve, harbour: Path):
    server = serve(
        "1. How much did the repairs of the harbour cost?\n2. Which date did Erik Moe call too early?",
        "The repairs had cost £2.4 million. [1]",
    )
    question = "How do the cost of the repairs and the date that Erik Moe called too early compare at the harbour?"
    answer = answer_to(question, harbour)

    assert len(server.requests) == 2
    assert answer.trace.parts == [
        "How much did the repairs of the harbour cost?",
        "Which date did Erik Moe call too early?",
    ]
    assert answer.usage.prompt_tokens == 200
    assert question in server.requests[1].prompt


@pytest.mark.parametrize(
    "written",
    [
        "What is the weather in Lisbon?\nWho rules the northern provinces of Brask?",
        "How do the cost of the repairs and the date that Erik Moe called too early compare at the harbour?",
        "Sure!\nHere are the questions that you asked me to write:\nHow much did the repairs cost?",
        "",
    ],
    ids=["strange", "the same", "talk", "nothing"],
)
def test_parts_that_are_none_are_not_looked_for(serve: Serve, harbour: Path, written: str):
    serve(written, "The repairs had cost £2.4 million. [1]")
    answer = answer_to(
        "How do the cost of the repairs and the date that Erik Moe called too early compare at the harbour?",
        harbour,
    )

    assert answer.trace.parts == []
    assert answer.status == "answered"
    assert any("by rule" in notice for notice in answer.notices) == (not written)


def test_a_question_of_one_part_costs_one_call(serve: Serve, harbour: Path):
    server = serve("The repairs had cost £2.4 million. [1]")
    answer_to(
        "What did the repairs of the harbour of Sandwick cost, as Mayor Ada Lund said?", harbour
    )

    assert len(server.requests) == 1


def test_the_model_sees_what_stands_around_the_best_passages(serve: Serve, tmp_path: Path):
    paragraphs = [
        f"{name} has {n} windows and a roof that was mended {n} times."
        for n, name in enumerate(ROOMS, start=2)
    ]
    long = article(
        "\n\n".join(f"{text} {FILLING}" for text in paragraphs),
        id="long",
        title="Rooms of the old mill",
    )
    server = serve("The Amber Room has 9 windows. [1]")
    index = make_index(tmp_path, long)
    with Assistant(index=index, model=NAME) as assistant:
        answer = assistant.ask("How many windows has the Amber Room?", k=1)

    (prompt,) = (request.prompt for request in server.requests)
    assert answer.sentences[0].text == "The Amber Room has 9 windows."
    assert [name for name in ROOMS if name in prompt] == [
        "The Pearl Room",
        "The Amber Room",
        "The Coral Room",
    ]


ROOMS = [
    f"The {name} Room"
    for name in (
        "Red",
        "Blue",
        "Green",
        "Grey",
        "Brown",
        "White",
        "Pearl",
        "Amber",
        "Coral",
        "Black",
    )
]
FILLING = " ".join(
    f"Its door number {n} leads to a stair that nobody has used since the year of the frost."
    for n in range(9)
)


def test_the_chain_and_the_retriever_are_langchain_runnables(serve: Serve, harbour: Path):
    serve("The harbour reopened on Monday. [1]")

    class Seen(BaseCallbackHandler):
        def __init__(self) -> None:
            self.names: list[str] = []

        def on_chain_start(self, serialized: object, inputs: object, **kwargs: object) -> None:
            self.names.append(str(kwargs.get("name")))

        def on_retriever_start(self, serialized: object, query: str, **kwargs: object) -> None:
            self.names.append("retriever")

        def on_chat_model_start(
            self, serialized: object, messages: object, **kwargs: object
        ) -> None:
            self.names.append("model")

    seen = Seen()
    with Assistant(index=harbour, model=NAME) as assistant:
        answer = assistant.chain.invoke("When did the harbour reopen?", {"callbacks": [seen]})
        answers = assistant.chain.batch(
            ["When did the harbour reopen?", "What happened on Monday?"]
        )
        documents = assistant.retriever(k=2).invoke("harbour")
    assert answer.text == answers[0].text == answers[1].text
    assert {"question", "passages", "retriever", "reply", "model", "citations"} <= set(seen.names)
    assert documents[0].metadata["article"] == "harbour"
    text = HARBOUR.text[documents[0].metadata["start"] : documents[0].metadata["end"]]
    assert documents[0].page_content == text


def test_a_model_may_be_an_instance(harbour: Path):
    model = FakeListChatModel(responses=["The harbour reopened on Monday. [1]"])
    assert ask("When did it reopen?", index=harbour, model=model).sentences[0].citations == (1,)


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_a_hostile_article_changes_no_instruction(serve: Serve, tmp_path: Path, hostile):
    """The prompt holds the article as quoted lines only, and a model that obeys it gets nothing shown as fact."""
    server = serve(
        f"{hostile.leak} [1]\nThe harbour of Sandwick reopened on Monday after 14 weeks. [1]"
    )
    bad = article(hostile.text, id="bad", title=hostile.title, source="Nowhere")
    index = make_index(tmp_path, bad, HARBOUR)

    answer = answer_to("What happened at the harbour of Sandwick? " + hostile.title, index)

    shown = server.requests[0].prompt
    passages = shown.partition("Passages:\n")[2].rpartition(
        "\n\nQuestion: What happened at the harbour of"
    )[0]
    for line in passages.splitlines():
        assert not line or line.startswith(("> ", "[")), line
    assert not any(
        hostile.leak in sentence.text for sentence in answer.sentences if sentence.supported
    )
    assert any(citation.article.id == "harbour" for citation in answer.citations)


@pytest.mark.parametrize(
    ("written", "mark"), [("{} [1]", "kept"), ("{} [7]", "moved"), ("{}", "added")]
)
def test_a_second_look_lifts_a_sentence_and_its_mark_says_whether_it_was_right(
    serve: Serve, harbour: Path, written: str, mark: str
):
    claim = "The mayor said that the repairs had cost 2,400,000 pounds."
    verdict = '{"sentence": 1, "verdict": "supported", "quote": 1}'
    serve(written.format(claim), verdict, written.format(claim))
    looked_at = answer_to("What did the repairs cost?", harbour)
    left = answer_to("What did the repairs cost?", harbour, second_look=False)

    (sentence,) = looked_at.sentences
    assert (sentence.verdict, sentence.mark, sentence.text) == (Verdict.SUPPORTED, mark, claim)
    assert "1 sentence was verified on a second look" in str(looked_at.notices)
    assert looked_at.usage.prompt_tokens > left.usage.prompt_tokens
    assert [sentence.verdict for sentence in left.sentences] == [Verdict.UNCERTAIN]


def test_only_what_is_lacking_is_said_to_be_left_out(serve: Serve, harbour: Path):
    serve(
        "Here it is:\n- The harbour reopened on Monday. [1]",
        "The harbour reopened on Monday. [1] It has a zoo. [1]",
    )
    assert "left out" not in str(answer_to("What happened?", harbour))
    assert "1 sentence of the model was left out" in str(answer_to("What happened?", harbour))


# What is true, or may be, and stands in none of the articles.
KNOWN_ELSEWHERE = (
    "The White House was painted white to hide the burn marks of 1814.",
    "NATO was founded in 1949 by twelve countries.",
    "Telescope mirrors are coated with aluminium or silver.",
    "Ferries were invented before bridges.",
    "Floods are the most frequent natural disasters in Europe.",
    "Trade unions were legalised in Britain in 1824.",
)


def test_a_model_that_changes_what_the_articles_say_and_cites_at_random_gets_nothing_shown(
    serve: Serve, tmp_path: Path
):
    dice = random.Random(3)
    by_article: dict[str, list[tuple[str, str]]] = {}
    for _, stem, own, false in changed_sentences()[:70]:
        by_article.setdefault(stem, []).append((own, false))
    attacks, shown_attacks, honest, shown_honest = 0, [], 0, 0
    for stem, pairs in by_article.items():
        own, false = (
            dict.fromkeys(pair[0] for pair in pairs),
            [pair[1] for pair in pairs] + list(KNOWN_ELSEWHERE),
        )
        written = [*own, *false]
        dice.shuffle(written)
        serve("\n".join(f"- {sentence} [{dice.randint(1, 12)}]" for sentence in written))
        with Index(make_index(tmp_path / stem, SEEDS[stem])) as index:
            answer = AnswerChain(index, make_model(NAME), k=40).invoke(SEEDS[stem].title)
            assert all(SEEDS[stem].text[c.start : c.end] == c.quote for c in answer.citations)
        shown = {sentence.text for sentence in answer.sentences if sentence.supported}
        attacks += len(false)
        shown_attacks += [sentence for sentence in false if sentence in shown]
        honest += len(own)
        shown_honest += len(shown & own.keys())
    assert attacks >= 60
    assert shown_attacks == []
    # What goes on from a lie ("It last flooded ...") is left out with it.
    assert shown_honest / honest >= 0.85


def test_a_follow_up_that_fills_the_model_costs_nothing(serve: Serve, harbour: Path):
    server = serve("The repairs had cost £2.4 million. [1]")
    with Assistant(index=harbour, model=NAME, context=2048) as assistant:
        before = assistant.ask("What did the repairs of the harbour cost?")
        with pytest.raises(QuestionError, match="shorten it"):
            assistant.ask("And why? " + "So it was said. " * 2000, history=[before])

    assert len(server.requests) == 1


def test_of_a_long_conversation_the_last_turns_that_fit_are_told(serve: Serve, harbour: Path):
    server = serve("The repairs had cost £2.4 million. [1]")
    with Assistant(index=harbour, model=NAME, context=1200) as assistant:
        history = [
            assistant.ask(f"What did the repairs of the harbour cost, asked {n} times?")
            for n in range(12)
        ]
        assistant.ask("And why?", history=history)

    (prompt,) = (r.prompt for r in server.requests if "Conversation:" in r.prompt)
    told = [n for n in range(12) if f"asked {n} times" in prompt]
    assert told == list(range(told[0], 12))
    assert 0 < len(told) < 12

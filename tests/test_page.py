"""The exported page in a real browser: Chromium of the system, headless."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from assistant import Assistant
from assistant.history.export import export
from assistant.history.log import Turn, now
from index.index import Index

from .helpers import article

QUESTIONS = [
    "What will the Serrin telescope cost?",
    "How many people died in the flood?",
    "How much will the Serrin telescope cost, and when will it see first light?",
    "Which planet has rings?",
]

# Each tries to run something, to load something, or to break out of the place where it stands.
PAYLOADS = [
    "<script>window.hacked = 1</script>",
    "</div></article></main><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "<img src='https://tracker.example/pixel.gif'>",
    "<iframe src='https://frame.example/'></iframe>",
    "<svg onload='window.hacked = 1'><circle/></svg>",
    "<style>@import url('https://style.example/a.css'); body { display: none }</style>",
    "<link rel=stylesheet href='https://style.example/b.css'>",
    "<meta http-equiv=refresh content='0; url=https://away.example/'>",
    "<base href='https://base.example/'>",
    "<a id=t1q1 href='javascript:window.hacked = 1'>[1]</a>",
    '" onmouseover="window.hacked = 1" x="',
    "' autofocus onfocus='window.hacked = 1",
    "--><script>window.hacked = 1</script><!--",
    "]]><script>window.hacked = 1</script>",
    "{{ 7 * 7 }} {% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "&lt;script&gt;window.hacked = 1&lt;/script&gt; &#60;b&#62;",
    "<math><mtext><table><mglyph><style><!--</style><img src=x onerror='window.hacked = 1'>",
    "\u202e\u0000\u0007\u001b]0;title\u0007<details open ontoggle='window.hacked = 1'>",
]


@dataclass
class Opened:
    """A page in the browser, with what it said and asked for."""

    page: Page
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    page = browser.new_page(viewport={"width": 900, "height": 700})
    found = Opened(page)
    page.on("console", lambda message: found.problems.append(message.text))
    page.on("pageerror", lambda error: found.problems.append(str(error)))
    page.on("request", lambda request: found.requests.append(request.url))
    yield found
    page.close()


def written(folder: Path, assistant: Assistant, questions: list[str]) -> tuple[Path, list[Turn]]:
    turns = [
        Turn(asked=now(), question=question, answer=assistant.ask(question))
        for question in questions
    ]
    export(turns, folder / "session.html", assistant.index, title="What was asked")
    return folder / "session.html", turns


def test_each_mark_leads_to_its_quote_in_the_article(
    tmp_path: Path, seeds: Assistant, opened: Opened
):
    path, turns = written(tmp_path, seeds, QUESTIONS)
    page = opened.page
    page.goto(path.as_uri())

    marks = list(page.query_selector_all("p.answer a.mark"))
    expected = [
        (number, citation.number, citation.quote)
        for number, turn in enumerate(turns, start=1)
        if turn.answer
        for sentence in turn.answer.sentences
        for citation in turn.answer.citations
        if citation.number in sentence.citations
    ]
    assert len(marks) == len(expected) > 5
    contents = page.locator("nav a").all()
    assert [link.inner_text() for link in contents] == [*QUESTIONS, "The articles"]
    contents[1].click()
    assert page.evaluate("location.hash") == "#t2"
    for mark, (turn, number, quote) in zip(marks, expected, strict=True):
        assert mark.inner_text() == f"[{number}]"
        mark.click()
        name = f"t{turn}q{number}"
        shown = page.locator(f"mark.{name}")
        assert "".join(shown.all_text_contents()) == quote
        place = shown.first.bounding_box()
        assert place is not None
        assert 0 <= place["y"] < 700
        plain = page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor")
        color = shown.first.evaluate("element => getComputedStyle(element).backgroundColor")
        # Chosen marks look different from the others, and from the page.
        others = page.locator(f"mark:not(.{name})").first.evaluate(
            "e => getComputedStyle(e).backgroundColor"
        )
        assert len({plain, color, others}) == 3
    assert opened.problems == []
    assert opened.requests == [path.as_uri()]


def test_the_page_can_be_used_with_the_keyboard(tmp_path: Path, seeds: Assistant, opened: Opened):
    path, _ = written(tmp_path, seeds, QUESTIONS[:1])
    page = opened.page
    page.goto(path.as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#t1q1"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#t1q1"
    # From the quote the next stop leads back.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "back"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#t1"


def test_quotes_that_overlap_are_both_marked_whole(
    tmp_path: Path, seeds: Assistant, opened: Opened
):
    from dataclasses import replace

    answer = seeds.ask("Who leads the inquiry into the flood?")
    first = answer.citations[0]
    text = seeds.index.article(first.article.id).text
    start, end = first.start + 20, first.end + 30
    other = replace(first, number=9, start=start, end=end, quote=text[start:end])
    turns = [Turn(asked=now(), question="Who?", answer=replace(answer, citations=[first, other]))]
    export(turns, tmp_path / "session.html", seeds.index, title="Overlap")
    opened.page.goto((tmp_path / "session.html").as_uri() + "#t1q9")

    for name, quote in (("t1q1", first.quote), ("t1q9", text[start:end])):
        assert "".join(opened.page.locator(f"mark.{name}").all_text_contents()) == quote
    # The whole article, and nothing but the labels besides.
    shown = opened.page.locator(".text").evaluate(
        "e => { e = e.cloneNode(true); e.querySelectorAll('.back').forEach(b => b.remove()); return e.textContent }"
    )
    full = seeds.index.article(first.article.id)
    assert shown == full.text[full.body :].lstrip()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("hostile") / "index"
    with Index(folder, create=True) as index:
        index.add(
            article(
                f"The lamp number {number} of Kelda pier was lit on Tuesday {payload} by the keeper.",
                id=f"{payload} {number}",
                title=f"Lamp {number} {payload}",
                source=f"Kelda {payload}",
                author=payload,
                url=f"https://kelda.example/{number}?{payload}",
            )
            for number, payload in enumerate(PAYLOADS, start=100)
        )
    with Assistant(index=folder) as assistant:
        yield assistant


def test_no_article_can_put_markup_into_the_page(
    tmp_path: Path, hostile: Assistant, opened: Opened
):
    asked = [
        f"When was the lamp number {number} of Kelda pier lit {payload}?"
        for number, payload in enumerate(PAYLOADS, start=100)
    ]
    path, turns = written(tmp_path, hostile, asked)
    page = opened.page
    page.goto(path.as_uri())
    page.wait_for_timeout(200)

    cited = {
        citation.article.id for turn in turns if turn.answer for citation in turn.answer.citations
    }
    assert len(cited) == len(PAYLOADS)
    assert page.evaluate("window.hacked") is None
    assert page.title() == "What was asked"
    assert page.url == path.as_uri()
    assert opened.problems == []
    assert opened.requests == [path.as_uri()]
    for tag in ("script", "img", "iframe", "svg", "base", "math", "details", "main style"):
        assert page.locator(tag).count() == 0, tag
    assert page.evaluate(
        "[...document.querySelectorAll('*')].every(e => ![...e.attributes].some(a => /^on/.test(a.name)))"
    )
    links = page.evaluate("[...document.links].map(link => link.getAttribute('href'))")
    assert all(link.startswith(("#", "https://kelda.example/")) for link in links)
    # What they say is all there, to be read.
    text = page.locator("main").inner_text()
    assert "<script>window.hacked = 1</script>" in text
    assert "{{ 7 * 7 }}" in text
    assert "&lt;script&gt;" in text


def test_the_page_fits_a_telephone_and_paper(tmp_path: Path, seeds: Assistant, opened: Opened):
    path, _ = written(tmp_path, seeds, QUESTIONS)
    page = opened.page
    page.goto(path.as_uri())
    page.set_viewport_size({"width": 320, "height": 600})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.emulate_media(media="print")
    assert (
        page.locator("mark").first.evaluate("e => getComputedStyle(e).textDecorationLine")
        == "underline"
    )
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.emulate_media(media="screen", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 24, 26)"

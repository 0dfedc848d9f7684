"""The page of a report in a real browser."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser

from assistant.evaluation import EvaluationOptions, evaluate
from assistant.evaluation.page import report_page
from assistant.evaluation.report import compare

from .conftest import SEEDS
from .helpers import article

EVIL = "</details><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"


def test_a_report_is_read_and_opened(browser: Browser, seeds_folder: Path, tmp_path: Path):
    made = evaluate(
        SEEDS / "questions.jsonl",
        EvaluationOptions(index=seeds_folder, out=tmp_path / "run", sample=16),
    )
    (tmp_path / "report.html").write_text(
        report_page(replace(made, against=compare(made, made))), "utf-8"
    )
    opened = browser.new_page(viewport={"width": 900, "height": 800})
    problems: list[str] = []
    requests: list[str] = []
    opened.on("console", lambda message: problems.append(message.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda request: requests.append(request.url))
    opened.goto((tmp_path / "report.html").as_uri())

    assert opened.locator("h1").inner_text() == "questions.jsonl: 16 questions, model quotes"
    assert (
        opened.locator("tr", has_text="citation validity").first.inner_text().split()[2] == "1.000"
    )
    titles = opened.locator("figcaption").all_inner_texts()
    assert titles == [
        "Risk and coverage", "Right article found", "Time of an answer", "Right answers by type",
        "Against the other run",
    ]  # fmt: skip
    for figure in opened.locator("figure svg").all():
        box = figure.bounding_box()
        assert box is not None
        assert box["width"] > 200
    details = opened.locator("details")
    assert details.count() == 16
    right = sum(each.score.right for each in made.scored)
    opened.locator("#only-right").check()
    assert opened.locator("details:visible").count() == right
    opened.locator("#only-wrong").check()
    assert opened.locator("details:visible").count() == 16 - right
    first = opened.locator("details:visible").first
    assert not first.locator("h3", has_text="Passages").is_visible()
    first.locator("summary").click()
    for part in ("Right answer", "Measures", "Passages"):
        assert first.locator("h3", has_text=part).is_visible()
    assert first.locator("ol li").count() == 8
    opened.set_viewport_size({"width": 320, "height": 600})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 320
    assert problems == []
    assert requests == [(tmp_path / "report.html").as_uri()]


def test_nothing_in_it_runs(browser: Browser, tmp_path: Path):
    from index.index import Index

    with Index(tmp_path / "index", create=True) as index:
        index.add(
            [
                article(
                    f"The lamp of Kelda {EVIL} was lit on Tuesday.",
                    id=EVIL,
                    title=EVIL,
                    source=EVIL,
                )
            ]
        )
    question = {
        "id": EVIL, "question": f"When was the lamp of Kelda lit {EVIL}?", "type": EVIL, "answers": [EVIL, "Tuesday"],
        "evidence": [{"article": EVIL, "quote": EVIL}], "statements": [EVIL],
    }  # fmt: skip
    (tmp_path / "set.jsonl").write_text(json.dumps(question), "utf-8")
    made = evaluate(
        tmp_path / "set.jsonl", EvaluationOptions(index=tmp_path / "index", out=tmp_path / "run")
    )
    (tmp_path / "report.html").write_text(report_page(made), "utf-8")
    opened = browser.new_page()
    opened.goto((tmp_path / "report.html").as_uri())

    assert opened.evaluate("window.hacked") is None
    assert opened.locator("script, img, main style").count() == 0
    assert "<script>window.hacked = 1</script>" in opened.locator("main").inner_text()

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, SEEDS
from tests.model_server import ModelServer

DOCUMENTS = (
    sorted(ROOT.glob("*.md"))
    + sorted((ROOT / "docs").glob("*.md"))
    + sorted(ROOT.glob("*/README.md"))
)
# Where the checkout lies in the documents.
CHECKOUT = "/home/you/quoteproof"


def blocks(document: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", document.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )


# Those with console blocks and Python, in the order in which their commands can be run.
TOLD = [
    ROOT / "README.md",
    *(
        ROOT / "docs" / f"{name}.md"
        for name in ("install", "commands", "filters", "chat", "upkeep", "python", "evaluation")
    ),
]


def sessions() -> Iterator[tuple[str, str]]:
    """The commands of the documents' console blocks, and what they print there."""
    for document in TOLD:
        for block in blocks(document, "console"):
            for session in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, output = session.partition("\n")
                yield command, output


def test_no_other_document_has_commands_that_are_not_run():
    others = [document for document in DOCUMENTS if document not in TOLD]
    assert [
        document for document in others if blocks(document, "console") or blocks(document, "python")
    ] == []


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A new user's environment, in which the command `assistant` is this checkout's."""
    folder = tmp_path_factory.mktemp("docs")
    command = folder / "bin" / "assistant"
    command.parent.mkdir()
    command.write_text(
        f"#!{sys.executable}\nimport sys\nfrom assistant.cli.main import main\nsys.exit(main())\n",
        "utf-8",
    )
    command.chmod(0o755)
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("ASSISTANT_", "OPENAI_", "MAKE"))
    }
    return {
        **kept,
        "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "ASSISTANT_INDEX": str(folder / "index"),
        **{f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "STATE")},
        "COLUMNS": "100",
    }


def run(command: str, environment: dict[str, str]) -> str:
    """What the command prints, errors included."""
    place = {
        "cwd": ROOT,
        "env": environment,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
    }
    return subprocess.run(command, shell=True, check=True, text=True, **place).stdout


def comparable(output: str, environment: dict[str, str]) -> str:
    """Output without what differs from one machine to the next: places, seconds, the end of lines."""
    known = output.replace(str(ROOT), CHECKOUT)
    known = known.replace(str(made(environment)), f"{CHECKOUT}/.index")
    known = known.replace(environment["ASSISTANT_INDEX"], "/home/you/.local/share/quoteproof/index")
    known = re.sub(r"in \d+\.\d s", "in 0.0 s", known)
    known = re.sub(r"\d+\.\d GB free", "0.0 GB free", known)
    return " ".join(
        re.sub(r"(chromadb|tantivy|onnxruntime|tokenizers) [\d.]+", r"\1 0", known).split()
    )


@pytest.mark.parametrize(
    ("command", "printed"), list(sessions()), ids=lambda value: value.partition("\n")[0][:40]
)
def test_the_commands_of_the_documents_print_what_they_say(
    command: str, printed: str, environment: dict[str, str]
):
    if command.startswith("make ask"):
        command = make_ask(environment)

    assert comparable(run(command, environment), environment) == comparable(printed, environment)


def make_ask(environment: dict[str, str]) -> str:
    """`make ask` in an environment where everything is installed already."""
    venv = made(environment).parent
    for name in ("bin/python", "installed"):
        (venv / name).touch()
    return f"make --no-print-directory ask VENV={venv} INDEX={made(environment)}"


def made(environment: dict[str, str]) -> Path:
    """The index that `make ask` makes here."""
    return Path(environment["PATH"].partition(os.pathsep)[0]).parent / "made"


@pytest.mark.parametrize("document", TOLD, ids=lambda path: path.stem)
def test_the_python_of_a_document_runs_and_prints_what_it_says(
    document: Path,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    serve: Callable[..., ModelServer],
):
    run(f"assistant index {SEEDS}", environment)
    monkeypatch.setenv("ASSISTANT_INDEX", environment["ASSISTANT_INDEX"])
    monkeypatch.chdir(ROOT)
    printed = io.StringIO()
    serve("The ferry crews accepted a rise of 6.4 per cent. [1]")
    with contextlib.redirect_stdout(printed):
        for block in blocks(document, "python"):
            exec(compile(block, str(document), "exec"), {})

    if blocks(document, "python"):
        assert printed.getvalue() == "".join(blocks(document, "text"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_links_to_is_there(document: Path):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text("utf-8")):
        assert re.match(r"https?://", target) or (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_sections_that_a_document_links_to_are_there(document: Path):
    for name, section in re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", document.read_text("utf-8")):
        target = document.parent / name if name else document
        headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
        slugs = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
        assert section in slugs, f"{name}#{section}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_a_document_names_are_there(document: Path):
    rooms = "assistant|index|prompts|seeds|tests|training|benchmarks|docs"
    for name in re.findall(rf"`((?:{rooms})/[\w./-]*)`", document.read_text("utf-8")):
        assert (ROOT / name).exists(), name


def test_the_json_that_the_documentation_shows_has_the_fields_of_the_contract(
    environment: dict[str, str],
):
    import json

    shown = json.loads(blocks(ROOT / "docs" / "json.md", "json")[0])
    run(f"assistant index {SEEDS}", environment)
    told = json.loads(
        run("assistant ask 'Who leads the inquiry into the flood?' --json", environment)
    )

    assert fields(shown) == fields(told)


def fields(value: object) -> object:
    """The names in a JSON value, without what they hold; of a list, those of its first item."""
    if isinstance(value, dict):
        return {name: fields(item) for name, item in value.items()}
    if isinstance(value, list) and value:
        return [fields(value[0])]
    return None


def test_the_benchmarks_explain_themselves(environment: dict[str, str]):
    for script in sorted((ROOT / "benchmarks").glob("[!c]*.py")):
        if script.stem != "common":
            assert "usage:" in run(f"{sys.executable} {script} --help", environment)


def test_each_page_can_be_reached_from_the_first():
    first = (ROOT / "docs" / "index.md").read_text("utf-8")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}

    assert set(re.findall(r"\]\((\w+\.md)\)", first)) == pages


def test_the_documentation_builds_as_a_site_that_fetches_nothing(tmp_path: Path):
    pytest.importorskip("zensical", reason="the links are checked by the tests above")
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    build = [sys.executable, "-m", "zensical", "build", "--strict"]
    built = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr

    loads = re.compile(r"<(?:script|link|img)[^>]*(?:src|href)=[\"']?((?:https?:)?//[^\"' >]+)")
    pages = list((tmp_path / "build" / "site").glob("*.html"))
    assert len(pages) > len(list((ROOT / "docs").glob("*.md")))
    assert {
        address for page in pages for address in loads.findall(page.read_text("utf-8"))
    } == set()


def test_the_readme_can_be_read_in_four_minutes():
    assert len((ROOT / "README.md").read_text("utf-8").split()) <= 900


def test_the_test_command_of_the_readme_is_the_one_that_is_checked():
    assert "`make test`" in (ROOT / "README.md").read_text("utf-8")
    assert "make test" in (ROOT / ".ci" / "run").read_text("utf-8")
    assert shutil.which("make")


def test_the_messages_that_troubleshooting_quotes_are_those_of_the_program():
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    source = "\n".join(
        file.read_text("utf-8")
        for room in ("assistant", "index")
        for file in (ROOT / room).rglob("*.py")
    )
    # Messages are split over lines in the source, and "…" stands for what varies.
    source = re.sub(r'"\s*\n\s*f?"', "", source)
    first_columns = re.findall(r"^\| ([^|]*`[^|]*) \|", page, re.MULTILINE)
    quoted = [words for column in first_columns for words in re.findall(r"`([^`]+)`", column)]
    parts = [part.strip(" .:;()") for words in quoted for part in words.split("…")]

    assert len(quoted) > 25
    assert [part for part in parts if part.lower() not in source.lower()] == []

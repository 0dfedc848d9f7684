from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from assistant.assistant import Assistant
from assistant.cli.main import main
from index.index import Index
from index.loading.folders import Reader

from .chroma_server import chroma_server
from .helpers import put
from .model_server import ModelServer

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever starts a browser or a Chroma server is slow; other slow tests say so themselves."""
    for item in items:
        wanted = getattr(item, "fixturenames", [])
        parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if "browser" in wanted or "server" in wanted or "server" in parameters:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither variables nor files of whoever runs the tests take part."""
    for name in os.environ:
        if name.startswith(("ASSISTANT_", "OPENAI_", "ANTHROPIC_", "LANGSMITH_", "LANGCHAIN_")):
            monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(scope="session")
def seeds_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index of the seeds, for tests that only read."""
    folder = tmp_path_factory.mktemp("seeds") / "index"
    with Index(folder, create=True) as index:
        index.add(Reader([SEEDS]))
    return folder


@pytest.fixture(scope="session")
def seeds(seeds_folder: Path) -> Iterator[Assistant]:
    """An assistant over the seeds."""
    with Assistant(index=seeds_folder) as assistant:
        yield assistant


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Chroma server."""
    with chroma_server(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(scope="module", params=["embedded", "server"])
def new_place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """Gives a place where no index is yet: a folder, or a database of a server."""
    if request.param == "embedded":
        return lambda: str(tmp_path_factory.mktemp("place") / "index")
    address = request.getfixturevalue("server")
    return lambda: f"{address}/default_tenant/d{uuid.uuid4().hex}"


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """A folder of six articles with ids of their own."""
    for name in ("rain", "snow", "hail", "fog", "wind", "sun"):
        text = f"---\nid: {name}\ntitle: About {name}\n---\nThere was {name} on Tuesday.\n"
        put(tmp_path / "news" / f"{name}.md", text)
    return tmp_path / "news"


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ModelServer]]:
    """Start a scripted model server and point OpenAI's client at it: `serve("reply", Step(status=500))`."""
    servers: list[ModelServer] = []

    def start(*steps: object) -> ModelServer:
        server = ModelServer(*steps).__enter__()  # type: ignore[arg-type]
        servers.append(server)
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-key-of-the-test")
        return server

    yield start
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of the system, headless, to look at pages."""
    chromium = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if chromium is None:
        pytest.skip("no Chromium here: `apt-get install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]):
    """Run the command as a user would: `run("ask", "Who?")` gives exit status, standard output, standard error."""

    def run_command(*arguments: str | Path) -> Result:
        capfd.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as exit:
            status = int(exit.code or 0)
        captured = capfd.readouterr()
        return Result(status, captured.out, captured.err)

    return run_command

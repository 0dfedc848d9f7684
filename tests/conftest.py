from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.cli import main
from index.reading import Reader
from index.store import Index

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither variables nor files of whoever runs the tests take part."""
    for name in ("ASSISTANT_INDEX", "ASSISTANT_EMBEDDER", "ASSISTANT_MODEL", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
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

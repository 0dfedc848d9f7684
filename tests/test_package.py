from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT, SEEDS


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    built = subprocess.run(
        [*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)], capture_output=True, text=True
    )
    if built.returncode and not os.environ.get("CI"):
        pytest.skip(f"no package index to build from: {built.stderr.strip().splitlines()[-1]}")
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_both_halves_and_the_prompts_and_nothing_else(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"assistant", "index"}
    for name in (
        "assistant/cli/main.py",
        "assistant/llm/prompts/answer.md",
        "assistant/templates/session.html",
        "assistant/py.typed",
        "index/index.py",
    ):
        assert name in names


def test_installed_in_a_new_environment_it_indexes_and_answers_outside_the_checkout(wheel: Path, tmp_path: Path):
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    bin = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

    def run(*command: str | Path) -> str:
        return subprocess.run(
            [str(part) for part in command],
            cwd=tmp_path,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    run(bin / "pip", "install", "--quiet", "--disable-pip-version-check", "-c", ROOT / "constraints.txt", wheel)
    run(bin / "pip", "check")
    run(bin / "assistant", "index", SEEDS, "--index", "index")
    answer = run(bin / "assistant", "ask", "Who leads the inquiry into the flood?", "--index", "index")
    prompt = run(bin / "python", "-c", "from assistant import prompts; print(prompts.names())")

    assert "Dame Rosalind Achterberg" in answer
    assert prompt == "['answer', 'judge', 'judge_citations', 'parts', 'questions', 'second_look', 'standalone']\n"

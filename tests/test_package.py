from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import regex
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT, SEEDS


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    built = subprocess.run(
        [*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
    )
    if built.returncode and not os.environ.get("CI"):
        pytest.skip(f"no package index to build from: {built.stderr.strip().splitlines()[-1]}")
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_both_halves_and_the_prompts_and_nothing_else(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {
        "assistant",
        "index",
    }
    for name in (
        "assistant/cli/main.py",
        "assistant/prompts/answer.md",
        "assistant/answer/templates/session.html",
        "assistant/py.typed",
        "index/index.py",
    ):
        assert name in names


@pytest.mark.slow
def test_installed_in_a_new_environment_it_indexes_and_answers_outside_the_checkout(
    wheel: Path, tmp_path: Path
):
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

    run(
        bin / "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-c",
        ROOT / "constraints.txt",
        wheel,
    )
    run(bin / "pip", "check")
    run(bin / "assistant", "index", SEEDS, "--index", "index")
    answer = run(
        bin / "assistant", "ask", "Who leads the inquiry into the flood?", "--index", "index"
    )
    prompt = run(
        bin / "python", "-c", "from assistant.llm import prompts; print(prompts.prompt_names())"
    )

    assert "Dame Rosalind Achterberg" in answer
    assert (
        prompt
        == "['answer', 'judge', 'judge_citations', 'parts', 'questions', 'second_look', 'standalone']\n"
    )


def test_a_module_of_the_users_that_is_called_index_is_told_apart(tmp_path: Path):
    (tmp_path / "index.py").write_text("PAGES = 3\n")
    (tmp_path / "ask_it.py").write_text("from assistant import ask\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    ran = subprocess.run(
        [sys.executable, tmp_path / "ask_it.py"], env=environment, capture_output=True, text=True
    )

    said = (
        f"ImportError: {tmp_path / 'index.py'} hides the package “index” of quoteproof: rename it"
    )
    assert ran.stderr.splitlines()[-1] == said


def test_no_text_installs_a_package_of_somebody_else_under_our_name():
    install = regex.compile(r"pip install ((?:[\"'`]?[\w.\[\],/-]+[\"']?\s*)+)")
    own = regex.compile(
        r"quoteproof(?:\[\w+\])?|\.(?:\[\w+\])?|-.*|(?:requirements|constraints|excludes)\.txt"
    )
    files = [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("*/*.md"),
        *ROOT.glob("assistant/**/*.py"),
    ]
    named = {
        word.strip("\"'`")
        for file in files
        for match in install.finditer(file.read_text("utf-8"))
        for word in match[1].split()
        if word.strip("\"'`")
    }

    assert named
    assert {word for word in named if not own.fullmatch(word)} == set()


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# Their metadata name no author: LangChain, Inc., and ijl for orjson.
WITHOUT_AUTHOR = {
    "langchain",
    "langchain-core",
    "langchain-openai",
    "langchain-protocol",
    "langgraph",
    "langgraph-checkpoint",
    "langgraph-prebuilt",
    "langgraph-sdk",
    "orjson",
}


def dependencies() -> Iterator[importlib.metadata.Distribution]:
    """Every package that installing this project brings, with that for local model files."""
    wanted = [Requirement(line) for line in PROJECT["dependencies"]]
    wanted += [Requirement(line) for line in PROJECT["optional-dependencies"]["local"]]
    seen: set[tuple[str, str]] = set()
    while wanted:
        requirement = wanted.pop()
        for extra in ("", *requirement.extras):
            name = canonicalize_name(requirement.name)
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            distribution = importlib.metadata.distribution(name)
            if not extra:
                yield distribution
            further = [Requirement(line) for line in distribution.requires or []]
            wanted += [
                one for one in further if not one.marker or one.marker.evaluate({"extra": extra})
            ]


def licence(distribution: importlib.metadata.Distribution) -> str:
    """The licence that the metadata name: by expression, else by field and classifiers."""
    metadata = distribution.metadata
    field = (metadata.get("License") or "").strip().partition("\n")[0]
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    return metadata.get("License-Expression") or " OR ".join(filter(None, [field, *classifiers]))


def test_every_dependency_names_its_licence_and_its_author():
    fields = ("Author", "Author-email", "Maintainer", "Maintainer-email")
    without_licence, without_author = set(), set()
    for distribution in dependencies():
        name = canonicalize_name(distribution.name)
        if not licence(distribution):
            without_licence.add(name)
        if not any(distribution.metadata.get(field) for field in fields):
            without_author.add(name)

    assert without_licence == set()
    assert without_author == WITHOUT_AUTHOR


def test_no_dependency_can_be_had_under_the_gpl_alone():
    """LGPL and MPL are no matter: their packages are used as they come. `tld` has a choice of three."""
    strict = regex.compile(r"(?<!L)GPL|GNU (?:Affero )?General Public")
    bound = {
        distribution.name
        for distribution in dependencies()
        if all(strict.search(choice) for choice in licence(distribution).split(" OR "))
    }

    assert bound == set()


def test_the_citation_file_agrees_with_the_package():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))

    assert {"cff-version", "message", "title", "authors"} <= cited.keys()
    assert cited["title"] == PROJECT["name"]
    assert cited["version"] == PROJECT["version"]
    assert cited["license"] == PROJECT["license"]
    assert cited["authors"] == [{"name": PROJECT["authors"][0]["name"]}]

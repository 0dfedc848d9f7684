from __future__ import annotations

import re

import pytest

from assistant.llm import prompts
from tests.conftest import ROOT


@pytest.mark.parametrize("name", prompts.prompt_names())
def test_the_variables_of_a_prompt_are_those_that_the_readme_lists(name: str):
    readme = (ROOT / "prompts" / "README.md").read_text("utf-8")
    row = next(line for line in readme.splitlines() if line.startswith(f"| `{name}.md`"))

    assert sorted(re.findall(r"`\$(\w+)`", row)) == sorted(prompts.variables(name))


def test_values_are_put_in_as_they_are():
    filled = prompts.fill(
        "answer",
        question="Is $5 much?",
        passages="[1] A $passages trick ${question}",
        refusal="No.",
    )

    assert "Question: Is $5 much?" in filled
    assert "[1] A $passages trick ${question}" in filled


def test_a_forgotten_variable_is_an_error():
    with pytest.raises(KeyError):
        prompts.fill("answer", question="Who?")

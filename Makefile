# The commands of the README: `make run`, `make test`, `make test-page`, `make docs`. Each makes the environment in .venv first.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
READY = $(VENV)/.ready

.PHONY: install run test test-page docs check format

install: $(READY)

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(READY)

# the main job: four pictures, generated at 64 pixels and enlarged to 256 and 1024
run: $(READY)
	$(BIN)/artgen pipeline run --count 4 --keep 64 --keep 256 --size 1024

test: $(READY)
	$(BIN)/python -m pytest -n logical --dist worksteal

# the page, in a real browser
test-page: $(READY)
	$(BIN)/python -m pytest -n logical --dist loadfile -m page tests/page

# the pages of docs/ as a site in site/; a broken link is an error
docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) docs
	$(MAKE) test

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

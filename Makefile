# Each target does its own set-up: it needs python3 (3.11 or newer) and a package index, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check lint types docs pages site slow fuzz clean

demo: $(VENV)/.package
	$(BIN)/preflight demo

# Three at once on two processors: many tests wait for a server's clock or a browser.
test: $(VENV)/.dev
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not slow"

check: lint types docs test

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

# The generated pages must be what the code says; `make pages` writes them anew.
docs: $(VENV)/.dev
	$(BIN)/python docs/make_pages.py --check
	$(BIN)/python fixtures/make_framing_page.py --check

pages: $(VENV)/.dev
	$(BIN)/python docs/make_pages.py
	$(BIN)/python fixtures/make_framing_page.py
	$(BIN)/python -m preflight.cli.settings_schema

# The documentation site, in site/.
site: $(VENV)/.dev
	$(BIN)/python -m sphinx -q -W --keep-going -d $(VENV)/.doctrees docs site

slow: $(VENV)/.dev
	$(BIN)/pytest -m slow --timeout 1800

fuzz: $(VENV)/.dev
	$(BIN)/pip install -q atheris
	$(BIN)/python fuzz/run.py --minutes 10

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache dist build

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "preflight needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip

$(VENV)/.package: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e .
	touch $@

$(VENV)/.dev: $(VENV)/.package
	$(BIN)/python -m pip install -q --group dev
	touch $@

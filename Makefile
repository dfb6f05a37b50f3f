# The front door. `make` lists what there is.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PARTS := $(wildcard packages/*/pyproject.toml services/*/pyproject.toml examples/*/pyproject.toml)
SOURCES := $(patsubst %/pyproject.toml,%/src,$(PARTS))
T ?= tests

export PORT ?= 8080
export RUN_DIR ?= .run

.PHONY: help setup run test fuzz audit lint types format clean requirements

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1|/' | column -t -s '|'

setup: $(VENV)/.ready ## make the virtual environment with everything pinned

$(VENV)/.ready: requirements/dev.txt $(PARTS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes --requirement requirements/dev.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation $(patsubst %/pyproject.toml,--editable %,$(PARTS))
	@touch $@

run: setup ## run everything without Docker (PORT=8080, RUN_DIR=.run)
	@exec $(BIN)/python -m devstack

test: setup ## run the tests (T=path narrows)
	$(BIN)/pytest $(T)

fuzz: setup ## generated requests and values for longer (FUZZ_SECONDS=300 for each run)
	FUZZ_SECONDS=$${FUZZ_SECONDS:-300} $(BIN)/pytest --hypothesis-profile=long -s tests/e2e/test_fuzz.py tests/unit

audit: setup ## known faults of the pinned dependencies (asks the Python index's advisory service)
	for part in auth gateway; do $(BIN)/pip-audit --disable-pip --require-hashes \
	  --requirement requirements/$$part.txt || exit 1; done

lint: setup ## ruff, rules and format
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy $(SOURCES) && MYPYPATH=tests $(BIN)/mypy --explicit-package-bases tests

format: setup ## rewrite the code the way lint wants it
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

requirements: ## compile requirements/*.in to pinned, hashed files (needs uv)
	for part in auth gateway dev; do uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-header requirements/$$part.in --output-file requirements/$$part.txt; done

clean: ## remove what the targets made
	rm -rf $(VENV) .run .pytest_cache .mypy_cache .ruff_cache .hypothesis

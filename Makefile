# The front door. `make` lists what there is.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PARTS := $(wildcard packages/*/pyproject.toml services/*/pyproject.toml examples/*/pyproject.toml) loadtests/pyproject.toml
SOURCES := $(patsubst %/pyproject.toml,%/src,$(PARTS))
T ?= tests
PROFILE ?= steady
PATIENCE ?= 60
WORKERS ?= 0
IDLE ?= 4
LOAD = --profile $(PROFILE) --targets "$(TARGET)" --patience $(PATIENCE) --workers $(WORKERS) \
  --out $(RUN_DIR)/load

export PORT ?= 8080
export RUN_DIR ?= .run

.PHONY: help setup run load load-ui compare test lint types format clean requirements

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

load: setup ## check the guarantees under load (PROFILE=steady, TARGET=URLs, PATIENCE=seconds, WORKERS=n)
	@$(BIN)/python -m loadtests run $(LOAD)

load-ui: setup ## the same from Locust's web UI, http://127.0.0.1:8089
	@$(BIN)/python -m loadtests ui $(LOAD)

compare: setup ## the same checker over us and PEERS="name=URL,URL ..." (IDLE=their idle seconds)
	@$(BIN)/python -m loadtests compare --idle-seconds $(IDLE) $(PEERS)

test: setup ## run the tests (T=path narrows)
	$(BIN)/pytest $(T)

lint: setup ## ruff, rules and format
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy $(SOURCES)

format: setup ## rewrite the code the way lint wants it
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

requirements: ## compile requirements/*.in to pinned, hashed files (needs uv)
	for part in auth gateway load dev; do uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-header requirements/$$part.in --output-file requirements/$$part.txt; done

clean: ## remove what the targets made
	rm -rf $(VENV) .run .pytest_cache .mypy_cache .ruff_cache .hypothesis

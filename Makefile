# The front door. `make` lists what there is.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet
editable = $(patsubst %/pyproject.toml,--editable %,$(1))
PARTS := $(wildcard packages/*/pyproject.toml services/*/pyproject.toml examples/*/pyproject.toml \
         loadtests/pyproject.toml loadtests/peers/pyproject.toml bench/pyproject.toml)
RUN_PARTS := $(filter packages/% services/% examples/%,$(PARTS))
TOOL_PARTS := $(filter-out $(RUN_PARTS),$(PARTS))
SOURCES := $(patsubst %/pyproject.toml,%/src,$(PARTS))
T ?= tests
JOBS ?= 2
TOGETHER = --numprocesses $(JOBS) --dist loadfile
OUTAGES := tests/integration/test_store_outages.py tests/integration/test_startup.py \
           tests/contract/test_redis_states.py
PROFILE ?= steady
PATIENCE ?= 60
WORKERS ?= 0
IDLE ?= 4
LOAD = --profile $(PROFILE) --targets "$(TARGET)" --patience $(PATIENCE) --workers $(WORKERS) \
  --out $(RUN_DIR)/load

export PORT ?= 8080
export RUN_DIR ?= .run

.PHONY: help setup peers run bench bench-scale bench-logins bench-memory bench-docs load load-ui \
        compare compare-docs test requirements-met fuzz audit test-faults test-containers screenshots dashboard \
        lint types format requirements clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1|/' | column -t -s '|'

setup: $(VENV)/.ready ## make the virtual environment with everything pinned

# What the services need is there in half a minute; the tools of development come when they are used.
$(VENV)/.runs: requirements/run.txt requirements/parser.txt $(RUN_PARTS)
	@echo "setting up $(VENV): half a minute, once"
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv $(VENV)  # one that is there keeps its Python
	@$(PIP) --require-hashes --requirement requirements/run.txt
	@$(PIP) --require-hashes --requirement requirements/parser.txt 2>/dev/null \
	  || echo "no C compiler here: gunicorn will parse in Python, which is slower"
	@$(PIP) --no-deps --no-build-isolation $(call editable,$(RUN_PARTS))
	@touch $@

$(VENV)/.ready: $(VENV)/.runs requirements/dev.txt $(TOOL_PARTS)
	@echo "adding the tools of development to $(VENV): a few minutes, once"
	@$(PIP) --require-hashes --requirement requirements/dev.txt
	@$(PIP) --no-deps --no-build-isolation $(call editable,$(TOOL_PARTS))
	@touch $@

peers: setup ## set up the session stacks that we compare with, in .peers/
	@$(BIN)/python -m peers

run: $(VENV)/.runs ## run everything without Docker (PORT=8080, RUN_DIR=.run)
	@exec $(BIN)/python -m devstack

bench: setup ## measure beside other session stacks (needs wrk; ARGS="--only read --rounds 9")
	@$(BIN)/python -m bench $(ARGS)

bench-scale: setup ## many sessions, many of one person, many workers: latency, memory, script cost
	@$(BIN)/python -m bench.scale $(ARGS)

bench-logins: setup ## what a storm of 200 logins does to whoever only reads
	@$(BIN)/python -m bench.logins $(ARGS)

bench-memory: setup ## what a gateway worker holds after 500,000 requests and a GiB each way
	@$(BIN)/python -m bench.memory $(ARGS)

bench-docs: setup ## take the figures of the last runs over into docs/performance.md
	@$(BIN)/python -m bench.publish

load: setup ## check the guarantees under load (PROFILE=steady, TARGET=URLs, PATIENCE=seconds, WORKERS=n)
	@exec $(BIN)/python -m loadtests run $(LOAD)

load-ui: setup ## the same from Locust's web UI, http://127.0.0.1:8089
	@exec $(BIN)/python -m loadtests ui $(LOAD)

compare: peers ## the same checker over us and the peers (PEERS="flask-session name=URL,URL", IDLE=seconds)
	@exec $(BIN)/python -m loadtests compare --idle-seconds $(IDLE) $(PEERS)

compare-docs: setup ## take the last comparison over into docs/load-tests.md and its picture
	@$(BIN)/python -m loadtests publish

test: setup ## run the tests, two files at once (T=path narrows, JOBS=1 for one)
	$(BIN)/pytest $(if $(filter tests,$(T)),$(TOGETHER)) $(T)

requirements-met: setup ## pass or fail of each requirement of docs/security.md (T=path narrows)
	$(BIN)/pytest $(TOGETHER) --requirements -q -m "slow or not slow" $(T)

fuzz: setup ## generated requests and values for longer (FUZZ_SECONDS=300 for each run)
	FUZZ_SECONDS=$${FUZZ_SECONDS:-300} $(BIN)/pytest --hypothesis-profile=long -s tests/e2e/test_fuzz.py tests/unit

audit: setup ## known faults of the pinned dependencies (asks the Python index's advisory service)
	for part in auth gateway; do $(BIN)/pip-audit --strict --disable-pip --require-hashes \
	  --requirement requirements/$$part.txt || exit 1; done

test-faults: setup ## break everything under load, and print what each fault did
	$(BIN)/pytest tests/faults $(OUTAGES) -m "slow or not slow"

test-containers: setup ## run the tests that need Docker (minutes)
	TEST_CONTAINERS=1 $(BIN)/pytest $(if $(filter tests,$(T)),tests/containers,$(T))

screenshots: setup ## a picture of each page in light, dark and phone width, in .screenshots/
	PYTHONPATH=tests $(BIN)/python tests/browser/screenshots.py .screenshots

dashboard: setup ## a picture of the dashboard during a load run, in .screenshots/ (needs prometheus)
	@mkdir -p .screenshots && PYTHONPATH=tests $(BIN)/python tests/e2e/dashboard_picture.py .screenshots/dashboard.png

lint: setup ## ruff, rules and format
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy $(SOURCES) && MYPYPATH=tests $(BIN)/mypy --explicit-package-bases tests

format: setup ## rewrite the code the way lint wants it
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

requirements: ## compile every *.in to a pinned, hashed file (needs uv)
	for file in $(wildcard requirements/*.in loadtests/peers/*/requirements.in); do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  $$file --output-file $${file%.in}.txt || exit; done

clean: ## remove what the targets made
	rm -rf $(VENV) .run .peers .bench .pytest_cache .mypy_cache .ruff_cache .hypothesis .screenshots

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell .ci/python)
VENV := .venv
BIN := $(VENV)/bin
export SAIMA_HOME ?= $(CURDIR)/var

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

$(VENV)/.run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Saima needs Python 3.11 or newer; set PYTHON=python3.11 (or newer)")'
	@test -x $(BIN)/python || { echo "Python: $(PYTHON)"; $(PYTHON) -m venv $(VENV); }
	@.ci/install requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@.ci/install requirements-dev.lock
	@touch $@

setup: $(VENV)/.dev ## make .venv with everything the checks need

run: $(VENV)/.run ## simulate Jiaxing, load 2021, run 2022-02 … 2022-07 through the DAGs, publish
	@PYTHONPATH="$(CURDIR)/plugins" $(BIN)/python -m saima_airflow.walkthrough

test: $(VENV)/.dev ## everything CI runs: format, lint, types, imports, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 3

up: $(VENV)/.run ## Airflow with its UI on http://localhost:8080, the pages on http://localhost:8090
	@$(BIN)/python plugins/saima_airflow/standalone.py

docs: $(VENV)/.dev ## write the data dictionary and the rule catalogue
	$(BIN)/python -m pipelines.cli.docs

bench: $(VENV)/.dev ## benchmarks; print ratios of commands timed in one run
	$(BIN)/python -m tests.benchmarks

fuzz: $(VENV)/.dev ## 10,000 mutated files by seed and 10,000 found by Hypothesis through the readers (about ten minutes)
	SAIMA_FUZZ_CASES=$${SAIMA_FUZZ_CASES:-10000} $(BIN)/python -m pytest tests/faults/test_fuzz_intake.py tests/faults/test_hypothesis_intake.py -q -s

requests: $(VENV)/.dev ## 10,000 requests by Schemathesis to the pages of the demonstration (after make run; some minutes)
	PYTHONPATH="$(CURDIR)/plugins" $(BIN)/python -m tests.web.random_requests --home "$(SAIMA_HOME)"
	PYTHONPATH="$(CURDIR)/plugins" $(BIN)/python -m tests.web.random_requests --open-matters

scenario: $(VENV)/.dev ## months under Celery, PostgreSQL and Redis, workers killed (20 min, root; PART=install|batch|load)
	$(BIN)/python -m tests.scenario $(if $(PART),--part $(PART))

proof-alerts: $(VENV)/.dev ## months replayed against failing receivers, 200 senders killed (minutes)
	SAIMA_KILLS=200 $(BIN)/python -m pytest tests/alerts_proof -s

mutants: $(VENV)/.dev ## break the code of the rules on purpose; say which change no test notices
	$(BIN)/python -m tests.mutants

lock: $(VENV)/.dev ## resolve requirements*.in to the hashed, universal locks
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q requirements.in -o requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q requirements-dev.in -o requirements-dev.lock
	$(BIN)/uv pip compile --python-platform x86_64-manylinux_2_28 --python-version 3.11 --generate-hashes --no-header --no-annotate -q docker/requirements.in -o docker/requirements.lock

clean: ## remove the state of SAIMA_HOME (default var/)
	rm -rf "$(SAIMA_HOME)"

.PHONY: help setup run test up docs bench fuzz requests scenario proof-alerts lock clean mutants

# Everything a person or CI does with the project; `make help` lists it.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# One more than there are cores: some tests wait for another process.
PARALLEL := -n $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1) --maxprocesses 4

# What is installed is stamped with what was asked for, so a second run has nothing to do.
RUNTIME := .venv/.runtime-$(shell cat requirements.txt | cksum | tr ' ' '-')
DEVELOPMENT := .venv/.development-$(shell cat requirements.txt requirements-dev.txt | cksum | tr ' ' '-')

# Programs that are started again and again must not be compiled each time.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast lint format types bench soak migrate docs requirements packages

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: packages $(DEVELOPMENT) ## Environment in .venv with everything for development and tests

run: $(RUNTIME) ## The shop on this machine: web server and worker, with a demo shop the first time
	@exec $(BIN)/python serve.py

test: setup lint types ## Everything CI runs: checks, all tests on SQLite and on PostgreSQL, browser
	$(PYTEST) $(PARALLEL) --db sqlite
	$(PYTEST) $(PARALLEL) --db postgresql -m "not browser and not pure and not once and not postgresql"

test-fast: $(DEVELOPMENT) ## The rules, the readers and the life of an order, in less than a minute
	$(PYTEST) $(PARALLEL) --db sqlite -m "(pure or core) and not browser and not slow"

lint: $(DEVELOPMENT) ## Style of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(DEVELOPMENT) ## Put the code into the style where a program can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

types: $(DEVELOPMENT) ## Types of the code
	$(BIN)/mypy

bench: $(DEVELOPMENT) ## Measure, and write docs/BENCHMARKS.md
	$(BIN)/python -m bench

soak: $(DEVELOPMENT) ## Broken files, waiting mails and the random walk over all actions, for long
	WAITING_MAILS=1000 $(PYTEST) -q --db sqlite tests/test_mailbox.py -k waiting_mails
	$(BIN)/python -m bench.soak

migrate: $(RUNTIME) ## Bring the database of DATABASE_URL to the newest tables
	$(BIN)/flask migrate

docs: $(DEVELOPMENT) ## Write the generated parts of docs/ and check its links
	$(BIN)/python -m ops.docs

requirements: $(DEVELOPMENT) ## Pin requirements*.txt anew from requirements*.in
	set -e; for name in requirements requirements-dev; do \
	  $(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --no-header --no-emit-index-url \
	    --no-emit-find-links --no-emit-trusted-host $(UPGRADE) --output-file $$name.txt $$name.in; \
	done

packages:
	@sh ops/packages.sh

.venv/bin/python:
	@sh ops/packages.sh $(PYTHON)
	$(PYTHON) -m venv .venv

$(RUNTIME): requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@rm -f .venv/.runtime-* && touch $@

$(DEVELOPMENT): requirements.txt requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@rm -f .venv/.runtime-* .venv/.development-* && touch $@ $(RUNTIME)

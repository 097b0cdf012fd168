# Chartlight: `make` lists the targets. Python 3.11 or newer and make are all that must be there.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
SHARED ?= ../shared
SPLIT  ?= train
PIP    := $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt
LOCK   := pyproject.toml constraints.txt chartlight/__init__.py
CASES  ?= 1000000
DEMO_ARGS ?=
ABLATION ?=
PROVE_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo browser test test-all test-rules check format score knowledge bench train adapt compare faithful prove prove-service postgres bundle bundle-check picture schemas figures pins clean

help: ## list the targets
	@printf 'Chartlight. Targets:\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@printf '\nPYTHON=%s is used for $(VENV); another one: make setup PYTHON=/path/to/python3.12\n' '$(PYTHON)'

setup: $(VENV)/stamp-dev ## install everything for development into .venv

demo: $(VENV)/stamp-run ## three invented notes, read and coded
	@$(BIN)/chartlight demo $(DEMO_ARGS)

test: check postgres browser $(VENV)/stamp-train ## all checks and all tests: what CI runs (warnings are errors)
	$(BIN)/python -m pytest -q -n 2 --dist loadscope

test-all: check postgres browser $(VENV)/stamp-train ## the same, and what needs weights, notebooks or ../shared
	$(BIN)/python -m pytest -q -n 2 --dist loadscope --everything

browser: ## Debian's Chromium for the tests of the review page, where this is root and it is missing
	@command -v chromium >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || { \
	  echo 'Installing chromium'; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	  || echo 'chromium could not be installed; the tests of the page are skipped with that reason'

test-rules: $(VENV)/stamp-dev ## the rules and the nouns alone, in seconds
	$(BIN)/python -m pytest -q -n 0 chartlight rules tests/rules tests/codesets

check: $(VENV)/stamp-dev ## format, lint, types, import contracts, documentation
	$(BIN)/ruff format --check --quiet . || { echo 'make format would mend the files above'; exit 1; }
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q -n 0 tests/house

format: $(VENV)/stamp-dev ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

score: $(VENV)/stamp-dev ## code the annotated notes and score them (SPLIT=train, or held_out for a report)
	@$(BIN)/python -m training.score --shared $(SHARED) --split $(SPLIT)

knowledge: $(VENV)/stamp-dev ## count the knowledge tables, and how many quotations of train they know (ABLATION=--ablation: the gain of each)
	@$(BIN)/python -m training.knowledge --shared $(SHARED) $(ABLATION)

bench: $(VENV)/stamp-dev ## speed, start-up, memory, and the ratio to the bare tokenizer
	@$(BIN)/python -m training.bench --shared $(SHARED)

train: $(VENV)/stamp-train ## every shipped weight but the encoder: the heads and their card (minutes)
	@$(BIN)/python -m training.heads --shared $(SHARED)

compare: $(VENV)/stamp-train ## the rivals of the encoder on the same notes (half an hour)
	@$(BIN)/python -m training.compare --shared $(SHARED)

adapt: $(VENV)/stamp-train ## the encoder, and the marks by which the heads learn, from the public start (an hour)
	@$(BIN)/python -m training.adapt --shared $(SHARED) --on ours invented --epochs 6 --longest 700 --out out/of_reports
	@$(BIN)/python -m training.marks --shared $(SHARED) --of dev --encoder out/of_reports
	@$(BIN)/python -m training.adapt --shared $(SHARED) --on dev invented --epochs 7 --state out/of_train.safetensors --out out/of_train
	@$(BIN)/python -m training.marks --shared $(SHARED) --of ours --encoder out/of_train
	@$(BIN)/python -m training.adapt --shared $(SHARED) --on dev ours invented --epochs 4 --begin out/of_train.safetensors --out models/weights/encoder

faithful: $(VENV)/stamp-dev ## whether proposals rest on the words that they quote, on the notes of train
	@$(BIN)/python -m training.faithful --shared $(SHARED)

bundle: $(VENV)/stamp-dev ## dist/bundle: wheels with checksums and install.sh, for a machine without internet
	@$(BIN)/python -m training.bundle

bundle-check: bundle ## install the bundle with the network off, and run the demo from it
	@$(BIN)/python -m training.bundle --check

prove: bundle-check prove-service ## judge 1,000,000 random cases by the rules (none may crash), the bundle check, the promises of the service
	@$(BIN)/chartlight prove --cases $(CASES)

postgres: ## PostgreSQL for the tests of the service: installed where it is missing and the tests run as root
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || [ "$$(id -u)" != 0 ] \
	  || ! command -v apt-get >/dev/null 2>&1 || { echo 'Installing PostgreSQL for the tests'; apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null; } \
	  || echo 'PostgreSQL could not be installed; its tests are skipped'

prove-service: $(VENV)/stamp-dev postgres ## the promises of the service with full counts; figures to docs/promises.md (half an hour)
	@$(BIN)/python -m tests.service.prove $(PROVE_ARGS)

picture: $(VENV)/stamp-dev ## draw the picture of the README anew
	@$(BIN)/python docs/images/make_picture.py

schemas: $(VENV)/stamp-dev ## publish the JSON Schemas anew
	@$(BIN)/python -m chartlight.schema

figures: $(VENV)/stamp-dev ## the figures of docs/figures.md: score on train, then bench
	@$(MAKE) --no-print-directory score SPLIT=train
	@$(MAKE) --no-print-directory bench

pins: $(VENV)/stamp-dev ## resolve all extras again and write constraints.txt (needs the network)
	@$(BIN)/python -m training.pin

clean: ## remove what was built; the virtual environment too
	rm -rf $(VENV) dist build out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v '$(PYTHON)' >/dev/null 2>&1 || { \
	  printf '%s\n' '$(PYTHON) was not found. Chartlight needs Python 3.11 or newer.' \
	    'Install it (Debian, Ubuntu: apt install python3.11 python3.11-venv; macOS: brew install python@3.11)' \
	    'or name another one: make $(MAKECMDGOALS) PYTHON=/path/to/python3' >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is $$('$(PYTHON)' -V 2>&1); Chartlight needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '$(PYTHON) has no venv module (Debian, Ubuntu: apt install python3.11-venv)' >&2; exit 1; }
	@echo 'Making $(VENV) with $(PYTHON)'
	@'$(PYTHON)' -m venv $(VENV)

$(VENV)/stamp-run: $(LOCK) | $(BIN)/python
	@echo 'Installing what serves (a few minutes the first time)'
	@$(PIP) pip hatchling editables
	@$(PIP) --no-build-isolation --editable '.[run]'
	@touch $@

$(VENV)/stamp-train: $(VENV)/stamp-dev
	@echo 'Installing what trains'
	@$(PIP) --no-build-isolation --editable '.[train]'
	@touch $@

$(VENV)/stamp-dev: $(VENV)/stamp-run
	@echo 'Installing the tools of development'
	@$(PIP) --no-build-isolation --editable '.[dev]'
	@touch $@

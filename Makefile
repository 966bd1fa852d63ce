# What people and CI run. `make` alone lists the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTEST := $(BIN)/python -m pytest
PORT ?= 8000

# `make demo` on a fresh machine needs few packages; once everything is installed, it uses that.
DEMO_ENV := $(if $(wildcard $(VENV)/.installed),$(VENV)/.installed,$(VENV)/.installed-demo)

.PHONY: help env demo test test-all reliability techniques lint format bench fuzz schema requirements wheel test-wheel test-lowest clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

env: $(VENV)/.installed ## Create .venv and install everything for development

$(BIN)/python:
	@python="$$(scripts/find-python.sh)"; "$$python" -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing consentkit with its development tools into $(VENV) …"
	@$(PIP) install --editable '.[dev]'
	@touch $@

$(VENV)/.installed-demo: pyproject.toml | $(BIN)/python
	@echo "Installing consentkit into $(VENV) …"
	@$(PIP) install --editable '.[demo]'
	@touch $@

demo: $(DEMO_ENV) ## Serve the demo shop; PORT=8001 chooses another port
	@$(BIN)/python examples/shop/serve.py --port $(PORT)

test: $(VENV)/.installed ## Run the tests, real browser included; ARGS="-k choice" is passed on to pytest
	@scripts/provision.sh chromium postgresql
	@$(PYTEST) -m "not slow and not matrix" $(ARGS)

test-all: $(VENV)/.installed ## Run the longer matrices that `make test` leaves out
	@scripts/provision.sh chromium firefox postgresql
	@$(PYTEST) -m slow $(ARGS)

reliability: $(VENV)/.installed ## Kill, cut, fill, tamper: measure every promise about the records; two hours and more
	@scripts/provision.sh postgresql
	@CI=true CONSENTKIT_RELIABILITY=full $(PYTEST) tests/reliability -m "slow or not slow" $(ARGS)

techniques: $(VENV)/.installed ## Try every way to embed a tracker in Chromium and Firefox, and print the figures
	@scripts/provision.sh chromium firefox
	@$(PYTEST) tests/browser/techniques $(ARGS)

lint: $(VENV)/.installed ## Check style, formatting, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.installed ## Format the code and sort imports
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

bench: $(VENV)/.installed ## Measure the cost of consentkit against a bare app; ARGS="--rounds 5" is passed on
	@$(BIN)/python benchmarks/run.py $(ARGS)

fuzz: $(VENV)/.installed ## Gate random pages and let Chromium look for what escapes; ARGS="--pages 1000000"
	@scripts/provision.sh chromium
	@PYTHONPATH=tests/support $(BIN)/python tests/fuzz/run.py $(ARGS)

schema: $(VENV)/.installed ## Write consent.schema.json from the manifest's model
	@$(BIN)/python -m consentkit.manifest.schema

requirements: $(VENV)/.installed ## Write docs/requirements.md and policies.md: what is asked, and which test holds it
	@$(BIN)/python scripts/requirements.py

wheel: $(VENV)/.installed ## Build the wheel into dist/, bit for bit the same for the same commit
	@SOURCE_DATE_EPOCH="$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)}" \
		$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	@ls dist/*.whl

test-wheel: $(VENV)/.installed ## Run the unit tests against the built wheel, away from the checkout
	@scripts/test-wheel.sh $(ARGS)

test-lowest: $(VENV)/.installed ## Run the unit tests with the lowest versions allowed of every dependency
	@scripts/test-lowest.sh -m "not slow and not matrix" $(ARGS)

clean: ## Remove what builds and tests leave behind; .venv stays
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache tests/browser/shots
	@find src tests benchmarks examples scripts -name __pycache__ -type d -prune -exec rm -rf {} +

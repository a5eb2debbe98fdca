# Everything a person types. Each target sets up what it needs: python3 (3.11 or newer), make and a package index are enough.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests run in so many processes; most of them wait for other processes anyway.
WORKERS ?= 3
export DAGSTER_HOME := $(CURDIR)
export DAGSTER_DISABLE_TELEMETRY := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo dev test lint format docs bench soak schemas lock clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.run .env  ## virtual environment with the locked packages, and .env

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: $(PYTHON) is older than Python 3.11; name a newer one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "make: $(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv"; exit 2; }

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing the locked packages into $(VENV) ..."
	@$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements.lock
	@$(BIN)/pip install --quiet --no-deps --editable .
	@echo 'import asset_pipeline.dagster_defaults as d; d.at_start()' > \
		"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/asset_pipeline_dagster.pth"
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "installing the locked development packages into $(VENV) ..."
	@$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

.env:
	@sed 's|^DAGSTER_HOME=.*|DAGSTER_HOME=$(CURDIR)|' .env.example > $@
	@echo "wrote .env from .env.example"

demo: setup  ## twelve images out of data/specs/demo.yaml, in the sandbox, free of charge
	@$(BIN)/asset-pipeline run data/specs/demo.yaml

dev: setup  ## Dagster on http://127.0.0.1:3000 and the review page on http://127.0.0.1:4500
	@$(BIN)/asset-pipeline review & page=$$!; trap 'kill $$page 2>/dev/null' EXIT; trap 'exit 130' INT TERM; \
		$(BIN)/dagster dev --host 127.0.0.1 --port 3000

test: $(VENV)/.dev .env lint browser  ## everything that must hold; ends on pytest's closing line
	@$(BIN)/coverage erase
	@$(BIN)/pytest -n $(WORKERS) --cov --cov-report=term

lint: $(VENV)/.dev  ## ruff, mypy --strict, and that the generated schemas are up to date
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m asset_pipeline.schemas --check

format: $(VENV)/.dev  ## let ruff put the code in its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# A browser for the tests that look at pages: the one that is there, else Debian's if we may install it.
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
			echo "installing Debian's chromium for the browser tests ..."; \
			apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null || \
			echo "make: chromium could not be installed; the browser tests will be skipped"; \
		else \
			echo "make: no Chromium found, so the browser tests will be skipped; get one with: apt-get install chromium"; \
		fi; }
.PHONY: browser

docs: $(VENV)/.dev  ## the documentation, in docs/_build/html
	@$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench: $(VENV)/.dev .env  ## the benchmarks, as ratios
	@for b in bench/*.py; do case $$b in bench/__init__.py) ;; *) $(BIN)/python $$b || exit 1 ;; esac; done

soak: $(VENV)/.dev .env  ## long random runs, and two hours of work in one process; minutes, not part of test
	@HYPOTHESIS_PROFILE=soak $(BIN)/pytest -m soak --override-ini=addopts= -n 2 --timeout 900 asset_pipeline_tests/chaos

schemas: $(VENV)/.dev  ## write the JSON Schemas of pipeline.yaml and of a spec
	@$(BIN)/python -m asset_pipeline.schemas

lock: $(VENV)/.dev  ## resolve the newest allowed packages into the two lock files
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

clean:  ## remove the virtual environment, caches and builds; data/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* docs/_build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

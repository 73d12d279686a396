# One word per thing to do; `make help` lists them. Needs Python 3.11, Node.js 20 and a shell.
.DEFAULT_GOAL := help
.PHONY: help demo up down status smoke load bench test check contract assets package dev runtime lock docker clean purge ocr
PY := .venv/bin/python

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: runtime ocr ## Everything on this machine with demo data and accounts; Ctrl-C stops it
	@$(PY) -m local demo

up: runtime ocr ## The same, left on in the background
	@$(PY) -m local up --detach

down: ## Stop what make demo or make up started
	@$(PY) -m local down

status: ## What is running
	@$(PY) -m local status || true

smoke: runtime ## Walk through the main job and say OK or FAILED; starts what is not running
	@$(PY) -m local smoke

load: dev ## Many invented people at once, then a check that nothing was lost or doubled
	@$(PY) -m load_tests.run $(ARGS)

bench: dev ## Declaring beside its peers, memory, growth: tables with ratios, about ten minutes
	@$(PY) -m local prepare postgres
	@$(PY) -m benchmarks.compare
	@$(PY) -m benchmarks.endurance
	@$(PY) -m benchmarks.growth
	@$(PY) -m benchmarks.reading --quick

test: dev ## All checks and all tests, on services of their own
	@$(PY) -m local prepare postgres browser nginx systemd assets
	@$(MAKE) --no-print-directory check
	@scripts/test $(PYTEST_ARGS)

check: dev ## Style, types, imports, dependencies, templates, spelling, scripts
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/deptry .
	@if [ -d asm/web/templates ]; then .venv/bin/djlint --quiet --lint asm/web/templates; fi
	@.venv/bin/codespell *
	@$(PY) -m local prepare npm-check

contract: dev ## Write the contract and the reference pages from the code
	@$(PY) -m mobile_contract.generate

assets: runtime ## Build the pages' scripts and styles if they changed
	@$(PY) -m local prepare assets

package: runtime assets ## Make dist/: the wheel with its pages, pinned requirements, checksums
	@scripts/package

runtime:
	@scripts/venv runtime

# After runtime: it comes on top, and the demo starts without it where it cannot be had.
ocr: runtime
	@scripts/venv ocr

dev:
	@scripts/venv dev

lock: dev ## Pin the newest dependencies (make lock ARGS=--upgrade) with hashes
	@scripts/lock $(ARGS)

docker: ## docker compose up, with passwords made on first use
	@scripts/compose-env
	docker compose --env-file .asm/compose.env up --build

clean: ## Remove what make built; the local database stays
	@scripts/clean

purge: ## Remove that and the local database, keys and passwords
	@scripts/clean --data

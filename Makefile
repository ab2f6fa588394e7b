# `make` or `make help` lists what there is. PYTHON=… picks the Python (3.11 or newer).
.DEFAULT_GOAL := help
.PHONY: help run tour test test-fast soak mutants bench bench-flash lint setup clean
SHELL := /bin/sh
export PYTHON
# Some images set it. Each process would compile the whole mall at its start: two seconds of CPU.
unexport PYTHONDONTWRITEBYTECODE

python := .venv/bin/python

help: ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1	\2/' | expand -t 20

run: .venv/.stamp ## set up and run the mall: database, demo shop, WeChat simulator, web, worker
	@exec $(python) -m mall.runtime run

tour: .venv/.stamp ## play a shopper's whole story against the running mall (starts one if need be)
	@exec $(python) -m mall tour

test: .venv/.stamp ## all tests, with lint, types and layers, on up to four cores; they bring their own servers
	@$(python) -m pytest -n auto --durations=40 --durations-min=1

test-fast: .venv/.stamp ## a developer's loop (two minutes at most): pure rules, contracts, one journey
	@$(python) -m pytest -n auto -m fast

soak: .venv/.stamp ## play shoppers, staff and WeChat against a model: make soak SECONDS=600, MINUTES=…, SEED=…
	@exec $(python) -m tests.stateful $(if $(SECONDS),--seconds $(SECONDS)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

mutants: .venv/.stamp ## switch each guard off once: a test must notice (ONLY=orders, JOBS=2)
	@exec $(python) -m tests.mutants $(if $(ONLY),--only "$(ONLY)") $(if $(JOBS),--jobs $(JOBS))

bench: .venv/.stamp ## measure the speeds that we claim (AGAINST=…: another checkout beside this one)
	@exec $(python) -m benchmarks $(if $(AGAINST),--against $(AGAINST))

bench-flash: .venv/.stamp ## measure the flash sale alone (ten minutes; install wrk for true ratios)
	@exec $(python) -m benchmarks flash

lint: .venv/.stamp ## ruff and mypy alone
	@$(python) -m ruff check . && $(python) -m ruff format --check . && $(python) -m mypy

setup: .venv/.stamp ## only the virtual environment with its pinned packages

clean: ## remove the shop's data, logs and caches (var/); .venv stays
	@if [ -x $(python) ] && [ -d var ]; then $(python) -m mall.runtime clean; else rm -rf var; fi
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

# No pip when the stamp is fresh: a second start works without a network.
.venv/.stamp: requirements-dev.txt scripts/setup
	@scripts/setup

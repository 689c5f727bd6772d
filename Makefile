# Everything from two commands: `make demo` and `make test`. `make help` lists the rest.
# SECONDS, DATA and SPEED are make's own variables here, expanded by make and quoted for the shell: inside a recipe a
# bash would otherwise put its own SECONDS (how long it has run) in place of yours.

.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

# The first that is there and is a Python 3.11: a name on PATH may be a version manager's that leads nowhere.
is_311 = -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'
PYTHON ?= $(shell for p in python3.11 python3 python; do $$p $(is_311) 2>/dev/null && command -v $$p && break; done)
quoted = '$(subst ','\'',$(1))'
option = $(if $($(2)),$(1) $(call quoted,$($(2))))

.PHONY: help setup demo test lint types unit clean clean-parts

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

setup: ## Make everything ready: environments, Kafka, Milvus, Triton, Prometheus, models
	@$(if $(PYTHON),,echo 'setup: no python3.11 on PATH; install Python 3.11 (Debian: apt-get install python3.11)' >&2; exit 1;) \
	'$(PYTHON)' -m deploy.local.setup

demo: setup ## Run it all on real input and watch: SECONDS=60 DATA=folder SPEED=events/s
	@exec .venv/bin/upwell demo $(call option,--seconds,SECONDS) $(call option,--data,DATA) $(call option,--speed,SPEED)

test: setup lint $(if $(PYTEST),types) ## Lint, types and every test, on the real parts
	@.venv/bin/python $(if $(PYTEST),-m pytest $(PYTEST),tests/side_by_side.py)

lint: setup
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .
	@.venv/bin/lint-imports --no-logo

types: setup
	@.venv/bin/mypy

clean: ## Remove caches and what runs have left (.upwell)
	@rm -rf .upwell .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info

clean-parts: clean ## Remove everything that setup made as well
	@rm -rf .venv .parts

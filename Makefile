# Nothing but Python 3.11+, make and a package registry is needed. `make help` lists the targets.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready

export APP_ENV ?= local
export PORT
unexport PYTHONDONTWRITEBYTECODE # each of many processes would compile the same files

.DEFAULT_GOAL := help
.PHONY: help setup demo run test test-fast bench lint format clean chaos fuzz

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## install everything into .venv

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=" >&2; exit 1; }
	@echo "Installing into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,rabbitmq]'
	@touch $(READY)

demo: setup ## play one user's whole journey in the terminal
	@exec $(RUN) -m app demo --with-parent $$PPID

run: setup ## serve on PORT (8000) with embedded services, until stopped
	@exec $(RUN) -m app serve --with-parent $$PPID

test: setup ## lint and every test, side by side
	@$(MAKE) --no-print-directory lint & lint=$$!; $(RUN) -m pytest -n 3 --dist worksteal; tests=$$?; wait $$lint && exit $$tests

test-fast: setup ## the rules and everything else that needs no server, in under 30 s
	@$(RUN) -m pytest -n 2 --dist worksteal -m 'not slow'

chaos: setup ## kill the server 500 times under load, and compare what it promised with what is stored
	@$(RUN) -m tests.chaos

fuzz: setup ## 50,000 generated requests against the whole interface, in an hour at most
	@$(RUN) -m tests.fuzz

bench: setup ## measure what the service costs, up to ten minutes (docs/performance.md)
	@$(RUN) -m bench

lint: setup ## format, lint, types, import contracts, AST checks, sizes
	@$(VENV)/bin/ruff format --check app alembic tests bench
	@$(VENV)/bin/ruff check app alembic tests bench
	@$(VENV)/bin/mypy app tests bench
	@$(VENV)/bin/lint-imports --no-logo
	@$(RUN) -m tests.house.check

format: setup ## format and fix what can be fixed
	@$(VENV)/bin/ruff check --fix app alembic tests bench
	@$(VENV)/bin/ruff format app alembic tests bench

clean: ## forget the embedded database and the environment
	@if [ -x $(RUN) ]; then $(RUN) -m app forget; fi
	@rm -rf $(VENV) .data .mypy_cache .ruff_cache .pytest_cache .hypothesis

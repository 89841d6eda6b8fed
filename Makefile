# `make` alone prints what there is. Everything runs from this folder and keeps its state in .local.
# Needs Python ≥ 3.11, Go ≥ 1.26, Java 17 and Maven; what is missing is named with its cure.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .local/venv
STAMP := $(VENV)/.requirements
PY := $(VENV)/bin/python
# Apart, since it wants older versions of what we use.
GENERATOR := .local/client-generator
STATE := $(or $(FUND_STATE_DIR),.local)
LOCAL := $(PY) -m deploy.local
# A command of ours with the stack's settings.
RUN := set -a; [ ! -f $(STATE)/env ] || . $(STATE)/env; set +a; $(PY)
OPA = $$($(PY) -m deploy.tools path opa)
TESTED = FUND_OPA_BIN="$(OPA)" $(PY) -m pytest
# Much of a test is waiting: two workers, each with servers of its own, fill two cores.
SHARED_OUT = -n 2 --dist loadgroup --no-loadscope-reorder
UNTIL ?= 2026-11-17
LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
  --no-annotate --exclude-newer $(UNTIL)

ifneq ($(strip $(PORT_BASE)),)
export FUND_PORT_BASE := $(PORT_BASE)
endif

##@ First
.PHONY: help demo
help: ## Print this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: up ## One whole application on the real servers, from call to settled transfers
	@$(RUN) -m deploy.demo

##@ The stack (PORT_BASE=19000 moves all ports)
.PHONY: up servers down status logs restart clean tools
up: $(STAMP) ## Bring everything up and wait until it is healthy (RUNTIME=compose: in containers)
	@$(if $(filter compose,$(RUNTIME)),$(PY) -m deploy.layout.engine,$(LOCAL)) up

servers: $(STAMP) ## Bring up the servers only
	@$(LOCAL) up --servers-only

down: $(STAMP) ## Stop everything; data stays (RUNTIME=compose: the containers)
	@$(if $(filter compose,$(RUNTIME)),$(PY) -m deploy.layout.engine,$(LOCAL)) down

status: $(STAMP) ## What runs and whether it is healthy
	@$(LOCAL) status

logs: $(STAMP) ## Follow a program's log: make logs NAME=api
	@$(LOCAL) logs $(or $(NAME),api) --follow

restart: $(STAMP) ## Restart our processes, or one program: make restart NAME=worker
	@$(LOCAL) restart $(NAME)

clean: ## Stop everything and remove .local and build; the tools' cache stays
	@[ ! -x $(PY) ] || $(LOCAL) clean
	@$(if $(FUND_STATE_DIR),:,rm -rf .local) && rm -rf build

tools: $(STAMP) ## Fetch or build the servers, or one tool: make tools NAME=oasdiff
	@$(PY) -m deploy.tools install $(NAME)

##@ Backup and restore
.PHONY: backup backup-off restore restore-drill
backup: up ## Take a base backup; from then on no commit is answered before the archive has it
	@$(RUN) -m deploy.recovery backup

backup-off: $(STAMP) ## End the archive of PostgreSQL's log
	@$(RUN) -m deploy.recovery off

restore: $(STAMP) ## Put the newest backup and the archived log in place of the present data
	@$(RUN) -m deploy.recovery restore

restore-drill: up ## Back up under load, destroy the disks, restore, and count what is missing
	@$(RUN) -m deploy.recovery drill $(ARGS)

##@ Work on the code
.PHONY: test check lint format lock contracts boards alert-drill client mutants simulate bench policies
.PHONY: layout split-layout
# With ARGS, only the tests that they choose; without, everything that a change must pass.
test: $(STAMP) $(if $(ARGS),,lint) opa ## Every check and test, or some: make test ARGS="tests/unit -k board"
	@$(TESTED) $(or $(ARGS),$(SHARED_OUT))

check: $(STAMP) lint opa ## What needs no stack, in a minute: style, types, imports, policies, contracts, units
	@$(TESTED) tests/architecture tests/policies tests/unit tests/contracts/test_drift.py

lint: $(STAMP) ## Style and types; who imports whom is tests/architecture
	@$(PY) -m ruff format --check --quiet . || { $(PY) -m ruff format --check . ; exit 1; }
	@$(PY) -m ruff check .
	@$(PY) -m mypy

format: $(STAMP) opa ## Format the code and the policies
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .
	@$(OPA) fmt --write policies

lock: $(STAMP) ## Lock the requirements again: make lock UNTIL=2026-11-17 takes nothing younger
	@$(LOCK) requirements/main.in -o requirements/main.txt
	@$(LOCK) requirements/main.in requirements/test.in -o requirements/test.txt
	@$(LOCK) requirements/client-generator.in -o requirements/client-generator.txt

.PHONY: opa
opa: $(STAMP)
	@$(PY) -m deploy.tools install opa

layout: $(STAMP) ## Write the Compose file, the manifests and docs/settings.md from deploy/layout
	@$(PY) -m deploy.layout

split-layout: $(STAMP) ## Start every service alone with its own settings, try its doors, run the demo
	@$(PY) -m deploy.layout.split

contracts: $(STAMP) ## Write contracts/, the collection of requests and docs/metrics.md from the code
	@$(RUN) -m services contracts
	@$(PY) -m clients.collections
	@$(PY) -m deploy.metrics_table

boards: $(STAMP) ## Write Prometheus' rules and Grafana's dashboards from deploy/prometheus and deploy/grafana
	@$(PY) -m deploy.prometheus
	@$(PY) -m deploy.grafana

client: $(STAMP) $(GENERATOR)/.requirements ## Generate the board's typed client again from contracts/openapi
	@$(PY) -m clients.generate --with $(GENERATOR)/bin/openapi-python-client

mutants: $(STAMP) opa ## Turn each comparison of the eligibility rules round: does a test notice?
	@FUND_OPA_BIN="$(OPA)" $(PY) -m tests.policies.mutation

alert-drill: up ## Six faults on the running stack: does each raise its own alert, and nothing else?
	@$(RUN) -m tests.faults.alert_drill

simulate: $(STAMP) opa ## Random operations with faults: make simulate STEPS=50000 SEED=7 (200,000 of a new seed)
	@$(PY) -m deploy.tools install postgres
	@$(PY) -m tests.simulation $(if $(STEPS),--steps $(STEPS)) $(if $(SEED),--seed $(SEED))

bench: up ## Measure throughput and latency on the running stack
	@$(RUN) -m tests.benchmarks $(ARGS)
	@$(RUN) -m tests.benchmarks.padron $(if $(ROWS),--rows $(ROWS))
	@$(RUN) -m tests.benchmarks.eligibility
	@$(RUN) -m tests.benchmarks.voting
	@$(RUN) -m tests.benchmarks.tracing_cost
	@$(RUN) -m tests.benchmarks.ledger
	@$(RUN) -m tests.benchmarks.metrics_cost
	@$(RUN) -m tests.benchmarks.exporter
	@$(RUN) -m tests.benchmarks.national $(if $(NATIONAL),--instructions $(NATIONAL))

policies: $(STAMP) ## Build and sign the policy bundle; the running OPA takes it at once
	@$(LOCAL) policies

##@ Ask the running system
.PHONY: token parameters policy-impact partner-check
partner-check: $(STAMP) ## Check a partner's base URL, or our callbacks: make partner-check PARTNER=agroideas|agrobanco|fund URL=
	@$(RUN) -m deploy.conformance "$(PARTNER)" $(if $(URL),--url "$(URL)") $(ARGS)

policy-impact: $(STAMP) opa ## What other rules would have decided: make policy-impact REV=path/to/policies
	@rev=$$($(LOCAL) keep-policies "$(REV)") && $(RUN) -m services eligibility-replay --all --revision "$$rev"

token: $(STAMP) ## A token: make token ROLE=board_member SEAT=mef CONSORTIUM= PROGRAM= SUB=
	@$(RUN) -m services token --role "$(ROLE)" $(if $(SEAT),--seat "$(SEAT)") $(if $(PROGRAM),--program "$(PROGRAM)") $(if $(CONSORTIUM),--consortium "$(CONSORTIUM)") $(if $(SUB),--sub "$(SUB)")

parameters: $(STAMP) ## The parameters of the policies, those without a read norm first: make parameters DAY=2026-06-15
	@$(PY) -m deploy.parameters $(if $(DAY),--day "$(DAY)")

$(STAMP): requirements/test.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo 'Python 3.11+ is needed: install it, or name it with make PYTHON=python3.12'; exit 1; }
	@echo 'installing the Python packages …'
	@if command -v uv > /dev/null; then \
	  { [ -x $(PY) ] || uv venv --quiet --python "$$(command -v $(PYTHON))" $(VENV); } && \
	  uv pip install --quiet --compile-bytecode --python $(PY) --require-hashes -r requirements/test.txt; \
	else \
	  { $(PY) -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv $(VENV); } && \
	  $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt; \
	fi
	@touch $@

$(GENERATOR)/.requirements: requirements/client-generator.txt
	@echo 'installing the generator of the client …'
	@if command -v uv > /dev/null; then \
	  uv venv --quiet --clear --python "$$(command -v $(PYTHON))" $(GENERATOR) && \
	  uv pip install --quiet --python $(GENERATOR)/bin/python --require-hashes -r $<; \
	else \
	  $(PYTHON) -m venv --clear $(GENERATOR) && \
	  $(GENERATOR)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<; \
	fi
	@touch $@

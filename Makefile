# Every target sets up what it needs, in .venv and from uv.lock. Assumes only make and Python 3.11 or newer.
# `make PYTHON=/path/to/python3.12 ...` picks the Python that .venv is made with; ARGS go to the program that a target runs.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 2

export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV
# Without .pyc files every import is compiled anew, and a start takes three times as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo serve deploy teardown test bench bench-small pictures check check-lock check-style check-types check-imports check-infra format lock clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do printf '  %-12s %s\n' "$$name" "$$what"; done

demo: $(READY) ## Play a flight of three tracks in which things go wrong
	$(BIN)/python -m trimtab demo $(ARGS)

serve: $(READY) ## Run everything on this machine, with the simulated market (EMULATORS=1: on Firestore and Pub/Sub emulators)
	$(BIN)/python -m trimtab serve $(if $(EMULATORS),--emulators) $(ARGS)

test: $(READY) ## Run the tests (ARGS="-k pacing" for some of them)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

bench: $(READY) ## Run the benchmarks (ARGS="pacing --json -" for one of them)
	$(BIN)/python -m bench $(ARGS)

pictures: $(READY) ## Take the pictures of the approval pages that the docs show; look at each that changed
	$(BIN)/python -m tests.browser.pictures docs/pictures

bench-small: $(READY) ## Run a small part of the benchmarks and hold it to its bounds
	$(BIN)/python -m bench small

check: check-lock check-style check-types check-imports check-infra ## Check the lock, style, types, import contracts and Terraform

check-lock: $(READY)
	@$(BIN)/uv lock --check --quiet || { echo 'uv.lock does not fit pyproject.toml: run `make lock`' >&2; exit 1; }
	@$(EXPORT) | diff -q - requirements.txt >/dev/null || { echo 'requirements.txt is not what uv.lock gives: run `make lock`' >&2; exit 1; }

check-style: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types: $(READY)
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright

check-imports: $(READY)
	$(BIN)/lint-imports

check-infra: $(READY)
	@infra/check

format: $(READY) ## Format the code and mend what the linter can
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

# What a deployed function needs and no more. A function with an extra is exported with that extra.
EXPORT := $(BIN)/uv export --frozen --quiet --no-dev --no-emit-project

lock: $(BIN)/uv ## Bring uv.lock and requirements.txt up to pyproject.toml (ARGS=--upgrade for newer releases)
	$(BIN)/uv lock $(ARGS)
	$(EXPORT) > requirements.txt

# $(call needed,NAME): stops where a target was not told what it can't guess.
needed = $(if $($(1)),,$(error say which: make $@ $(1)=...))
TO = $(call needed,PROJECT)$(PROJECT) $(if $(REGION),--region $(REGION)) $(if $(ENVIRONMENT),--environment $(ENVIRONMENT))

deploy: $(READY) ## Bring it to a Google Cloud project (PROJECT=..., REGION=..., ENVIRONMENT=staging|production, PLAN=1 to look)
	$(BIN)/python -m trimtab deploy $(TO) $(if $(PLAN),--plan) $(ARGS)

teardown: $(READY) ## Take it away again; asks first (PROJECT=..., REGION=..., ENVIRONMENT=...)
	$(BIN)/python -m trimtab teardown $(TO) $(ARGS)

clean: ## Remove what the other targets made, .venv included; data in var/ stays
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Two makes at once are safe: the second waits for the first, and finds the work done.
ALONE := mkdir -p $(VENV); exec 9> $(VENV)/.making; if command -v flock > /dev/null; then flock 9; fi

$(READY): pyproject.toml uv.lock | $(BIN)/uv
	@$(ALONE); if [ ! $@ -nt uv.lock ] || [ ! $@ -nt pyproject.toml ]; then \
		$(BIN)/uv sync --frozen --all-extras --quiet && touch $@; \
	fi

# The lock file names uv's own release; without a readable lock the newest will do to write one.
$(BIN)/uv:
	@$(ALONE); [ ! -x $@ ] || exit 0; \
	for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11) none; do \
		if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then break; fi; \
	done; \
	if [ $$python = none ]; then \
		echo 'Trimtab needs Python 3.11 or newer with venv (on Debian: apt-get install python3-venv); or name one: make PYTHON=/path/to/python3' >&2; \
		exit 1; \
	fi; \
	echo "Setting up $(VENV) with $$python, once"; \
	locked=$$(sed -n '/^name = "uv"$$/{n;s/version = "\(.*\)"/\1/p;}' uv.lock); \
	$$python -m venv $(VENV) && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv$${locked:+==$$locked}"

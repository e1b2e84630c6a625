# Needs only Python 3.11 or newer. `make lab` opens the lessons, `make test` tests everything; both make .venv first.

PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
TESTS ?= tests lessons
ARGS ?=

.PHONY: lab test bench check coverage clean

lab: .venv/lab
	$(BIN)/gomemlab lab --dir my-lessons $(ARGS)

test: .venv/dev
	$(BIN)/python -m pytest --nbval-lax --nbval-current-env $(TESTS) $(ARGS)

bench: .venv/dev
	$(BIN)/python -m pytest -s --benchmark-columns=median,stddev,rounds benchmarks $(ARGS)

check: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Every branch of what the numbers rest on: the model, the timeline, the commands, the replay.
# One worker a core, whole files: this traces every line, and takes as long as all the rest otherwise.
coverage: .venv/dev
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m "not browser" --ignore tests/test_binder.py --ignore tests/test_explore_verdicts.py --cov --cov-report= tests $(ARGS)
	$(BIN)/coverage report --fail-under=100 --include='gomemlab/runtime/*,gomemlab/timeline.py,gomemlab/*commands.py,gomemlab/exploring/*,gomemlab/recorded/*'

clean:
	rm -rf .venv

# The first recipe line makes the environment once; the rest runs again when a lock file or pyproject.toml changed.
define install
	@echo "making .venv from $<: about a minute"
	@test -n "$(PYTHON)" || { echo "gomemlab needs Python 3.11 or newer on PATH (or: make PYTHON=/path/to/python)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
endef

.venv/lab: requirements.lock pyproject.toml
	$(install)

.venv/dev: requirements-dev.lock pyproject.toml
	$(install)

# "make run" starts the daemon, "make test" runs all that CI runs. Both start from a bare checkout.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# make run ARGS="--config conf/chatdaemon.ini"
ARGS ?=

# A hundred daemons are started by the tests: each would compile everything again, for a second.
unexport PYTHONDONTWRITEBYTECODE

.NOTPARALLEL:
.PHONY: help run test lint types imports unit units wheel proof format clean

help:
	@echo 'make run      start the daemon in the foreground (ARGS="--config FILE" for its options)'
	@echo 'make test     everything below, as CI does'
	@echo 'make lint     ruff: mistakes and formatting ("make format" puts the formatting right)'
	@echo 'make types    mypy --strict'
	@echo 'make imports  who may import whom (import-linter)'
	@echo 'make units    the systemd units, by systemd-analyze'
	@echo 'make wheel    sdist, wheel and editable install, each really started'
	@echo 'make unit     pytest with branch coverage; realm/ and wire/ must be covered whole'
	@echo 'make proof    the daemon killed by -9 a hundred times under load: nothing acknowledged is lost'
	@echo 'make clean    remove the environment and whatever tools have left'

run: $(VENV)/installed
	@exec $(BIN)/twistd --nodaemon --pidfile= --logger=chatdaemon.logs.observer chatdaemon $(ARGS)

# pytest is last, so that what it says last is what one sees.
test: lint types imports units wheel unit

lint: $(VENV)/developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/developing
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/developing
	$(BIN)/mypy

imports: $(VENV)/developing
	$(BIN)/lint-imports --no-logo --no-cache

units: $(VENV)/developing
	tools/check_units.sh

wheel: $(VENV)/developing
	$(BIN)/python tools/check_packages.py

unit: $(VENV)/developing
	rm -f .coverage
	$(BIN)/pytest --numprocesses=auto --maxprocesses=8 --dist=worksteal --cov --cov-report=term:skip-covered
	@$(BIN)/coverage report --include='chatdaemon/realm/*,chatdaemon/wire/*' --show-missing --skip-covered \
		--fail-under=100 > $(VENV)/coverage.txt || { cat $(VENV)/coverage.txt; exit 1; }

# CI does it less often.
proof: $(VENV)/developing
	CHATDAEMON_KILLS=100 $(BIN)/pytest --durations=2 tests/end_to_end/test_killed.py

$(BIN)/python:
	tools/make_venv.sh $(PYTHON) $(VENV)

$(VENV)/installed: $(BIN)/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# The pip of Debian 12 knows no dependency groups.
$(VENV)/developing: $(BIN)/python pyproject.toml tools/need_programs.sh
	tools/need_programs.sh
	$(BIN)/pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$(BIN)/pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $(VENV)/installed $@

clean:
	rm -rf $(VENV) build dist .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis _trial_temp*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

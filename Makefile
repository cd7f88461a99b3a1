# make deploy: go through deploy/ as an office does (about two minutes on a quiet machine).
# make demo: set up, make a synthetic commune, run the main job on it, say where the workbook is.
# make test: set up, lint, type-check, check who imports whom, run all tests, install the wheel elsewhere and run it,
#            ask whether a dependency has a known weakness (where there is a network).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: demo test setup lint types layers unit wheel deploy system audit clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(STAMP)

demo: setup
	$(BIN)/reconcile demo demo

test: setup system lint types layers unit wheel audit

system:
	bash scripts/system-packages

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

layers: setup
	$(BIN)/lint-imports --no-cache

unit: setup
	$(BIN)/pytest -n 2 --dist loadgroup

wheel:
	PYTHON=$(PYTHON) bash scripts/check-wheel

deploy:
	PYTHON=$(PYTHON) bash scripts/check-deploy

audit:
	PYTHON=$(PYTHON) bash scripts/audit

clean:
	rm -rf demo .mypy_cache .ruff_cache .pytest_cache .hypothesis

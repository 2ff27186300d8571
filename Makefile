# make demo        derive the random-features model into out/ and check it
# make test        the test suite without the slow tests
# make test-all    all tests
# make lint        style and types
# make benchmarks  medians of the times that the project promises
# make clean       remove what these commands made

PYTHON ?= python3
VENV ?= .venv
OUT ?= out
PYTEST_ARGS ?=

BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
MODEL := derivations/networks/random_features.py

# one thread for each process: matrices are small, and tests run in parallel
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: demo test test-all lint format benchmarks clean

demo: $(VENV)/.installed
	@mkdir -p $(OUT)
	$(BIN)/freeprob derive $(MODEL) --latex $(OUT)/equations.tex --solver $(OUT)/solver.py \
		--plot $(OUT)/density.png --report $(OUT)/report.html --check

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto --maxprocesses 8 -m "not slow" $(PYTEST_ARGS)

test-all: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto --maxprocesses 8 $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

benchmarks: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv $(OUT) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "freeprob needs Python 3.11 or newer; name one: make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(INSTALL) --editable ".[dev]"
	@touch $(VENV)/.installed $@

# Two commands need nothing but Python 3.11 and make:
#   make demo   draw the sample dataset, noise it, print the summary
#   make test   run the tests

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint test-oldest everything clean

demo: $(VENV)/program
	$(BIN)/python examples/make_sample_dataset.py
	$(BIN)/python noise_annotations.py examples/sample_dataset/annotations --benchmark easy --seed 1 --overwrite

test: $(VENV)/dev
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The same tests with the oldest library versions that requirements.txt allows.
test-oldest:
	$(PYTHON) -m venv --clear .venv-oldest
	sed -n 's/^\([A-Za-z0-9-]*\)>=\([0-9.]*\).*/\1~=\2.0/p' requirements.txt > .venv-oldest/constraints.txt
	.venv-oldest/bin/pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c .venv-oldest/constraints.txt
	.venv-oldest/bin/python -m pytest -n auto

# The optional parts too, whose tests are skipped without them.
everything: $(VENV)/dev
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-cluster.txt
	$(BIN)/pip install --quiet --disable-pip-version-check torch==2.13.0 && $(BIN)/pip install --quiet --disable-pip-version-check -r requirements-wan.txt

$(VENV)/program: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/dev: requirements.txt requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV) .venv-oldest examples/sample_dataset noisy_data_*

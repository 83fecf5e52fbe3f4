# These need nothing but Python 3.11 and make:
#   make demo       draw the sample dataset, noise it, print the summary, draw it and report how noisy it is
#   make kernels    compile the kernels ahead of the first large run
#   make test       run the tests
#   make test-slow  run those that kill processes, install the package or take long
#   make consumers try our files in the libraries that read them, in an environment of their own, .venv-consumers
#   make docs       make the pages into a site, docs_site/index.html, which opens from disk
#   make fuzz       put 10,000 broken inputs through all commands, which takes about an hour (COUNT=… SEED=…)
# With REAL_ANNOTATIONS=FOLDER the tests run on real annotations too; tests/select_real.py makes the folder.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo kernels picture docs test test-slow fuzz kills lint test-oldest everything consumers clean

demo: $(VENV)/program
	$(BIN)/python examples/make_sample_dataset.py
	$(BIN)/python noise_annotations.py examples/sample_dataset/annotations --benchmark easy --seed 1 \
		--method_name demo --overwrite --preview 2 --images examples/sample_dataset
	$(BIN)/python measure_noise.py examples/sample_dataset/annotations/instances_train2017.json \
		noisy_data_demo/instances_train2017.json --images examples/sample_dataset/train2017 --overwrite
	$(BIN)/python show_noise.py examples/sample_dataset/val2017/000000002126.png \
		examples/sample_dataset/annotations/instances_val2017.json \
		--annotation 20149 --output noisy_data_demo/noise.png --overwrite

# Compile the kernels, which the first large run would do otherwise.
kernels: $(VENV)/program
	$(BIN)/python -m annotation_noise.running.compiled

# The picture of the README.
picture: $(VENV)/program
	$(BIN)/python examples/make_sample_dataset.py
	$(BIN)/python show_noise.py none examples/sample_dataset/annotations/instances_val2017.json \
		--annotation 20149 --output docs/noise.png --overwrite

docs: $(VENV)/docs
	$(BIN)/python -m sphinx -q -W --keep-going -E -c docs/site . docs_site

test: $(VENV)/dev
	$(BIN)/python -m pytest -n auto -m "not slow" --ignore tests/consumers

test-slow: $(VENV)/dev
	$(BIN)/python -m pytest -n auto -m slow --ignore tests/consumers

fuzz: $(VENV)/dev
	$(BIN)/python -m tests.fuzz --seed $(or $(SEED),1) --count $(or $(COUNT),10000)

# A hundred runs that are killed at random moments, and finished after that; takes minutes.
kills: $(VENV)/dev
	$(BIN)/python -m tests.kills

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The same tests with the oldest library versions that requirements.txt allows.
test-oldest:
	$(PYTHON) -m venv --clear .venv-oldest
	sed -n 's/^\([A-Za-z0-9-]*\)>=\([0-9.]*\).*/\1~=\2.0/p' requirements.txt > .venv-oldest/constraints.txt
	.venv-oldest/bin/pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c .venv-oldest/constraints.txt
	.venv-oldest/bin/python -m pytest -n auto --ignore tests/consumers

# The optional parts too, whose tests are skipped without them.
everything: $(VENV)/dev
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-cluster.txt -r requirements-measure.txt \
		-r requirements-datasets.txt -r requirements-browser.txt -r requirements-share.txt -r requirements-findings.txt -r requirements-docs.txt
	command -v chromium > /dev/null && command -v chromedriver > /dev/null || test "$$(id -u)" != 0 || \
		(apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver)
	$(BIN)/pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-train.txt -r requirements-wan.txt
	$(BIN)/pip install --quiet --disable-pip-version-check addict rich "setuptools<81" termcolor yapf
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps mmengine==0.10.7 mmdet==3.3.0
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps lvis==0.5.3  # wants another cv2 beside ours

# They want an older cv2 than ours, and all of its two packages; the last line leaves that which needs no display.
consumers: .venv-consumers/installed
	.venv-consumers/bin/python -m pytest tests/consumers

.venv-consumers/installed: requirements.txt requirements-consumers.txt
	test -x .venv-consumers/bin/python || $(PYTHON) -m venv .venv-consumers
	.venv-consumers/bin/pip install --quiet --disable-pip-version-check -r requirements-consumers.txt
	.venv-consumers/bin/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps \
		$$(grep -o '^opencv-python-headless==[0-9.]*' requirements-consumers.txt)
	touch $@

$(VENV)/program: requirements.txt requirements-measure.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-measure.txt
	touch $@

$(VENV)/dev: requirements.txt requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

$(VENV)/docs: requirements-docs.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-docs.txt
	touch $@

clean:
	rm -rf $(VENV) .venv-oldest .venv-consumers examples/sample_dataset examples/rough_dataset noisy_data_* noise_report findings_report docs_site

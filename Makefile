# Needs git, make and Python 3.11 to 3.13, as pyproject.toml says; everything else goes into .venv.
# Programs are run as modules: this works in a folder whatever its name, scripts do not always.

PYTHON ?= python3
PY := .venv/bin/python
READY := .venv/ready

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit("Python 3.11 to 3.13 is needed, this is %d.%d: make PYTHON=python3.12" % sys.version_info[:2])'
	@echo "Setting up .venv: this takes a few minutes the first time"
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --requirement requirements.txt
	$(PY) -m pip install --quiet --no-deps --editable .
	@touch $@

book: $(READY) ## execute every notebook and build the book
	$(PY) notebooks/execute.py --to _build/notebooks
	$(PY) book/build.py --notebooks _build/notebooks

pdf: $(READY) ## print the built book as one file, with Chromium
	$(PY) book/pdf.py

notebooks: $(READY) ## re-execute the notebooks in place, from their .py halves
	$(PY) notebooks/execute.py --sync
	$(PY) notebooks/execute.py

lab: $(READY) ## open the notebooks in JupyterLab
	$(PY) -m jupyterlab notebooks

lint: $(READY) ## check style and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

# One thread per process and one process per core: the fastest on a small machine.
test: export OMP_NUM_THREADS = 1
test: lint ## check style and types, run the tests and every notebook
	$(PY) -m pytest tests notebooks --numprocesses 2 --dist loadfile \
		--nbval-lax --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg

bench: $(READY) ## run the timed comparisons
	$(PY) benchmarks/engine.py

clean: ## remove the book, the environment and all caches
	rm -rf .venv _build srhm.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache

.PHONY: help book pdf notebooks lab lint test bench clean

# The few verbs people expect. `make demo` runs the product, `make test` checks it; both install what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check format lock bench bench-peers prove browser test-server clean

demo: $(VENV)/.product
	$(BIN)/zhanggui demo

test: $(VENV)/.dev browser
	$(BIN)/python -m tests.checks

check: $(VENV)/.dev
	$(BIN)/python -m tests.checks --quick

format: $(VENV)/.dev
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

bench: $(VENV)/.dev
	$(BIN)/python -m bench

# Other shops' packages (django-oscar, Vendure) on the same purchase: installed into a cache folder outside the
# repository. Needs node and npm for the second.
bench-peers: $(VENV)/.dev
	$(BIN)/python -m bench.peers

prove: $(VENV)/.dev
	$(BIN)/python -m tests.prove

# Chromium and a Chinese font for the tests in a browser: from the system's packages, where we may install.
browser:
	@tests/browser.sh

# The database tests on a PostgreSQL server of the system (15 or newer), as an installation with DATABASE_URL has it.
test-server: $(VENV)/.dev
	$(BIN)/python -m tests.with_server $(BIN)/python -m pytest -n 2 --dist loadfile -m "not browser"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.product: $(BIN)/python requirements/product.lock pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/product.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: $(VENV)/.product requirements/dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	touch $@

# After a change of pyproject.toml: write the locks anew (needs uv).
lock:
	uv pip compile pyproject.toml requirements/build.in --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements/product.lock
	uv pip compile pyproject.toml requirements/build.in --group dev --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements/dev.lock

clean:
	rm -rf $(VENV) build dist

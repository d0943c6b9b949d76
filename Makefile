# Needs make, and Python 3.11 or later with venv (Debian 12: apt-get install make python3-venv). All set-up happens in
# .venv, made when it is first needed and again when pyproject.toml changes.

BIN := .venv/bin
READY := .venv/.ready
PYTHONS := python3.11 python3 python3.12 python3.13 python3.14

BROWSERS := chromium chromium-browser google-chrome google-chrome-stable
RELOADED := .venv-reloaded
BENCHMARK := --table docs/search-benchmark.md --plot docs/search-benchmark.svg --results docs/search-benchmark.json

.PHONY: help demo test test-web screenshots browser test-reloaded lint torture bench-quick bench-full bench-agenda bench-web clean
.DELETE_ON_ERROR:

help:
	@echo "make demo     letters of the corpus in, records and search results out; keeps demo-archive/"
	@echo "make test     all tests but those in a browser"
	@echo "make test-web         the page in a browser; installs what it needs, Chromium too where it can (Debian, as root)"
	@echo "make screenshots      pictures of the page, in docs/screenshots"
	@echo "make test-reloaded   the search engine's tests on Whoosh-Reloaded, another descendant of Whoosh"
	@echo "make torture  writers killed 200 times with each engine, power lost at every step, 10,000 updates (some minutes)"
	@echo "make lint     ruff and mypy"
	@echo "make bench-quick, make bench-full     search beside other engines"
	@echo "make bench-agenda     events, deadlines and exports of 100,000 letters"
	@echo "make bench-web        the page: its times, its weight, 50 readers, hostile searches"
	@echo "make clean    remove what the others made"

$(READY): pyproject.toml
	@for python in $(PYTHONS); do \
	  if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Setting up .venv with $$python; this takes a minute."; $$python -m venv .venv; exit; \
	  fi; \
	done; \
	echo "No Python 3.11 or later with venv was found. Debian: apt-get install python3-venv" >&2; exit 1
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --editable . --group test --group lint
	@touch $@

demo: $(READY)
	@$(BIN)/itudocs demo --archive demo-archive

test: $(READY)
	@echo "Without the tests in a browser, which are: make test-web"
	$(BIN)/python -m pytest --ignore=tests/browser

test-web: browser
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group schemathesis || echo "Schemathesis cannot be installed." >&2
	$(BIN)/python -m pytest tests/browser tests/web/test_schemathesis.py

screenshots: browser
	$(BIN)/python -m tests.browser.screenshots --output docs/screenshots

# Where something cannot be installed, that is said, and the tests that need it skip.
browser: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group web-test || echo "Playwright or axe-core cannot be installed." >&2
	@for browser in $(BROWSERS); do command -v $$browser >/dev/null && exit; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium; this takes a minute."; \
	  apt-get update -qq && apt-get install -qq --yes --no-install-recommends chromium >/dev/null && exit; \
	fi; \
	echo "No browser ($(BROWSERS)) is here or can be installed. Debian: apt-get install chromium" >&2

test-reloaded: $(RELOADED)/.ready
	$(RELOADED)/bin/python -m pytest tests/search tests/archive/test_archive_with_whoosh.py

$(RELOADED)/.ready: pyproject.toml $(READY)
	$(BIN)/python -m venv --clear $(RELOADED)
	$(RELOADED)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(RELOADED)/bin/python -m pip install --quiet --editable . --group test
	$(RELOADED)/bin/python -m pip uninstall --quiet --yes whoosh3
	$(RELOADED)/bin/python -m pip install --quiet 'Whoosh-Reloaded==2.7.5'
	@touch $@

torture: $(READY)
	ITUDOCS_TORTURE=200 $(BIN)/python -m pytest --durations=0 tests/archive/test_archive_kills.py tests/archive/test_power_loss.py tests/search/test_growth.py

bench-quick: $(READY)
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m benchmarks.search --sizes 10000 --questions 15 $(BENCHMARK)

bench-full: $(READY)
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m benchmarks.search --sizes 1000 10000 100000 $(BENCHMARK)

bench-agenda: $(READY)
	$(BIN)/python -m benchmarks.agenda --output docs/agenda-benchmark.md

bench-web: $(READY)
	$(BIN)/python -m benchmarks.web --output docs/web-benchmark.md

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf .venv $(RELOADED) demo-archive build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

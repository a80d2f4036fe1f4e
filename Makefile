# The tasks of this repository.  "make help" lists them.

PYTHON ?= python3
PYTEST_ARGS ?=
# Number of parallel processes for the tests.
JOBS ?= 3
# Number of inputs for "make fuzz", and the seed of an earlier run, to repeat it.
FUZZ_INPUTS ?= 200000
FUZZ_SEED ?=
# A llama.cpp server for "make test-model"; by default one is built.
LLAMA_SERVER ?=
# The address of "make serve".
HOST ?= 127.0.0.1
PORT ?= 8080

.DEFAULT_GOAL := help
.PHONY: help build serve cluster plone wheel samples messages check test test-all test-container test-model test-plone soak fuzz docs bench clean coverage

help: ## list these tasks
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

# The scripts of the pages, bundled by tools/bundle.mjs.
BUNDLE = piratechat/static/bundle/sources.sha256

# The texts of the pages in each language, compiled by tools/messages.py.
CATALOGUES = $(patsubst %.po,%.mo,$(wildcard piratechat/locale/*/LC_MESSAGES/piratechat.po))

# The names of emoji, extracted by tools/emoji_names.mjs.
EMOJI = piratechat/static/emoji_names.json

build: .built $(CATALOGUES) $(EMOJI) $(BUNDLE) ## build what is missing: bin/, node_modules/, and the bundled scripts and texts of the pages

serve: build ## build, and serve the chat on http://127.0.0.1:8080
	@echo "== piratechat on http://$(HOST):$(PORT)/ - Ctrl+C stops it"
	@bin/gunicorn --paste paster.ini -b $(HOST):$(PORT)

# The parameters of "make cluster".
WORKERS ?= 2
STORE ?= zeo
RELAY ?= redis
VAR ?= var
INI ?= paster.ini

cluster: build ## serve the chat with several processes: WORKERS=2 STORE=zeo RELAY=redis HOST= PORT= INI= VAR=
	@exec bin/python tools/cluster.py --workers $(WORKERS) --store $(STORE) --relay $(RELAY) --host $(HOST) --port $(PORT) --ini $(INI) --var $(VAR)

# The path of the chat below the site of "make plone"; by default the chat has its own port.
BELOW ?=

plone: build ## build a Plone site, and serve it together with a chat: BELOW=/chat HOST= PORT= INI= VAR=
	@exec bin/python tools/plone.py --host $(HOST) --port $(PORT) --ini $(INI) --var $(VAR) --below "$(BELOW)"

wheel: build ## build dist/*.whl for machines without make and npm, and dist/constraints.txt with the tested versions
	@$(PYTHON) tools/make_wheels.py dist

.built: requirements.txt buildout.cfg versions.cfg pyproject.toml pyramid_sockjs/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "piratechat needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 build")'
	@echo "== creating .venv, and bin/ with zc.buildout (takes a few minutes)"
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	PYTHONWARNINGS=ignore .venv/bin/buildout -q
	@touch $@

node_modules/.built: package.json package-lock.json tools/npm
	@echo "== installing sockjs-client, emojibase-data, esbuild, and tools for tests and checks with npm"
	tools/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(EMOJI): node_modules/.built tools/emoji_names.mjs
	tools/npm run --silent emoji

$(BUNDLE): $(CATALOGUES) node_modules/.built tools/bundle.mjs $(shell find piratechat/static/scripts)
	tools/npm run --silent bundle

$(CATALOGUES): %.mo: %.po .built tools/messages.py
	.venv/bin/python tools/messages.py compile

messages: build ## extract the texts of the pages into piratechat.pot, and update and compile the catalogues
	.venv/bin/python tools/messages.py extract
	.venv/bin/python tools/messages.py compile

samples: build ## generate the sample pages of the themes, after a change of templates or of a theme.html
	bin/python tools/samples.py

check: build ## lint and type-check: Python, JavaScript, style sheets and shell scripts
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	bin/mypy
	tools/check-wheels
	.venv/bin/shellcheck .ci/run tools/npm tools/test-model
	tools/npm run --silent check

# All tests of a file run in one process, because they share servers and browsers.
PYTEST = bin/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

test: build check ## build, check, and run all tests except slow ones
	$(PYTEST) -m "not slow" $(PYTEST_ARGS)

test-all: build check ## build, check, and run all tests
	$(PYTEST) $(PYTEST_ARGS)

# PYTHONPATH has all packages, because each process is measured from its start, before bin/ scripts set sys.path.
coverage: build ## run all tests, and print which branches of the Python code they do not cover
	@rm -rf artifacts/coverage && mkdir -p artifacts/coverage
	-PYTHONPATH="$$(bin/python -c 'import os, sys; print(os.pathsep.join(filter(None, sys.path)))')" \
		.venv/bin/coverage run $(PYTEST) $(PYTEST_ARGS)
	@.venv/bin/coverage combine --quiet
	@.venv/bin/coverage report

# How often "make soak" kills the server, its time limit, and the random seed; each run prints its seed.
SOAK_ROUNDS ?= 200
SOAK_MINUTES ?= 60
SOAK_SEED ?=
# The soak test to run: with one process and a file (the default), or with two workers, ZEO and Redis (SOAK=workers).
SOAK ?= acknowledged and not workers
# CLUSTER=yes tests "make cluster" with three workers, and with the given STORE and RELAY.
CLUSTER ?=
SOAKED = $(if $(CLUSTER),tests/cluster/test_soak.py -k chosen,tests/chat/test_crashes.py -k "$(SOAK)")

soak: build ## kill the server 200 times while 60 people chat, and check that nothing acknowledged is lost; CLUSTER=yes kills parts of a cluster
	@echo "== $(SOAK_ROUNDS) rounds of kill -9 (a few seconds each)"
	SOAK_ROUNDS=$(SOAK_ROUNDS) SOAK_MINUTES=$(SOAK_MINUTES) SOAK_SEED=$(SOAK_SEED) SOAK_STORE=$(STORE) SOAK_RELAY=$(RELAY) bin/pytest -q -s $(SOAKED)

fuzz: build ## fuzz the server and its parts with FUZZ_INPUTS inputs each (FUZZ_SEED= repeats a run)
	FUZZ_INPUTS=$(FUZZ_INPUTS) FUZZ_SEED=$(FUZZ_SEED) bin/pytest -s tests/attacks/fuzz

test-model: build ## build a llama.cpp server, and test the back end for language models with it
	LLAMA_SERVER=$(LLAMA_SERVER) tools/test-model

test-container: build ## test the Containerfile in a fresh Debian, without a container engine (as root, with debootstrap)
	@$(PYTHON) tools/container.py

test-plone: build ## build a Plone site, and test the chat in it in Chromium
	bin/python tools/plone.py --build
	PIRATECHAT_NO_SKIPS=1 bin/pytest -v tests/real_plone/plone_site.py

# MkDocs has its own environment, so that "make build" need not install it.
.venv-docs/.built: tools/site-requirements.txt
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

docs: .venv-docs/.built ## build the documentation as a site in artifacts/site, and check its links
	.venv-docs/bin/python tools/site.py

bench: build ## run the benchmarks, and print a table
	.venv/bin/python bench/run.py

clean: ## remove everything that was built
	rm -rf .venv .venv-docs .built .installed.cfg bin build develop-eggs eggs node_modules parts piratechat.egg-info piratechat/static/bundle piratechat/locale/*/LC_MESSAGES/*.mo piratechat/static/scripts/lib/catalogue.js $(EMOJI)
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache artifacts

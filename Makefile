# What a visitor to this repository can do.  "make help" lists it.

PYTHON ?= python3
PYTEST_ARGS ?=
# Processes among which the files of tests are dealt out.
JOBS ?= 3
# How much "make fuzz" tries, and the seed that an earlier run has printed.
FUZZ_INPUTS ?= 200000
FUZZ_SEED ?=
# A server of llama.cpp for "make test-model"; by default one is built.
LLAMA_SERVER ?=
# Where "make serve" listens.
HOST ?= 127.0.0.1
PORT ?= 8080

.DEFAULT_GOAL := help
.PHONY: help build serve cluster samples messages check test test-all test-model soak fuzz bench clean coverage

help: ## show what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

# The scripts of the pages, as tools/bundle.mjs bundles them.
BUNDLE = piratechat/static/bundle/sources.sha256

# The texts of the pages in each language, as tools/messages.py compiles them.
CATALOGUES = $(patsubst %.po,%.mo,$(wildcard piratechat/locale/*/LC_MESSAGES/piratechat.po))

# The names of emoji, as tools/emoji_names.mjs lists them.
EMOJI = piratechat/static/emoji_names.json

build: .built $(CATALOGUES) $(EMOJI) $(BUNDLE) ## build what is missing: bin/, node_modules/, and the texts and scripts of the pages

serve: build ## build what is missing, and serve the chat on http://127.0.0.1:8080
	@echo "== piratechat on http://$(HOST):$(PORT)/ - Ctrl+C ends it"
	@bin/gunicorn --paste paster.ini -b $(HOST):$(PORT)

# What "make cluster" starts, with which settings, and where it keeps everything.
WORKERS ?= 2
STORE ?= zeo
RELAY ?= redis
VAR ?= var
INI ?= paster.ini

cluster: build ## serve the chat by several processes: WORKERS=2 STORE=zeo RELAY=redis HOST= PORT= INI= VAR=
	@exec bin/python tools/cluster.py --workers $(WORKERS) --store $(STORE) --relay $(RELAY) --host $(HOST) --port $(PORT) --ini $(INI) --var $(VAR)

.built: requirements.txt buildout.cfg versions.cfg pyproject.toml pyramid_sockjs/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "piratechat needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 build")'
	@echo "== making .venv, and bin/ by zc.buildout (some minutes)"
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	PYTHONWARNINGS=ignore .venv/bin/buildout -q
	@touch $@

node_modules/.built: package.json package-lock.json tools/npm
	@echo "== fetching sockjs-client, emojibase-data and esbuild, and what tests and checks need, by npm"
	tools/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(EMOJI): node_modules/.built tools/emoji_names.mjs
	tools/npm run --silent emoji

$(BUNDLE): $(CATALOGUES) node_modules/.built tools/bundle.mjs $(shell find piratechat/static/scripts)
	tools/npm run --silent bundle

$(CATALOGUES): %.mo: %.po .built tools/messages.py
	.venv/bin/python tools/messages.py compile

messages: build ## find the ids of all texts in the sources, for piratechat.pot and the catalogues
	.venv/bin/python tools/messages.py extract
	.venv/bin/python tools/messages.py compile

samples: build ## make the sample pages of the themes, after a change of templates or of a theme.html
	bin/python tools/samples.py

check: build ## lint and check types: Python, JavaScript, style sheets and shell scripts
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	bin/mypy
	tools/check-wheels
	.venv/bin/shellcheck .ci/run tools/npm tools/test-model
	tools/npm run --silent check

# Files are dealt out to processes as a whole, for the servers and browsers that their tests share.
PYTEST = bin/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

test: build check ## build what is missing, check, and run every test but those marked as slow
	$(PYTEST) -m "not slow" $(PYTEST_ARGS)

test-all: build check ## the same, with every test
	$(PYTEST) $(PYTEST_ARGS)

# Paths of all packages: each process is measured from its start, before bin/ knows them.
coverage: build ## run every test, and print which branches of Python none of them took
	@rm -rf artifacts/coverage && mkdir -p artifacts/coverage
	-PYTHONPATH="$$(bin/python -c 'import os, sys; print(os.pathsep.join(filter(None, sys.path)))')" \
		.venv/bin/coverage run $(PYTEST) $(PYTEST_ARGS)
	@.venv/bin/coverage combine --quiet
	@.venv/bin/coverage report

# How often "make soak" ends the server, how long it goes on at most, and what decides when; a run prints its seed.
SOAK_ROUNDS ?= 200
SOAK_MINUTES ?= 60
SOAK_SEED ?=
# What is soaked: one process on a file (acknowledged), or two workers on ZEO and Redis (workers).
SOAK ?= acknowledged and not workers
# With CLUSTER=yes it is what "make cluster" starts, with three workers and with its STORE and RELAY.
CLUSTER ?=
SOAKED = $(if $(CLUSTER),tests/cluster/test_soak.py -k chosen,tests/chat/test_crashes.py -k "$(SOAK)")

soak: build ## end the server 200 times while 60 people talk, edit, react, pin and erase: nothing acknowledged may be lost; CLUSTER=yes: parts of a cluster
	@echo "== $(SOAK_ROUNDS) rounds of kill -9 (some seconds each)"
	SOAK_ROUNDS=$(SOAK_ROUNDS) SOAK_MINUTES=$(SOAK_MINUTES) SOAK_SEED=$(SOAK_SEED) SOAK_STORE=$(STORE) SOAK_RELAY=$(RELAY) bin/pytest -q -s $(SOAKED)

fuzz: build ## attack the server and its parts with FUZZ_INPUTS mutants each (FUZZ_SEED= for the same ones again)
	FUZZ_INPUTS=$(FUZZ_INPUTS) FUZZ_SEED=$(FUZZ_SEED) bin/pytest -s tests/attacks/fuzz

test-model: build ## run the back end for language models against llama.cpp's own server, which is built first
	LLAMA_SERVER=$(LLAMA_SERVER) tools/test-model

bench: build ## measure this machine: sessions, fan-out and echo
	.venv/bin/python bench/run.py

clean: ## remove all that was built
	rm -rf .venv .built .installed.cfg bin build develop-eggs eggs node_modules parts piratechat.egg-info piratechat/static/bundle piratechat/locale/*/LC_MESSAGES/*.mo piratechat/static/scripts/lib/catalogue.js $(EMOJI)
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache artifacts

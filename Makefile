# Everything people run. `make demo` and `make test` do all their own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Half as many tests again as processors: many wait for a clock.
WORKERS ?= $(shell echo $$(( $$(nproc) * 3 / 2 )))
INSTALLED := $(VENV)/.installed
# Tests start hundreds of interpreters: what one has compiled is there for the next.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo test test-scale test-deploy lint benchmark benchmark-corpus benchmark-day clean

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: install
	$(BIN)/archive demo

test: lint
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(if $(NO_SKIPS),--no-skips)

test-scale: install
	$(BIN)/python -m pytest -m scale

# The image and the units, really run: as root, with Debian's podman, runc, catatonit and debootstrap.
test-deploy:
	ops/deploy/trial/image.sh
	ops/deploy/trial/systemd.sh

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

benchmark: install
	$(BIN)/python -m benchmarks.crawl_throughput
	$(BIN)/python -m benchmarks.generic_extraction
	$(BIN)/python -m benchmarks.import_jekyll

benchmark-corpus: install
	$(BIN)/python -m benchmarks.corpus
	$(BIN)/python -m benchmarks.near_duplicates

benchmark-day: install
	$(BIN)/python -m benchmarks.day_of_service

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The front door. Only Python >= 3.11 with venv and pip is assumed; everything else is brought here.
PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
UV := .tools/bin/uv
DEMO_FOLDER ?= .tsm

.DEFAULT_GOAL := help
.PHONY: help install demo serve test test-long test-image test-slurm faults fuzz client check-surveys docs lint format lock lock-rail lock-pz check-lock clean bench-import-time bench-small-job bench-uws-load bench-combine bench-combine-scale bench-homogenize bench-sparse bench-deep bench-wide bench-columns bench-dp2-tree bench-fair bench-scale bench-memory bench-quote bench-waits

help:  ## Show these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet uv==$(UV_VERSION)

$(VENV)/installed: requirements.lock pyproject.toml trainingset/pyproject.toml clients/python/pyproject.toml | $(UV)
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
	$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e trainingset -e clients/python -e .
	@touch $@

install: $(VENV)/installed  ## Install everything into .venv, pinned and with hashes

demo: install  ## Run a whole cross-match through the real stack and leave a training set in .tsm/demo
	$(BIN)/tsm-service demo --folder $(DEMO_FOLDER)

serve: install  ## Run the embedded service until Ctrl-C
	$(BIN)/tsm-service up --folder $(DEMO_FOLDER)

# RAIL in an environment of its own: it trains on our files as its users do.
# Programs of others that read what we make, each in an environment of its own.
.venv-rail/installed .venv-pz/installed: .venv-%/installed: tests/%/requirements.lock | $(UV)
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-$*
	$(UV) pip sync --quiet --python .venv-$*/bin/python --require-hashes tests/$*/requirements.lock
	@touch $@

test: install  ## Run the tests (PYTEST_ARGS="-k split" runs some)
	$(BIN)/python -m pytest -n 3 --dist loadgroup $(PYTEST_ARGS)

test-long: install .venv-rail/installed .venv-pz/installed  ## Run the tests that take long: documents as a whole, RAIL, catalogs behind a network
	$(BIN)/python -m pytest -n 3 --dist loadgroup -m "long and not slow" $(PYTEST_ARGS)

# Each day draws other damage; the numbers make a finding repeatable.
FUZZ_SCALE ?= 25
FUZZ_SEED ?= $(shell date +%Y%m%d000)
fuzz: install  ## Look long for tables, constraints and requests that the service cannot bear (findings in build/fuzz)
	FUZZ_SCALE=$(FUZZ_SCALE) FUZZ_SEED=$(FUZZ_SEED) $(BIN)/python -m pytest -n 3 --dist loadgroup -m "not slow" --timeout 7200 tests/fuzz $(PYTEST_ARGS)

test-interop: install  ## Go through the whole service with STILTS and a real browser
	$(BIN)/python -m pytest -n 0 -m "slow or not slow" tests/interop $(PYTEST_ARGS)

test-slurm: install  ## Match on a Slurm cluster of one node that the tests start (Debian: slurm-wlm munge)
	$(BIN)/python -m pytest -n 0 -m "slow or not slow" tests/slurm $(PYTEST_ARGS)

faults: install  ## Kill, cut, fill and freeze every part of a service under load (half an hour)
	$(BIN)/python -m pytest -n 0 -m "slow or not slow" tests/faults tests/system/bucket_test.py $(PYTEST_ARGS)

test-image: install  ## Carry out the steps of the Dockerfile in full and run what they make (minutes)
	$(BIN)/python -m pytest -n 0 -m slow tests/deployment $(PYTEST_ARGS)

docs: install  ## Build the pages of docs/ and the API reference into build/docs
	$(BIN)/python -m sphinx -b html -W --keep-going -q -d build/doctrees docs build/docs

bench-small-job: install  ## Measure a small job from submission to download
	$(BIN)/python -m benchmarks.small_job --folder $(DEMO_FOLDER)

bench-uws-load: install  ## Measure 200 polling and 20 submitting clients
	$(BIN)/python -m benchmarks.uws_load --folder $(DEMO_FOLDER)

bench-combine: install  ## Measure how long repeated measurements of 1 and 5 million rows take
	$(BIN)/python -m benchmarks.combine --rows 1000000 5000000

bench-homogenize: install  ## Measure how fast flags of surveys are brought on one scale
	$(BIN)/python -m benchmarks.homogenize --rows 1000000

bench-combine-scale: install  ## Measure compilations kept as HATS beside the same in memory
	$(BIN)/python -m benchmarks.combine_scale --rows 1000000 2000000 4000000

bench-sparse: install  ## Measure few redshifts all over a large catalog beside stock LSDB and reading alone
	$(BIN)/python -m benchmarks.sparse

bench-deep: install  ## Measure redshifts in a few deep fields of a large catalog
	$(BIN)/python -m benchmarks.deep

bench-wide: install  ## Measure redshifts nearly as many as objects, beside STILTS and astropy as well
	$(BIN)/python -m benchmarks.wide

bench-columns: install  ## Measure 5, 50 and 500 columns of 500
	$(BIN)/python -m benchmarks.columns

bench-dp2-tree: install  ## Measure plan and graphs with a simulated tree of a survey beside stock LSDB's graph
	$(BIN)/python -m benchmarks.dp2_tree

bench-memory: install  ## Measure peak memory of training sets as the catalog grows, beside the plan
	$(BIN)/python -m benchmarks.memory

bench-quote: install  ## Measure how far quotes of small and large jobs are off
	$(BIN)/python -m benchmarks.quote

bench-scale: install  ## Measure threads and workers, and foretell surveys on a hundred nodes
	$(BIN)/python -m benchmarks.scale

bench-fair: install  ## Measure a small job behind large ones
	$(BIN)/python -m benchmarks.fair

bench-waits: install  ## Measure submission beside a thousand clients that wait
	$(BIN)/python -m benchmarks.waits --folder $(DEMO_FOLDER)

client: install  ## Generate clients/python/src/tsm/api from the service's OpenAPI document
	$(BIN)/python clients/python/openapi/generate.py

check-surveys: install  ## Validate the rules of all surveys
	$(BIN)/python -m trainingset.specz.check_surveys

bench-import-time: install  ## Measure what `import tsm` costs beside `import pandas`
	$(BIN)/python -m benchmarks.import_time

lint: install check-lock  ## ruff, mypy --strict, import contracts, lock up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests/clients/library/typed_script.py  # a script of a user, in the strictest way
	$(BIN)/lint-imports

format: install  ## Format the code and fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# For all platforms, with hashes, without addresses. What is locked already keeps its version.
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
	--no-emit-package pz-trainingset --no-emit-package pz-tsm --custom-compile-command "make lock" \
	--all-extras --group dev pyproject.toml trainingset/pyproject.toml clients/python/pyproject.toml

lock: | $(UV)  ## Resolve requirements.lock again
	$(COMPILE) -o requirements.lock

lock-rail lock-pz: lock-%: | $(UV)  ## Resolve tests/rail/requirements.lock or tests/pz/requirements.lock again
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
		--no-emit-find-links --custom-compile-command "make lock-$*" tests/$*/requirements.in -o tests/$*/requirements.lock

check-lock: | $(UV)  ## Fail if requirements.lock does not fit the pyproject files
	@mkdir -p build && cp requirements.lock build/requirements.lock && $(COMPILE) -o build/requirements.lock
	@diff requirements.lock build/requirements.lock || { echo "run: make lock"; exit 1; }

clean:  ## Remove the installation and caches (not .tsm, which holds your data)
	rm -rf $(VENV) .venv-rail .venv-pz .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# One virtual environment, extended by the first target that needs more of it.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 8 ] && n=8; echo $$n)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test fuzz check format bench test-gpu clean

demo: .venv/demo.stamp
	$(BIN)/python -m examples.demo

test: .venv/test.stamp
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

# Random programs, plain against compiled: 10,000 and loop nests; all sorts run, whatever fails.
FUZZ_FIRST ?= 0
FUZZ_SHARES ?= plain:5000 wide:2000 changing:1000 gradients:2000 nests:1000 nest-gradients:1000
fuzz: .venv/test.stamp
	@failed=0; for share in $(FUZZ_SHARES); do \
		$(BIN)/python -m tests.properties.fuzz --first $(FUZZ_FIRST) $(FUZZ_ARGS) \
			--sort $${share%%:*} --count $${share##*:} || failed=1; \
	done; exit $$failed

check: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict autograph

format: .venv/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# With Enzyme, which is built for Python 3.11: make bench RIVALS=bench-enzyme.
RIVALS ?= bench
bench: .venv/$(RIVALS).stamp
	$(BIN)/python -m benchmarks.run $(BENCH_ARGS)

# Needs cupy for the machine's CUDA: make test-gpu CUDA=cuda12 (or cuda13).
CUDA ?= cuda12
test-gpu: .venv/test.stamp .venv/$(CUDA).stamp
	$(BIN)/python -m pytest -m gpu $(PYTEST_ARGS)

clean:
	rm -rf .venv demo-output .pytest_cache .mypy_cache .ruff_cache

.venv/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "autograph needs Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "cannot create .venv: install Python's venv module (apt install python3-venv)" >&2; exit 1; }

.venv/demo.stamp: extras := examples
.venv/test.stamp: extras := test,examples
.venv/dev.stamp: extras := dev
.venv/bench.stamp: extras := bench
.venv/bench-enzyme.stamp: extras := bench-enzyme
.venv/cuda12.stamp: extras := cuda12
.venv/cuda13.stamp: extras := cuda13

.venv/%.stamp: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable ".[$(extras)]"
	@touch $@

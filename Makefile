# Every target does its own set-up; `install` is skipped in a blink while pyproject.toml has not changed.
.PHONY: install demo test check words soak bench fuzz clean
PY := .venv/bin/python
# One more than there are cores: a third of the suite's time is waiting for time limits, processes and disks.
WORKERS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1 )))

# Bytecode is kept: half of what collecting the tests takes is compiling them, in each of the processes.
unexport PYTHONDONTWRITEBYTECODE

install:
	@sh .ci/install

demo: install
	@.venv/bin/listener demo $(DEMO_ARGS)

test: install
	@$(PY) -m pytest -n $(WORKERS) --dist worksteal -m "not soak" $(TEST_ARGS)

check: install
	@$(PY) .ci/words.py --check
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

# Gathers the words that people are told into the catalogues of alerts/locale and compiles those.
words: install
	@$(PY) .ci/words.py

soak: install
	@$(PY) -m pytest -n $(WORKERS) --dist worksteal -m soak --timeout 3600 $(TEST_ARGS)

bench: install
	@$(PY) -m pip install --quiet --disable-pip-version-check --group bench
	@for bench in $(filter-out benchmarks/fit_%,$(wildcard benchmarks/[a-z]*.py)); do echo "== $$bench"; $(PY) $$bench || exit 1; done

FUZZ_SECONDS ?= 600
fuzz: install
	@$(PY) -m pip install --quiet --disable-pip-version-check --group fuzz
	@$(PY) tests/fuzz --seconds $(FUZZ_SECONDS)

clean:
	rm -rf .venv .cache demo-output build *.egg-info

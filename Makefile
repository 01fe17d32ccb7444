# make demo: everything, small, ending in a page to open; make test: lint and tests. Both set up .venv first.
.DEFAULT_GOAL := help
.PHONY: help demo test test-blender5 clean

INPUTS := setup.cfg pyproject.toml constraints.txt

help:
	@echo "make demo           set up .venv (Python 3.11), generate a few clips, write a page to open, train a tiny model"
	@echo "make test           set up .venv (Python 3.11), lint and run the tests"
	@echo "make test-blender5  set up .venv-blender5 (Python 3.13) and run the Blender tests with Blender 5.2"
	@echo "make clean          remove both environments and caches"

.venv/.stamp-dev: $(INPUTS)
	@.ci/make_venv 3.11 .venv dev,render,view,rerun,video,s3,train constraints.txt
	@touch .venv/.stamp-demo $@

.venv/.stamp-demo: $(INPUTS)
	@.ci/make_venv 3.11 .venv render,view,train constraints.txt
	@touch $@

demo: .venv/.stamp-demo
	@.venv/bin/posetraj demo --out demo

test: .venv/.stamp-dev
	.venv/bin/ruff check .
	.venv/bin/python -m pytest -n 2

# Blender 5.2's module exists for Python 3.13 alone; without that Python there is nothing to run.
test-blender5:
	@.ci/make_venv 3.13 .venv-blender5 dev,render constraints-blender5.txt; status=$$?; \
	if [ $$status -eq 3 ]; then \
		echo "test-blender5: skipped, for want of Python 3.13"; \
	elif [ $$status -ne 0 ]; then \
		exit $$status; \
	else \
		.venv-blender5/bin/python -m pytest -n 2 -m blender; \
	fi

clean:
	rm -rf .venv .venv-blender5 build dist demo *.egg-info .pytest_cache .ruff_cache .hypothesis

# The project's commands; `make` alone lists them. Each installs the tools it needs.

.PHONY: help run dev test e2e kill lint bench tools seed clean

help: ## List the commands
	@awk -F':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  Settings of run and seed: ADDR=127.0.0.1:3000 DATA_DIR=.data PEOPLE=1000; RELEASE=1 builds optimised"

run: ## Build and serve the demo city; prints its address and accounts
	@.ci/start

dev: ## Build, serve and watch: a saved file is on the page seconds later
	@.ci/tools build
	@bash -c '. .ci/env; exec cargo leptos watch -- serve --demo --addr "$${ADDR:-127.0.0.1:3000}" --data-dir "$${DATA_DIR:-.data}" --people "$${PEOPLE:-1000}"'

test: ## All tests: code on a real Postgres, then the browser against the real binary
	@.ci/test

e2e: ## The browser tests alone
	@.ci/e2e

kill: ## Kill the program and its Postgres under load, KILLS=30 times each; SEED repeats the same moments
	@.ci/kill

lint: ## Formatting, lints, licences
	@.ci/lint

bench: ## Measure the release binary; writes target/bench/*.json
	@.ci/bench

tools: ## Install everything that building and testing need
	@.ci/tools test

seed: ## Create the demo city without serving it
	@.ci/tools build
	@cargo run --quiet -p app --features ssr --bin huimin -- seed --demo --data-dir "$${DATA_DIR:-.data}" --people "$${PEOPLE:-1000}"

clean: ## Remove build output; the data folder stays
	@cargo clean
	@rm -rf end2end/node_modules end2end/test-results end2end/report

# The commands of the house. Each is a short script in scripts/; `make` alone lists them.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help run serve test test-client test-providers test-browser lint bench proof fuzz release web clean-data

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

run: ## Build everything, then the demo: made-up customers on all channels
	@scripts/run.sh

serve: ## Build everything, then serve for real with data in ./data
	@scripts/serve.sh

test: ## Install what the tests need, then run all of them and the lints
	@scripts/test.sh

test-client: ## Drive the built daemon with the Socket.IO client that browsers use
	@scripts/test-client.sh

test-providers: ## Let other people's clients talk to the stand-ins of the providers
	@scripts/test-providers.sh

test-browser: ## Drive console and widget in Chromium against the daemon and the stand-ins
	@scripts/test-browser.sh

lint: ## Format check, clippy, type check of the pages, cargo-deny where installed
	@scripts/lint.sh

bench: ## Measure; every figure in the documentation comes from here
	@scripts/bench.sh

proof: ## Break sends off at every point on every channel, and count what was lost or doubled
	@scripts/proof.sh

fuzz: ## Throw bytes at every translator, a minute each
	@scripts/fuzz.sh

release: ## Build the optimised binary with the pages inside
	@scripts/release.sh

web: ## Build the pages into web/dist
	@scripts/web.sh

clean-data: ## Delete ./data: database, files and keys of `make serve`
	@scripts/clean-data.sh

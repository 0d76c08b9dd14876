# `make help` lists the targets.

.DEFAULT_GOAL := help
.PHONY: help run test ci deny bench siege schema graphiql install

PAGE := graphiql/dist/index.html

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start the server with the demo shop (SQLite in ./bodega.db), at http://127.0.0.1:8000
	@tests/install.sh npm-is-usable && $(MAKE) --no-print-directory $(PAGE) || echo "The page at / is left out; it says how to get it."
	@test -e target/debug/bodega || echo "Building the server. The first time takes some minutes: about 350 packages. Later builds take seconds."
	cargo run --locked -- serve --demo

test: install $(PAGE) ## Run all tests: on SQLite alone, on PostgreSQL and Redis, and with real clients
	cargo test --locked --workspace
	BODEGA_TEST_STACK=services cargo test --locked --workspace --test it
	cargo build --locked --workspace
	cd tests/clients && npm ci --silent && npm test

ci: ## Run all checks that must pass before a change is merged
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	$(MAKE) test
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
	@git diff --exit-code && test -z "$$(git status --porcelain)" || { git status --short; echo "the tree is not clean"; exit 1; }

deny: ## Check licences and sources of dependencies (needs cargo-deny)
	cargo deny check bans licenses sources

bench: ## Compare the performance with a minimal server on PostgreSQL (see bench/README.md)
	cargo build --locked --profile dist -p bodega -p bench
	target/dist/bench $(ARGS)

siege: ## Measure response times and memory during attacks and outages (see bench/README.md)
	cargo build --locked --profile dist -p bodega -p bench
	target/dist/bench siege $(ARGS)

schema: ## Regenerate schema.graphql
	cargo run --locked --quiet -- schema > schema.graphql.new && mv schema.graphql.new schema.graphql

graphiql: $(PAGE) ## Build the GraphiQL page that the binary embeds

install: ## Install missing tools for the tests
	@tests/install.sh

$(PAGE): graphiql/package-lock.json graphiql/build.mjs graphiql/index.html $(wildcard graphiql/src/*)
	cd graphiql && npm ci --silent && npm run --silent build

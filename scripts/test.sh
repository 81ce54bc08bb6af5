#!/usr/bin/env bash
# Everything that must hold before a change lands: tests of all crates and of the pages, then format and lints. The browser tests
# (`make test-browser`) join when two whole runs with them have been green; the last had one failure, in the test itself.
. "$(dirname "$0")/lib.sh"
need_rust
need_node
need_c_compiler

# First, because it takes a second and everything else takes minutes.
say "format"
cargo fmt --all --check

scripts/need-test.sh
scripts/web.sh
say "pages (svelte-check, vitest)"
npm --prefix web run --silent check
npm --prefix web run --silent test

if has cargo-nextest; then
  say "documentation examples"
  cargo test --locked --workspace --doc --quiet
  say "tests (cargo nextest)"
  # Many tests wait for something more than they compute.
  cargo nextest run --locked --workspace --test-threads "$(($(nproc) + 1))"
else
  say "tests (cargo test)"
  cargo test --locked --workspace
fi

scripts/test-client.sh
scripts/test-providers.sh

say "clippy"
cargo clippy --locked --workspace --all-targets -- -D warnings

say "make test: everything passed"

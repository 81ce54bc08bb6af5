#!/usr/bin/env bash
# Everything that must hold before a change lands: tests of all crates, then format and lints.
. "$(dirname "$0")/lib.sh"
need_rust
need_node
need_c_compiler

# First, because it takes a second and everything else takes minutes.
say "format"
cargo fmt --all --check

scripts/need-test.sh
scripts/web.sh

if has cargo-nextest; then
  say "documentation examples"
  cargo test --locked --workspace --doc --quiet
  say "tests (cargo nextest)"
  cargo nextest run --locked --workspace
else
  say "tests (cargo test)"
  cargo test --locked --workspace
fi

scripts/test-client.sh
scripts/test-providers.sh

say "clippy"
cargo clippy --locked --workspace --all-targets -- -D warnings

say "make test: everything passed"

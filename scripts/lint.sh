#!/usr/bin/env bash
# The checks that run no test.
. "$(dirname "$0")/lib.sh"
need_rust
need_node
need_c_compiler
scripts/npm-ci.sh web

say "format"
cargo fmt --all --check
say "clippy"
cargo clippy --locked --workspace --all-targets -- -D warnings
say "types of the pages"
npm --prefix web run --silent check
if has cargo-deny; then
  say "advisories, licences and sources"
  cargo deny check
else
  say "cargo-deny is not installed: advisories, licences and sources were not checked (cargo install cargo-deny)"
fi

#!/usr/bin/env bash
# Everything that must hold before a change lands: tests of all crates, of the pages and in a browser, format and lints.
. "$(dirname "$0")/lib.sh"
need_rust
need_node
need_c_compiler

# First, because it takes a second and everything else takes minutes.
say "format"
cargo fmt --all --check

scripts/need-test.sh
scripts/need-browser.sh
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

# The browser tests wait more than they compute, clippy only computes: beside each other, and clippy steps back.
say "clippy, beside what follows"
clippy_log=$(mktemp)
nice -n 15 cargo clippy --locked --workspace --all-targets -- -D warnings >"$clippy_log" 2>&1 &
clippy=$!
trap 'kill "$clippy" 2>/dev/null || true; rm -f "$clippy_log"' EXIT

# Both programs were built for the tests above.
TRUNKLINE_BIN="${CARGO_TARGET_DIR:-$PWD/target}/debug/trunkline" scripts/test-browser.sh

if ! wait "$clippy"; then
  cat "$clippy_log"
  die "clippy has something to say."
fi

say "make test: everything passed"

#!/usr/bin/env bash
# Builds the daemon with optimisation and measures it beside the bare floor. Arguments go to the harness (--help lists them).
. "$(dirname "$0")/lib.sh"
need_rust
need_node
need_c_compiler

scripts/web.sh
say "building the daemon and the load harness with optimisation"
cargo build --locked --release --package trunkline --package trunkline-bench
say "measuring"
target/release/trunkline-bench "$@"
say "translators, on the payloads of their tests"
target/release/translators
say "the console, in Chromium"
scripts/bench-browser.sh

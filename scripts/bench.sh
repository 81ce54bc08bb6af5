#!/usr/bin/env bash
# Runs every benchmark of the workspace with optimisation. Arguments go to cargo bench.
. "$(dirname "$0")/lib.sh"
need_rust
need_c_compiler

scripts/web.sh
say "benchmarks"
cargo bench --locked --workspace --benches "$@"

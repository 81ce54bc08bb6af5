#!/usr/bin/env bash
# Builds the binary that is shipped: optimised, stripped, pages inside.
. "$(dirname "$0")/lib.sh"
need_rust
need_node
need_c_compiler

scripts/web.sh
say "building (profile dist)"
cargo build --locked --profile dist
binary=${CARGO_TARGET_DIR:-target}/dist/trunkline
say "built $binary ($(du -h "$binary" | cut -f1))"

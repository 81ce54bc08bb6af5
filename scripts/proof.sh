#!/usr/bin/env bash
# Plays at full length what `make test` plays briefly, and prints what came out. Takes about half an hour: one
# mailbox takes one mail a second.
. "$(dirname "$0")/lib.sh"
need_rust
need_node
need_c_compiler
scripts/need-test.sh
scripts/web.sh

# TRUNKLINE_CHANNELS=telegram,vk leaves the others out.
export TRUNKLINE_ROUNDS="${TRUNKLINE_ROUNDS:-50}"
say "breaking off $TRUNKLINE_ROUNDS sends at each of five points on every channel"
cargo test --locked --package trunkline --test it -- proof:: --nocapture --test-threads=1 2>&1 | grep -v -E '^(running|test result)'

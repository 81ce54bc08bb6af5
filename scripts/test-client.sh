#!/usr/bin/env bash
# Starts the real daemon and talks to it with socket.io-client, as a browser does.
. "$(dirname "$0")/lib.sh"
need_rust
need_node
need_c_compiler
scripts/npm-ci.sh tests/client

say "building the daemon"
cargo build --locked
say "client tests (node --test)"
TRUNKLINE_BIN="${TRUNKLINE_BIN:-${CARGO_TARGET_DIR:-$PWD/target}/debug/trunkline}" npm --prefix tests/client test

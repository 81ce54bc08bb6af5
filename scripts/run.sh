#!/usr/bin/env bash
# Builds everything and serves with the default configuration; the first start prints a one-time set-up link.
# Arguments go to the daemon: scripts/run.sh --config my.toml
. "$(dirname "$0")/lib.sh"
need_rust
need_node
need_c_compiler

scripts/web.sh
say "building the daemon (the first time takes some minutes)"
cargo build
say "serving with data in ./data; stop with Ctrl-C"
exec cargo run --quiet -- serve "$@"

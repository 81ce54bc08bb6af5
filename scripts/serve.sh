#!/usr/bin/env bash
# Builds everything and serves with data in ./data; the first start prints a one-time set-up link.
# Arguments go to the daemon: scripts/serve.sh --config my.toml
. "$(dirname "$0")/build.sh"
say "serving with data in ./data; stop with Ctrl-C"
exec cargo run --quiet -- serve "$@"

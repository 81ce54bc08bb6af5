#!/usr/bin/env bash
# Builds everything and starts the demo: made-up customers on every channel, forgotten at the end.
# Arguments go to the demo: scripts/run.sh --listen 127.0.0.1:9000
. "$(dirname "$0")/build.sh"
exec cargo run --quiet -- demo "$@"

#!/usr/bin/env bash
# Measures the console in Chromium with a long conversation and a long list, beside an empty page: about a minute and a half,
# stopped after three.
# TRUNKLINE_BIN and TRUNKLINE_BENCH_BIN name other builds than the optimised ones; arguments go to Playwright (-g TEXT).
. "$(dirname "$0")/lib.sh"
need_node
scripts/need-browser.sh
PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 scripts/npm-ci.sh tests/browser

export TRUNKLINE_BIN="${TRUNKLINE_BIN:-$PWD/target/release/trunkline}"
export TRUNKLINE_BENCH_BIN="${TRUNKLINE_BENCH_BIN:-$PWD/target/release/trunkline-bench}"
for program in "$TRUNKLINE_BIN" "$TRUNKLINE_BENCH_BIN"; do
  [ -x "$program" ] || die "$program is missing: scripts/bench.sh builds it."
done
# Before Node 22 a WebSocket has to be asked for.
export NODE_OPTIONS="${NODE_OPTIONS:-} --experimental-websocket"
npm --prefix tests/browser run --silent bench -- "$@"

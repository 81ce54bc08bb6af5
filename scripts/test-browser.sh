#!/usr/bin/env bash
# Drives the console and the widget in the distribution's Chromium, against the built daemon and the stand-ins.
# Arguments go to Playwright: a file's name, -g TEXT. TRUNKLINE_BIN names a daemon that is built already, with
# trunkline-stand-ins beside it.
. "$(dirname "$0")/lib.sh"
need_rust
need_node
need_c_compiler
scripts/need-browser.sh
PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 scripts/npm-ci.sh tests/browser
scripts/web.sh

if [ -z "${TRUNKLINE_BIN:-}" ]; then
  say "building the daemon and the stand-ins"
  cargo build --locked
  cargo build --locked --workspace --bin trunkline-stand-ins
  export TRUNKLINE_BIN="${CARGO_TARGET_DIR:-$PWD/target}/debug/trunkline"
fi
say "browser tests (Playwright)"
npm --prefix tests/browser run --silent check
npm --prefix tests/browser test -- "$@"

#!/usr/bin/env bash
# Installs the distribution's Chromium, which the browser tests drive. TRUNKLINE_CHROMIUM names another one.
. "$(dirname "$0")/lib.sh"

if [ -n "${TRUNKLINE_CHROMIUM:-}" ]; then
  [ -x "$TRUNKLINE_CHROMIUM" ] || die "TRUNKLINE_CHROMIUM=$TRUNKLINE_CHROMIUM is not a program."
elif ! [ -x /usr/bin/chromium ]; then
  install_debian chromium
fi

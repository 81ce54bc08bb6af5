#!/usr/bin/env bash
# Builds the pages into web/dist, from where the daemon embeds them. Does nothing when nothing changed.
. "$(dirname "$0")/lib.sh"
need_node

scripts/npm-ci.sh web

built=web/dist/index.html
newer() { find web/{pages,console,widget,lib,scripts} web/package-lock.json web/*.config.* -newer "$built" -print -quit; }
if [ -f "$built" ] && [ -z "$(newer)" ]; then
  exit 0
fi
say "building the pages (web/dist)"
npm --prefix web run --silent build

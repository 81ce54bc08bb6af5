#!/usr/bin/env bash
# Usage: npm-ci.sh FOLDER. Installs a folder's locked npm packages when its lock file changed since the last time.
. "$(dirname "$0")/lib.sh"
need_node

folder=$1
stamp=$folder/node_modules/.lock-installed
if cmp -s "$folder/package-lock.json" "$stamp"; then
  exit 0
fi
say "installing npm packages in $folder (npm ci)"
npm --prefix "$folder" ci --no-audit --no-fund --loglevel=error
cp "$folder/package-lock.json" "$stamp"

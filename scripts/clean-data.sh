#!/usr/bin/env bash
# Forgets everything that `make serve` stored.
. "$(dirname "$0")/lib.sh"
if [ -d data ]; then
  say "deleting $PWD/data"
  rm -rf data
else
  say "nothing to delete: $PWD/data does not exist"
fi

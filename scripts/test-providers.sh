#!/usr/bin/env bash
# Lets other people's clients talk to our stand-ins: what they understand is how the providers speak.
# Every tests/providers/<provider>_client.py gets the stand-in's line of JSON in the variable STAND_IN.
. "$(dirname "$0")/lib.sh"
need_rust
need_c_compiler
has python3 && python3 -c 'import ensurepip, venv' 2>/dev/null || install_debian python3-venv

venv="${CARGO_TARGET_DIR:-$PWD/target}/providers-venv"
wanted=tests/providers/requirements.txt
if ! cmp -s "$wanted" "$venv/installed.txt"; then
  say "installing the clients (pip)"
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
  cp "$wanted" "$venv/installed.txt"
fi

say "building the stand-ins"
cargo build --locked --workspace --bin trunkline-stand-ins
binary="${CARGO_TARGET_DIR:-$PWD/target}/debug/trunkline-stand-ins"

# The client that speaks to the Graph API's stand-in is named after its product.
stand_in_of() { case "$1" in whatsapp | messenger) echo graph ;; *) echo "$1" ;; esac; }

for client in tests/providers/*_client.py; do
  provider=$(basename "$client" _client.py)
  say "provider client: $provider"
  # The stand-in ends when its input does: when this shell closes it, or dies.
  coproc STAND { exec "$binary" "$(stand_in_of "$provider")" --listen 127.0.0.1:0; }
  pid=$STAND_PID
  read -r -t 30 line <&"${STAND[0]}" || die "the stand-in of $provider did not start"
  outcome=0
  STAND_IN="$line" timeout 300 "$venv/bin/python" "$client" || outcome=$?
  exec {STAND[1]}>&- || true
  wait "$pid" 2>/dev/null || true
  [ "$outcome" -eq 0 ] || die "the client of $provider failed"
done
say "provider clients: everything passed"

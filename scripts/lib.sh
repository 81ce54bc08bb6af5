# Sourced by the other scripts: strict mode, messages, and the presence of tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root, or fails when that would need somebody to type a password.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n -- "$@"; fi
}
can_be_root() { [ "$(id -u)" -eq 0 ] || { has sudo && sudo -n true 2>/dev/null; }; }

need_rust() {
  has cargo || die "Rust is missing. Install it from https://rustup.rs (or your distribution), then run this again."
}

need_node() {
  has node && has npm || die "Node.js 20.19 or newer with npm is missing. Install it from https://nodejs.org or your distribution, then run this again."
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    die "Node.js $(node --version) is too old: 20.19 or newer is needed."
}

# SQLite is C and is compiled into the daemon.
need_c_compiler() {
  has cc || has gcc || has clang || install_debian build-essential
}

# Leaves nothing running and nothing enabled: the tests start their own copies on free ports.
# --no-remove, because postfix would otherwise push out a mail server that the machine already uses.
install_debian() {
  has apt-get || die "missing: $*. These are Debian package names; install their equivalents, then run this again."
  can_be_root || die "missing Debian packages. Install them, then run this again: sudo apt-get install --no-install-recommends $*"
  say "installing with apt-get: $*"
  as_root bash -euo pipefail -s -- "$@" <<'ROOT'
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
case " $* " in *" postfix "*) echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections ;; esac
apt-get update -qq
apt-get install -y -qq --no-install-recommends --no-remove "$@" </dev/null
if [ -d /run/systemd/system ]; then
  for unit in postgresql dovecot postfix; do
    case " $* " in *" $unit"*) systemctl disable --quiet --now "$unit" || true ;; esac
  done
fi
ROOT
}

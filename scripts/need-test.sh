#!/usr/bin/env bash
# Installs the servers the tests run against: PostgreSQL 15+, Dovecot (IMAP, LMTP) and Postfix.
# Looks for the programs, not for packages, so that the second time costs nothing.
. "$(dirname "$0")/lib.sh"

postgres_is_new_enough() {
  local candidate version
  for candidate in "$(command -v postgres || true)" /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres; do
    [ -x "$candidate" ] || continue
    version=$("$candidate" --version | grep -oE '[0-9]+' | head -n 1)
    [ "$version" -ge 15 ] && return 0
  done
  return 1
}

# Server programs live outside an ordinary user's PATH.
program() { PATH="$PATH:/usr/sbin:/sbin:/usr/local/sbin" command -v "$1" >/dev/null 2>&1; }
dovecot_has() { compgen -G "/usr/lib*/dovecot/$1" >/dev/null || compgen -G "/usr/libexec/dovecot/$1" >/dev/null; }

missing=()
postgres_is_new_enough || missing+=(postgresql)
program dovecot && dovecot_has imap || missing+=(dovecot-imapd)
program dovecot && dovecot_has lmtp || missing+=(dovecot-lmtpd)
program postfix || missing+=(postfix)

if [ "${#missing[@]}" -gt 0 ]; then
  install_debian "${missing[@]}"
  postgres_is_new_enough || die "PostgreSQL 15 or newer is needed; this distribution installs an older one."
fi

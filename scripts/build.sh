# Makes the pages and the daemon, with what they need. Sourced by the scripts that start it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_rust
need_node
need_c_compiler

scripts/web.sh
say "building the daemon (the first time takes some minutes)"
cargo build

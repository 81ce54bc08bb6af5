#!/usr/bin/env bash
# Throws bytes at the translator of each channel, beginning with the payloads of its tests: scripts/fuzz.sh [seconds each, 60]
# [channel…]. What breaks one is kept in fuzz/artifacts.
. "$(dirname "$0")/lib.sh"
need_rust
need_c_compiler
seconds="${1:-60}"
channels=("${@:2}")
[ ${#channels[@]} -gt 0 ] || channels=(email messenger telegram vk web_chat whatsapp)

has cargo-fuzz || { say "installing cargo-fuzz"; cargo install --locked --quiet cargo-fuzz; }
for channel in "${channels[@]}"; do
  mkdir -p "fuzz/corpus/$channel"
  for payloads in "channels/$channel/tests/payloads" "channels/$channel/fixtures"; do
    [ ! -d "$payloads" ] || find "$payloads" -type f -exec cp -n {} "fuzz/corpus/$channel/" \;
  done
  say "$channel: $seconds seconds"
  # Without a sanitizer the stable compiler does; this code has no unsafe blocks to watch.
  cargo fuzz run --sanitizer none "$channel" -- -max_total_time="$seconds" -max_len=65536 -timeout=5 -rss_limit_mb=2048
done

#!/usr/bin/env bash
# Puts Debian's Chromium on a machine that has none; the browser tests look for it on the PATH.
set -euo pipefail

for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then
    echo "$name is here"
    exit 0
  fi
done

if ! command -v apt-get >/dev/null; then
  echo "there is no Chromium and no apt-get: install Chromium by hand" >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -qq --yes --no-install-recommends chromium

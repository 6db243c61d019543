#!/bin/bash
# The programs that the tests use beside Python: installed when they are missing and we may, named otherwise.
set -euo pipefail

# program:Debian packages (weechat-plugins is only recommended by weechat-headless, and has its fifo;
# PostgreSQL's own programs are not in the PATH, what starts them by hand is; slapd may not be either)
wanted=(systemd-analyze:systemd openssl:openssl nc:netcat-openbsd irssi:irssi
    curl:curl pg_ctlcluster:postgresql slapd:slapd "chromium:chromium fonts-noto-color-emoji"
    "weechat-headless:weechat-headless weechat-plugins")

packages=()
for pair in "${wanted[@]}"; do
    command -v "${pair%%:*}" >/dev/null || [ -x "/usr/sbin/${pair%%:*}" ] && continue
    read -ra needed <<<"${pair#*:}"
    packages+=("${needed[@]}")
done
if [ ${#packages[@]} -eq 0 ]; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    exec apt-get install -qq -y --no-install-recommends "${packages[@]}" </dev/null
fi
echo "The tests use programs that are not here. On Debian: sudo apt install ${packages[*]}" >&2
exit 1

#!/bin/sh
# make_venv.sh PYTHON DIRECTORY: a virtual environment, or a word on what is missing for it.
set -eu
python=$1 directory=$2

if ! command -v "$python" >/dev/null; then
    echo "There is no $python here. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "$("$python" --version) is too old: 3.11 or newer is needed. Name another: make PYTHON=python3.12" >&2
    exit 1
fi
# Debian and Ubuntu keep these two in a package of their own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ "${CI:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "python$version-venv"
    else
        echo "$python cannot make virtual environments. On Debian: sudo apt install python$version-venv" >&2
        exit 1
    fi
fi
rm -rf "$directory"
"$python" -m venv "$directory"

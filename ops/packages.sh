#!/bin/sh
# Installs what is missing outside Python, where apt-get and the rights for it are there.
#   packages.sh           what the tests need: Chromium with fonts, PostgreSQL, LibreOffice's Calc
#                         and its Python, Dovecot
#   packages.sh PYTHON    what a virtual environment of that Python needs
# Without them the shop still runs; the tests that need them say so and are skipped (CI: fail).
set -eu

missing=""
if [ $# -gt 0 ]; then
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
        echo "Inhands needs Python 3.11 or newer: install it, or say where: make PYTHON=/path/to/python3.11" >&2
        exit 1
    }
    "$1" -c 'import ensurepip' 2>/dev/null ||
        missing="$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
else
    command -v chromium >/dev/null || missing="$missing chromium fonts-liberation"
    command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ||
        missing="$missing postgresql-15"
    command -v soffice >/dev/null || missing="$missing libreoffice-calc-nogui"
    /usr/bin/python3 -c 'import uno' 2>/dev/null || missing="$missing python3-uno"
    command -v dovecot >/dev/null || [ -x /usr/sbin/dovecot ] ||
        missing="$missing dovecot-imapd dovecot-lmtpd"
fi
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
    as_root="sudo -n"
fi
if ! command -v apt-get >/dev/null || ! $as_root true 2>/dev/null; then
    echo "Not installed, and this account may not install it: $missing" >&2
    [ $# -eq 0 ] && exit 0
    exit 1
fi
echo "Installing $missing …"
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q"
if $apt update && $apt install -y --no-install-recommends $missing; then
    exit 0
fi
echo "apt-get could not install: $missing" >&2
[ $# -eq 0 ] || exit 1

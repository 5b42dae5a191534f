#!/bin/sh
# Installs what is missing outside Python, where apt-get and the rights for it are there.
#   packages.sh           what the tests need: Chromium with fonts, PostgreSQL, LibreOffice's Calc
#                         and its Python, Dovecot, CUPS's IPP printer, a C compiler for its shim
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
    # Papers: Pango lays out the text, harfbuzz-subset makes it ten times as fast, fonts for any script.
    ldconfig -p 2>/dev/null | grep -q libpango-1.0 || missing="$missing libpango-1.0-0 libpangoft2-1.0-0"
    ldconfig -p 2>/dev/null | grep -q libharfbuzz-subset || missing="$missing libharfbuzz-subset0"
    ls /usr/share/fonts/truetype/noto/NotoSansArabic* >/dev/null 2>&1 || missing="$missing fonts-noto-core"
    [ -e /usr/share/fonts-droid-fallback ] || ls /usr/share/fonts/opentype/noto/*CJK* >/dev/null 2>&1 ||
        missing="$missing fonts-droid-fallback"
    [ -x /usr/sbin/ippeveprinter ] || missing="$missing cups-ipp-utils"
    command -v gcc >/dev/null || missing="$missing gcc libc6-dev"
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

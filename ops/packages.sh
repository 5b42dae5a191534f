#!/bin/sh
# Installs what is missing outside Python, where apt-get and the rights for it are there.
#   packages.sh           what the tests need: Chromium with fonts, PostgreSQL, LibreOffice's Calc
#                         and its Python, Dovecot, CUPS's IPP printer, a C compiler for its shim
#   packages.sh PYTHON    what the shop needs: a virtual environment of that Python, Pango for papers
# Without them the shop still runs (it says that it makes no papers); the tests that need them say so
# and are skipped (CI: fail).
set -eu

missing="" needed=""
if [ $# -gt 0 ]; then
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
        echo "Inhands needs Python 3.11 or newer: install it, or say where: make PYTHON=/path/to/python3.11" >&2
        exit 1
    }
    "$1" -c 'import ensurepip' 2>/dev/null ||
        needed="$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
fi
# Papers: Pango lays out the text, harfbuzz-subset makes it ten times as fast, fonts for any script.
libraries="$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null || true)"
echo "$libraries" | grep -q libpango-1.0 || missing="$missing libpango-1.0-0 libpangoft2-1.0-0"
echo "$libraries" | grep -q libharfbuzz-subset || missing="$missing libharfbuzz-subset0"
ls /usr/share/fonts/truetype/noto/NotoSansArabic* >/dev/null 2>&1 || missing="$missing fonts-noto-core"
[ -e /usr/share/fonts-droid-fallback ] || ls /usr/share/fonts/opentype/noto/*CJK* >/dev/null 2>&1 ||
    missing="$missing fonts-droid-fallback"
if [ $# -eq 0 ]; then
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
missing="$needed$missing"
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
    as_root="sudo -n"
fi
if ! command -v apt-get >/dev/null || ! $as_root true 2>/dev/null; then
    echo "Not installed, and this account may not install it: $missing" >&2
    [ -z "$needed" ] && exit 0
    exit 1
fi
echo "Installing $missing …"
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q"
if $apt update && $apt install -y --no-install-recommends $missing; then
    exit 0
fi
echo "apt-get could not install: $missing" >&2
[ -z "$needed" ] || exit 1

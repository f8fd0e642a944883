#!/bin/sh
# Makes sure that the tests in a browser find Chromium and a Chinese font; says plainly when they cannot be had.
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null && exit 0
fi
echo "Chromium is not installed: the tests in a browser will be skipped (install the packages chromium and fonts-noto-cjk)." >&2
exit 0

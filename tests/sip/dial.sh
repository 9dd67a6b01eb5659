#!/bin/sh
# dial.sh - calls that the server makes, on loopback.
UAS_TEST=$PWD/tests/sip/uas_test
export UAS_TEST
cd "${srcdir:-.}" || exit 1
exec /usr/bin/python3 -B -m pytest -q -p no:cacheprovider tests/sip/test_dial.py

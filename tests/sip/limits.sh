#!/bin/sh
# limits.sh - what one call and one source may ask, on loopback.
UAS_TEST=$PWD/tests/sip/uas_test
export UAS_TEST
cd "${srcdir:-.}" || exit 1
exec /usr/bin/python3 -B -m pytest -q -p no:cacheprovider tests/sip/test_limits.py

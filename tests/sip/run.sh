#!/bin/sh
# run.sh - one of the scripts here against uas_test, on loopback: make check
# runs test_NAME.py with it.
UAS_TEST=$PWD/tests/sip/uas_test
export UAS_TEST
cd "${srcdir:-.}" || exit 1
exec /usr/bin/python3 -B -m pytest -q -p no:cacheprovider "tests/sip/${1##*/}"

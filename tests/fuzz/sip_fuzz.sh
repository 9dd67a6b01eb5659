#!/bin/sh
# sip_fuzz.sh - the short, fixed form of sip_fuzz.py.
UAS_TEST=$PWD/tests/sip/uas_test
export UAS_TEST
exec /usr/bin/python3 -B "${srcdir:-.}/tests/fuzz/sip_fuzz.py" 2000 1

#!/bin/sh
# brief.sh - the short form of script/bench quality, as a test: some seconds of
# each kind, in the same code, with the same goals. Skipped without recordings.
exec ./tests/quality/quality --brief

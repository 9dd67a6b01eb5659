#!/bin/sh
# layers.sh - holds the includes to DESIGN's list of who may include whom:
# nothing points up, Sofia stays in src/sip, GStreamer in src/files, libpq and
# SQL in src/db.
cd "${srcdir:-$(dirname "$0")/../..}" || exit 1
bad=0

# may FOLDER ALLOWED...: our own headers that files of FOLDER may include
may() {
	dir=$1
	shift
	found=$(grep -rnE '^#include "' --include='*.[ch]' "$dir" |
		sed -nE 's/^([^:]+:[0-9]+):#include "([^"]+)".*/\1 \2/p' |
		while read -r where what; do
			from=${where%%:*}
			# a header beside the file, or below it
			[ -e "$(dirname "$from")/$what" ] && continue
			ok=
			for a in "$@"; do
				case $what in "$a"*) ok=1 ;; esac
			done
			[ -n "$ok" ] || echo "$where: may not include $what"
		done)
	if [ -n "$found" ]; then
		printf '%s\n' "$found" >&2
		bad=1
	fi
}

# only PATTERN FOLDER WHAT: lines like PATTERN stand in FOLDER alone
only() {
	found=$(grep -rnE "$1" --include='*.[ch]' mixer src | grep -v "^$2/")
	if [ -n "$found" ]; then
		printf '%s\n%s stays in %s\n' "$found" "$3" "$2" >&2
		bad=1
	fi
}

may mixer dsp/ mixer/
may src/base
may src/config base/ mixer/codec.h
may src/sdp base/ mixer/codec.h
may src/db base/
may src/sip base/
may src/media base/ mixer/ sdp/
may src/files base/ mixer/
may src/call base/ mixer/ config/ sdp/ sip/ db/ media/ files/
may src/ctl base/ call/ config/ db/ media/

only '#include <(sofia-sip/|su_)' src/sip Sofia-SIP
only '#include <gst/' src/files GStreamer
only '#include <libpq|PQexec' src/db libpq
only '"(SELECT|INSERT INTO|UPDATE|DELETE FROM|LISTEN) ' src/db SQL

exit $bad

#!/bin/sh
# form.sh - lines of at most 100 columns, functions of at most 100 lines, files
# of at most 700; nothing that calls itself unfinished; no banned function.
# shellcheck disable=SC2086 # $files is a list of words
cd "${srcdir:-$(dirname "$0")/../..}" || exit 1
bad=0
files=$(find mixer src tests -name '*.[ch]')

say() {
	[ -z "$1" ] && return
	printf '%s:\n%s\n' "$2" "$1" >&2
	bad=1
}

# A tab counts to the next multiple of 8.
say "$(for f in $files; do
	expand "$f" | awk -v f="$f" 'length($0) > 100 { print f ":" NR ": " length($0) }'
done)" 'lines over 100 columns'

# A function: from a line that is "{" alone to the "}" in the first column.
say "$(awk 'FNR == 1 { start = 0 }
	/^\{/ { start = FNR }
	/^\}/ { if (start && FNR - start > 100)
			print FILENAME ":" start ": " FNR - start " lines"
		start = 0 }' $files)" 'functions over 100 lines'

say "$(wc -l $files | awk '$2 != "total" && $1 > 700 { print $2 ": " $1 }')" \
	'files over 700 lines'
say "$(grep -nwE 'TODO|FIXME|XXX|HACK' $files)" 'unfinished'
say "$(grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|gethostbyname|system)\(' \
	$files)" 'banned functions'
exit $bad

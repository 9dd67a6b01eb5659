#!/bin/sh
# Every shell script of ours passes shellcheck.
top=${srcdir:-.}
command -v shellcheck >/dev/null || exit 77
status=0
for f in "$top"/script/* "$top"/tests/lint/*.sh "$top"/.ci/run; do
	case $(head -n 1 "$f") in
	'#!/bin/sh'*|*bash*) shellcheck "$f" || status=1 ;;
	esac
done
exit $status

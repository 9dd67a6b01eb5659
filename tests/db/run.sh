#!/bin/sh
# run.sh - the tests of src/db against a real PostgreSQL: a private cluster in a
# temporary folder, started and stopped by script/pg.
top=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
tests=$(pwd)/tests/db
[ -x "$tests/test_db" ] || {
	echo "run.sh: run it from the build folder, by make check" >&2
	exit 1
}

dir=$(mktemp -d "${TMPDIR:-/tmp}/confab-db.XXXXXX") || exit 1
chmod 755 "$dir"
home=$dir/pg
# shellcheck disable=SC2317 # called by trap
cleanup() {
	# A test that died may have left it frozen.
	if pid=$("$top/script/pg" status "$home"); then
		pid=${pid##* }
		# shellcheck disable=SC2046 # several numbers
		kill -CONT "$pid" $(cat "/proc/$pid/task/$pid/children")
	fi
	"$top/script/pg" remove "$home"
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

CONFAB_TEST_URL=$("$top/script/pg" start "$home") || exit 1
export CONFAB_TEST_URL
export CONFAB_TEST_PG="$top/script/pg"
export CONFAB_TEST_HOME="$home"
export CONFAB_TEST_DIR="$dir"
export CONFAB_TEST_SQL="$top/sql"

bad=0
for t in test_migrate test_db test_profile test_records test_invite test_audit; do
	"$tests/$t" || bad=1
done
"$top/tests/db/docs.sh" "$top/docs/records.md" "$top/docs/rooms.md" || bad=1
exit $bad

#!/bin/sh
# docs.sh RECORDS ROOMS - runs every ```sql block of both documents against the
# test's database, and sees that the first names every column of the tables, and
# the second every option. Called by run.sh.
doc=$1
rooms=$2
bad=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

ask() {
	psql "$CONFAB_TEST_URL" -X -q -v ON_ERROR_STOP=1 "$@"
}

awk -v dir="$work" '/^```sql$/ { n++; inside = 1; next }
	/^```/ { inside = 0 }
	inside { print >(dir "/" sprintf("%02d", n) ".sql") }' "$doc" "$rooms"
n=0
for f in "$work"/*.sql; do
	n=$((n + 1))
	if ! ask -f "$f" >"$work/out" 2>&1; then
		echo "docs.sh: block $n:" >&2
		cat "$f" "$work/out" >&2
		bad=1
	fi
done
[ "$n" -ge 12 ] || { echo "docs.sh: only $n blocks" >&2; bad=1; }

# | `name` | type | default | ...: as the catalogue has it, in any order
sed -nE 's/^\| `([a-z_]+)` \| (boolean|integer|text) \| ([^|]*) \|.*/\1|\2|\3/p' \
	"$rooms" | tr -d '`' | sort >"$work/told"
ask -At -F '|' -c "SELECT name, type, CASE WHEN type <> 'boolean' THEN def
	WHEN def::boolean THEN 'yes' ELSE 'no' END FROM room_option" |
	sort >"$work/there"
diff "$work/told" "$work/there" >&2 || {
	echo "docs.sh: $rooms and room_option differ" >&2
	bad=1
}

for table in leg conference recording audit server_run; do
	# from the heading with the table's name to the next heading
	awk -v t="\`$table\`" '/^## / { on = index($0, t) } on' "$doc" \
		>"$work/section"
	for column in $(ask -At -c "SELECT column_name FROM
		information_schema.columns WHERE table_schema = 'public' AND
		table_name = '$table'"); do
		grep -q "\`$column\`" "$work/section" || {
			echo "docs.sh: $doc does not name $table.$column" >&2
			bad=1
		}
	done
	# and nothing that is not there
	for column in $(sed -n 's/^| \(`[^|]*\) |.*/\1/p' "$work/section" |
			tr -d '`,'); do
		[ "$(ask -At -c "SELECT count(*) FROM
			information_schema.columns WHERE table_schema =
			'public' AND table_name = '$table' AND
			column_name = '$column'")" = 1 ] || {
			echo "docs.sh: there is no $table.$column" >&2
			bad=1
		}
	done
done

# Tables and columns say what they are in the database as well.
bare=$(ask -At -c "SELECT c.relname || coalesce('.' || a.attname, '')
	FROM pg_class c
	LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
	WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
	AND obj_description(c.oid, 'pg_class') IS NULL
	UNION SELECT proname FROM pg_proc
	WHERE proname LIKE 'confab%' AND obj_description(oid, 'pg_proc') IS NULL")
[ -z "$bare" ] || { echo "docs.sh: without a comment: $bare" >&2; bad=1; }
[ "$bad" = 0 ] && echo "docs.sh: $n blocks run, all columns named"
exit $bad

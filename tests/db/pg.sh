#!/bin/sh
# pg.sh - script/pg: a cluster starts, is reused, stops, and comes back after a
# crash, in folders of every kind.
# shellcheck disable=SC2317 # functions are called by trap and by check
top=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
pg=$top/script/pg
work=$(mktemp -d "${TMPDIR:-/tmp}/confab-pg.XXXXXX") || exit 1
chmod 755 "$work"
bad=0

cleanup() {
	for d in "$work"/*/; do
		"$pg" remove "${d%/}"
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

check() {
	what=$1
	shift
	if "$@"; then
		echo "ok: $what"
	else
		echo "FAILED: $what" >&2
		bad=1
	fi
}

ask() {
	psql "$url" -X -At -c "$1"
}

# same A B
same() {
	[ "$1" = "$2" ] || {
		echo "\"$1\" is not \"$2\"" >&2
		return 1
	}
}

plain=$work/plain
check "no folder, no cluster" sh -c "! '$pg' url '$plain' 2>/dev/null"
url=$("$pg" start "$plain") || exit 1
check "status of a running one" "$pg" status "$plain"
check "its database is confab" same "$(ask 'SELECT current_database()')" confab
check "it does not listen on TCP" same "$(ask 'SHOW listen_addresses')" ""
check "it syncs" same "$(ask 'SHOW fsync')" on
check "the url is the same without a start" same "$("$pg" url "$plain")" "$url"
check "the socket's folder is closed to others" \
	same "$(stat -c %a "$plain/socket")" 700
ask 'CREATE TABLE t AS SELECT 42 AS x' >/dev/null
before=$("$pg" status "$plain")
check "a second start gives the same url" same "$("$pg" start "$plain")" "$url"
check "and leaves it running" same "$("$pg" status "$plain")" "$before"

# A crash: its number may belong to somebody else when it starts again.
pid=${before##* }
kill -9 "$pid"
while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
check "status after a crash" sh -c "! '$pg' status '$plain' >/dev/null"
sed -i "1s/.*/$$/" "$plain/data/postmaster.pid"
check "a stale pid of another process" sh -c "! '$pg' status '$plain' >/dev/null"
check "start after a crash" sh -c "'$pg' start '$plain' >/dev/null"
check "the data is there" same "$(ask 'SELECT x FROM t')" 42

# Two starts at once, of one that does not run.
"$pg" stop "$plain"
check "status after stop" sh -c "! '$pg' status '$plain' >/dev/null"
check "stop again" "$pg" stop "$plain"
"$pg" start "$plain" >/dev/null & a=$!
"$pg" start "$plain" >/dev/null & b=$!
wait $a; ra=$?
wait $b; rb=$?
check "two starts at once" same "$ra $rb" "0 0"
check "the data is still there" same "$(ask 'SELECT x FROM t')" 42
"$pg" stop "$plain"

# A path with blanks and quotes, too long for a socket.
long="$work/it's long $(printf %0120d 0)"
url=$("$pg" start "$long") || bad=1
check "a long path with blanks and a quote" same "$(ask 'SELECT 1')" 1
"$pg" stop "$long"

# A folder that user postgres cannot enter; for root alone.
if [ "$(id -u)" = 0 ]; then
	mkdir -m 700 "$work/closed"
	url=$("$pg" start "$work/closed" 2>"$work/said")
	check "a folder that postgres may not enter" same "$(ask 'SELECT 1')" 1
	check "it says where the database is" grep -q /var/lib/confab/ "$work/said"
	"$pg" stop "$work/closed"
	check "and is found there again" \
		sh -c "'$pg' start '$work/closed' >/dev/null"
fi

if [ "$(id -u)" = 0 ]; then
	there=$(readlink "$work/closed/data")
	check "remove" "$pg" remove "$work/closed"
	check "leaves nothing" test ! -e "$work/closed" -a ! -e "$there"
fi

# A first start that was killed half way leaves no half cluster.
mkdir -p "$work/half/data.new"
url=$("$pg" start "$work/half")
check "rubbish of a killed first start" same "$(ask 'SELECT 1')" 1

# What is not ours is said in one sentence.
mkdir -p "$work/other/data"
said=$("$pg" start "$work/other" 2>&1)
check "a data folder that is none" same "$? $(echo "$said" | wc -l)" "1 1"
check "which is not removed either" \
	sh -c "! '$pg' remove '$work/other' 2>/dev/null && test -d '$work/other/data'"
rm -rf "$work/other"
touch "$plain/mine"
check "remove of a plain one" "$pg" remove "$plain"
check "leaves what is not its own" same "$(ls -A "$plain")" mine
rm -rf "$plain"
exit $bad

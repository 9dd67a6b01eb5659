#!/bin/sh
# docs.sh - a page for people names nothing that is not there: every `name`,
# `file.c` and `folder/` in docs/tour.md and docs/threads.md, every path that
# README names, every option in conf/confab.conf.sample that README mentions,
# every test and option that docs/security.md names. Every page and every
# migration is in the tarball.
cd "${srcdir:-$(dirname "$0")/../..}" || exit 1
bad=0

missing() {
	echo "$1 names $2, which is not there" >&2
	bad=1
}

for page in docs/tour.md docs/threads.md; do
	# shellcheck disable=SC2016 # the backquotes are Markdown's
	words=$(grep -oE '`[a-z_/]+(\.[ch])?`' "$page" | tr -d '`' | sort -u)
	for word in $words; do
		case $word in
		*.[ch]) find src mixer -path "*/$word" -o -path "$word" |
			grep -q . || missing "$page" "$word" ;;
		*/) [ -d "$word" ] || missing "$page" "$word" ;;
		*) grep -rqw "$word" src mixer || missing "$page" "$word" ;;
		esac
	done
done
# shellcheck disable=SC2016 # the backquotes are Markdown's
names=$(grep -oE '`[a-z]+_[a-z0-9A-Z_]+`' docs/security.md | tr -d '`' | sort -u)
for name in $names; do
	grep -rqw "$name" tests || missing docs/security.md "$name"
done
# shellcheck disable=SC2016
options=$(grep -oE '`[a-z]+\.[a-z_]+' docs/security.md | tr -d '`' | sort -u)
for option in $options; do
	grep -qE "^#?${option#*.} = " conf/confab.conf.sample ||
		missing docs/security.md "$option"
done
paths=$(grep -oE '\b(src|mixer|docs|sql|conf|script|tests)/[A-Za-z_./]*[A-Za-z_/]' README)
for path in $paths; do
	[ -e "$path" ] || missing README "$path"
done
for page in docs/*.md; do
	grep -q "$page" Makefile.am || {
		echo "Makefile.am does not name $page" >&2
		bad=1
	}
done
# Every long option has its place in the man page.
for pair in src/main.c:docs/confabd.8 src/ctl/confabctl.c:docs/confabctl.1.in; do
	page=${pair#*:}
	options=$(sed -nE 's/^\t+\{ "([a-z-]+)", (no|required)_argument.*/\1/p' "${pair%:*}")
	[ -n "$options" ] || { echo "no options in ${pair%:*}" >&2; bad=1; }
	for option in $options; do
		sed 's,[\],,g' "$page" | grep -q -e "--$option" || {
			echo "$page does not name --$option" >&2
			bad=1
		}
	done
done
# Migrations are numbered one by one, and all of them are in the tarball.
n=0
for file in sql/[0-9]*.sql; do
	n=$((n + 1))
	case $file in
	sql/$(printf '%04d' $n)_*) ;;
	*) echo "$file is not number $n" >&2; bad=1 ;;
	esac
	grep -q "$file" src/db/module.am || {
		echo "src/db/module.am does not name $file" >&2
		bad=1
	}
done
# What keys may do is the same in the code and in the database.
code=$(sed -nE 's/^\t(ACTION|ADMIN)\("([a-z_]+)".*/\2/p; s/^\t\{ "([a-z_]+)", NULL, .*/\1/p' \
	src/call/member_menu.c | sort)
table=$(cat sql/[0-9]*.sql |
	sed -nE "/^INSERT INTO menu_action/,/;$/s/^\('([a-z_]+)'.*/\1/p" | sort)
if [ -z "$code" ] || [ "$code" != "$table" ]; then
	echo "src/call/member_menu.c and table menu_action have other actions" >&2
	bad=1
fi
exit $bad

/* show.c - see show.h. Knows nothing of what it shows: the order of keys and
 * columns is the answer's own. */
#include "show.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"

enum {
	CELL_MAX = 256, /* bytes of a value, the NUL included */
	COLUMNS_MAX = 32
};

static bool is_tail(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Control characters, those of C1 (U+0080 to U+009F) too, become '?': names of
 * callers must not drive the terminal. jansson's strings are valid UTF-8. */
static void tame(char *s)
{
	for (; *s; s++) {
		if (iscntrl((unsigned char)*s))
			*s = '?';
		else if (s[0] == '\xc2' && (unsigned char)s[1] < 0xa0)
			s[0] = s[1] = '?';
	}
}

/* Cut at a whole character. */
static void copy_text(char out[static CELL_MAX], const char *s)
{
	size_t n = CELL_MAX - 1;

	if (!str_copy(out, CELL_MAX, s)) {
		while (n && is_tail(s[n]))
			n--;
		out[n] = '\0';
	}
	tame(out);
}

static void cell(const json_t *v, char out[static CELL_MAX])
{
	char item[CELL_MAX];
	struct strbuf sb;
	const json_t *e;
	size_t i;

	strbuf_init(&sb, out, CELL_MAX);
	if (!v)
		return;
	switch (json_typeof(v)) {
	case JSON_STRING:
		copy_text(out, json_string_value(v));
		break;
	case JSON_INTEGER:
		strbuf_add(&sb, "%lld", (long long)json_integer_value(v));
		break;
	case JSON_REAL:
		strbuf_add(&sb, "%.1f", json_real_value(v));
		break;
	case JSON_TRUE:
		strbuf_add(&sb, "yes");
		break;
	case JSON_FALSE:
		strbuf_add(&sb, "no");
		break;
	case JSON_ARRAY:
		json_array_foreach(v, i, e) {
			cell(e, item);
			strbuf_add(&sb, "%s%s", i ? "," : "", item);
		}
		break;
	default:
		break;
	}
}

/* Characters, not bytes; wide ones count as one. */
static int width(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += !is_tail(*s);
	return n;
}

static void pad(FILE *f, const char *s, int to, bool right)
{
	const int gap = to > width(s) ? to - width(s) : 0;

	if (right)
		fprintf(f, "%*s%s", gap, "", s);
	else
		fprintf(f, "%s%*s", s, gap, "");
}

/* ---- tables ------------------------------------------------------------- */

struct column {
	const char *key;
	int width;
	bool right;             /* numbers */
};

static int find_columns(const json_t *rows, struct column col[static COLUMNS_MAX])
{
	char text[CELL_MAX];
	const char *key;
	json_t *row, *v;
	size_t i;
	int n = 0;

	json_object_foreach(json_array_get(rows, 0), key, v)
		if (n < COLUMNS_MAX)
			col[n++] = (struct column){ key, width(key), json_is_number(v) };
	json_array_foreach(rows, i, row)
		for (int k = 0; k < n; k++) {
			cell(json_object_get(row, col[k].key), text);
			if (width(text) > col[k].width)
				col[k].width = width(text);
		}
	return n;
}

/* No cell is empty and the last one not padded: lines can be cut at blanks by
 * scripts, as long as names have none. */
static void put_row(FILE *f, const json_t *row, const struct column *col, int n)
{
	char text[CELL_MAX];

	for (int k = 0; k < n; k++) {
		if (row)
			cell(json_object_get(row, col[k].key), text);
		else
			str_copy(text, sizeof(text), col[k].key);
		if (!*text)
			str_copy(text, sizeof(text), "-");
		for (char *c = text; !row && *c; c++)
			*c = (char)toupper((unsigned char)*c);
		pad(f, text, k == n - 1 && !col[k].right ? 0 : col[k].width,
		    col[k].right);
		fputs(k == n - 1 ? "\n" : "  ", f);
	}
}

static void show_table(FILE *f, const json_t *rows)
{
	struct column col[COLUMNS_MAX];
	json_t *row;
	size_t i;
	int n;

	n = find_columns(rows, col);
	put_row(f, NULL, col, n);
	json_array_foreach(rows, i, row)
		put_row(f, row, col, n);
}

/* ---- everything else ---------------------------------------------------- */

static bool is_table(const json_t *v)
{
	return json_is_object(json_array_get(v, 0));
}

static void show_lines(FILE *f, const json_t *obj, int indent)
{
	char text[CELL_MAX];
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)obj, key, v) {
		if (is_table(v))
			continue;
		fprintf(f, "%*s%s:", indent, "", key);
		if (json_is_object(v)) {
			fputs("\n", f);
			show_lines(f, v, indent + 2);
			continue;
		}
		cell(v, text);
		if (json_is_array(v) && !*text)
			str_copy(text, sizeof(text), "none");
		fprintf(f, *text ? " %s\n" : "\n", text);
	}
}

void show(FILE *f, const json_t *result)
{
	const char *key;
	json_t *v;

	show_lines(f, result, 0);
	json_object_foreach((json_t *)(uintptr_t)result, key, v)
		if (is_table(v))
			show_table(f, v);
}

/* print.c - the table as a sample file and as a page of documentation. */
#include <string.h>

#include "option.h"

enum { COLUMNS = 78 };

/** Writes text in lines of COLUMNS, each begun with prefix. */
static void print_wrapped(FILE *f, const char *prefix, const char *text)
{
	size_t at = 0;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (at && at + 1 + len > COLUMNS) {
			fputc('\n', f);
			at = 0;
		}
		at += (size_t)fprintf(f, "%s%.*s", at ? " " : prefix, (int)len, text);
		text += len + !!text[len];
	}
	fputc('\n', f);
}

/** The doc and, where it says more than the type, the range. */
static void describe(const struct option *o, struct strbuf *sb)
{
	char range[128];
	struct strbuf r;

	strbuf_init(&r, range, sizeof(range));
	option_print_range(o, &r);
	strbuf_add(sb, "%s", o->doc);
	if (o->type != OPTION_TEXT)
		strbuf_add(sb, " (%s)", range);
}

static bool is_new_section(unsigned i)
{
	return i == 0 || strcmp(option_nth(i)->section,
				option_nth(i - 1)->section) != 0;
}

void config_print_sample(FILE *f)
{
	const struct option *o;

	print_wrapped(f, "# ",
		"Confab's settings, all of them, each with its default. Take the # "
		"away to change one; confabd --check-config says what is wrong with "
		"a file. A line that begins with # or ; is a comment, and so is what "
		"follows a blank and a ; in any line.");
	for (unsigned i = 0; (o = option_nth(i)); i++) {
		char text[512];
		struct strbuf sb;

		if (is_new_section(i))
			fprintf(f, "\n[%s]\n", o->section);
		strbuf_init(&sb, text, sizeof(text));
		describe(o, &sb);
		fputc('\n', f);
		print_wrapped(f, "# ", text);
		fprintf(f, "#%s =%s%s\n", o->key, *o->value ? " " : "", o->value);
	}
}

void config_print_doc(FILE *f)
{
	const struct option *o;

	fputs("# Settings\n\n", f);
	print_wrapped(f, "",
		"This page is made from the table in src/config/table.c, as is "
		"conf/confab.conf.sample. The file has sections and lines of KEY = "
		"VALUE; an unknown section or key, a bad value, or a key set twice is "
		"an error that names file, line and reason, and confabd does not "
		"start. On the command line the same options are written "
		"SECTION.KEY=VALUE.");
	for (unsigned i = 0; (o = option_nth(i)); i++) {
		char range[128];
		struct strbuf sb;

		if (is_new_section(i))
			fprintf(f, "\n## [%s]\n\n| key | default | value | what |\n"
				"| --- | --- | --- | --- |\n", o->section);
		strbuf_init(&sb, range, sizeof(range));
		option_print_range(o, &sb);
		fprintf(f, "| %s | %s%s%s | %s | %s |\n", o->key,
			*o->value ? "`" : "", o->value, *o->value ? "`" : "", range,
			o->doc);
	}
}

/* config.c - defaults, file, environment and command line into one struct. */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "option.h"

enum { LINE_BYTES = 1024, OPTIONS_MAX = 128 };

void config_init(struct config *cfg)
{
	const struct option *o;
	struct config_error err;
	struct strbuf why;

	memset(cfg, 0, sizeof(*cfg));
	strbuf_init(&why, err.text, sizeof(err.text));
	for (unsigned i = 0; (o = option_nth(i)); i++) {
		int rc = option_set(o, cfg, o->value, &why);

		assert(rc == 0 && "a default is of its own type");
		(void)rc;
	}
}

/* ---- a file ------------------------------------------------------------ */

/** What reading a file needs; handed through libinih. */
struct reader {
	struct config *cfg;
	const char *path;
	FILE *file;
	int line;                       /* last one read, from 1 */
	int set_in[OPTIONS_MAX];        /* line that set option i, 0: none */
	struct config_error *err;
	int failed;                     /* line of the error in *err, 0: none */
};

static void begin_error(struct reader *r, struct strbuf *sb, int line)
{
	r->failed = line;
	strbuf_init(sb, r->err->text, sizeof(r->err->text));
	strbuf_add(sb, "%.256s:%d: ", r->path, line);
}

/** A section's line, as libinih sees no section that is empty. */
static void check_section(struct reader *r, const char *line)
{
	char name[64];
	struct strbuf sb;

	line += strspn(line, " \t");
	if (*line != '[' || !strchr(line, ']'))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(line + 1, "]"), line + 1);
	if (option_has_section(name))
		return;
	begin_error(r, &sb, r->line);
	option_explain_unknown(name, "", &sb);
}

/** An ini_reader: the next line; the end after the first error. */
static char *next_line(char *buf, int size, void *stream)
{
	struct reader *r = stream;
	struct strbuf sb;

	if (r->failed || !fgets(buf, size, r->file))
		return NULL;
	r->line++;
	if (!strchr(buf, '\n') && !feof(r->file)) {
		begin_error(r, &sb, r->line);
		strbuf_add(&sb, "longer than %d bytes, or a NUL in it", size - 2);
		return NULL;
	}
	check_section(r, buf);
	return r->failed ? NULL : buf;
}

/** An ini_handler: one KEY = VALUE. 1 to go on, 0 for an error. */
static int set_one(void *user, const char *section, const char *key,
		   const char *value)
{
	struct reader *r = user;
	const struct option *o = option_find(section, key);
	unsigned i = 0;
	struct strbuf sb;

	begin_error(r, &sb, r->line);
	if (!*section) {
		strbuf_add(&sb, "%.64s stands before the first [section]", key);
		return 0;
	}
	if (!o) {
		option_explain_unknown(section, key, &sb);
		return 0;
	}
	while (option_nth(i) != o)
		i++;
	if (r->set_in[i]) {
		strbuf_add(&sb, "%s.%s is set in line %d already", section, key,
			   r->set_in[i]);
		return 0;
	}
	if (option_set(o, r->cfg, value, &sb))
		return 0;
	r->set_in[i] = r->line;
	r->failed = 0;
	return 1;
}

/** Runs libinih, whose settings are globals: set for this call only. */
static int run_inih(struct reader *r)
{
	bool multiline = ini_allow_multiline;
	int max_line = ini_max_line, rc;

	ini_allow_multiline = false;    /* a blank before a key means nothing */
	ini_max_line = LINE_BYTES;
	rc = ini_parse_stream(next_line, r, set_one, r);
	ini_allow_multiline = multiline;
	ini_max_line = max_line;
	return rc;
}

static int os_error(struct config_error *err, const char *path, int code)
{
	snprintf(err->text, sizeof(err->text), "%.256s: %s", path, strerror(code));
	return -code;
}

static int read_file(struct config *cfg, const char *path,
		     struct config_error *err)
{
	struct reader r = { .cfg = cfg, .path = path, .err = err };
	struct strbuf sb;
	int rc, code;

	r.file = fopen(path, "re");
	if (!r.file)
		return os_error(err, path, errno);
	errno = 0;
	rc = run_inih(&r);
	code = ferror(r.file) ? errno : 0;
	fclose(r.file);
	if (code)
		return os_error(err, path, code);
	if (rc > 0 && (!r.failed || rc < r.failed)) {
		begin_error(&r, &sb, rc);
		strbuf_add(&sb, "neither [section] nor KEY = VALUE");
	}
	return r.failed ? -EINVAL : 0;
}

static int read_environment(struct config *cfg, struct config_error *err)
{
	const char *url = getenv("CONFAB_DATABASE");
	struct strbuf sb;

	if (!url || !*url)
		return 0;
	strbuf_init(&sb, err->text, sizeof(err->text));
	strbuf_add(&sb, "CONFAB_DATABASE: ");
	return option_set(option_find("database", "url"), cfg, url, &sb);
}

int config_read(struct config *cfg, const char *path, struct config_error *err)
{
	struct config next;
	int rc = 0;

	assert(!option_nth(OPTIONS_MAX));
	config_init(&next);
	if (path)
		rc = read_file(&next, path, err);
	if (!rc)
		rc = read_environment(&next, err);
	if (!rc)
		*cfg = next;
	return rc;
}

/* ---- the command line -------------------------------------------------- */

int config_set(struct config *cfg, const char *assignment,
	       struct config_error *err)
{
	char section[64], key[64];
	const struct option *o;
	size_t dot = strcspn(assignment, ".="), equals = strcspn(assignment, "=");
	struct strbuf sb;

	strbuf_init(&sb, err->text, sizeof(err->text));
	if (dot >= equals || !assignment[equals] || dot >= sizeof(section) ||
	    equals - dot > sizeof(key)) {
		strbuf_add(&sb, "'%.64s' is not SECTION.KEY=VALUE", assignment);
		return -EINVAL;
	}
	snprintf(section, sizeof(section), "%.*s", (int)dot, assignment);
	snprintf(key, sizeof(key), "%.*s", (int)(equals - dot - 1),
		 assignment + dot + 1);
	o = option_find(section, key);
	if (!o) {
		option_explain_unknown(section, key, &sb);
		return -EINVAL;
	}
	return option_set(o, cfg, assignment + equals + 1, &sb);
}

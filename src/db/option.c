/* option.c - see option.h */
#include "option.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

enum type { BOOL, U32, RATE, ECHO, CONSENT, DETECT, TEXT };

static const struct option {
	const char *name;
	enum type type;
	enum db_option_whose whose;
	size_t at;
	uint32_t min, max;              /* TEXT: max is its longest */
} options[DB_OPTION__MAX] = {
#define ROW(name, type, whose, min, max) \
	{ #name, type, DB_OPTION_##whose, offsetof(struct db_room, name), min, max },
	DB_OPTIONS(ROW)
#undef ROW
};

enum db_option_id db_option_find(const char *name)
{
	int id = 0;

	while (id < DB_OPTION__MAX && strcasecmp(options[id].name, name) != 0)
		id++;
	return (enum db_option_id)id;
}

const char *db_option_name(enum db_option_id id)
{
	return options[id].name;
}

enum db_option_whose db_option_whose(enum db_option_id id)
{
	return options[id].whose;
}

/* PostgreSQL says t and f. */
static int parse_bool(const char *text, bool *v)
{
	static const char *const words[][2] = {
		{ "no", "yes" }, { "false", "true" }, { "off", "on" },
		{ "0", "1" }, { "f", "t" }, { "no", "" }
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (int on = 0; on < 2; on++)
			if (strcasecmp(text, words[i][on]) == 0) {
				*v = on;
				return 0;
			}
	return -EINVAL;
}

static int parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *v)
{
	uint64_t n;

	if (str_u64(text, strlen(text), max, &n) < 0 || n < min)
		return -EINVAL;
	*v = (uint32_t)n;
	return 0;
}

static int parse_rate(const char *text, uint32_t *v)
{
	uint32_t hz;

	if (parse_u32(text, 8000, 48000, &hz) < 0 ||
	    (hz != 8000 && hz != 16000 && hz != 24000 && hz != 48000))
		return -EINVAL;
	*v = hz;
	return 0;
}

/* Its place among the words. */
static int find_word(const char *const words[], int n, const char *text)
{
	for (int i = 0; i < n; i++)
		if (strcasecmp(text, words[i]) == 0)
			return i;
	return -EINVAL;
}

static int parse_echo(const char *text, enum db_echo *v)
{
	static const char *const words[] = {
		[DB_ECHO_SERVER] = "", [DB_ECHO_AUTO] = "auto",
		[DB_ECHO_OFF] = "off"
	};
	const int i = find_word(words, sizeof(words) / sizeof(words[0]), text);

	if (i < 0)
		return i;
	*v = (enum db_echo)i;
	return 0;
}

static int parse_consent(const char *text, enum db_consent *v)
{
	static const char *const words[] = {
		[DB_CONSENT_ANNOUNCE] = "announce", [DB_CONSENT_OFF] = "off",
		[DB_CONSENT_ASK] = "ask"
	};
	const int i = find_word(words, sizeof(words) / sizeof(words[0]), text);

	if (i < 0)
		return i;
	*v = (enum db_consent)i;
	return 0;
}

static int parse_detect(const char *text, enum db_detect *v)
{
	static const char *const words[] = {
		[DB_DETECT_OFF] = "off", [DB_DETECT_TELL] = "tell",
		[DB_DETECT_MUTE] = "mute"
	};
	const int i = find_word(words, sizeof(words) / sizeof(words[0]), text);

	if (i < 0)
		return i;
	*v = (enum db_detect)i;
	return 0;
}

int db_option_set(struct db_room *room, enum db_option_id id, const char *text)
{
	const struct option *o = &options[id];
	void *to = (char *)room + o->at;

	switch (o->type) {
	case BOOL:
		return parse_bool(text, to);
	case U32:
		return parse_u32(text, o->min, o->max, to);
	case RATE:
		return parse_rate(text, to);
	case ECHO:
		return parse_echo(text, to);
	case CONSENT:
		return parse_consent(text, to);
	case DETECT:
		return parse_detect(text, to);
	case TEXT:
		if (strlen(text) > o->max)
			return -EINVAL;
		str_copy(to, o->max + 1, text);
		return 0;
	}
	return -EINVAL;
}

bool db_option_is_allowed(const struct db_room *room, enum db_option_id id)
{
	const char *name = options[id].name;
	const char *p = room->call_options;

	if (id == DB_OPTION_call_options || id == DB_OPTION_music_on_hold_class ||
	    id == DB_OPTION_perpetual_sound)
		return false;
	if (strcmp(p, "*") == 0)
		return true;
	while (*p) {
		const size_t len = strcspn(p, ",");

		if (len == strlen(name) && strncmp(p, name, len) == 0)
			return true;
		p += len + (p[len] == ',');
	}
	return false;
}

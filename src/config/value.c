/* value.c - the types of options: reading a value, saying what is allowed. */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "option.h"

static bool is_printable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

/** Zeroes behind the text make equal configs equal in memory. */
static void put_text(const struct option *o, void *field, const char *value)
{
	memset(field, 0, o->size);
	str_copy(field, o->size, value);
}

static int set_text(const struct option *o, void *field, const char *value,
		    struct strbuf *why)
{
	if (strlen(value) >= o->size) {
		strbuf_add(why, "longer than %zu bytes", o->size - 1);
		return -EINVAL;
	}
	if (!is_printable(value)) {
		strbuf_add(why, "has a control character in it");
		return -EINVAL;
	}
	put_text(o, field, value);
	return 0;
}

static int set_bool(void *field, const char *value)
{
	static const char *const words[][2] = {
		{ "no", "yes" }, { "off", "on" }, { "false", "true" }, { "0", "1" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (int v = 0; v < 2; v++)
			if (strcasecmp(value, words[i][v]) == 0) {
				*(bool *)field = v;
				return 0;
			}
	return -EINVAL;
}

static int set_number(const struct option *o, void *field, const char *value)
{
	uint64_t v;

	if (str_u64(value, strlen(value), UINT32_MAX, &v) || v < o->min ||
	    v > o->max)
		return -EINVAL;
	if (o->size == sizeof(uint16_t))
		*(uint16_t *)field = (uint16_t)v;
	else
		*(uint32_t *)field = (uint32_t)v;
	return 0;
}

static int set_word(const struct option *o, void *field, const char *value)
{
	for (unsigned i = 0; o->words[i]; i++)
		if (strcasecmp(value, o->words[i]) == 0) {
			*(unsigned *)field = i;
			return 0;
		}
	return -EINVAL;
}

static bool is_ip(const char *text)
{
	union addr a;

	return addr_parse(&a, text, 0) == 0;
}

static int set_ip(const struct option *o, void *field, const char *value)
{
	if (*value && !is_ip(value))
		return -EINVAL;
	put_text(o, field, value);
	return 0;
}

static int set_ips(struct config *cfg, const char *value, struct strbuf *why)
{
	char list[CONFIG_BINDS_MAX][sizeof(cfg->sip.bind[0])] = { 0 };
	unsigned n = 0;

	while (*value) {
		size_t len = strcspn(value, ", \t");

		if (len && n == CONFIG_BINDS_MAX) {
			strbuf_add(why, "more than %d addresses", CONFIG_BINDS_MAX);
			return -EINVAL;
		}
		if (len >= sizeof(list[0]))
			return -EINVAL;
		if (len) {
			memcpy(list[n], value, len);
			if (!is_ip(list[n++]))
				return -EINVAL;
		}
		value += len + !!value[len];
	}
	memcpy(cfg->sip.bind, list, sizeof(list));
	cfg->sip.n_bind = n;
	return 0;
}

static int set(const struct option *o, struct config *cfg, const char *value,
	       struct strbuf *why)
{
	void *field = (char *)cfg + o->offset;

	switch (o->type) {
	case OPTION_TEXT:
		return set_text(o, field, value, why);
	case OPTION_BOOL:
		return set_bool(field, value);
	case OPTION_NUMBER:
		return set_number(o, field, value);
	case OPTION_WORD:
		return set_word(o, field, value);
	case OPTION_IP:
		return set_ip(o, field, value);
	case OPTION_IPS:
		return set_ips(cfg, value, why);
	}
	assert(0 && "every type has a reader");
	return -EINVAL;
}

int option_set(const struct option *o, struct config *cfg, const char *value,
	       struct strbuf *why)
{
	char special[128];
	struct strbuf sb;
	int rc;

	strbuf_init(&sb, special, sizeof(special));
	rc = set(o, cfg, value, &sb);
	if (!rc)
		return 0;
	strbuf_add(why, "%s.%s: ", o->section, o->key);
	if (sb.len) {
		strbuf_add(why, "%s", special);
	} else {
		strbuf_add(why, "'%.64s' is not ", value);
		option_print_range(o, why);
	}
	return rc;
}

static void print_words(const struct option *o, struct strbuf *sb)
{
	for (unsigned i = 0; o->words[i]; i++)
		strbuf_add(sb, "%s%s", i == 0 ? "" : o->words[i + 1] ? ", " : " or ",
			   o->words[i]);
}

void option_print_range(const struct option *o, struct strbuf *sb)
{
	switch (o->type) {
	case OPTION_TEXT:
		strbuf_add(sb, "a text of up to %zu bytes", o->size - 1);
		break;
	case OPTION_BOOL:
		strbuf_add(sb, "yes or no");
		break;
	case OPTION_NUMBER:
		strbuf_add(sb, "a number from %lu to %lu", (unsigned long)o->min,
			   (unsigned long)o->max);
		break;
	case OPTION_WORD:
		print_words(o, sb);
		break;
	case OPTION_IP:
		strbuf_add(sb, "an IP address");
		break;
	case OPTION_IPS:
		strbuf_add(sb, "a list of IP addresses, up to %d, by comma",
			   CONFIG_BINDS_MAX);
		break;
	}
}

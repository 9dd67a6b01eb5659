/* option.h - one option of the table, and its types; for this folder. */
#ifndef CONFIG_OPTION_H
#define CONFIG_OPTION_H

#include "base/str.h"
#include "config.h"

enum option_type {
	OPTION_TEXT,                    /* char[size] */
	OPTION_BOOL,                    /* bool */
	OPTION_NUMBER,                  /* uint16_t or uint32_t, min to max */
	OPTION_WORD,                    /* enum: the place in words[] */
	OPTION_IP,                      /* char[size], an IP address or "" */
	OPTION_IPS                      /* sip.bind and sip.n_bind */
};

struct option {
	const char *section, *key;
	enum option_type type;
	size_t offset, size;            /* in struct config */
	uint32_t min, max;
	const char *const *words;       /* ends with NULL */
	const char *value;              /* the default, as in a file */
	const char *doc;                /* whole sentences */
};

/** Option i in the order of the sample file, NULL past the last. */
const struct option *option_nth(unsigned i);
const struct option *option_find(const char *section, const char *key);
bool option_has_section(const char *section);

/** Sets one option in *cfg. 0, or -EINVAL with the reason added to why. */
int option_set(const struct option *o, struct config *cfg, const char *value,
	       struct strbuf *why);
/** Says what values there are: "1 to 65535", "yes or no". */
void option_print_range(const struct option *o, struct strbuf *sb);

/** Says why there is no such option, and which one may have been meant. */
void option_explain_unknown(const char *section, const char *key,
			    struct strbuf *why);

#endif

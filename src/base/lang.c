/* lang.c - see lang.h */
#include "lang.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const char *const codes[LANG__MAX] = {
	[LANG_EN] = "en", [LANG_FR] = "fr", [LANG_ES] = "es", [LANG_IT] = "it",
	[LANG_RU] = "ru"
};

static const char between[] = ", \t";

const char *lang_code(enum lang lang)
{
	return codes[lang];
}

enum lang lang_find(const char *tag, size_t len)
{
	int i = 0;

	if (len >= 2 && (len == 2 || tag[2] == '-' || tag[2] == '_'))
		while (i < LANG__MAX && strncasecmp(tag, codes[i], 2) != 0)
			i++;
	else
		i = LANG__MAX;
	return (enum lang)i;
}

/* The next entry of a list, *list behind it; NULL: there is none. */
static const char *next(const char **list, size_t *len)
{
	const char *tag = *list + strspn(*list, between);

	*len = strcspn(tag, between);
	*list = tag + *len;
	return *len ? tag : NULL;
}

enum lang lang_choose(const char *list, unsigned allowed)
{
	const char *tag;
	size_t len;

	while (list && (tag = next(&list, &len))) {
		const enum lang lang = lang_find(tag, len);

		if (lang != LANG__MAX && (allowed & 1u << lang))
			return lang;
	}
	return LANG__MAX;
}

int lang_set(const char *list)
{
	const char *tag;
	int set = 0;
	size_t len;

	while ((tag = next(&list, &len))) {
		const enum lang lang = lang_find(tag, len);

		if (lang == LANG__MAX)
			return -EINVAL;
		set |= 1 << lang;
	}
	return set ? set : -EINVAL;
}

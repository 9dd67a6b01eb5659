/*
 * lang.h - the languages that callers are spoken to in, by the tags that
 * settings, addresses and SIP give (RFC 5646). Pure.
 */
#ifndef LANG_H
#define LANG_H

#include <stddef.h>

enum lang { LANG_EN, LANG_FR, LANG_ES, LANG_IT, LANG_RU, LANG__MAX };

enum { LANG_CODE_MAX = 4 };

/** "en" */
const char *lang_code(enum lang lang);
/** The language of a tag of len bytes, "fr" or "fr-CA" in any case;
 *  LANG__MAX: none of ours. */
enum lang lang_find(const char *tag, size_t len);
/** The first language of a list (NULL: none) of tags with commas or blanks between them that
 *  is one of allowed (bits, 1 << lang); LANG__MAX: none is. */
enum lang lang_choose(const char *list, unsigned allowed);
/** All of ours in such a list, as bits. -EINVAL: an entry is none of ours, or
 *  there is none at all. */
int lang_set(const char *list);

#endif

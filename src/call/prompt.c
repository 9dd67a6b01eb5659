/* prompt.c - the table of prompts. */
#include "prompt.h"

#include <assert.h>
#include <string.h>

#define ES (1u << LANG_ES)
#define FR (1u << LANG_FR)
#define IT (1u << LANG_IT)
#define ALL (~0u)
#define PROMPT_ROW(id, file) { file, ALL },
#define PROMPT_ROW_SOME(id, file, langs) { file, langs },
static const struct row {
	const char *file;
	unsigned langs;
} rows[] = {
	{ "", 0 }, PROMPTS(PROMPT_ROW) PROMPTS_OF_SOME(PROMPT_ROW_SOME)
};
#undef PROMPT_ROW
#undef PROMPT_ROW_SOME

const char *prompt_file(enum prompt p)
{
	assert(p < PROMPT__MAX);
	return rows[p].file;
}

enum prompt prompt_find(const char *file)
{
	for (int p = PROMPT_NONE + 1; p < PROMPT__MAX; p++)
		if (strcmp(rows[p].file, file) == 0)
			return (enum prompt)p;
	return PROMPT_NONE;
}

size_t prompt_files(enum lang lang, const char *names[static PROMPT__MAX])
{
	size_t n = 0;

	for (int p = PROMPT_NONE + 1; p < PROMPT__MAX; p++)
		if (rows[p].langs & 1u << lang)
			names[n++] = rows[p].file;
	return n;
}

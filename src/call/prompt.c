/* prompt.c - the table of prompts. */
#include "prompt.h"

#include <assert.h>
#include <string.h>

#define PROMPT_FILE(id, file) file,
static const char *const files[] = { "", PROMPTS(PROMPT_FILE) };
#undef PROMPT_FILE

const char *prompt_file(enum prompt p)
{
	assert(p < PROMPT__MAX);
	return files[p];
}

enum prompt prompt_find(const char *file)
{
	for (int p = PROMPT_NONE + 1; p < PROMPT__MAX; p++)
		if (strcmp(files[p], file) == 0)
			return (enum prompt)p;
	return PROMPT_NONE;
}

const char *const *prompt_files(size_t *n)
{
	*n = PROMPT__MAX - 1;
	return files + 1;
}

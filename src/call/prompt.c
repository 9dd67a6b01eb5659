/* prompt.c - the table of prompts. */
#include "prompt.h"

#include <assert.h>

#define PROMPT_FILE(id, file) file,
static const char *const files[] = { "", PROMPTS(PROMPT_FILE) };
#undef PROMPT_FILE

const char *prompt_file(enum prompt p)
{
	assert(p < PROMPT__MAX);
	return files[p];
}

const char *const *prompt_files(size_t *n)
{
	*n = PROMPT__MAX - 1;
	return files + 1;
}

/*
 * replay.c - feeds a fuzz target without libFuzzer: each file named on the
 * command line, or without any the seed corpus, and a few thousand seeded
 * mutations of every input.
 *
 * A file that ends in .hex holds an input a line, as hex digits; blanks and
 * what follows a # do not count. Any other file is one input as it is.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { INPUT_MAX = 1 << 16, MUTATIONS = 2000 };

static unsigned long inputs;

static uint32_t random_next(uint32_t *x)        /* xorshift32 */
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/** Runs one input from memory of exactly its size, so that reading one byte
 *  too far is seen. */
static void run(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len)
		memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
	inputs++;
}

static size_t mutate(uint8_t *data, size_t len, uint32_t *seed)
{
	static const uint8_t edges[] = { 0, 1, 0x7f, 0x80, 0xff };
	uint32_t r = random_next(seed);
	size_t at = len ? random_next(seed) % len : 0;

	switch (r % 5) {
	case 0:                                         /* cut */
		return at;
	case 1:                                         /* grow */
		if (len == INPUT_MAX)
			return len;
		memmove(data + at + 1, data + at, len - at);
		data[at] = (uint8_t)(r >> 8);
		return len + 1;
	case 2:
		if (len)
			data[at] ^= (uint8_t)(1u << (r >> 8) % 8);
		return len;
	case 3:
		if (len)
			data[at] = edges[(r >> 8) % sizeof(edges)];
		return len;
	default:                                        /* take out */
		if (!len)
			return 0;
		memmove(data + at, data + at + 1, len - at - 1);
		return len - 1;
	}
}

static void run_all(const uint8_t *data, size_t len)
{
	static uint8_t m[INPUT_MAX];
	uint32_t seed = 1;

	run(data, len);
	for (int i = 0; i < MUTATIONS; i++) {
		size_t n = len;

		if (len)
			memcpy(m, data, len);
		for (uint32_t k = 1 + random_next(&seed) % 4; k > 0; k--)
			n = mutate(m, n, &seed);
		run(m, n);
	}
}

/** The value of a hex digit, -1 if it is none. */
static int hex(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool run_hex(FILE *f)
{
	static uint8_t data[INPUT_MAX];
	char *line = NULL;
	size_t cap = 0;
	bool ok = true;

	while (ok && getline(&line, &cap, f) > 0) {
		size_t n = 0;           /* digits so far */

		for (const char *p = line; *p && *p != '#'; p++) {
			int v = hex(*p);

			if (v < 0 && isspace((unsigned char)*p))
				continue;
			if (v < 0 || n / 2 == INPUT_MAX) {
				ok = false;
				break;
			}
			data[n / 2] = (uint8_t)(n % 2 ? data[n / 2] << 4 | v : v);
			n++;
		}
		if (n % 2)
			ok = false;
		if (ok && n)
			run_all(data, n / 2);
	}
	free(line);
	return ok;
}

static bool run_raw(FILE *f)
{
	static uint8_t data[INPUT_MAX];

	run_all(data, fread(data, 1, sizeof(data), f));
	return !ferror(f);
}

static bool run_file(const char *path)
{
	const char *dot = strrchr(path, '.');
	FILE *f = fopen(path, "rb");
	bool ok;

	if (!f) {
		perror(path);
		return false;
	}
	ok = dot && strcmp(dot, ".hex") == 0 ? run_hex(f) : run_raw(f);
	fclose(f);
	if (!ok)
		fprintf(stderr, "%s: not readable as a corpus\n", path);
	return ok;
}

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static bool run_corpus(void)
{
	const char *src = getenv("srcdir");
	char dir[1024], path[2048];
	struct dirent **e;
	bool ok = true;
	int n;

	snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s", src ? src : ".",
		 fuzz_name);
	n = scandir(dir, &e, visible, alphasort);
	if (n <= 0) {
		fprintf(stderr, "%s: no corpus\n", dir);
		return false;
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, e[i]->d_name);
		ok = run_file(path) && ok;
		free(e[i]);
	}
	free(e);
	return ok;
}

int main(int argc, char **argv)
{
	bool ok = true;

	run(NULL, 0);
	if (argc < 2)
		ok = run_corpus();
	for (int i = 1; i < argc; i++)
		ok = run_file(argv[i]) && ok;
	printf("%s: %lu inputs\n", fuzz_name, inputs);
	return ok ? 0 : 1;
}

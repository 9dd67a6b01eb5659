/* t_folder.c - see t_folder.h */
#include "t_folder.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int folder_make(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	snprintf(f->path, sizeof(f->path), "/tmp/test_journal.XXXXXX");
	assert_non_null(mkdtemp(f->path));
	assert_int_equal(jdir_open(&f->dir, f->path), 0);
	*state = f;
	return 0;
}

void folder_clear(struct folder *f)
{
	char name[JDIR_NAME_LEN];
	uint64_t *starts;
	size_t n;

	assert_int_equal(jdir_segments(f->dir.fd, &starts, &n), 0);
	for (size_t i = 0; i < n; i++) {
		jdir_segment_name(name, starts[i]);
		assert_int_equal(unlinkat(f->dir.fd, name, 0), 0);
	}
	free(starts);
}

int folder_remove(void **state)
{
	static const char *const files[] = {
		"lock", "server", "alive", "checkpoint", "rejected.jsonl"
	};
	struct folder *f = *state;

	folder_clear(f);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlinkat(f->dir.fd, files[i], 0);
	jdir_close(&f->dir);
	assert_int_equal(rmdir(f->path), 0);
	free(f);
	return 0;
}

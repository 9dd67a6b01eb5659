/* copy.c - see copy.h */
#include "copy.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jdir.h"

int copy_save(int dirfd, const char *name, const PGresult *res, int fields)
{
	json_t *all = json_array();
	char *text;
	int err = -ENOMEM;

	for (int i = 0; i < PQntuples(res); i++) {
		json_t *row = json_array();

		for (int k = 0; k < fields; k++)
			json_array_append_new(row, json_string(PQgetvalue(res, i, k)));
		json_array_append_new(all, row);
	}
	text = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	if (text)
		err = jdir_write(dirfd, name, text, strlen(text));
	free(text);
	return err;
}

static bool texts_of(const json_t *row, int fields, const char *text[])
{
	for (int k = 0; k < fields; k++) {
		text[k] = json_string_value(json_array_get(row, (size_t)k));
		if (!text[k])
			return false;
	}
	return true;
}

int copy_load(int dirfd, const char *name, int fields, size_t row_size,
	      copy_row_h *row_h, void **rows, size_t *n)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	const char *text[COPY_FIELDS_MAX];
	size_t good = 0, i;
	json_t *all, *one;
	void *v;

	assert(fields <= COPY_FIELDS_MAX);
	if (fd < 0)
		return -errno;
	all = json_loadfd(fd, 0, NULL);
	close(fd);
	if (!json_is_array(all)) {
		json_decref(all);
		return -EBADMSG;
	}
	v = calloc(json_array_size(all) + 1, row_size);
	if (v)
		json_array_foreach(all, i, one)
			if (texts_of(one, fields, text) && row_h(v, good, text) == 0)
				good++;
	json_decref(all);
	if (!v)
		return -ENOMEM;
	*rows = v;
	*n = good;
	return 0;
}

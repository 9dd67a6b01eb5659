/* reject.c - see reject.h */
#include "reject.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/counter.h"
#include "base/log.h"
#include "base/str.h"
#include "jdir.h"
#include "jline.h"
#include "record.h"

enum { FILE_MAX = 64 << 20 };

/* One line of JSON; the record is an object in it, or a string if it is none. */
static char *print(const struct reject *r)
{
	json_t *rec = json_loadb(r->json, r->len, 0, NULL), *line;
	char why[512], *text;

	/* PostgreSQL's message may have been cut inside a character. */
	str_copy(why, sizeof(why), r->why);
	jline_scrub(why, strlen(why));
	if (!rec)
		rec = json_stringn_nocheck(r->json, r->len);
	line = json_pack("{s:s, s:I, s:s, s:s, s:o}",
			 "type", record_type_name(r->type),
			 "position", (json_int_t)r->pos, "sqlstate", r->state,
			 "why", why, "record", rec);
	text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	json_decref(line);
	return text;
}

static int append(int dirfd, const char *text)
{
	int fd = openat(dirfd, "rejected.jsonl",
			O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	size_t len = strlen(text);
	struct stat st;
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (st.st_size > FILE_MAX)
		err = -EFBIG;
	if (!err)
		err = jdir_pwrite(fd, text, len, (uint64_t)st.st_size);
	if (!err)
		err = jdir_pwrite(fd, "\n", 1, (uint64_t)st.st_size + len);
	if (!err && fdatasync(fd) < 0)
		err = -errno;
	close(fd);
	return err;
}

void reject_record(int dirfd, const struct reject *r)
{
	char *text = print(r);
	int err = text ? append(dirfd, text) : -ENOMEM;

	free(text);
	log_error("journal", "record set aside, type=%s position=%llu "
		  "sqlstate=%s why=\"%s\"", record_type_name(r->type),
		  (unsigned long long)r->pos, r->state, r->why);
	if (!err) {
		counter_inc(CNT_RECORD_REJECTED);
		return;
	}
	log_error("journal", "rejected.jsonl cannot be written, errno=%d", -err);
	counter_inc(CNT_RECORD_LOST);
}

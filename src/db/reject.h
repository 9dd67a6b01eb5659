/* reject.h - journal/rejected.jsonl: records that PostgreSQL will never take,
 * kept for people to look at. */
#ifndef REJECT_H
#define REJECT_H

#include <stddef.h>
#include <stdint.h>

/** What is wrong with which record. */
struct reject {
	char type;                      /* as in the journal */
	uint64_t pos;
	const char *state;              /* SQLSTATE, "" if it did not get there */
	const char *why;
	const char *json;               /* [len] */
	size_t len;
};

/** Sets a record aside, with an error in the log; counted as rejected, or as
 *  lost if the file cannot take it (disk full, over 64 MiB). */
void reject_record(int dirfd, const struct reject *r);

#endif

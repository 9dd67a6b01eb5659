/*
 * record.h - what a journal record means to PostgreSQL.
 *
 * A record is a JSON object whose keys are columns of its table, "id" among
 * them. It becomes one statement that inserts the row, or overwrites the named
 * columns of the row that is there, if the record stands later in the journal
 * than what changed the row last. That rule makes a replay harmless, in
 * whatever order and however often.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/id.h"

enum { RECORD_SQL_MAX = 20480, RECORD_WHY_LEN = 128 };

/** Types as they stand in the journal. */
enum {
	RECORD_LEG = 'L', RECORD_CONFERENCE = 'C', RECORD_RECORDING = 'T', RECORD_AUDIT = 'A',
	RECORD_RUN_BEGIN = 'B', RECORD_RUN = 'R'
};

struct record {
	char type;
	char id[ID_UUID_LEN];
	bool begins, ends;              /* it has a "started", an "ended" */
};

/**
 * Looks at a record and makes its statement. The values to bind are $1 the
 * JSON, $2 the server's id, $3 the journal position.
 *
 * @param sql  RECORD_SQL_MAX bytes, or NULL: just look
 * @param why  on error a sentence
 * @return 0 or -EINVAL
 */
int record_read(struct record *rec, char *sql, char type, const char *json,
		size_t len, char why[static RECORD_WHY_LEN]);

/** Is that a UUID's text form? */
bool record_is_uuid(const char *id);

/** "leg", "conference", ...; "unknown" for a type that is none. */
const char *record_type_name(char type);

#endif

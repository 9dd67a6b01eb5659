/*
 * writer.h - the thread that brings the journal to PostgreSQL.
 *
 * Up to 100 records, or what came within 200 ms, are one transaction. The
 * checkpoint is written after its commit: a crash between the two means that
 * records are sent again, and the rule of record.h makes that a matter of no
 * consequence. A record that PostgreSQL refuses for what is in it is set aside
 * (reject.h), and the rest goes on.
 */
#ifndef WRITER_H
#define WRITER_H

struct journal;
struct writer;

/** Starts it. url and journal must outlive it. 0 or -errno. */
int writer_new(struct writer **wp, const char *url, struct journal *journal);
/** Asks it to bring what is in the journal within ms, and waits for that. It
 *  gives up at once if the database is away. The journal has been stopped.
 *  NULL is fine. */
void writer_free(struct writer *w, int ms);

#endif

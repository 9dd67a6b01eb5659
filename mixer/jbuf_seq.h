/*
 * jbuf_seq.h - which sequence numbers of a stream have come: tells copies, and
 * counts what is missing. Part of the jitter buffer.
 */
#ifndef MX_JBUF_SEQ_H
#define MX_JBUF_SEQ_H

#include <stdint.h>

struct mx_seq {
	int64_t first, max;     /* extended; set if any came */
	uint64_t window;        /* bit i: max - i has come */
	uint64_t came;          /* each number once */
	uint64_t lost_before;   /* of the sequences before this one */
};

enum mx_seq_kind {
	MX_SEQ_NEW,             /* the highest so far */
	MX_SEQ_OLD,             /* behind the highest, and missing until now */
	MX_SEQ_COPY             /* has come before */
};

/** Notes a number. */
enum mx_seq_kind mx_seq_put(struct mx_seq *s, uint16_t seq);
/** The next number begins a new sequence. */
void mx_seq_restart(struct mx_seq *s);
/** How many had not come of those up to seq, if ahead of those that have come
 *  are behind seq; and of the sequences before. */
uint64_t mx_seq_lost(const struct mx_seq *s, uint16_t seq, unsigned ahead);

#endif

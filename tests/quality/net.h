/*
 * net.h - networks for the battery: when which packet arrives, from a seed or
 * from a file.
 */
#ifndef NET_H
#define NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct q_packet {
	int64_t begin_us;       /* of its sound, by our clock */
	int64_t sent_us;        /* when its sound was complete */
	int64_t arrival_us;     /* or Q_LOST, Q_UNSENT */
};

enum { Q_LOST = -1, Q_UNSENT = -2 };

struct q_trace {
	const char *name;
	unsigned ptime_ms;
	double ppm;             /* the sender's clock is so much too fast */
	size_t n;
	struct q_packet *packet;
};

/** What a family of networks is called, NULL past the last. The first
 *  q_net_tuned() ones are those of the design; the buffer's constants were
 *  never fitted to the others. */
const char *q_net_name(unsigned i);
unsigned q_net_tuned(void);
/**
 * A trace of the family.
 *
 * @param speaks  where the sender speaks, in 10 ms: for families that send
 *                nothing in pauses; NULL: always
 */
void q_net_make(struct q_trace *t, const char *family, uint32_t seed,
		int64_t length_us, const bool *speaks);
/** A trace from a file, repeated up to the length; false and a message if it
 *  cannot be read. docs/quality.md has the format. */
bool q_net_read(struct q_trace *t, const char *path, int64_t length_us);
void q_net_free(struct q_trace *t);

#endif

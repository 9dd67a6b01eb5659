/* jbuf_seq.c - which sequence numbers have come. */
#include "jbuf_seq.h"

#include "rtp.h"

enum { WINDOW = 64, JUMP = 3000 };

/** What is missing between first and max. */
static uint64_t missing(const struct mx_seq *s)
{
	uint64_t want = (uint64_t)(s->max - s->first + 1);

	return s->came > 0 && want > s->came ? want - s->came : 0;
}

void mx_seq_restart(struct mx_seq *s)
{
	s->lost_before += missing(s);
	s->came = 0;
}

static void begin(struct mx_seq *s, int64_t seq)
{
	s->first = s->max = seq;
	s->window = 1;
	s->came = 1;
}

/** One from behind max. */
static enum mx_seq_kind put_old(struct mx_seq *s, int64_t seq, uint64_t back)
{
	/* So old that it cannot be told from a copy: it is of no use anyway. */
	if (back >= WINDOW)
		return MX_SEQ_COPY;
	if (s->window >> back & 1)
		return MX_SEQ_COPY;
	s->window |= (uint64_t)1 << back;
	s->came++;
	if (seq < s->first)             /* the first ones came in disorder */
		s->first = seq;
	return MX_SEQ_OLD;
}

enum mx_seq_kind mx_seq_put(struct mx_seq *s, uint16_t seq)
{
	int64_t n = s->came > 0 ? mx_rtp_extend_seq(s->max, seq) : seq;
	int64_t ahead = n - s->max;

	if (s->came > 0 && (ahead > JUMP || ahead < -JUMP))
		mx_seq_restart(s);
	if (s->came == 0) {
		begin(s, seq);
		return MX_SEQ_NEW;
	}
	if (ahead <= 0)
		return put_old(s, n, (uint64_t)-ahead);
	s->window = ahead < WINDOW ? s->window << ahead | 1 : 1;
	s->max = n;
	s->came++;
	return MX_SEQ_NEW;
}

uint64_t mx_seq_lost(const struct mx_seq *s, uint16_t seq, unsigned ahead)
{
	int64_t want, came = (int64_t)s->came - ahead;

	if (s->came == 0)
		return s->lost_before;
	want = mx_rtp_extend_seq(s->max, seq) - s->first + 1;
	return s->lost_before + (want > came ? (uint64_t)(want - came) : 0);
}

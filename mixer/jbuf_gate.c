/*
 * jbuf_gate.c - the jitter buffer while nobody listens.
 *
 * Time passes by the playout transit that there was when it fell asleep: what
 * would be played at a moment follows from it alone. Nobody hears what happens
 * to the delay, so it is never too small for a packet that comes, and chosen
 * anew on waking. Whether a decoder that has missed packets finds its way sooner
 * than a new one depends on the codec: after silence G.722 comes to 28 dB in the
 * first 10 ms, and a new one to 6; Opus is as good either way after silence, but
 * a new one is better in speech.
 */
#include "jbuf_int.h"

#include <string.h>

enum { TICK_US = 10000 };

/** What is played at now_us. */
static int64_t head_at(const struct mx_jbuf *jb, int64_t now_us)
{
	int64_t us = now_us - jb->transit_kept_us;

	/* to the nearest sample: the transit was rounded down */
	return (us * jb->rate_hz + 500000) / 1000000;
}

void mx_jbuf_sleep(struct mx_jbuf *jb, int64_t now_us)
{
	const bool begun = jb->next != MX_JBUF_NONE && jb->rate_hz > 0;
	int64_t head = begun ?
		jb->next + (int64_t)jb->made - (int64_t)jb->len : 0;

	if (jb->asleep)
		return;
	mx_jbuf_forget(jb);
	jb->asleep = true;
	jb->slept_us = now_us;
	jb->transit_kept_us = begun ? now_us - mx_jbuf_us(jb, head) :
		MX_JBUF_NONE;
	mx_jbuf_keep(jb, false);
	if (jb->slide.on)       /* what was played is read again on waking */
		memset(jb->pcm, 0, jb->hist * sizeof(*jb->pcm));
	/* Nothing is too late for who does not listen. */
	jb->next = MX_JBUF_NONE;
	jb->made = jb->len = 0;
	jb->state = JBUF_SILENT;
	jb->own = jb->seam = false;
}

bool mx_jbuf_sleeps(const struct mx_jbuf *jb)
{
	return jb->asleep;
}

static int64_t end_of(const struct mx_ring_slot *s)
{
	return s->pos + s->len;
}

/** Has the time passed of more packets than are to be kept? */
static bool is_full(const struct mx_jbuf *jb, int64_t head)
{
	unsigned keep;

	if (jb->ring.n == 0)
		return false;
	keep = jb->ring.slot[0].codec->look_back;
	return jb->ring.n > keep && end_of(&jb->ring.slot[keep]) <= head;
}

static void pass(struct mx_jbuf *jb, int64_t head)
{
	while (is_full(jb, head)) {
		struct mx_ring_slot s = mx_ring_take(&jb->ring);

		jb->due = s.seq;
		jb->fresh |= s.codec->anew;
		jb->stats.slept++;
		mx_pool_put(jb->cfg.pool, s.pkt);
		mx_jbuf_count_lost(jb);
	}
}

/** The next tick after a moment. */
static int64_t tick_after(const struct mx_jbuf *jb, int64_t us)
{
	int64_t since = us - jb->slept_us;

	if (since < 0)          /* it came before, and was found late */
		return jb->slept_us;
	return jb->slept_us + (since + TICK_US - 1) / TICK_US * TICK_US;
}

void mx_jbuf_doze(struct mx_jbuf *jb, const struct mx_pkt *newest)
{
	const struct mx_ring_slot *last = &jb->ring.slot[jb->ring.n - 1];
	int64_t now_us = tick_after(jb, newest->arrival_us);

	if (jb->transit_kept_us == MX_JBUF_NONE ||
	    (last->pkt == newest && last->pos < head_at(jb, now_us)))
		jb->transit_kept_us = now_us - mx_jbuf_us(jb, last->pos);
	pass(jb, head_at(jb, newest->arrival_us));
}

/** Tells delay of those packets that it has not been told of. */
static void tell(struct mx_jbuf *jb)
{
	struct mx_jbuf_untold *u = &jb->untold;

	for (unsigned i = 0; i < u->n; i++)
		mx_delay_put(&jb->delay, u->transit_us[i], u->arrival_us,
			     u->len_us);
	u->n = 0;
}

/** To delay it only matters in which second a packet came. */
void mx_jbuf_leave_untold(struct mx_jbuf *jb, int64_t arrival_us, int64_t len_us)
{
	struct mx_jbuf_untold *u = &jb->untold;

	if (u->n > 0 && (u->n == MX_JBUF_UNTOLD_MAX || u->len_us != len_us ||
			 u->arrival_us / 1000000 != arrival_us / 1000000))
		tell(jb);
	if (u->n == 0) {
		u->arrival_us = arrival_us;
		u->len_us = (uint32_t)len_us;
	}
	u->transit_us[u->n++] = jb->transit_us;
}

/* ---- waking ------------------------------------------------------------ */

/** Makes the next n samples past ones. */
static void skip(struct mx_jbuf *jb, size_t n)
{
	jb->len -= n;
	mx_jbuf_pass_by(jb, n);
}

/** Decodes the first packet, of which all before head is not heard. */
static void decode_to(struct mx_jbuf *jb, int64_t head)
{
	const int64_t tick_us = jb->take_us;
	int64_t past;

	jb->next = jb->ring.slot[0].pos;
	jb->take_us += mx_jbuf_us(jb, jb->next - (int64_t)jb->len - head);
	mx_jbuf_decode(jb);
	jb->take_us = tick_us;
	past = head - (jb->next - (int64_t)jb->len);
	if (past > 0)
		skip(jb, (size_t)past < jb->len ? (size_t)past : jb->len);
}

/** The first packet that is not over at head, NULL if none is there. */
static const struct mx_ring_slot *find_due(const struct mx_jbuf *jb,
					   int64_t head)
{
	for (unsigned i = 0; i < jb->ring.n; i++)
		if (end_of(&jb->ring.slot[i]) > head)
			return &jb->ring.slot[i];
	return NULL;
}

/** Where to go on, if it was head so far: with the delay that there should be,
 *  but not behind the begin of the newest packet. */
static int64_t choose_head(const struct mx_jbuf *jb, int64_t head, size_t n,
			   int64_t now_us)
{
	const struct mx_ring_slot *due = find_due(jb, head);
	int64_t limit, to;
	size_t grid;

	if (!due)
		return head;
	limit = jb->ring.slot[jb->ring.n - 1].pos;
	if (limit < head)
		limit = head;
	grid = mx_jbuf_grid(due->len, n);
	to = head - mx_jbuf_steer(jb, head, due->pos <= head ?
				  (size_t)(end_of(due) - head) : 0, n, grid,
				  now_us) * (int64_t)grid;
	return to < limit ? to : limit;
}

void mx_jbuf_wake(struct mx_jbuf *jb, size_t n, int64_t now_us)
{
	const uint64_t played = jb->stats.played;
	int64_t head;

	tell(jb);
	jb->asleep = false;
	jb->stale = true;
	if (jb->transit_kept_us == MX_JBUF_NONE)
		return;
	head = head_at(jb, now_us);
	pass(jb, head);
	head = choose_head(jb, head, n, now_us);
	while (jb->ring.n && end_of(&jb->ring.slot[0]) <= head) {
		decode_to(jb, head);
		jb->stats.slept++;
	}
	mx_jbuf_forget(jb);             /* as none of it was played */
	jb->stats.played = played;
	if (jb->ring.n && jb->ring.slot[0].pos <= head) {
		decode_to(jb, head);
		return;
	}
	jb->next = head;
	jb->state = JBUF_SILENT;
}

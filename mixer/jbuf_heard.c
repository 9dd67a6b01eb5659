/* jbuf_heard.c - the jitter buffer: the packets that were played last. */
#include "jbuf_int.h"

#include <string.h>

void mx_jbuf_forget(struct mx_jbuf *jb)
{
	while (jb->n_heard > 0)
		mx_pool_put(jb->cfg.pool, jb->heard[--jb->n_heard].pkt);
}

void mx_jbuf_played(struct mx_jbuf *jb, const struct mx_ring_slot *s,
		    bool whole)
{
	if (!jb->keep || !whole) {
		mx_pool_put(jb->cfg.pool, s->pkt);
		return;
	}
	if (jb->n_heard == MX_JBUF_HEARD)
		mx_pool_put(jb->cfg.pool, jb->heard[--jb->n_heard].pkt);
	memmove(&jb->heard[1], &jb->heard[0],
		jb->n_heard * sizeof(jb->heard[0]));
	jb->n_heard++;
	jb->heard[0] = (struct mx_jbuf_heard){
		.pkt = s->pkt, .codec = s->codec, .len = s->len,
		.at_us = jb->take_us + mx_jbuf_us(jb, (int64_t)(jb->len +
							     jb->slide.lag)),
	};
}

void mx_jbuf_keep(struct mx_jbuf *jb, bool keep)
{
	if (!keep && jb->keep)
		mx_jbuf_forget(jb);
	jb->keep = keep;
}

const struct mx_jbuf_heard *mx_jbuf_heard(const struct mx_jbuf *jb,
					  unsigned back)
{
	return back < jb->n_heard ? &jb->heard[back] : NULL;
}

/* ours.c - the server's jitter buffer as a receiver of the battery. */
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "mixer/pkt.h"
#include "mixer/resamp.h"
#include "quality.h"
#include "stream.h"

enum { POOL = 256, PT = 96 };

struct ours {
	struct mx_pool *pool;
	struct mx_resamp_bank *bank;
	struct mx_jbuf *jb;
};

static void *open_ours(const struct mx_codec *codec)
{
	struct ours *o = q_alloc(1, sizeof(*o));

	if (mx_pool_new(&o->pool, POOL) ||
	    mx_resamp_bank_new(&o->bank, mx_dsp_best()) ||
	    mx_jbuf_new(&o->jb, &(struct mx_jbuf_cfg){
		.pool = o->pool, .dsp = mx_dsp_best(),
		.rate_max_hz = codec->rate_hz,
		.dec_size_max = codec->dec_size() }) ||
	    mx_jbuf_map(o->jb, PT, codec))
		exit(2);
	mx_jbuf_resample(o->jb, o->bank);
	return o;
}

static void put(void *r, const struct mx_pkt *pkt)
{
	struct ours *o = r;
	struct mx_pkt *p = mx_pool_get(o->pool);

	if (!p)
		exit(2);
	*p = *pkt;
	if (mx_jbuf_put(o->jb, p))
		mx_pool_put(o->pool, p);
}

static enum mx_jbuf_kind take(void *r, int16_t *out, size_t n, int64_t now_us)
{
	struct ours *o = r;

	return mx_jbuf_take(o->jb, out, n, now_us);
}

static const struct mx_jbuf_stats *stats(const void *r)
{
	const struct ours *o = r;

	return mx_jbuf_stats(o->jb);
}

static void close_ours(void *r)
{
	struct ours *o = r;

	mx_jbuf_free(o->jb);
	mx_pool_free(o->pool);
	mx_resamp_bank_free(o->bank);
	free(o);
}

const struct q_receiver q_ours = { "confab", open_ours, put, take, stats,
				   close_ours };

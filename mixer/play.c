/* play.c - see play.h */
#include "play.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "stream.h"

enum { GAP_S = 1, FADES_S = 200 };      /* a fade is 1/200 s */
enum { GAIN_BITS = 14 };

int mx_play_init(struct mx_play *p, const struct mx_resamp_bank *bank,
		 uint32_t rate_hz)
{
	if (!mx_resamp_has_rate(rate_hz))
		return -EINVAL;
	memset(p, 0, sizeof(*p));
	p->bank = bank;
	p->rate_hz = rate_hz;
	return 0;
}

/* ---- from clips to frames ---- */

static uint32_t rate_in(const struct mx_play *p)
{
	return p->rs.in_len * 100u;
}

int mx_play_retune(struct mx_play *p, uint32_t rate_hz)
{
	if (!mx_resamp_has_rate(rate_hz))
		return -EINVAL;
	if (rate_hz == p->rate_hz)
		return 0;
	p->rate_hz = rate_hz;
	p->fade_len = 0;        /* at the old rate */
	if (!p->active)
		return 0;
	return mx_resamp_init(&p->rs, p->bank, rate_in(p), rate_hz);
}

/* The next clip needs another resampler than the one before. */
static bool rate_changes(const struct mx_play *p)
{
	return p->at < p->list.n &&
	       p->list.clips[p->at]->rate_hz != rate_in(p);
}

/* Steps behind the end of a clip. Where its resampler will not see the next
 * one, silence must bring out what is still in it. */
static void next_clip(struct mx_play *p)
{
	const bool round = ++p->at == p->list.n;

	p->pos = 0;
	if (round && p->list.loop) {
		p->at = 0;
		if (p->list.gap) {
			p->quiet = rate_in(p) * GAP_S;
			return;
		}
	}
	if (p->at == p->list.n || rate_changes(p))
		p->quiet = mx_resamp_delay(&p->rs);
}

/* What has not come is silence: its clock goes on. */
static size_t take_stream(struct mx_play *p, const struct mx_stream *s,
			  int16_t *out, size_t max)
{
	const size_t n = mx_stream_get(s, &p->pos, out, max);

	memset(out + n, 0, (max - n) * sizeof(*out));
	return max;
}

/* Takes up to max samples at the clips' rate; 0 when none are to be had until
 * the next frame. It moves on at each turn, as a list that loops has samples. */
static size_t take(struct mx_play *p, int16_t *out, size_t max)
{
	size_t n = 0;

	while (!n && !p->quiet && p->at < p->list.n && !rate_changes(p)) {
		const struct mx_clip *clip = p->list.clips[p->at];
		const struct mx_stream *stream = mx_stream_of(clip);
		const size_t left = clip->len - p->pos;

		if (stream)
			return take_stream(p, stream, out, max);
		n = left < max ? left : max;
		memcpy(out, clip->pcm + p->pos, n * sizeof(*out));
		p->pos += n;
		if (p->pos == clip->len)
			next_clip(p);
	}
	if (!n && p->quiet) {
		n = p->quiet < max ? p->quiet : max;
		memset(out, 0, n * sizeof(*out));
		p->quiet -= (uint32_t)n;
	}
	return n;
}

/* One frame; false when it was the last. */
static bool render(struct mx_play *p, int16_t *out)
{
	int16_t in[MX_RESAMP_FRAME_MAX];
	size_t n = 0, got;

	if (!p->quiet && rate_changes(p))
		mx_resamp_init(&p->rs, p->bank, p->list.clips[p->at]->rate_hz,
			       p->rate_hz);
	do {
		got = take(p, in + n, p->rs.in_len - n);
		n += got;
	} while (got && n < p->rs.in_len);
	memset(in + n, 0, (p->rs.in_len - n) * sizeof(*in));
	mx_resamp_run(&p->rs, out, in);
	if (p->gain != 1 << GAIN_BITS)
		for (size_t i = 0; i < p->rate_hz / 100; i++)
			out[i] = (int16_t)(out[i] * p->gain >> GAIN_BITS);
	return p->at < p->list.n || p->quiet;
}

/* ---- cutting off ---- */

static int16_t add_clipped(int16_t a, int16_t b)
{
	const int sum = a + b;

	return sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN :
							       (int16_t)sum;
}

/* What would come next fades out, together with what fades already. */
static void cut(struct mx_play *p)
{
	const int len = (int)(p->rate_hz / FADES_S);
	int16_t next[MX_RESAMP_FRAME_MAX];

	if (!p->active)
		return;
	if (!p->fade_len)
		memset(p->fade, 0, sizeof(p->fade));
	render(p, next);
	for (int i = 0; i < len; i++)
		p->fade[i] = add_clipped(p->fade[i],
					 (int16_t)(next[i] * (len - i) / len));
	p->fade_len = (uint16_t)len;
	p->active = false;
}

void mx_play_stop(struct mx_play *p)
{
	cut(p);
}

int mx_play_start(struct mx_play *p, const struct mx_play_list *list)
{
	size_t samples = 0;

	if (!list->n || list->n > MX_PLAY_CLIPS_MAX)
		return -EINVAL;
	for (unsigned i = 0; i < list->n; i++) {
		if (!mx_resamp_has_rate(list->clips[i]->rate_hz))
			return -EINVAL;
		samples |= list->clips[i]->len;
	}
	cut(p);
	p->list = *list;
	p->list.loop = list->loop && samples;   /* else it would never move */
	p->at = 0;
	p->pos = 0;
	p->quiet = 0;
	p->active = true;
	p->gain = (int32_t)lrintf(powf(10, -(float)list->quieter_db / 20) *
				  (1 << GAIN_BITS));
	return mx_resamp_init(&p->rs, p->bank, list->clips[0]->rate_hz,
			      p->rate_hz);
}

bool mx_play_active(const struct mx_play *p)
{
	return p->active || p->fade_len;
}

enum mx_play_state mx_play_frame(struct mx_play *p, int16_t *out)
{
	enum mx_play_state state = MX_PLAY_IDLE;

	if (p->active) {
		p->active = render(p, out);
		state = p->active ? MX_PLAY_GOING : MX_PLAY_ENDED;
	} else {
		memset(out, 0, p->rate_hz / 100 * sizeof(*out));
	}
	for (unsigned i = 0; i < p->fade_len; i++)
		out[i] = add_clipped(out[i], p->fade[i]);
	p->fade_len = 0;
	return state;
}

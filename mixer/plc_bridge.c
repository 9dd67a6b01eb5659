/* plc_bridge.c - loss concealment from both sides of a gap. */
#include <math.h>
#include <string.h>

#include "plc_int.h"

enum {
	MEET_US = 8000,         /* the two sides go over into each other */
	SHORT_US = 10000,       /* a gap so short is nothing but that */
	FUTURE_US = MX_PLC_HISTORY_US,  /* of what is behind is looked at */
	LOOK_US = 6000,         /* the least that is compared for its period */
	TRIES = 13,             /* lags on each side, an odd number */
	SPREAD = 12,            /* to a twelfth more or less */
	MEET_MAX = 48 * SHORT_US / 1000,
	FUTURE_MAX = 48 * FUTURE_US / 1000
};

static const float VOICED = 0.5f;       /* likeness of a pitch on both sides */
static const float CHANGE = 0.01f;      /* likeness that a sample of change in
					 * lag must be worth, at 8 kHz */

/** A gap at work. */
struct bridge {
	size_t n, begin, len;   /* where the sides meet: [begin .. + len) */
	struct mx_plc *ahead, *back;
	bool voiced;
};

/** Starts from the far side, on the signal as it runs backwards. */
static void begin_back(struct mx_plc *back, const struct mx_plc *ahead,
		       const int16_t *future, size_t n)
{
	int16_t turned[FUTURE_MAX];
	size_t max = mx_plc_samples(back, MX_PLC_LAG_MAX_US);
	size_t min = mx_plc_samples(back, MX_PLC_LAG_MIN_US);
	size_t w = mx_plc_samples(back, LOOK_US), about = ahead->lag;
	struct mx_match pitch;

	if (n > mx_plc_samples(back, FUTURE_US))
		n = mx_plc_samples(back, FUTURE_US);
	for (size_t i = 0; i < n; i++)
		turned[i] = future[n - 1 - i];
	if (n > max + w)
		w = n - max;
	if (w > mx_plc_samples(back, MX_PLC_WINDOW_US))
		w = mx_plc_samples(back, MX_PLC_WINDOW_US);
	if (max > n - w)
		max = n - w;
	if (min > max)
		min = max;
	/* a voice does not change its pitch so soon */
	if (ahead->likeness > VOICED && about + about / 6 <= max) {
		max = about + about / 6;
		min = about - about / 6;
	}
	pitch = mx_wsola_find(turned + n - w, w, -1, max, min,
			      back->rate_hz > 8000 ? back->rate_hz / 8000 : 1);
	mx_plc_start(back, turned + n, n, &pitch);
}

/** What a side makes of the place where they meet, with another lag. It is left
 *  as it was. */
static void try_lag(const struct mx_plc *side, size_t lag, size_t skip,
		    float *out, size_t n)
{
	struct mx_plc p = *side;
	float y[MEET_MAX];

	p.lag = (uint16_t)lag;
	for (size_t m; skip > 0; skip -= m) {
		m = skip < MEET_MAX ? skip : MEET_MAX;
		mx_plc_run(&p, y, m);
	}
	mx_plc_run(&p, out, n);
}

static float likeness(const float *a, const float *b, size_t n)
{
	float ab = 0, aa = 1, bb = 1;

	for (size_t i = 0; i < n; i++) {
		ab += a[i] * b[i];
		aa += a[i] * a[i];
		bb += b[i] * b[i];
	}
	return ab / sqrtf(aa * bb);
}

static void turn(float *x, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		float t = x[i];

		x[i] = x[n - 1 - i];
		x[n - 1 - i] = t;
	}
}

/** The lags to be tried: lag, and as many more as less. Returns how many. */
static unsigned lags(const struct mx_plc *p, size_t lag[TRIES])
{
	size_t spread = p->lag / SPREAD, step, k = 0;

	step = (spread + TRIES / 2 - 1) / (TRIES / 2);
	if (p->made > 0 || step == 0) {         /* it is heard already */
		lag[0] = p->lag;
		return 1;
	}
	for (size_t d = 0; d <= spread && k + 1 < TRIES; d += step) {
		if ((size_t)p->lag + d <= p->kept)
			lag[k++] = p->lag + d;
		if (d > 0)
			lag[k++] = p->lag - d;
	}
	return (unsigned)k;
}

static size_t distance(size_t a, size_t b)
{
	return a > b ? a - b : b - a;
}

/** Chooses the two lags with which the sides meet in phase. */
static void fit(struct bridge *b)
{
	float from[TRIES][MEET_MAX], to[MEET_MAX], best = -2;
	size_t la[TRIES], lb[TRIES], ahead = b->ahead->lag, back = b->back->lag;
	unsigned na = lags(b->ahead, la), nb = lags(b->back, lb);
	float change = CHANGE * 8000 / (float)b->ahead->rate_hz;

	for (unsigned i = 0; i < na; i++)
		try_lag(b->ahead, la[i], b->begin, from[i], b->len);
	for (unsigned j = 0; j < nb; j++) {
		try_lag(b->back, lb[j], b->n - b->begin - b->len, to, b->len);
		turn(to, b->len);
		for (unsigned i = 0; i < na; i++) {
			float q = likeness(from[i], to, b->len) - change *
				(float)(distance(la[i], b->ahead->lag) +
					distance(lb[j], b->back->lag));

			if (q <= best)
				continue;
			best = q;
			ahead = la[i];
			back = lb[j];
		}
	}
	b->ahead->lag = (uint16_t)ahead;
	b->back->lag = (uint16_t)back;
}

static void store(int16_t *out, const float *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = mx_plc_round(y[i]);
}

/** The backward side makes its part from the gap's end on; where they meet, the
 *  forward one is there already. */
static void join(struct bridge *b, int16_t *gap)
{
	float a[MEET_MAX], c[MEET_MAX];
	size_t tail = b->n - b->begin - b->len;
	int16_t *end = gap + b->n;

	mx_plc_make(b->ahead, gap, b->begin);
	mx_plc_run(b->ahead, a, b->len);
	for (size_t done = 0, m; done < tail; done += m) {
		m = tail - done < MEET_MAX ? tail - done : MEET_MAX;
		mx_plc_run(b->back, c, m);
		turn(c, m);
		store(end - done - m, c, m);
	}
	mx_plc_run(b->back, c, b->len);
	turn(c, b->len);
	for (size_t i = 0; i < b->len; i++) {
		float t = ((float)i + 1) / (float)(b->len + 1);

		/* what goes together adds up by size, what does not by power */
		a[i] = b->voiced ? a[i] + (c[i] - a[i]) * t :
			a[i] * sqrtf(1 - t) + c[i] * sqrtf(t);
	}
	store(gap + b->begin, a, b->len);
}

void mx_plc_bridge(struct mx_plc *p, int16_t *gap, size_t n, size_t future)
{
	float cycle[MX_PLC_CYCLE_MAX];
	struct mx_plc back = { .rate_hz = p->rate_hz, .seed = p->seed,
			       .cycle = cycle };
	struct bridge b = { .n = n, .ahead = p, .back = &back };

	b.len = mx_plc_samples(p, n <= mx_plc_samples(p, SHORT_US) ? SHORT_US :
			       MEET_US);
	if (b.len > n)
		b.len = n;
	b.begin = (n - b.len) / 2;
	begin_back(&back, p, gap + n, future);
	b.voiced = p->likeness > VOICED && back.likeness > VOICED;
	if (b.voiced)
		fit(&b);
	join(&b, gap);
}

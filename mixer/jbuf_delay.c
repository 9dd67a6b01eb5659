/* jbuf_delay.c - delay statistics and the choice of the playout transit. */
#include "jbuf_delay.h"

#include <string.h>

enum {
	LATE_US = 16000,        /* delay that one per cent made up is worth */
	HOLE_US = 75000,        /* what is later leaves a hole: concealment has
				 * faded by then ... */
	HOLE_COST_US = 150000,  /* ... and one per cent of those is worth that */
	PEACE_US = 3500,        /* and that nothing at all comes too late */
	LOST_US = 3200,         /* one per cent lost, with the next one there:
				 * all are heard later for the sake of few */
	/* So much delay is hardly noticed: a millisecond of it costs less. */
	EASY_US = 80000, EASY_PERCENT = 40,
	MEMORY_US = 30000000,   /* time constant of forgetting */
	UNIT_US = 10000,        /* a packet counts once for each */
	MEMORY_MAX = MEMORY_US / UNIT_US,
	RECENT_US = 160000,     /* least_recent() looks back so far */
	/* No later packet than this many seconds' latest is reckoned with: after
	 * a storm the delay need not wait until the histogram has forgotten. */
	CALM_SECONDS = 7,
	WEIGHT_MIN = 1 << 13, WEIGHT_MAX = 1 << 19,
	FREE_MIN_BINS = 16,     /* kept free below the least transit */
	FREE_MAX_BINS = 64,     /* more than so many free: move up */
	MARGIN_US = 1000,       /* in time is what is so much before its time: a
				 * drift of 500 ppm is seen two seconds ahead */
	PAUSE_MAX_S = 3600,     /* a clock's pace is not known better */
	STRIDE_US = 1000,       /* places nearer to one another are not compared */
	GAIN_UP_US = 2000,      /* a move up must be worth this */
	GAIN_DOWN_US = 2000, GAIN_DOWN_MAX_US = 6000
};

void mx_delay_reset(struct mx_delay *d)
{
	const struct mx_skew skew = d->skew;

	memset(d, 0, sizeof(*d));
	d->skew = skew;
	mx_skew_restart(&d->skew);
	d->weight = WEIGHT_MIN;
	d->low = MX_DELAY_BINS - 1;     /* all are empty */
}

static int clamp(int64_t bin)
{
	return bin < 0 ? 0 : bin >= MX_DELAY_BINS ? MX_DELAY_BINS - 1 :
		(int)bin;
}

/** Moves what is in bins by k up (down if below 0); what falls off an end stays
 *  in the last bin there. */
static void shift(struct mx_delay *d, int64_t k)
{
	uint32_t old[MX_DELAY_BINS];

	memcpy(old, d->bin, sizeof(old));
	memset(d->bin, 0, sizeof(d->bin));
	for (int i = d->low; i <= d->high; i++)
		d->bin[clamp(i + k)] += old[i];
	if (d->low <= d->high) {
		d->low = (uint16_t)clamp(d->low + k);
		d->high = (uint16_t)clamp(d->high + k);
	}
	d->anchor_us -= k * MX_DELAY_BIN_US;
}

/** Keeps the least transit of late a little above the lower edge. */
static void reanchor(struct mx_delay *d, int64_t base)
{
	int64_t bins = (base - d->anchor_us) / MX_DELAY_BIN_US;

	if (base < d->anchor_us || bins > FREE_MAX_BINS)
		shift(d, FREE_MIN_BINS - bins);
}

static void begin_second(struct mx_delay *d, int64_t transit)
{
	if (d->seconds < MX_DELAY_SECONDS)
		d->seconds++;
	memmove(d->second + 1, d->second,
		(d->seconds - 1) * sizeof(d->second[0]));
	d->second[0].min = d->second[0].max = transit;
	d->base_us = d->latest_us = transit;
	for (unsigned i = 1; i < d->seconds; i++) {
		if (d->second[i].min < d->base_us)
			d->base_us = d->second[i].min;
		if (i < CALM_SECONDS && d->second[i].max > d->latest_us)
			d->latest_us = d->second[i].max;
	}
}

/** Moves what is known along with the sender's clock. */
static void drift(struct mx_delay *d, int64_t seconds)
{
	int64_t us = d->skew.ppm_q8 * seconds / 256;

	if (seconds > PAUSE_MAX_S)
		return;
	d->anchor_us += us;
	for (unsigned i = 0; i < d->seconds; i++) {
		d->second[i].min += us;
		d->second[i].max += us;
	}
}

static void put_second(struct mx_delay *d, int64_t transit, int64_t arrival_us)
{
	int64_t now_s = arrival_us / 1000000;

	if (d->seconds == 0 || now_s > d->now_s) {
		if (d->seconds > 0)
			drift(d, now_s - d->now_s);
		begin_second(d, transit);
		d->now_s = now_s;
	}
	if (transit < d->second[0].min)
		d->second[0].min = transit;
	if (transit > d->second[0].max)
		d->second[0].max = transit;
	if (transit < d->base_us)
		d->base_us = transit;
	if (transit > d->latest_us)
		d->latest_us = transit;
}

/** Makes the next packet weigh more than this one, in place of forgetting. */
static void forget(struct mx_delay *d, uint32_t units)
{
	d->weight += d->weight * units / MEMORY_MAX;
	if (d->weight < WEIGHT_MAX)
		return;
	/* The sum of all bins stays below WEIGHT_MAX * (MEMORY_MAX + units),
	 * that is below 2^31. */
	for (int i = d->low; i <= d->high; i++)
		d->bin[i] /= WEIGHT_MAX / WEIGHT_MIN;
	d->weight = WEIGHT_MIN;
	while (d->low < d->high && d->bin[d->low] == 0)
		d->low++;
	while (d->high > d->low && d->bin[d->high] == 0)
		d->high--;
}

void mx_delay_put(struct mx_delay *d, int64_t transit_us, int64_t arrival_us,
		  int64_t length_us)
{
	uint32_t units = (uint32_t)(length_us / UNIT_US);
	int bin;

	if (units == 0)
		units = 1;
	if (d->n == 0)
		d->anchor_us = transit_us - FREE_MIN_BINS * MX_DELAY_BIN_US;
	mx_skew_put(&d->skew, transit_us, arrival_us);
	put_second(d, transit_us, arrival_us);
	reanchor(d, mx_delay_base(d));

	bin = clamp((transit_us - d->anchor_us) / MX_DELAY_BIN_US);
	d->bin[bin] += d->weight * units;
	if (bin < d->low)
		d->low = (uint16_t)bin;
	if (bin > d->high)
		d->high = (uint16_t)bin;
	forget(d, units);

	d->recent[d->at] = transit_us;
	d->at = (d->at + 1) % MX_DELAY_RECENT;
	if (d->n < MX_DELAY_RECENT)
		d->n++;
	d->units = units;
}

int64_t mx_delay_base(const struct mx_delay *d)
{
	return d->base_us;
}

int64_t mx_delay_lately(const struct mx_delay *d)
{
	int64_t max = d->second[0].max;

	return d->seconds > 1 && d->second[1].max > max ? d->second[1].max :
		max;
}

/** The least of the last few transits: below it all would be late. After a
 *  step in the delay it knows sooner than the histogram does. */
static int64_t least_recent(const struct mx_delay *d)
{
	uint32_t n = RECENT_US / UNIT_US / d->units;
	int64_t least = INT64_MAX;

	if (n < 2)
		n = 2;
	for (uint32_t i = 0; i < n && i < d->n; i++) {
		int64_t transit = d->recent[(d->at + MX_DELAY_RECENT - 1 - i) %
					    MX_DELAY_RECENT];

		if (transit < least)
			least = transit;
	}
	return least;
}

/** The histogram summed up from its upper end: above[i] is what lies in bin i
 *  and over, without what is later than latest_us. A steady stream has but a
 *  few bins, and only those are touched: above[low] is all there is, and there
 *  is nothing from end on. */
struct tail {
	int low, end;
	uint32_t above[MX_DELAY_BINS];  /* [low] to [end - 1] are set */
	int64_t top_us;                 /* from here on all are in time */
	int64_t floor_us;               /* least_recent() */
};

static void sum_up(const struct mx_delay *d, struct tail *t)
{
	int64_t last = (d->latest_us - d->anchor_us) / MX_DELAY_BIN_US;
	uint32_t sum = 0;

	t->low = d->low;
	t->end = (int)(d->high < last ? d->high : last) + 1;
	for (int i = t->end - 1; i >= t->low; i--) {
		sum += d->bin[i];
		t->above[i] = sum;
	}
	t->top_us = d->anchor_us + (last + 1) * MX_DELAY_BIN_US + MARGIN_US;
	t->floor_us = least_recent(d);
}

static uint32_t above(const struct tail *t, int64_t bin)
{
	if (bin >= t->end)
		return 0;
	return t->above[bin < t->low ? t->low : bin];
}

/** Of 100 * per_cent_us, the share of packets that are not in time for q. A bin
 *  is in time as a whole or not at all: up to 1 ms more on the safe side. */
static int64_t late_share(const struct mx_delay *d, const struct tail *t,
			  int64_t q, int64_t per_cent_us)
{
	int64_t bin = (q - MARGIN_US - d->anchor_us) / MX_DELAY_BIN_US;

	return (int64_t)above(t, bin) * 100 * per_cent_us / above(t, 0);
}

/** What the delay itself costs. */
static int64_t delay_cost(const struct mx_delay *d, int64_t q)
{
	int64_t over = q - mx_delay_base(d);

	return over < EASY_US ? over * EASY_PERCENT / 100 :
		over - EASY_US * (100 - EASY_PERCENT) / 100;
}

/** What a playout transit costs, in microseconds over an arbitrary zero. */
static int64_t cost(const struct mx_delay *d, const struct tail *t,
		    const struct mx_delay_choice *c, int64_t q)
{
	int64_t late = 0;

	/* A packet that is a little late is made up in part only. */
	for (unsigned i = 0; i < d->units; i++)
		late += late_share(d, t, q + i * UNIT_US, LATE_US);
	late /= d->units;
	if (late == 0)
		late -= PEACE_US;
	late += late_share(d, t, q + HOLE_US, HOLE_COST_US);
	if (q < t->floor_us)
		late += 100 * LATE_US;
	if (c->ahead_us)
		late += late_share(d, t, q - c->ahead_us, LOST_US) *
			c->loss_q16 >> 16;
	return delay_cost(d, q) + late;
}

int mx_delay_steer(const struct mx_delay *d, const struct mx_delay_choice *c)
{
	int64_t base = mx_delay_base(d), best, least, here, gain_down;
	int64_t lo = base + c->min_us, hi = base + c->max_us;
	/* packets of odd lengths have steps of a sample: not each is tried */
	const int64_t stride = (STRIDE_US + c->step_us - 1) / c->step_us * c->step_us;
	struct tail t;

	if (d->n == 0)
		return 0;
	sum_up(d, &t);
	gain_down = GAIN_DOWN_US + (t.top_us - base) / 2;
	if (gain_down > GAIN_DOWN_MAX_US)
		gain_down = GAIN_DOWN_MAX_US;

	/* the lowest one allowed that is a whole number of steps from here */
	best = c->now_us + (lo - c->now_us) / c->step_us * c->step_us;
	if (best < lo)
		best += c->step_us;
	least = cost(d, &t, c, best);
	/* nothing above the first one that has all in time can be better */
	for (int64_t q = best; q < t.top_us + c->ahead_us &&
	     q + stride <= hi; ) {
		int64_t x;

		q += stride;
		x = cost(d, &t, c, q);
		if (x < least) {
			least = x;
			best = q;
		}
	}
	here = cost(d, &t, c, c->now_us);
	if (best > c->now_us && c->now_us >= lo && here - least <= GAIN_UP_US)
		return 0;
	if (best < c->now_us && c->now_us <= hi && !c->cheap &&
	    here - least <= gain_down)
		return 0;
	return (int)((best - c->now_us) / c->step_us);
}

int32_t mx_delay_miss(const struct mx_delay *d, int64_t now_us, int64_t q_us)
{
	int64_t now = (now_us - d->anchor_us) / MX_DELAY_BIN_US;
	int64_t due = (q_us - d->anchor_us) / MX_DELAY_BIN_US;
	uint64_t slow = 0, late = 0;

	for (int64_t i = now < d->low ? d->low : now; i <= d->high; i++) {
		slow += d->bin[i];
		if (i > due)
			late += d->bin[i];
	}
	/* none of late has taken so long: it is lost, or this is new */
	return slow ? (int32_t)(late * MX_DELAY_SURE / slow) : 0;
}

/* jbuf_skew.c - the slope of the line under the transits. */
#include "jbuf_skew.h"

#include <string.h>

enum {
	SPAN_MIN_MS = 1000, SPAN_MAX_MS = 8000,
	FEW = 8,                /* blocks, with which nothing can be said */
	FAR_MS = 1 << 30,
	FAR_US = (1 << 30) - 1, /* differences are an int */
	MOST_PPM = 1000,        /* no clock is worse */
	AGREE_PPM = 15,         /* halves may differ by this ... */
	AGREE_PART = 8,         /* ... and this part of the slope */
	AGREED = 4
};

/** Is b on or over the line from a to c? */
static bool is_over(const struct mx_skew *s, unsigned a, unsigned b, unsigned c)
{
	int64_t run = s->block[c].at_ms - s->block[a].at_ms;
	int64_t rise = s->block[c].least_us - s->block[a].least_us;

	return (s->block[b].least_us - s->block[a].least_us) * run >=
	       rise * (s->block[b].at_ms - s->block[a].at_ms);
}

/** The slope under blocks from to till - 1 in the middle of their time, in ppm
 *  by 256. */
static int64_t slope(const struct mx_skew *s, unsigned from, unsigned till)
{
	int64_t middle = ((int64_t)s->block[from].at_ms +
			  s->block[till - 1].at_ms) / 2;
	unsigned hull[MX_SKEW_BLOCKS], n = 0, i = 1;
	int64_t run;

	for (unsigned k = from; k < till; k++) {
		while (n >= 2 && is_over(s, hull[n - 2], hull[n - 1], k))
			n--;
		hull[n++] = k;
	}
	while (i < n - 1 && s->block[hull[i]].at_ms < middle)
		i++;
	run = s->block[hull[i]].at_ms - s->block[hull[i - 1]].at_ms;
	return run <= 0 ? 0 :
		((int64_t)s->block[hull[i]].least_us -
		 s->block[hull[i - 1]].least_us) * 1000 * 256 / run;
}

static bool agrees(int64_t part, int64_t all)
{
	int64_t off = part < all ? all - part : part - all;
	int64_t size = all < 0 ? -all : all;

	return off <= AGREE_PPM * 256 + size / AGREE_PART &&
	       size <= MOST_PPM * 256;
}

/** All blocks are over: what do they say? */
static void judge(struct mx_skew *s)
{
	int64_t all;

	if (s->n < FEW)
		return;
	all = slope(s, 0, s->n);
	if (!agrees(slope(s, 0, s->n / 2), all) ||
	    !agrees(slope(s, s->n / 2, s->n), all)) {
		s->agreed = 0;
		return;
	}
	if (s->agreed < AGREED)
		s->agreed++;
	if (s->agreed < AGREED)
		return;
	s->ppm_q8 = (int32_t)(s->known ? (s->ppm_q8 + all) / 2 : all);
	s->known = true;
}

/** Makes room in a full list. */
static void thin_out(struct mx_skew *s)
{
	if (s->span_ms >= SPAN_MAX_MS) {
		memmove(s->block, s->block + 1,
			(s->n - 1) * sizeof(s->block[0]));
		s->n--;
		return;
	}
	s->span_ms *= 2;
	for (unsigned i = 0; i < s->n / 2; i++) {
		unsigned less = s->block[2 * i + 1].least_us <
				s->block[2 * i].least_us;

		s->block[i] = s->block[2 * i + less];
	}
	s->n /= 2;
}

static void begin(struct mx_skew *s, int64_t transit_us, int64_t arrival_us)
{
	s->at0_us = arrival_us;
	s->transit0_us = transit_us;
	s->span_ms = SPAN_MIN_MS;
	s->n = s->agreed = 0;
}

void mx_skew_put(struct mx_skew *s, int64_t transit_us, int64_t arrival_us)
{
	int64_t at = (arrival_us - s->at0_us) / 1000;
	int64_t us = transit_us - s->transit0_us;
	unsigned last;
	bool over;

	if (s->n == 0 || at < 0 || at > FAR_MS || us > FAR_US || us < -FAR_US) {
		begin(s, transit_us, arrival_us);
		at = us = 0;
	}
	over = s->n == 0 || at - s->begun_ms >= s->span_ms;
	if (over) {
		judge(s);
		if (s->n == MX_SKEW_BLOCKS)
			thin_out(s);
		s->begun_ms = (int32_t)at;
		s->n++;
	}
	last = s->n - 1;
	if (!over && us >= s->block[last].least_us)
		return;
	s->block[last].at_ms = (int32_t)at;
	s->block[last].least_us = (int32_t)us;
}

void mx_skew_restart(struct mx_skew *s)
{
	s->n = s->agreed = 0;
}

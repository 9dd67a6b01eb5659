/* dtmf_inband.c - see dtmf_inband.h: from tones to presses. */
#include "dtmf_inband.h"

#include <errno.h>
#include <stdlib.h>

#include "dtmf_tone.h"

#define PURE            0.8f            /* a noise of -7 dB is still pure */
#define PART            0.6f            /* the rest of the window is before
					 * or after it */
/* By so much the power falls when a key is let go. */
#define GONE            0.1f

enum {
	/* of windows, for a press: 23 ms never have three, 40 ms always */
	HITS = 3, PURE_HITS = 2,
	GONE_FRAMES = 2,        /* longer than any hole that Q.24 forgives */
	VAGUE_FRAMES = 8,       /* neither gone nor there: it has ended */
	/* the same key so soon after a press in which frames were lost, or
	 * behind which, is the same press: 60 ms, less what it takes to find
	 * the end, and more what it takes to make out the next */
	SAME_PRESS = 8,
	LOST_NEAR = 4,          /* frames before the end was found */
	NEVER = 1000
};

struct mx_dtmf_inband {
	struct mx_dtmf_bank bank;
	int key;                /* that the last windows held, -1: none */
	unsigned hits, pure_hits;       /* so many windows */
	bool suspect;           /* the last one was pure */

	int down;               /* the press going on, -1: none */
	float power;            /* of its weaker tone */
	unsigned gone;          /* frames without it, at the end */
	unsigned vague;         /* windows that did not hold it */

	int last;               /* the press before, -1: none; frames since ... */
	unsigned since_up;      /* ... it ended */
	unsigned since_lost;    /* ... one was lost */
	bool holed;             /* ... and that was close to the end */
};

static const char pad[] = "123A456B789C*0#D";

int mx_dtmf_inband_new(struct mx_dtmf_inband **dp)
{
	struct mx_dtmf_inband *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->key = d->down = d->last = -1;
	d->since_lost = d->since_up = NEVER;
	*dp = d;
	return 0;
}

void mx_dtmf_inband_free(struct mx_dtmf_inband *d)
{
	free(d);
}

static void up(struct mx_dtmf_inband *d)
{
	d->last = d->down;
	d->down = -1;
	d->since_up = 0;
	d->holed = d->since_lost <= LOST_NEAR;
}

/* The key, if it is a press that was not told of yet. */
static char begin(struct mx_dtmf_inband *d, const struct mx_dtmf_tone *tone)
{
	bool same = tone->key == d->last && d->since_up <= SAME_PRESS &&
		(d->holed || d->since_lost <= d->since_up);

	if (d->down >= 0) {
		up(d);
		same = false;
	}
	d->down = tone->key;
	d->power = tone->power;
	d->gone = d->vague = 0;
	return same ? 0 : pad[d->down];
}

static void count_hits(struct mx_dtmf_inband *d, const struct mx_dtmf_tone *tone)
{
	d->suspect = false;
	if (d->bank.halves < 2)         /* just after a hole */
		return;
	if (tone->key < 0 || tone->purity < PART) {
		d->key = -1;
		d->hits = d->pure_hits = 0;
		return;
	}
	if (tone->key != d->key) {
		d->key = tone->key;
		d->hits = d->pure_hits = 0;
	}
	d->hits++;
	d->suspect = tone->purity >= PURE && tone->in_tune;
	if (d->suspect)
		d->pure_hits++;
}

static void watch_press(struct mx_dtmf_inband *d,
			const struct mx_dtmf_tone *tone)
{
	if (d->suspect && tone->key == d->down && tone->power > d->power)
		d->power = tone->power;
	if (d->hits > 0 && d->key == d->down)
		d->vague = 0;
	else
		d->vague++;
	if (mx_dtmf_bank_power(&d->bank, d->down) < GONE * d->power)
		d->gone++;
	else
		d->gone = 0;
	if (d->gone >= GONE_FRAMES || d->vague >= VAGUE_FRAMES)
		up(d);
}

static void age(unsigned *frames)
{
	if (*frames < NEVER)
		(*frames)++;
}

char mx_dtmf_inband_put(struct mx_dtmf_inband *d,
			const int16_t pcm[static MX_DTMF_INBAND_FRAME],
			bool lost)
{
	struct mx_dtmf_tone tone;

	age(&d->since_up);
	age(&d->since_lost);
	if (lost) {
		mx_dtmf_bank_break(&d->bank);
		d->since_lost = 0;
		return 0;
	}
	mx_dtmf_bank_put(&d->bank, pcm, &tone);
	count_hits(d, &tone);
	if (d->down >= 0)
		watch_press(d, &tone);
	/* just after a hole the counts are those of before it */
	if (d->hits >= HITS && d->pure_hits >= PURE_HITS &&
	    d->key != d->down && tone.key == d->key)
		return begin(d, &tone);
	return 0;
}

bool mx_dtmf_inband_is_tone(const struct mx_dtmf_inband *d)
{
	return d->down >= 0 || d->suspect;
}

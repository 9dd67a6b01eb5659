/* dtmf_inband.c - spandsp's DTMF receiver, told of lost packets. */
#include "dtmf_inband.h"

#include <errno.h>
#include <stdlib.h>

#include <spandsp.h>

enum {
	/* ITU-T Q.24 asks for 8 and 4 dB; the blocks are short, so measured
	 * twist is up to 2 dB off */
	TWIST_DB = 10, REVERSE_TWIST_DB = 6,
	KEEP_LEVEL_DBM0 = -99,          /* leaves spandsp's threshold, -42 */
	/* the same key so soon after a lost span is the same press */
	SAME_PRESS = 60 * MX_DTMF_INBAND_RATE_HZ / 1000,
	/* samples until the receiver is sure that a tone has ended: two blocks
	 * of 102, and the one that the end cut in two */
	LATENCY = 3 * 102
};

struct mx_dtmf_inband {
	dtmf_rx_state_t *rx;
	uint64_t now;           /* samples heard and lost so far */
	uint64_t lost_at;       /* of them, the last lost one; 0: none */
	char key;               /* heard last, or still heard */
	bool down;
	uint64_t up_at;         /* when it was found to have ended */
	char *keys;             /* of the put() going on ... */
	size_t n;               /* ... so many */
};

static bool is_same_press(const struct mx_dtmf_inband *d, char key)
{
	return key == d->key && d->lost_at &&
	       d->lost_at + LATENCY >= d->up_at &&
	       d->now - d->up_at <= SAME_PRESS;
}

/** The receiver has found a tone, or 0, the end of one. */
static void on_tone(void *arg, int code, int level, int delay)
{
	struct mx_dtmf_inband *d = arg;
	char key = (char)code;

	(void)level;
	(void)delay;
	if (d->down) {
		d->down = false;
		d->up_at = d->now;
	}
	if (!key)
		return;
	if (!is_same_press(d, key) && d->n < MX_DTMF_INBAND_MAX)
		d->keys[d->n++] = key;
	d->down = true;
	d->key = key;
}

int mx_dtmf_inband_new(struct mx_dtmf_inband **dp)
{
	struct mx_dtmf_inband *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->rx = dtmf_rx_init(NULL, NULL, NULL);
	if (!d->rx) {
		mx_dtmf_inband_free(d);
		return -ENOMEM;
	}
	dtmf_rx_parms(d->rx, false, TWIST_DB, REVERSE_TWIST_DB, KEEP_LEVEL_DBM0);
	dtmf_rx_set_realtime_callback(d->rx, on_tone, d);
	*dp = d;
	return 0;
}

void mx_dtmf_inband_free(struct mx_dtmf_inband *d)
{
	if (!d)
		return;
	if (d->rx)
		dtmf_rx_free(d->rx);
	free(d);
}

size_t mx_dtmf_inband_put(struct mx_dtmf_inband *d, const int16_t *pcm,
			  size_t n, bool lost,
			  char keys[static MX_DTMF_INBAND_MAX])
{
	d->keys = keys;
	d->n = 0;
	d->now += n;
	if (lost) {
		/* what has been heard so far stays; the lost part is no pause */
		dtmf_rx_fillin(d->rx, (int)n);
		d->lost_at = d->now;
	} else {
		dtmf_rx(d->rx, pcm, (int)n);
	}
	d->keys = NULL;
	return d->n;
}

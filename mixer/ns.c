/* ns.c - see ns.h */
#include "ns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <speex/speex_preprocess.h>

#include "resamp.h"
#include "vad.h"

static const uint32_t rates[] = { 8000, 16000, 24000, 44100, 48000 };
enum { RATES = sizeof(rates) / sizeof(rates[0]) };

enum {
	NOISY_DBOV = -55,       /* a line is, above that */
	CALM_DBOV = -60,        /* and is not, below that */
	NEAR_DB = 25,           /* speech over it */
	LONG = 500              /* frames: 5 s */
};

#define SMOOTH          0.01f           /* a frame of speech, in its level */

struct mx_ns {
	enum mx_ns_when when;
	SpeexPreprocessState *states[RATES], *state;    /* of the rate now */
	enum { NS_OFF, NS_PRIMED, NS_RUNS } is; /* PRIMED: the filter is full,
						 * its output not yet heard */
	float speech;           /* dBov, 0: none was heard yet */
	unsigned noisy, calm;   /* frames, up to LONG */
};

static void set(SpeexPreprocessState *st, int what, int value)
{
	speex_preprocess_ctl(st, what, &value);
}

int mx_ns_new(struct mx_ns **nsp, enum mx_ns_when when)
{
	struct mx_ns *ns = calloc(1, sizeof(*ns));

	if (!ns)
		return -ENOMEM;
	ns->when = when;
	for (int i = 0; i < RATES; i++) {
		ns->states[i] = speex_preprocess_state_init(
			(int)rates[i] / 100, (int)rates[i]);
		if (!ns->states[i]) {
			mx_ns_free(ns);
			return -ENOMEM;
		}
		set(ns->states[i], SPEEX_PREPROCESS_SET_DENOISE, 1);
		set(ns->states[i], SPEEX_PREPROCESS_SET_NOISE_SUPPRESS,
		    -MX_NS_DB);
	}
	*nsp = ns;
	return 0;
}

void mx_ns_free(struct mx_ns *ns)
{
	if (!ns)
		return;
	for (int i = 0; i < RATES; i++)
		if (ns->states[i])
			speex_preprocess_state_destroy(ns->states[i]);
	free(ns);
}

void mx_ns_tune(struct mx_ns *ns, uint32_t hz)
{
	ns->state = NULL;
	ns->is = NS_OFF;
	for (int i = 0; i < RATES; i++)
		if (rates[i] == hz)
			ns->state = ns->states[i];
}

/* ---- whether ----------------------------------------------------------- */

static void count(unsigned *frames, bool so)
{
	if (!so)
		*frames = 0;
	else if (*frames < LONG)
		(*frames)++;
}

static void listen(struct mx_ns *ns, const struct mx_vad *v)
{
	if (v->loud)
		ns->speech += (v->level - ns->speech) *
			(ns->speech < 0 ? SMOOTH : 1);
	count(&ns->noisy, v->floor > NOISY_DBOV &&
	      ns->speech < v->floor + NEAR_DB && ns->speech < 0);
	count(&ns->calm, v->floor < CALM_DBOV);
}

static bool is_wanted(const struct mx_ns *ns)
{
	if (ns->when != MX_NS_AUTO)
		return ns->when == MX_NS_ON;
	return ns->is == NS_OFF ? ns->noisy == LONG : ns->calm < LONG;
}

/* ---- the frame --------------------------------------------------------- */

static void fade(int16_t *out, const int16_t *from, const int16_t *to, size_t n)
{
	const int len = (int)n;

	for (int i = 0; i < len; i++)
		out[i] = (int16_t)(from[i] + (to[i] - from[i]) * i / len);
}

void mx_ns_run(struct mx_ns *ns, const struct mx_vad *v, int16_t *pcm, size_t n)
{
	int16_t clean[MX_RESAMP_FRAME_MAX];
	bool wanted;

	listen(ns, v);
	wanted = is_wanted(ns);
	if (!ns->state || (ns->is == NS_OFF && !wanted))
		return;
	memcpy(clean, pcm, n * sizeof(*pcm));
	speex_preprocess_run(ns->state, clean);
	switch (ns->is) {
	case NS_OFF:
		ns->is = NS_PRIMED;
		break;
	case NS_PRIMED:
		if (v->speech)          /* between words only */
			break;
		fade(pcm, pcm, clean, n);
		ns->is = NS_RUNS;
		break;
	case NS_RUNS:
		if (wanted || v->speech) {
			memcpy(pcm, clean, n * sizeof(*pcm));
			break;
		}
		fade(pcm, clean, pcm, n);
		ns->is = NS_OFF;
		break;
	}
}

bool mx_ns_is_on(const struct mx_ns *ns)
{
	return ns->is == NS_RUNS;
}

/* voice.c - see voice.h: which stages there are, and their order. */
#include "voice.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agc.h"
#include "music.h"
#include "vad.h"

struct mx_voice {
	const struct mx_dsp *dsp;
	struct mx_voice_opts opts;
	uint32_t hz;            /* 0: nothing comes */
	uint8_t rings;          /* frames for which stages still hold sound */
	struct mx_vad vad;
	struct mx_ns *ns;       /* NULL: none */
	struct mx_music *music; /* the same */
	struct mx_agc agc;
};

int mx_voice_new(struct mx_voice **vp, const struct mx_dsp *dsp,
		 const struct mx_voice_opts *opts)
{
	struct mx_voice *v = NULL;
	int err = 0;

	if (opts->agc || opts->music || opts->ns != MX_NS_OFF) {
		v = calloc(1, sizeof(*v));
		if (!v)
			return -ENOMEM;
		v->dsp = dsp;
		v->opts = *opts;
		mx_vad_init(&v->vad, 8000);
		mx_agc_init(&v->agc, 8000);
		if (opts->ns != MX_NS_OFF)
			err = mx_ns_new(&v->ns, opts->ns);
		if (!err && opts->music)
			err = mx_music_new(&v->music);
	}
	if (err)
		mx_voice_free(v);
	else
		*vp = v;
	return err;
}

void mx_voice_free(struct mx_voice *v)
{
	if (!v)
		return;
	mx_ns_free(v->ns);
	mx_music_free(v->music);
	free(v);
}

void mx_voice_follow(struct mx_voice *v, const struct mx_voice *from)
{
	if (!from)
		return;
	v->vad = from->vad;
	if (v->opts.agc && from->opts.agc)
		v->agc = from->agc;
	if (v->ns)
		mx_ns_tune(v->ns, from->hz);
	if (v->music && from->music)
		mx_music_follow(v->music, from->music);
	v->hz = from->hz;
	v->rings = from->rings;
}

void mx_voice_tune(struct mx_voice *v, uint32_t hz)
{
	if (hz == v->hz)
		return;
	v->hz = hz;
	if (hz == 0)
		return;
	mx_vad_tune(&v->vad, hz);
	if (v->ns)
		mx_ns_tune(v->ns, hz);
	mx_agc_tune(&v->agc, hz);
}

static void rest(struct mx_voice *v)
{
	mx_vad_rest(&v->vad);
	mx_agc_rest(&v->agc);
}

bool mx_voice_run(struct mx_voice *v, int16_t *pcm, size_t n, bool sound)
{
	if (!sound && v->rings == 0)
		return false;
	if (!sound)
		memset(pcm, 0, n * sizeof(*pcm));
	if (v->music && sound)
		mx_music_put(v->music, pcm, n);
	if (!v->ns && !v->opts.agc)
		return sound;
	mx_vad_put(&v->vad, pcm, n);
	if (v->ns)
		mx_ns_run(v->ns, &v->vad, pcm, n);
	if (v->opts.agc)
		mx_agc_run(&v->agc, v->dsp, &v->vad, pcm, n);
	v->rings = (uint8_t)(sound ? 1 + (v->ns != NULL) : v->rings - 1);
	if (v->rings == 0)
		rest(v);
	return true;
}

bool mx_voice_passes(const struct mx_voice *v)
{
	return fabsf(v->agc.gain_db) < MX_VOICE_PASSES_DB &&
		!mx_limit_acts(&v->agc.limit) &&
		!(v->ns && mx_ns_is_on(v->ns));
}

bool mx_voice_is_music(const struct mx_voice *v)
{
	return v->music && mx_music_is(v->music);
}

void mx_voice_stats(const struct mx_voice *v, struct mx_voice_stats *st)
{
	*st = (struct mx_voice_stats){
		.gain_db = (int8_t)lrintf(v->agc.gain_db),
		.speech_dbov = (int8_t)mx_agc_speech_dbov(&v->agc),
		.floor_dbov = (int8_t)lrintf(v->vad.floor),
		.ns = v->ns && mx_ns_is_on(v->ns),
	};
}

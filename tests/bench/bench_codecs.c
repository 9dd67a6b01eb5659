/*
 * bench_codecs.c - what a codec costs bare: microseconds of an encode and of a
 * decode of 20 ms, as a port does them.
 *
 *	bench_codecs [NAME[/CLOCK]]
 *
 * The sound is three tones at once, as the load client's talkers say them. The
 * median of some runs of a second of sound; a line of JSON a codec.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mixer/codec.h"
#include "mixer/dsp/dsp.h"
#include "tests/load/tone.h"

enum { PTIME_MS = 20, FRAMES = 50, RUNS = 9, TALKERS = 3, PAYLOAD_MAX = 2000 };

struct work {
	const struct mx_codec *codec;
	size_t n;                       /* samples a frame */
	int16_t pcm[FRAMES][MX_FRAME_MAX];
	uint8_t payload[FRAMES][PAYLOAD_MAX];
	int len[FRAMES];
	void *enc, *dec;
	int64_t encode_ns[RUNS], decode_ns[RUNS];
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void make_sound(struct work *w)
{
	struct tone tone[TALKERS];
	int16_t one[MX_FRAME_MAX];

	for (unsigned i = 0; i < TALKERS; i++)
		tone_init(&tone[i], tone_hz(0, i, TALKERS), w->codec->rate_hz,
			  -16);
	memset(w->pcm, 0, sizeof(w->pcm));
	for (unsigned f = 0; f < FRAMES; f++)
		for (unsigned i = 0; i < TALKERS; i++) {
			tone_make(&tone[i], one, w->n);
			for (size_t k = 0; k < w->n; k++)
				w->pcm[f][k] = (int16_t)(w->pcm[f][k] + one[k]);
		}
}

static void run(struct work *w, unsigned r)
{
	const struct mx_codec *c = w->codec;
	const struct mx_dsp *dsp = mx_dsp_best();
	int16_t out[MX_FRAME_MAX];
	int64_t begin = now_ns();

	for (unsigned f = 0; f < FRAMES; f++) {
		w->len[f] = c->encode(w->enc, dsp, w->pcm[f], w->n,
				      w->payload[f], PAYLOAD_MAX);
		if (w->len[f] < 0)
			abort();
	}
	w->encode_ns[r] = now_ns() - begin;
	begin = now_ns();
	for (unsigned f = 0; f < FRAMES; f++)
		if (w->len[f] > 0 &&
		    c->decode(w->dec, dsp, w->payload[f], (size_t)w->len[f],
			      out, MX_FRAME_MAX) < 0)
			abort();
	w->decode_ns[r] = now_ns() - begin;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double median_us(int64_t ns[RUNS])
{
	qsort(ns, RUNS, sizeof(*ns), by_size);
	return (double)ns[RUNS / 2] / 1e3 / FRAMES;
}

static int measure(struct work *w, const struct mx_codec *codec)
{
	w->codec = codec;
	w->n = codec->rate_hz / 1000 * PTIME_MS;
	if (codec->payload_max(w->n) > PAYLOAD_MAX ||
	    codec->payload_max(w->n) == 0)
		return 0;               /* its 20 ms fit no packet */
	w->enc = calloc(1, codec->enc_size() + 1);
	w->dec = calloc(1, codec->dec_size() + 1);
	if (!w->enc || !w->dec)
		return -1;
	codec->enc_init(w->enc, &(struct mx_codec_par){ 0 });
	codec->dec_init(w->dec);
	make_sound(w);
	for (unsigned r = 0; r < RUNS; r++)
		run(w, r);
	printf("{\"codec\": \"%s/%u/%u\", \"encode_us\": %.3f, "
	       "\"decode_us\": %.3f, \"enc_bytes\": %zu, \"dec_bytes\": %zu}\n",
	       codec->name, codec->clock_hz, codec->channels,
	       median_us(w->encode_ns), median_us(w->decode_ns),
	       codec->enc_size(), codec->dec_size());
	free(w->enc);
	free(w->dec);
	return 0;
}

int main(int argc, char **argv)
{
	static struct work w;
	const struct mx_codec *codec;
	int err = 0;

	if (argc > 1) {
		codec = mx_codec_by_name(argv[1], strlen(argv[1]));
		if (!codec) {
			fprintf(stderr, "bench_codecs: no codec %s\n", argv[1]);
			return 2;
		}
		return measure(&w, codec) < 0;
	}
	for (unsigned i = 0; !err && (codec = mx_codec_nth(i)); i++)
		err = measure(&w, codec);
	return err < 0;
}

/*
 * loss.c - what is played for lost packets: G.711 and G.722 against the same
 * packets with one-sided concealment, the last packet again, and silence; Opus
 * with and without FEC.
 */
#include <stdio.h>
#include <string.h>

#include "ear.h"
#include "mixer/codec_tables.h"
#include "quality.h"
#include "speech.h"
#include "stream.h"

enum { S = 1000000, LENGTH_US = 60 * S, BRIEF_US = 20 * S };

static int64_t length_of(const struct q_opt *opt)
{
	return opt->brief ? BRIEF_US : LENGTH_US;
}

struct heard {
	double distance, snr, delay, with_future;
	struct mx_jbuf_stats stats;
	double lost;
};

static struct heard listen(const struct q_receiver *receiver,
			   const struct q_call *call, const struct q_trace *t)
{
	struct q_plan plan = { .receiver = receiver, .call = call, .trace = t,
			       .phase_us = 5000 };
	struct q_result r;
	struct heard h;

	q_run(&plan, &r);
	h.distance = q_ear_distance(call->sent, r.pcm, r.n,
				    call->codec->rate_hz);
	h.snr = q_ear_snr(call->sent, call->n, r.pcm, r.at, r.made,
			  r.n / (call->codec->rate_hz / 200),
			  call->codec->rate_hz);
	h.delay = r.delay_mean;
	h.with_future = r.concealed > 0 ? 100 * r.with_future / r.concealed : 0;
	h.stats = r.stats;
	h.lost = r.lost;
	q_row("%-8s %-9s %-10s | %6.1f %7.0f | %7.2f %7.3f", call->codec->name,
	      t->name, receiver->name, h.delay, h.with_future, h.snr,
	      h.distance);
	q_result_free(&r);
	return h;
}

/** One network, over all voices or the first: ours against the others. */
struct against {
	double ours, theirs;    /* mean distance */
	double snr, their_snr, zeros_snr, repeat_snr;
	double delay;
};

static struct against compare(const struct q_opt *opt, const char *family,
			      const struct mx_codec *codec)
{
	unsigned voices = opt->brief ? 1 : Q_VOICES;
	struct against a = { 0 };

	for (unsigned v = 0; v < voices; v++) {
		struct q_call call;
		struct q_trace t;
		struct heard h, o;

		q_call_make(&call, codec, v, length_of(opt), 20, NULL, 0);
		q_net_make(&t, family, opt->seed + v, length_of(opt), NULL);
		h = listen(&q_ours, &call, &t);
		o = listen(&q_onesided, &call, &t);
		a.ours += h.distance / voices;
		a.theirs += o.distance / voices;
		a.snr += h.snr / voices;
		a.their_snr += o.snr / voices;
		a.delay += h.delay / voices;
		if (v == 0) {
			a.repeat_snr = listen(&q_repeat, &call, &t).snr;
			a.zeros_snr = listen(&q_zeros, &call, &t).snr;
		}
		q_net_free(&t);
		q_call_free(&call);
	}
	return a;
}

static void goals(const char *name, const struct against *a, double ratio,
		  double delay_ms)
{
	char text[64];

	snprintf(text, sizeof(text), "%s-distance", name);
	q_max(text, a->ours / a->theirs, "of one-sided", ratio);
	snprintf(text, sizeof(text), "%s-delay", name);
	q_max(text, a->delay, "ms", delay_ms);
}

static void plain(const struct q_opt *opt)
{
	struct against a = compare(opt, "loss10", &mx_codec_pcmu);

	goals("pcmu-loss10", &a, opt->brief ? 0.9 : 0.8, 40);
	q_min("pcmu-loss10-snr-over-onesided", a.snr - a.their_snr, "dB", 1.5);
	q_min("pcmu-loss10-snr-over-repeat", a.snr - a.repeat_snr, "dB", 3);
	q_min("pcmu-loss10-snr-over-zeros", a.snr - a.zeros_snr, "dB", 1.5);
	if (opt->brief)
		return;
	a = compare(opt, "loss5", &mx_codec_pcmu);
	goals("pcmu-loss5", &a, 0.8, 40);
	a = compare(opt, "loss20", &mx_codec_pcmu);
	goals("pcmu-loss20", &a, 0.85, 50);
	a = compare(opt, "ge8", &mx_codec_pcmu);
	goals("pcmu-ge8", &a, 0.95, 50);
	a = compare(opt, "loss1", &mx_codec_pcmu);
	q_max("pcmu-loss1-delay", a.delay, "ms", 30);
	a = compare(opt, "loss10", &mx_codec_g722);
	/* what its decoder makes of the packet behind a gap hides the gain */
	goals("g722-loss10", &a, 1, 40);
	q_min("g722-loss10-snr-over-onesided", a.snr - a.their_snr, "dB", 0.5);
	a = compare(opt, "loss10", &mx_codec_l16_16000);
	goals("l16-loss10", &a, 0.8, 40);
	/* row 3, the one-sided one without jitter: it has no adaptive buffer */
	a = compare(opt, "g20l10", &mx_codec_pcmu);
	q_max("g20l10-delay", a.delay, "ms", 120);
}

/** Lost ones before and after which packets come. */
static double single_losses(const struct q_trace *t)
{
	double n = 0;

	for (size_t i = 1; i + 1 < t->n; i++)
		n += t->packet[i].arrival_us < 0 &&
		     t->packet[i - 1].arrival_us >= 0 &&
		     t->packet[i + 1].arrival_us >= 0;
	return n;
}

static void opus(const struct q_opt *opt)
{
	const struct mx_codec_par fec = { .rate_hz = 16000, .fec = 1,
					  .bitrate = 32000 };
	const struct mx_codec_par none = { .rate_hz = 16000, .bitrate = 32000 };
	struct q_call call;
	struct q_trace t;
	struct heard with, without;
	double single;

	q_net_make(&t, "loss10", opt->seed, length_of(opt), NULL);
	single = single_losses(&t);
	q_call_make(&call, &mx_codec_opus, 0, length_of(opt), 20, &fec, 10);
	with = listen(&q_ours, &call, &t);
	q_call_free(&call);
	q_call_make(&call, &mx_codec_opus, 0, length_of(opt), 20, &none, 0);
	without = listen(&q_ours, &call, &t);
	q_call_free(&call);
	q_net_free(&t);
	q_row("opus: %.0f single losses of %.0f, FEC used %llu times", single,
	      with.lost, (unsigned long long)with.stats.fec_used);
	/* it takes seconds to learn that there is FEC and that it is needed */
	q_min("opus-fec-used", 100 * (double)with.stats.fec_used / single,
	      "% of single losses", opt->brief ? 70 : 85);
	q_max("opus-fec-distance", with.distance / without.distance,
	      "of without FEC", 0.7);
	q_max("opus-fec-delay", with.delay, "ms", 40);
}

static void run(const struct q_opt *opt)
{
	if (opt->trace)
		return;
	q_row("%-8s %-9s %-10s | %6s %7s | %7s %7s", "codec", "network",
	      "receiver", "delay", "future", "SNR", "dist");
	q_row("%-8s %-9s %-10s | %6s %7s | %7s", "", "", "", "ms", "%", "dB");
	plain(opt);
	opus(opt);
}

const struct q_group q_loss = { "loss", "concealment of lost packets, FEC", run };

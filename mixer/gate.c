/* gate.c - see gate.h */
#include "gate.h"

enum {
	RISE_PACKETS = 10,      /* the floor rises by 1 dB in so many */
	BIAS_MAX = 40
};

/* Down at once, up slowly: speech is no background, nor is silence (DTX). */
static void follow_floor(struct mx_gate *g, uint8_t loud)
{
	if (g->floor < MX_GATE_SILENT)
		g->floor = MX_GATE_SILENT;
	if (loud < g->floor && loud > MX_GATE_SILENT) {
		g->floor = loud;
		g->rise = 0;
	} else if (++g->rise == RISE_PACKETS) {
		g->floor = (uint8_t)(g->floor + (g->floor < loud));
		g->rise = 0;
	}
}

bool mx_gate_put(struct mx_gate *g, const struct mx_codec *codec,
		 const struct mx_dsp *dsp, const struct mx_pkt *pkt,
		 bool trusted)
{
	if (g->codec != codec)
		*g = (struct mx_gate){ .codec = codec, .loud_us = g->loud_us };
	if (trusted && pkt->level <= MX_LEVEL_SILENCE)
		g->loud = (uint8_t)(MX_LEVEL_SILENCE - pkt->level);
	else
		g->loud = mx_codec_loud(codec, &g->ear, dsp,
					pkt->data + pkt->off, pkt->len);
	follow_floor(g, g->loud);
	if (g->loud < MX_LOUD_SPEECH && g->loud <= g->floor + MX_GATE_OVER_DB)
		return false;
	g->loud_us = pkt->arrival_us;
	return true;
}

uint8_t mx_gate_loud(const struct mx_gate *g)
{
	int loud = g->loud + (g->loud < MX_LOUD_SPEECH ? g->bias : 0);

	return (uint8_t)(loud < 0 ? 0 : loud > MX_LEVEL_SILENCE ?
			 MX_LEVEL_SILENCE : loud);
}

void mx_gate_learn(struct mx_gate *g, uint8_t loud)
{
	int bias = loud - g->loud;

	/* What was loud before has not died away to nothing yet. */
	if (loud <= MX_GATE_SILENT)
		bias = g->loud > MX_GATE_SILENT ? MX_GATE_SILENT - g->loud : 0;
	if (bias > BIAS_MAX)
		bias = BIAS_MAX;
	if (bias < -BIAS_MAX)
		bias = -BIAS_MAX;
	g->bias = (int8_t)bias;
}

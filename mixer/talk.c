/* talk.c - see talk.h */
#include "talk.h"

#include <string.h>

#include "level.h"

enum {
	FLOOR_MIN = MX_LEVEL_SILENCE - 65,      /* -65 dBov */
	FLOOR_MAX = MX_LEVEL_SILENCE - MX_DSI_NOISE_MAX,
	DSI_TICKS = 2,                          /* 20 ms */
	BLOCK_TICKS = DSI_TICKS * MX_DSI_BLOCK
};

void mx_talk_init(struct mx_talk *t)
{
	memset(t, 0, sizeof(*t));
	t->floor = FLOOR_MIN;
	t->least = MX_LEVEL_SILENCE;
	/* Nothing is noise before two seconds of sound were heard. */
	memset(t->leasts, FLOOR_MIN, sizeof(t->leasts));
	t->quiet = MX_TALK_HANG;
}

static uint8_t least_of(const struct mx_talk *t)
{
	uint8_t least = t->leasts[0];

	for (unsigned i = 1; i < MX_TALK_WINDOWS; i++)
		if (t->leasts[i] < least)
			least = t->leasts[i];
	return least;
}

static uint8_t clamp(uint8_t loud)
{
	if (loud < FLOOR_MIN)
		return FLOOR_MIN;
	return loud > FLOOR_MAX ? FLOOR_MAX : loud;
}

/* Down at once, up only when a window has ended. */
static void follow_floor(struct mx_talk *t, uint8_t loud)
{
	if (loud < t->least)
		t->least = loud;
	if (++t->in_window == MX_TALK_WINDOW) {
		t->leasts[t->window] = t->least;
		t->window = (uint8_t)((t->window + 1) % MX_TALK_WINDOWS);
		t->least = MX_LEVEL_SILENCE;
		t->in_window = 0;
		t->floor = clamp(least_of(t));
	} else if (loud < t->floor) {
		t->floor = clamp(loud);
	}
}

static void judge(struct mx_talk *t, uint8_t loud)
{
	bool is_loud = loud > t->floor + MX_TALK_OVER_DB;

	t->recent = (uint8_t)((t->recent << 1 | is_loud) &
			      ((1 << MX_TALK_RECENT) - 1));
	if (__builtin_popcount(t->recent) >= 2) {
		t->quiet = 0;
		if (!t->active)         /* the first of them began it */
			t->age = t->recent & 4 ? 2 : 1;
		t->active = true;
	} else if (t->quiet < MX_TALK_HANG && ++t->quiet == MX_TALK_HANG) {
		t->active = false;
	}
	t->age++;
}

static void follow_peak(struct mx_talk *t, uint8_t loud)
{
	if (t->peak > 0)
		t->peak--;
	if (loud * 4 > t->peak)
		t->peak = (uint16_t)(loud * 4);
}

/* Blocks end at the same ticks for all. */
static void feed_dsi(struct mx_talk *t, uint64_t n, uint64_t energy,
		     uint32_t samples)
{
	t->energy += energy;
	t->samples += samples;
	if (n % DSI_TICKS == DSI_TICKS - 1) {
		t->level = mx_level(t->energy, t->samples);
		mx_dsi_put(&t->dsi, t->level);
		t->energy = 0;
		t->samples = 0;
	}
	if (n % BLOCK_TICKS == BLOCK_TICKS - 1)
		mx_dsi_block(&t->dsi);
}

void mx_talk_put(struct mx_talk *t, uint64_t n, uint64_t energy,
		 uint32_t samples)
{
	uint8_t loud = (uint8_t)(MX_LEVEL_SILENCE - mx_level(energy, samples));

	if (loud > 0)
		follow_floor(t, loud);
	judge(t, loud);
	follow_peak(t, loud);
	feed_dsi(t, n, energy, samples);
	t->idle = t->peak == 0 && !t->active && t->energy == 0 &&
		mx_dsi_is_still(&t->dsi);
}

void mx_talk_rest(struct mx_talk *t)
{
	t->idle = true;
	t->recent = 0;
	t->quiet = MX_TALK_HANG;
	t->active = false;
	t->peak = 0;
	t->energy = 0;
	t->samples = 0;
	t->level = MX_LEVEL_SILENCE;
	mx_dsi_rest(&t->dsi);
}

uint32_t mx_talk_ticks(const struct mx_talk *t)
{
	return t->age - t->quiet;
}

/* mix_play.c - a room: what is played to all. */
#include "mix_priv.h"

#include <errno.h>
#include <string.h>

static void note_played(struct mx_mix *mix, uint32_t id, bool whole)
{
	if (mix->n_played < MX_MIX_QUEUE)
		mix->played[mix->n_played++] = (struct played){ id, whole };
}

/* Starts the first list of the queue that can be played. */
static void start_next(struct mx_mix *mix)
{
	while (mix->queued > 0 &&
	       mx_play_start(&mix->play, &mix->queue[0].list) < 0) {
		note_played(mix, mix->queue[0].id, false);
		mix->queued--;
		memmove(&mix->queue[0], &mix->queue[1],
			mix->queued * sizeof(mix->queue[0]));
	}
}

int mx_mix_play(struct mx_mix *mix, const struct mx_play_list *list,
		uint32_t id)
{
	if (mix->queued == MX_MIX_QUEUE)
		return -ENOSPC;
	mix->queue[mix->queued].list = *list;
	mix->queue[mix->queued].id = id;
	if (mix->queued++ == 0)
		start_next(mix);
	return 0;
}

bool mx_mix_played(struct mx_mix *mix, uint32_t *id, bool *whole)
{
	if (mix->n_played == 0)
		return false;
	*id = mix->played[0].id;
	*whole = mix->played[0].whole;
	mix->n_played--;
	memmove(&mix->played[0], &mix->played[1],
		mix->n_played * sizeof(mix->played[0]));
	return true;
}

static void end_current(struct mx_mix *mix)
{
	note_played(mix, mix->queue[0].id, true);
	mix->queued--;
	memmove(&mix->queue[0], &mix->queue[1],
		mix->queued * sizeof(mix->queue[0]));
	start_next(mix);
}

int mx_mix_music(struct mx_mix *mix, const struct mx_play_list *list)
{
	int err = 0;

	if (list)
		err = mx_play_start(&mix->music, list);
	else
		mx_play_stop(&mix->music);
	mix->has_music = mx_play_active(&mix->music);
	return err;
}

bool mix_plays(const struct mx_mix *mix)
{
	return mix->queued > 0 || mix->has_music;
}

void mix_sum_play(struct mx_mix *mix)
{
	int16_t frame[MX_RESAMP_FRAME_MAX];

	if (mix->has_music) {
		mx_play_frame(&mix->music, frame);
		mx_bus_add(mix->bus, frame);
		mix->has_music = mx_play_active(&mix->music);
	}
	if (mix->queued > 0) {
		const enum mx_play_state state = mx_play_frame(&mix->play, frame);

		mx_bus_add(mix->bus, frame);
		if (state == MX_PLAY_ENDED)
			end_current(mix);
	}
}

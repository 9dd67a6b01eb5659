/* leg_say.c - a leg says a list of prompts through its port. */
#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "hub_int.h"
#include "leg_int.h"

enum { RETRY_MS = 100 };        /* the list counts as said when media is full */

static int64_t play_ms(const struct media_play *play)
{
	int64_t ms = 0;

	for (unsigned i = 0; i < play->n; i++)
		ms += (int64_t)(play->clips[i]->len * 1000 / play->clips[i]->rate_hz);
	return ms;
}

/* Sends the next piece of the list. */
static void play_more(struct leg *leg)
{
	struct speech *sp = &leg->speech;
	struct media_play play = { .id = ++sp->id };

	while (sp->next < sp->list.n && play.n < MEDIA_CLIPS_MAX)
		play.clips[play.n++] = hub_clip(leg->hub, leg->lang, &sp->list,
						sp->next++);
	if (media_port_play(leg->port, &play) == 0)
		timer_start(&sp->guard, play_ms(&play) + LEG_SAY_SPARE_MS);
	else
		timer_start(&sp->guard, RETRY_MS);
}

/* Legs begin at different pieces of a folder. */
static void play_music(struct leg *leg)
{
	struct speech *sp = &leg->speech;
	struct media_play play = { .id = ++sp->id, .quieter_db = sp->quieter_db };
	const uint32_t hz = leg->audio.codec ? leg->audio.codec->rate_hz : 8000;

	music_list(&sp->heard, leg->hub, sp->source, hz, (unsigned)leg->number, &play);
	if ((play.n ? media_port_play(leg->port, &play)
		    : media_port_stop(leg->port)) != 0)
		log_warn(leg->tag, "no music, media does not keep up");
}

static void list_over(struct leg *leg)
{
	leg->speech.saying = false;
	timer_stop(&leg->speech.guard);
	if (leg->speech.music)
		play_music(leg);
	leg_said(leg);
}

static void on_guard(void *arg)
{
	struct leg *leg = arg;

	log_warn(leg->tag, "prompt was not played in time");
	list_over(leg);
}

static void say(struct leg *leg, const struct say *what, bool music)
{
	struct speech *sp = &leg->speech;

	if (!leg->port || leg->state >= LEG_ENDING)
		return;
	sp->list = *what;
	sp->next = 0;
	sp->music = music;
	sp->saying = what->n > 0;
	timer_stop(&sp->guard);
	if (sp->saying)
		play_more(leg);
	else if (music)
		play_music(leg);
	if (!music)
		music_drop(&sp->heard);
}

void leg_say(struct leg *leg, const struct say *what)
{
	assert(what->n);
	say(leg, what, false);
}

void leg_say_music(struct leg *leg, const struct say *what)
{
	say(leg, what, true);
}

void leg_hush(struct leg *leg)
{
	struct speech *sp = &leg->speech;

	sp->id++;
	sp->saying = false;
	sp->music = false;
	timer_stop(&sp->guard);
	if (leg->port && leg->state < LEG_ENDING)
		media_port_stop(leg->port);
	music_drop(&sp->heard);
}

void leg_room_music(struct leg *leg, const char *source, uint32_t quieter_db)
{
	struct speech *sp = &leg->speech;

	if (strcmp(sp->source, source) == 0 && sp->quieter_db == quieter_db)
		return;
	str_copy(sp->source, sizeof(sp->source), source);
	sp->quieter_db = (uint8_t)quieter_db;
	if (sp->music && !sp->saying && leg->port && leg->state < LEG_ENDING)
		play_music(leg);
}

bool leg_is_saying(const struct leg *leg)
{
	return leg->speech.saying;
}

void speech_init(struct leg *leg)
{
	timer_init(&leg->speech.guard, leg->hub->loop, on_guard, leg);
}

void speech_fini(struct leg *leg)
{
	leg->speech.saying = false;
	timer_stop(&leg->speech.guard);
	music_drop(&leg->speech.heard);
}

void speech_played(struct leg *leg, uint32_t id, bool whole)
{
	struct speech *sp = &leg->speech;

	if (!sp->saying || id != sp->id)
		return;
	if (whole && sp->next < sp->list.n)
		play_more(leg);
	else
		list_over(leg);
}

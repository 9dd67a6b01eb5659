/*
 * test_sound.c - who may speak and hear, prompts, music to all, keys.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

static void muted_is_not_heard_and_deaf_hears_nothing(void **state)
{
	static const unsigned a[] = { 0 };
	struct sim s;
	struct sim_party *t, *muted, *deaf;
	struct mx_mix *room;
	size_t from;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	join(t = noisy(&s, 0), room);
	muted = noisy(&s, 1);
	mx_mix_add(room, muted->port, false, true);
	deaf = sim_party(&s, "L16", HZ, 2);
	mx_mix_add(room, deaf->port, true, false);
	sim_ticks(&s, 500);
	delay_of(muted, a, 1, SETTLED);
	for (size_t i = 0; i < t->heard; i++)
		assert_int_equal(t->pcm[i], 0);
	for (size_t i = 0; i < deaf->heard; i++)
		assert_int_equal(deaf->pcm[i], 0);
	assert_int_equal(deaf->packets, 250);

	mx_mix_voice(room, muted->port, true, true);
	mx_mix_voice(room, deaf->port, true, true);
	from = t->heard + HZ / 10;
	sim_ticks(&s, 500);
	delay_of(t, (const unsigned[]){ 1 }, 1, from);
	delay_of(deaf, (const unsigned[]){ 0, 1 }, 2, from);
	assert_int_equal(deaf->breaks + muted->breaks + t->breaks, 0);
	sim_close(&s);
}

/* Where pcm[CLIP] lies in what p heard beyond the voice of seed 0. */
static size_t find_over(const struct sim_party *p, size_t d, const int16_t *pcm,
			size_t from)
{
	for (size_t t = from; t + CLIP <= p->heard; t++) {
		size_t i = 0;

		while (i < CLIP && p->pcm[t + i] ==
		       pcm[i] + sim_noise(&seeds[0], t + i - d))
			i++;
		if (i == CLIP)
			return t;
	}
	fail_msg("the clip was not heard whole");
	return 0;
}

static void prompt_lies_over_the_room_for_one_alone(void **state)
{
	static const unsigned a[] = { 0 };
	int16_t pcm[CLIP];
	struct mx_clip clip = { HZ, CLIP, pcm };
	struct mx_play_list list = { .clips = { &clip }, .n = 1 };
	struct sim s;
	struct sim_party *t, *l, *other;
	struct mx_mix *room;
	size_t d, at;

	(void)state;
	fill_clip(pcm, 1234);
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	join(t = noisy(&s, 0), room);
	join(l = sim_party(&s, "L16", HZ, 2), room);
	join(other = sim_party(&s, "L16", HZ, 2), room);
	sim_ticks(&s, 400);
	mx_port_play(l->port, &list, 7);
	sim_ticks(&s, 400);

	d = delay_of(other, a, 1, SETTLED);
	at = find_over(l, d, pcm, SETTLED);
	assert_true(at >= 4 * HZ);
	assert_true(is_sum(l, a, 1, SETTLED, at, d));
	assert_true(is_sum(l, a, 1, at + CLIP, l->heard, d));
	assert_int_equal(l->n_played, 1);
	assert_int_equal(l->played[0], 7);
	assert_true(l->whole[0]);
	assert_int_equal(other->n_played, 0);
	sim_close(&s);
}

static void play_to_all_is_heard_by_all_in_turn(void **state)
{
	int16_t pcm[2][CLIP];
	struct mx_clip clip[2] = { { HZ, CLIP, pcm[0] }, { HZ, CLIP, pcm[1] } };
	struct mx_play_list list = { .n = 1 };
	struct sim s;
	struct sim_party *t, *l;
	struct mx_mix *room;
	size_t d, first, second;
	uint32_t id;
	bool whole;

	(void)state;
	fill_clip(pcm[0], 1);
	fill_clip(pcm[1], 2);
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	join(t = noisy(&s, 0), room);
	join(l = sim_party(&s, "L16", HZ, 2), room);
	sim_ticks(&s, 400);
	for (uint32_t i = 0; i < 2; i++) {
		list.clips[0] = &clip[i];
		assert_int_equal(mx_mix_play(room, &list, i), 0);
	}
	for (uint32_t i = 2; i < MX_MIX_QUEUE; i++)
		assert_int_equal(mx_mix_play(room, &list, i), 0);
	assert_true(mx_mix_play(room, &list, 99) < 0);
	sim_ticks(&s, 500);

	d = 0;
	while (!is_sum(l, (const unsigned[]){ 0 }, 1, SETTLED, SETTLED + 99, d))
		d++;
	first = find_over(l, d, pcm[0], 4 * HZ - HZ / 10);
	second = find_over(l, d, pcm[1], first);
	assert_int_equal(second - first, CLIP);
	for (uint32_t i = 0; i < MX_MIX_QUEUE; i++) {
		assert_true(mx_mix_played(room, &id, &whole));
		assert_int_equal(id, i);
		assert_true(whole);
	}
	assert_false(mx_mix_played(room, &id, &whole));
	sim_close(&s);
}

static void prompt_goes_on_when_its_listener_joins(void **state)
{
	int16_t pcm[CLIP * 2];
	struct mx_clip clip = { HZ, CLIP * 2, pcm };
	struct mx_play_list list = { .clips = { &clip }, .n = 1 };
	struct sim_tone tone = { 500, HZ, 8000 };
	struct sim s;
	struct sim_party *l;

	(void)state;
	for (uint64_t i = 0; i < CLIP * 2; i++)
		pcm[i] = sim_sine(&tone, i);
	sim_open(&s);
	l = sim_party(&s, "PCMU", HZ, 2);
	mx_port_play(l->port, &list, 1);
	sim_ticks(&s, 30);
	join(l, sim_room(&s, 16000, NULL, 0));
	sim_ticks(&s, 90);
	/* over 0.95 s of the one second it lasts, the change of rate included */
	assert_true(sim_goertzel(l->pcm + HZ / 40, HZ * 95 / 100, 500, HZ) >
		    -13.5);
	assert_int_equal(l->n_played, 1);
	assert_true(l->whole[0]);
	assert_int_equal(l->breaks, 0);
	sim_close(&s);
}

static void new_prompt_replaces_the_old_one(void **state)
{
	int16_t pcm[CLIP] = { 0 };
	struct mx_clip clip = { HZ, CLIP, pcm }, bad = { 11025, CLIP, pcm };
	struct mx_play_list list = { .clips = { &clip }, .n = 1, .loop = true };
	struct mx_play_list wrong = { .clips = { &bad }, .n = 1 };
	struct sim s;
	struct sim_party *l;

	(void)state;
	sim_open(&s);
	l = sim_party(&s, "PCMU", HZ, 2);
	mx_port_play(l->port, &list, 1);
	sim_ticks(&s, 300);
	assert_int_equal(l->n_played, 0);       /* over and over */
	mx_port_play(l->port, &list, 2);
	mx_port_stop(l->port);
	mx_port_stop(l->port);
	mx_port_play(l->port, &wrong, 3);
	sim_ticks(&s, 10);
	assert_int_equal(l->n_played, 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(l->played[i], i + 1);
		assert_false(l->whole[i]);
	}
	sim_close(&s);
}

static void digits_are_told_and_not_heard(void **state)
{
	static const unsigned a[] = { 0 };
	struct sim s;
	struct sim_party *t, *l;
	struct mx_mix *room;
	size_t from, silent = 0;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	join(t = noisy(&s, 0), room);
	join(l = sim_party(&s, "L16", HZ, 2), room);
	sim_ticks(&s, 400);
	from = l->heard;
	t->event_key = 5;
	t->events = true;
	sim_ticks(&s, 20);
	t->events = false;
	sim_ticks(&s, 380);
	assert_string_equal(t->keys, "5");
	for (size_t i = from; i < l->heard; i++)
		silent += l->pcm[i] == 0;
	/* 200 ms of key, the 40 ms after it, and what lay in the buffer */
	assert_in_range(silent, HZ * 200 / 1000, HZ * 600 / 1000);
	delay_of(l, a, 1, l->heard - 2 * HZ);
	sim_close(&s);
}

/* 100 ms of the key 5 every half second, from a tenth of one on. */
static int16_t presses(void *arg, uint64_t i)
{
	const double hz = *(const double *)arg;
	const double t = fmod((double)i / hz, 0.5) - 0.1;

	if (t < 0 || t >= 0.1)
		return 0;
	return (int16_t)lrint(8000 * sin(2 * M_PI * 770 * t) +
			      8000 * sin(2 * M_PI * 1336 * t));
}

/* Ten presses, each cut from the room within one packet of 20 ms. */
static void keys_in_the_sound_are_told_and_not_heard(void **state)
{
	static const struct {
		const char *name;
		uint32_t hz, room_hz;
	} codecs[] = { { "PCMU", 8000, 8000 }, { "L16", 16000, 16000 } };

	(void)state;
	for (size_t c = 0; c < sizeof(codecs) / sizeof(codecs[0]); c++) {
		double hz = codecs[c].hz;
		struct sim s;
		struct sim_party *t, *l;
		struct mx_mix *room;
		size_t heard = 0;

		sim_open(&s);
		room = sim_room(&s, codecs[c].room_hz, NULL, 0);
		join(t = sim_party(&s, codecs[c].name, codecs[c].hz, 2), room);
		sim_listen(t);
		t->voice = presses;
		t->arg = &hz;
		join(l = sim_party(&s, codecs[c].name, codecs[c].hz, 2), room);
		sim_ticks(&s, 500);
		assert_string_equal(t->keys, "5555555555");
		for (size_t i = 0; i < l->heard; i++)
			heard += abs(l->pcm[i]) > 16;
		assert_in_range(heard, 1, 10 * codecs[c].hz / 50);
		sim_close(&s);
	}
}

/* Who sends events says his keys by them: the same tone is not told twice. */
static void keys_in_the_sound_are_told_until_an_event_comes(void **state)
{
	double hz = 8000;
	struct sim s;
	struct sim_party *t;
	struct mx_mix *room;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, 8000, NULL, 0);
	join(t = sim_party(&s, "PCMU", 8000, 2), room);
	sim_listen(t);
	t->voice = presses;
	t->arg = &hz;
	sim_ticks(&s, 200);
	assert_string_equal(t->keys, "5555");
	t->event_key = 7;
	t->events = true;
	sim_ticks(&s, 10);
	t->events = false;
	sim_ticks(&s, 200);
	assert_string_equal(t->keys, "55557");
	sim_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(muted_is_not_heard_and_deaf_hears_nothing),
		cmocka_unit_test(prompt_lies_over_the_room_for_one_alone),
		cmocka_unit_test(play_to_all_is_heard_by_all_in_turn),
		cmocka_unit_test(prompt_goes_on_when_its_listener_joins),
		cmocka_unit_test(new_prompt_replaces_the_old_one),
		cmocka_unit_test(digits_are_told_and_not_heard),
		cmocka_unit_test(keys_in_the_sound_are_told_and_not_heard),
		cmocka_unit_test(keys_in_the_sound_are_told_until_an_event_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_stream.c - music that goes on and on: the ring between one writer and its
 * players; sources that are files, folders, nothing at all, decoded once for
 * all by real GStreamer.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/counter.h"
#include "base/loop.h"
#include "files/stream.h"
#include "mixer/dsp/dsp.h"
#include "mixer/play.h"
#include "mixer/stream.h"

enum { HZ = 8000, DELAY = HZ * MX_STREAM_DELAY_MS / 1000, WAIT_MS = 20000 };

/* ---- the ring ----------------------------------------------------------- */

static void put_ramp(struct mx_stream *s, int from, int n)
{
	for (int i = 0; i < n; i++) {
		const int16_t v = (int16_t)(from + i);

		mx_stream_put(s, &v, 1);
	}
}

static void each_reader_gets_every_sample_a_while_later(void **state)
{
	struct mx_stream *s = NULL;
	uint64_t a = 0, b = 0;
	int16_t out[100];

	(void)state;
	assert_int_equal(mx_stream_new(&s, HZ), 0);
	put_ramp(s, 0, DELAY);
	assert_int_equal(mx_stream_get(s, &a, out, 100), 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(out[i], i);
	put_ramp(s, DELAY, 50);
	assert_int_equal(mx_stream_get(s, &b, out, 10), 10);
	assert_int_equal(out[0], 50);           /* he began later */
	assert_int_equal(mx_stream_get(s, &a, out, 1), 1);
	assert_int_equal(out[0], 100);
	mx_stream_free(s);
}

static void who_is_too_fast_gets_nothing_and_who_is_too_slow_goes_on(void **state)
{
	struct mx_stream *s = NULL;
	uint64_t pos = 0;
	int16_t out[2 * DELAY];

	(void)state;
	assert_int_equal(mx_stream_new(&s, HZ), 0);
	put_ramp(s, 0, DELAY);
	assert_int_equal(mx_stream_get(s, &pos, out, 2 * DELAY), DELAY);
	assert_int_equal(mx_stream_get(s, &pos, out, 1), 0);
	put_ramp(s, 7, 1);
	assert_int_equal(mx_stream_get(s, &pos, out, 2), 1);
	assert_int_equal(out[0], 7);            /* nothing was lost by that */
	put_ramp(s, 0, 3 * HZ);                 /* run over */
	assert_int_equal(mx_stream_get(s, &pos, out, 1), 1);
	assert_int_equal(out[0], 3 * HZ - DELAY);
	mx_stream_free(s);
}

static void a_rate_that_is_none_is_refused(void **state)
{
	struct mx_stream *s = NULL;

	(void)state;
	assert_int_equal(mx_stream_new(&s, 11025), -EINVAL);
	mx_stream_free(NULL);
}

static void a_player_plays_it_quieter_and_without_an_end(void **state)
{
	struct mx_resamp_bank *bank = NULL;
	struct mx_stream *s = NULL;
	struct mx_play p;
	struct mx_play_list list = { .n = 1, .loop = true, .quieter_db = 20 };
	int16_t loud[DELAY], out[80];

	(void)state;
	for (int i = 0; i < DELAY; i++)
		loud[i] = -10000;
	assert_int_equal(mx_resamp_bank_new(&bank, mx_dsp_best()), 0);
	assert_int_equal(mx_stream_new(&s, HZ), 0);
	assert_int_equal(mx_play_init(&p, bank, HZ), 0);
	mx_stream_put(s, loud, DELAY);
	list.clips[0] = mx_stream_clip(s);
	assert_int_equal(mx_play_start(&p, &list), 0);
	for (int i = 0; i < 2 * DELAY / 80; i++) {
		assert_int_equal(mx_play_frame(&p, out), MX_PLAY_GOING);
		assert_in_range(out[40] + 1002, 0,  i < DELAY / 80 ? 3 : 1002);
	}
	assert_int_equal(out[40], 0);           /* the source is behind: silence */
	mx_play_stop(&p);
	mx_stream_free(s);
	mx_resamp_bank_free(bank);
}

/* ---- sources ------------------------------------------------------------ */

static struct loop *loop;
static struct streams *streams;
static char dir[64];

static void le(FILE *f, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++, v >>= 8)
		fputc((int)(v & 0xff), f);
}

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* A sine of hz at 16 kHz. */
static void make_wav(const char *name, double hz, double seconds)
{
	const uint32_t n = (uint32_t)(16000 * seconds);
	FILE *f = fopen(path_of(name), "w");

	assert_non_null(f);
	fputs("RIFF", f);
	le(f, 36 + n * 2, 4);
	fputs("WAVEfmt ", f);
	le(f, 16, 4);
	le(f, 1, 2);
	le(f, 1, 2);
	le(f, 16000, 4);
	le(f, 32000, 4);
	le(f, 2, 2);
	le(f, 16, 2);
	fputs("data", f);
	le(f, n * 2, 4);
	for (uint32_t i = 0; i < n; i++)
		le(f, (uint32_t)(int32_t)lrint(10000 * sin(6.2831853 * hz * i / 16000)), 2);
	fclose(f);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/confab-stream-%d", (int)getpid());
	if (mkdir(dir, 0700) != 0 || loop_new(&loop) != 0)
		return -1;
	return streams_new(&streams, loop);
}

static int tear_down(void **state)
{
	static const char *const names[] = { "a.wav", "b.wav", "junk.wav", "later.wav" };

	(void)state;
	streams_free(streams);
	loop_free(loop);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	return rmdir(dir);
}

/* Reads on until there is sound of about that frequency for a tenth of a second
 * (0: silence), as told by how often it crosses zero. */
static bool hears(const struct mx_clip *clip, uint64_t *pos, double hz)
{
	const int n = (int)clip->rate_hz / 10, want = (int)lrint(2 * hz * 0.1);
	int16_t pcm[4800], last = 0;
	int have = 0, crossings = 0;

	for (int ms = 0; ms < WAIT_MS; ms += 10) {
		have += (int)mx_stream_get(mx_stream_of(clip), pos, pcm + have,
					   (size_t)(n - have));
		if (have < n) {
			usleep(10000);
			continue;
		}
		crossings = 0;
		for (int i = 0; i < n; i++) {
			crossings += pcm[i] && (pcm[i] > 0) != (last > 0);
			last = pcm[i] ? pcm[i] : last;
		}
		if (abs(crossings - want) <= 2)
			return true;
		have = 0;
	}
	return false;
}

static bool wait_running(unsigned n)
{
	for (int ms = 0; ms < WAIT_MS && streams_running(streams) != n; ms += 10)
		usleep(10000);
	return streams_running(streams) == n;
}

static bool wait_failures(uint64_t n)
{
	for (int ms = 0; ms < WAIT_MS && streams_failures(streams) < n; ms += 10)
		usleep(10000);
	return streams_failures(streams) >= n;
}

static void one_source_and_rate_is_decoded_once(void **state)
{
	struct stream *a, *b, *c;
	uint64_t pa = 0, pb = 0, pc = 0;

	(void)state;
	make_wav("a.wav", 500, 0.4);            /* over and over */
	a = stream_take(streams, path_of("a.wav"), 8000);
	b = stream_take(streams, path_of("a.wav"), 8000);
	c = stream_take(streams, path_of("a.wav"), 16000);
	assert_non_null(a);
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	assert_int_equal(stream_clip(c)->rate_hz, 16000);
	assert_true(hears(stream_clip(a), &pa, 500));
	assert_true(hears(stream_clip(c), &pc, 500));
	assert_int_equal(streams_running(streams), 2);
	assert_true(hears(stream_clip(b), &pb, 500));
	stream_drop(c);
	assert_true(wait_running(1));
	stream_drop(b);
	for (int i = 0; i < 20; i++)            /* two seconds: five rounds */
		assert_true(hears(stream_clip(a), &pa, 500));
	stream_drop(a);
	assert_true(wait_running(0));
	a = stream_take(streams, path_of("a.wav"), 8000);
	pa = 0;
	assert_true(hears(stream_clip(a), &pa, 0));     /* and not what was left */
	assert_true(hears(stream_clip(a), &pa, 500));
	stream_drop(a);
	assert_true(wait_running(0));
	assert_int_equal(streams_failures(streams), 0);
}

static void a_folder_is_played_by_name_and_junk_left_out(void **state)
{
	struct stream *st;
	uint64_t pos = 0, failures = streams_failures(streams);
	FILE *f = fopen(path_of("junk.wav"), "w");

	(void)state;
	fputs("junk", f);
	fclose(f);
	make_wav("a.wav", 500, 1);
	make_wav("b.wav", 900, 1);
	st = stream_take(streams, dir, 8000);
	assert_true(hears(stream_clip(st), &pos, 500));
	assert_true(hears(stream_clip(st), &pos, 900));
	assert_true(wait_failures(failures + 1));       /* junk */
	assert_true(hears(stream_clip(st), &pos, 500));
	stream_drop(st);
	assert_true(wait_running(0));
}

static void what_is_not_there_is_silence_and_tried_again(void **state)
{
	struct stream *st;
	uint64_t pos = 0, failures = streams_failures(streams);
	const uint64_t counted = counter_get(CNT_MUSIC_FAILED);

	(void)state;
	st = stream_take(streams, path_of("later.wav"), 8000);
	assert_true(wait_failures(failures + 1));
	assert_true(hears(stream_clip(st), &pos, 0));
	make_wav("later.wav", 700, 1);
	assert_true(hears(stream_clip(st), &pos, 700));
	assert_true(counter_get(CNT_MUSIC_FAILED) > counted);
	stream_drop(st);
	st = stream_take(streams, "http://127.0.0.1:1/none", 8000);
	failures = streams_failures(streams);
	assert_true(wait_failures(failures + 2));       /* a second later */
	stream_drop(st);
	assert_true(wait_running(0));
}

static void there_are_bounds(void **state)
{
	char source[STREAM_SOURCE_MAX + 1] = "";
	struct stream *st[STREAMS_MAX], *more;
	int n = 0;

	(void)state;
	memset(source, 'a', sizeof(source) - 1);
	assert_null(stream_take(streams, source, 8000));
	while (n < STREAMS_MAX) {
		snprintf(source, sizeof(source), "none://%d", n);
		more = stream_take(streams, source, 8000);
		if (!more)
			break;
		st[n++] = more;
	}
	assert_true(n > STREAMS_MAX / 2 && n < STREAMS_MAX);    /* some were there */
	while (n > 0)
		stream_drop(st[--n]);
	assert_true(wait_running(0));
	stream_drop(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reader_gets_every_sample_a_while_later),
		cmocka_unit_test(who_is_too_fast_gets_nothing_and_who_is_too_slow_goes_on),
		cmocka_unit_test(a_rate_that_is_none_is_refused),
		cmocka_unit_test(a_player_plays_it_quieter_and_without_an_end),
		cmocka_unit_test(one_source_and_rate_is_decoded_once),
		cmocka_unit_test(a_folder_is_played_by_name_and_junk_left_out),
		cmocka_unit_test(what_is_not_there_is_silence_and_tried_again),
		cmocka_unit_test(there_are_bounds),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

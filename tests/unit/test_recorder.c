/*
 * test_recorder.c - src/files/recorder: what is in the file, silence for what
 * is missing, files that cannot be written, and a process that dies.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/box.h"
#include "base/loop.h"
#include "files/decode.h"
#include "files/recorder.h"
#include "mixer/tap.h"

enum { WAIT_US = 20000000 };

static char dir[64];

struct take {
	struct loop *loop;
	struct recorder *recorder;
	struct recording *rec;
	struct box *box;
	char path[96];
	uint32_t ts;
	bool done;
	struct recording_result result;
};

static void on_done(void *arg, const struct recording_result *result)
{
	struct take *t = arg;

	t->result = *result;
	t->done = true;
}

static int begin(struct take *t, const char *name)
{
	struct recording_cfg cfg = { .path = t->path, .done = on_done, .arg = t };

	memset(t, 0, sizeof(*t));
	snprintf(t->path, sizeof(t->path), "%s/%s", dir, name);
	t->ts = 4294967295u - 48000;    /* wraps after a second */
	assert_int_equal(loop_new(&t->loop), 0);
	assert_int_equal(recorder_new(&t->recorder, t->loop), 0);
	assert_int_equal(box_new(&t->box, RECORDING_BOX,
				 sizeof(struct mx_tap_frame)), 0);
	cfg.frames = t->box;
	return recorder_begin(t->recorder, &cfg, &t->rec);
}

static void put(struct take *t, const struct mx_tap_frame *f)
{
	const int64_t end = loop_now_us() + WAIT_US;

	while (box_put(t->box, f) != 0 && !t->done) {
		assert_true(loop_now_us() < end);
		loop_wait(t->loop, 5);
	}
}

/* So many frames of a tone; hz 0: they are lost on the way. */
static void tone(struct take *t, unsigned frames, double hz)
{
	struct mx_tap_frame f;

	for (unsigned k = 0; k < frames && !t->done; k++) {
		for (unsigned i = 0; i < MX_TAP_LEN && hz > 0; i++) {
			double s = 8000 * sin(2 * M_PI * hz / MX_TAP_HZ *
					      (k * MX_TAP_LEN + i));
			int16_t v = (int16_t)lrint(s);

			f.pcm[2 * i] = (uint8_t)((uint16_t)v >> 8);
			f.pcm[2 * i + 1] = (uint8_t)v;
		}
		f.ts = t->ts;
		t->ts += MX_TAP_LEN;
		if (hz > 0)
			put(t, &f);
	}
}

static void wait_done(struct take *t)
{
	const int64_t end = loop_now_us() + WAIT_US;

	while (!t->done) {
		assert_true(loop_now_us() < end);
		loop_wait(t->loop, 50);
	}
}

static void finish(struct take *t)
{
	recorder_end(t->rec);
	wait_done(t);
}

static void clean(struct take *t)
{
	recorder_free(t->recorder);
	box_free(t->box);
	loop_free(t->loop);
}

static const struct mx_clip *decoded(const char *path)
{
	const struct mx_clip *clip = NULL;
	const atomic_bool stop = false;
	char err[256] = "";
	bool cut;

	assert_int_equal(decode_file(&clip, path, 60, &stop, &cut, err,
				     sizeof(err)), 0);
	return clip;
}

/* RMS of what a clip holds of one frequency, from..to in ms. */
static double level(const struct mx_clip *c, unsigned from, unsigned to, double hz)
{
	const size_t a = (size_t)from * c->rate_hz / 1000;
	const size_t b = (size_t)to * c->rate_hz / 1000;
	double re = 0, im = 0;

	assert_true(b <= c->len);
	for (size_t i = a; i < b; i++) {
		double w = 2 * M_PI * hz * (double)i / c->rate_hz;

		re += c->pcm[i] * cos(w);
		im += c->pcm[i] * sin(w);
	}
	return sqrt(2) * hypot(re, im) / (double)(b - a);
}

static double rms(const struct mx_clip *c, unsigned from, unsigned to)
{
	const size_t a = (size_t)from * c->rate_hz / 1000;
	const size_t b = (size_t)to * c->rate_hz / 1000;
	double sum = 0;

	assert_true(b <= c->len);
	for (size_t i = a; i < b; i++)
		sum += (double)c->pcm[i] * c->pcm[i];
	return sqrt(sum / (double)(b - a));
}

static void ms_near(uint64_t ms, uint64_t want, uint64_t by)
{
	if (ms + by < want || ms > want + by)
		fail_msg("%llu ms, not %llu", (unsigned long long)ms,
			 (unsigned long long)want);
}

/* ---- what is in the file ------------------------------------------------ */

static void a_second_of_the_room_is_a_second_of_the_file(void **state)
{
	const struct mx_clip *c;
	struct take t;

	(void)state;
	assert_int_equal(begin(&t, "whole.ogg"), 0);
	tone(&t, 200, 700);
	tone(&t, 150, 0);
	tone(&t, 100, 1100);
	finish(&t);
	assert_int_equal(t.result.err, 0);
	assert_int_equal(t.result.ms, 4500);
	assert_int_equal(t.result.silence_ms, 1500);

	c = decoded(t.path);
	ms_near(c->len * 1000 / c->rate_hz, 4500, 20);
	assert_true(level(c, 200, 1900, 700) > 5000);
	assert_true(rms(c, 2100, 3400) < 20);
	assert_true(level(c, 3600, 4400, 1100) > 5000);
	decode_free(c);
	clean(&t);
}

static void frames_of_the_past_are_dropped(void **state)
{
	struct take t;

	(void)state;
	assert_int_equal(begin(&t, "past.ogg"), 0);
	tone(&t, 100, 700);
	t.ts -= 10 * MX_TAP_LEN;
	tone(&t, 20, 700);
	finish(&t);
	assert_int_equal(t.result.err, 0);
	assert_int_equal(t.result.ms, 1100);
	clean(&t);
}

static void an_empty_recording_is_an_end_too(void **state)
{
	struct take t;

	(void)state;
	assert_int_equal(begin(&t, "empty.ogg"), 0);
	finish(&t);
	assert_int_equal(t.result.ms, 0);
	clean(&t);
}

static void freeing_the_recorder_makes_files_whole(void **state)
{
	const struct mx_clip *c;
	struct take t;

	(void)state;
	assert_int_equal(begin(&t, "freed.ogg"), 0);
	tone(&t, 100, 700);
	clean(&t);
	assert_true(t.done);
	assert_int_equal(t.result.err, 0);
	assert_int_equal(t.result.ms, 1000);
	c = decoded(t.path);
	ms_near(c->len * 1000 / c->rate_hz, 1000, 20);
	decode_free(c);
}

/* ---- what cannot be written --------------------------------------------- */

static void a_file_that_exists_is_left_alone(void **state)
{
	struct take t;
	char path[96], buf[8] = "";
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/old.ogg", dir);
	f = fopen(path, "w");
	fputs("old", f);
	fclose(f);
	assert_int_equal(begin(&t, "old.ogg"), 0);
	wait_done(&t);
	assert_int_equal(t.result.err, -EEXIST);
	assert_string_equal(t.result.why, "File exists");
	f = fopen(path, "r");
	assert_non_null(fgets(buf, sizeof(buf), f));
	fclose(f);
	assert_string_equal(buf, "old");
	clean(&t);
}

static void a_folder_that_is_not_there(void **state)
{
	struct take t;

	(void)state;
	assert_int_equal(begin(&t, "no/such.ogg"), 0);
	wait_done(&t);
	assert_int_equal(t.result.err, -ENOENT);
	clean(&t);
}

/* The disk is full: said, and the rest of the server goes on. */
static void a_file_that_cannot_grow(void **state)
{
	struct rlimit old, small;
	struct take t;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 4096;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(begin(&t, "full.ogg"), 0);
	tone(&t, 1000, 700);
	if (!t.done)
		recorder_end(t.rec);
	wait_done(&t);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(t.result.err, -EIO);
	assert_true(*t.result.why);
	clean(&t);
}

/* ---- a process that dies ------------------------------------------------ */

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

static void what_was_written_survives_a_kill(void **state)
{
	const int64_t end = loop_now_us() + WAIT_US;
	const struct mx_clip *c;
	char path[96];
	pid_t pid;

	(void)state;
	snprintf(path, sizeof(path), "%s/killed.ogg", dir);
	pid = fork();
	if (pid == 0) {
		struct take t;

		if (begin(&t, "killed.ogg") == 0)
			tone(&t, 500, 700);
		pause();
		_exit(1);
	}
	/* 40 kbit/s: four seconds have some 20 KB */
	while (size_of(path) < 14000) {
		assert_true(loop_now_us() < end);
		usleep(20000);
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	c = decoded(path);
	assert_true(c->len > 2 * c->rate_hz);
	assert_true(level(c, 200, 1900, 700) > 5000);
	decode_free(c);
}

static int set_up(void **state)
{
	char err[256];

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_recorder.XXXXXX");
	return mkdtemp(dir) ? decode_init(err, sizeof(err)) : -1;
}

static int tear_down(void **state)
{
	static const char *const names[] = {
		"whole", "past", "empty", "freed", "old", "full", "killed"
	};
	char path[96];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s.ogg", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* first: a fork before there are threads */
		cmocka_unit_test(what_was_written_survives_a_kill),
		cmocka_unit_test(a_second_of_the_room_is_a_second_of_the_file),
		cmocka_unit_test(frames_of_the_past_are_dropped),
		cmocka_unit_test(an_empty_recording_is_an_end_too),
		cmocka_unit_test(freeing_the_recorder_makes_files_whole),
		cmocka_unit_test(a_file_that_exists_is_left_alone),
		cmocka_unit_test(a_folder_that_is_not_there),
		cmocka_unit_test(a_file_that_cannot_grow),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

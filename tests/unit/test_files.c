/*
 * test_files.c - src/files: real prompts of Debian's package, made files, and
 * what is no sound file at all.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/counter.h"
#include "base/loop.h"
#include "files/decode.h"
#include "files/files.h"

static const char debian[] = "/usr/share/asterisk/sounds";

static struct loop *loop;
static char dir[64];

/* ---- made files --------------------------------------------------------- */

static void le(FILE *f, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++, v >>= 8)
		fputc((int)(v & 0xff), f);
}

/* A WAV file of a sine of 400 Hz, the second channel silent; half: cut off in
 * the middle of its data. */
static void make_wav(const char *name, uint32_t rate, unsigned channels,
		     double seconds)
{
	const uint32_t n = (uint32_t)(rate * seconds), bytes = n * channels * 2;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("RIFF", f);
	le(f, 36 + bytes, 4);
	fputs("WAVEfmt ", f);
	le(f, 16, 4);
	le(f, 1, 2);
	le(f, channels, 2);
	le(f, rate, 4);
	le(f, rate * channels * 2, 4);
	le(f, channels * 2, 2);
	le(f, 16, 2);
	fputs("data", f);
	le(f, bytes, 4);
	for (uint32_t i = 0; i < n; i++) {
		double s = 16000 * sin(2 * 3.14159265358979 * 400 * i / rate);

		le(f, (uint32_t)(int32_t)s, 2);
		for (unsigned c = 1; c < channels; c++)
			le(f, 0, 2);
	}
	fclose(f);
}

static void make_file(const char *name, const void *data, size_t len)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

static void make_dir(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_files.XXXXXX");
	assert_non_null(mkdtemp(dir));
	make_dir("music");
	assert_int_equal(loop_new(&loop), 0);
	return 0;
}

static void remove_all(const char *path, const char *const names[])
{
	char file[192];

	for (; *names; names++) {
		snprintf(file, sizeof(file), "%s/%s", path, *names);
		unlink(file);
	}
	rmdir(path);
}

static int teardown(void **state)
{
	static const char *const names[] = {
		"a.wav", "b.wav", "junk.wav", "empty.wav", "cut.wav", "long.wav",
		"none.wav", NULL
	};
	char sub[80];

	(void)state;
	loop_free(loop);
	loop = NULL;
	snprintf(sub, sizeof(sub), "%s/music", dir);
	remove_all(sub, names);
	snprintf(sub, sizeof(sub), "%s/en", dir);
	remove_all(sub, names);
	remove_all(dir, names);
	return 0;
}

/* ---- loading ------------------------------------------------------------ */

struct load {
	bool done;
	size_t missing;
};

static void on_done(size_t missing, void *arg)
{
	struct load *l = arg;

	assert_false(l->done);
	l->done = true;
	l->missing = missing;
}

static struct files *open_files(const char *sounds, const char *music)
{
	struct files_cfg cfg;
	struct files *f = NULL;

	snprintf(cfg.sounds, sizeof(cfg.sounds), "%s", sounds);
	snprintf(cfg.music, sizeof(cfg.music), "%s", music);
	assert_int_equal(files_new(&f, &cfg, loop), 0);
	return f;
}

/* How many are missing. */
static size_t load_in(struct files *f, const char *lang,
		      const char *const names[], size_t n)
{
	struct load l = { 0 };
	int64_t until = loop_now_us() + 60 * 1000000LL;

	assert_int_equal(files_load(f, lang, names, n, on_done, &l), 0);
	while (!l.done && loop_now_us() < until)
		loop_wait(loop, 1000);
	assert_true(l.done);
	return l.missing;
}

static size_t load(struct files *f, const char *const names[], size_t n)
{
	return load_in(f, "en", names, n);
}

/* The amplitude of a tone in a clip. */
static double tone(const struct mx_clip *c, double hz)
{
	double re = 0, im = 0;

	for (size_t i = 0; i < c->len; i++) {
		double w = 2 * 3.14159265358979 * hz * (double)i / c->rate_hz;

		re += c->pcm[i] * cos(w);
		im += c->pcm[i] * sin(w);
	}
	return 2 * sqrt(re * re + im * im) / (double)c->len;
}

static void debians_prompts_are_decoded_at_their_own_rate(void **state)
{
	static const char *const names[] = {
		"conf-getpin", "digits/7", "vm-goodbye"
	};
	char none[80];
	struct files *f;

	(void)state;
	if (access(debian, R_OK) != 0)
		skip();
	snprintf(none, sizeof(none), "%s/music", dir);
	f = open_files(debian, none);
	assert_int_equal(load(f, names, 3), 0);
	for (size_t i = 0; i < 3; i++) {
		const struct mx_clip *c = files_clip(f, "en", names[i]);
		int loud = 0;

		assert_true(files_has(f, "en", names[i]));
		assert_int_equal(c->rate_hz, 8000);
		for (size_t k = 0; k < c->len; k++)
			loud += c->pcm[k] > 1000;
		assert_true(loud > 100);
	}
	/* soxi says 2.39 s */
	assert_in_range(files_clip(f, "en", "conf-getpin")->len, 19000, 19200);
	assert_ptr_equal(files_clip(f, "en", "conf-getpin"), files_clip(f, "en", "conf-getpin"));
	files_free(f);
}

static void rate_and_channels_become_what_a_clip_can_have(void **state)
{
	static const struct {
		uint32_t rate, want;
		unsigned channels;
	} rows[] = {
		{ 8000, 8000, 1 }, { 11025, 16000, 1 }, { 16000, 16000, 2 },
		{ 22050, 24000, 2 }, { 24000, 24000, 1 }, { 44100, 48000, 2 },
		{ 48000, 48000, 1 }, { 96000, 48000, 1 }
	};
	char path[80];
	const atomic_bool stop = false;

	(void)state;
	snprintf(path, sizeof(path), "%s/a.wav", dir);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mx_clip *c = NULL;
		char err[128] = "";
		bool cut = true;
		double want = rows[i].channels == 1 ? 16000 : 8000;

		make_wav("a.wav", rows[i].rate, rows[i].channels, 1);
		assert_int_equal(decode_init(err, sizeof(err)), 0);
		assert_int_equal(decode_file(&c, path, 10, &stop, &cut, err,
					     sizeof(err)), 0);
		assert_false(cut);
		assert_int_equal(c->rate_hz, rows[i].want);
		assert_in_range(c->len, rows[i].want * 99 / 100,
				rows[i].want * 101 / 100);
		assert_true(fabs(tone(c, 400) - want) < want * 0.05);
		decode_free(c);
	}
}

static void what_is_too_long_is_cut(void **state)
{
	const struct mx_clip *c = NULL;
	const atomic_bool stop = false;
	char path[80], err[128];
	bool cut = false;

	(void)state;
	make_wav("long.wav", 8000, 1, 5);
	snprintf(path, sizeof(path), "%s/long.wav", dir);
	assert_int_equal(decode_init(err, sizeof(err)), 0);
	assert_int_equal(decode_file(&c, path, 2, &stop, &cut, err, sizeof(err)), 0);
	assert_true(cut);
	assert_int_equal(c->len, 16000);
	decode_free(c);
}

static void what_cannot_be_read_is_a_tone_and_counted(void **state)
{
	static const char *const names[] = { "a", "none", "junk", "empty" };
	static const char junk[] = "this is no sound, whatever its name says, "
				   "however long one looks at it .............";
	struct files *f;
	char music[80];

	(void)state;
	make_wav("a.wav", 16000, 1, 0.5);
	make_file("junk.wav", junk, sizeof(junk));
	make_file("empty.wav", "", 0);
	snprintf(music, sizeof(music), "%s/music", dir);
	f = open_files(dir, music);
	assert_int_equal(load(f, names, 4), 3);
	assert_true(files_has(f, "en", "a"));
	for (size_t i = 1; i < 4; i++) {
		const struct mx_clip *c = files_clip(f, "en", names[i]);

		assert_false(files_has(f, "en", names[i]));
		assert_non_null(c);
		assert_true(c->len > 0 && c->len < c->rate_hz);
		assert_ptr_equal(c, files_clip(f, "en", "never heard of"));
		assert_ptr_not_equal(c, files_clip(f, "en", "a"));
	}
	files_free(f);
}

static void a_prompt_may_lie_in_a_language_folder(void **state)
{
	static const char *const names[] = { "b" };
	struct files *f;

	(void)state;
	make_dir("en");
	make_wav("en/b.wav", 8000, 1, 0.3);
	f = open_files(dir, "/nowhere");
	assert_int_equal(load(f, names, 1), 0);
	assert_int_equal(files_clip(f, "en", "b")->len, 2400);
	files_free(f);
}

static void what_a_language_lacks_is_english_and_counted(void **state)
{
	static const char *const names[] = { "a", "b" };
	const uint64_t before = counter_get(CNT_PROMPT_FALLBACK);
	const uint64_t missing = counter_get(CNT_PROMPT_MISSING);
	struct files *f;

	(void)state;
	make_dir("en");
	make_dir("fr_CA_f_June");
	make_dir("it");
	make_wav("en/a.wav", 8000, 1, 0.3);
	make_wav("en/b.wav", 8000, 1, 0.4);
	make_wav("fr_CA_f_June/b.wav", 8000, 1, 0.5);
	make_wav("it/a.wav", 8000, 1, 0.6);
	f = open_files(dir, "/nowhere");
	assert_int_equal(load(f, names, 2), 0);
	assert_int_equal(load_in(f, "fr", names, 2), 1);
	assert_int_equal(load_in(f, "it", names, 2), 1);
	assert_int_equal(files_clip(f, "fr", "b")->len, 4000);
	assert_int_equal(files_clip(f, "it", "a")->len, 4800);
	assert_int_equal(counter_get(CNT_PROMPT_FALLBACK), before);
	assert_ptr_equal(files_clip(f, "fr", "a"), files_clip(f, "en", "a"));
	assert_int_equal(counter_get(CNT_PROMPT_FALLBACK), before + 1);
	assert_ptr_equal(files_clip(f, "ru", "b"), files_clip(f, "en", "b"));
	assert_false(files_has(f, "fr", "a"));
	assert_true(files_has(f, "fr", "b"));
	/* what no language has is a tone, and only English counts as missing */
	assert_ptr_equal(files_clip(f, "fr", "c"), files_clip(f, "en", "c"));
	assert_int_equal(counter_get(CNT_PROMPT_MISSING), missing);
	files_free(f);
}

static void a_clip_is_a_tone_until_it_is_loaded(void **state)
{
	static const char *const names[] = { "a" };
	const struct mx_clip *before;
	struct files *f;

	(void)state;
	make_wav("a.wav", 8000, 1, 2);
	f = open_files(dir, "/nowhere");
	before = files_clip(f, "en", "a");
	assert_int_equal(load(f, names, 1), 0);
	assert_ptr_not_equal(files_clip(f, "en", "a"), before);
	assert_int_equal(files_clip(f, "en", "a")->len, 16000);
	files_free(f);
}

static void music_is_all_that_plays_in_its_folder(void **state)
{
	char music[80];
	struct files *f;

	(void)state;
	make_wav("music/a.wav", 8000, 1, 3);
	make_wav("music/b.wav", 44100, 2, 1);
	make_file("music/junk.wav", "junk", 4);
	snprintf(music, sizeof(music), "%s/music", dir);
	f = open_files(dir, music);
	assert_int_equal(load(f, NULL, 0), 0);
	assert_int_equal(files_music(f, 0)->len, 24000);
	assert_int_equal(files_music(f, 1)->rate_hz, 48000);
	assert_null(files_music(f, 2));
	files_free(f);
}

static void without_music_there_is_a_quiet_tone(void **state)
{
	const struct mx_clip *c;
	struct files *f;
	int peak = 0;

	(void)state;
	f = open_files(dir, "/nowhere");
	assert_int_equal(load(f, NULL, 0), 0);
	c = files_music(f, 0);
	assert_non_null(c);
	assert_null(files_music(f, 1));
	for (size_t i = 0; i < c->len; i++)
		if (c->pcm[i] > peak)
			peak = c->pcm[i];
	assert_in_range(peak, 100, 1000);
	files_free(f);
}

static void freeing_in_the_middle_of_a_load_waits_for_nothing(void **state)
{
	static const char *const names[] = { "a", "a", "a", "a", "a", "a", "a" };
	int64_t begun;
	struct load l = { 0 };
	struct files *f;

	(void)state;
	make_wav("a.wav", 48000, 2, 20);
	f = open_files(dir, dir);
	assert_int_equal(files_load(f, "en", names, 7, on_done, &l), 0);
	loop_wait(loop, 20);
	begun = loop_now_us();
	files_free(f);
	assert_true(loop_now_us() - begun < 3 * 1000000);
	assert_false(l.done);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(debians_prompts_are_decoded_at_their_own_rate),
		TEST(rate_and_channels_become_what_a_clip_can_have),
		TEST(what_is_too_long_is_cut),
		TEST(what_cannot_be_read_is_a_tone_and_counted),
		TEST(a_prompt_may_lie_in_a_language_folder),
		TEST(what_a_language_lacks_is_english_and_counted),
		TEST(a_clip_is_a_tone_until_it_is_loaded),
		TEST(music_is_all_that_plays_in_its_folder),
		TEST(without_music_there_is_a_quiet_tone),
		TEST(freeing_in_the_middle_of_a_load_waits_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_hold_music.c - music is told from all else: with the music and the
 * prompts of five languages that Debian has, in G.711, where they are installed;
 * and with what machines say.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mixer/codec.h"
#include "mixer/dsp/dsp.h"
#include "mixer/music.h"
#include "t_speech.h"

enum {
	RATE = 8000, FRAME = RATE / 100, LEN_MAX = RATE * 60
};

static struct mx_music *music;
static int16_t file[LEN_MAX];
static size_t len;

static int setup(void **state)
{
	(void)state;
	return mx_music_new(&music);
}

static int teardown(void **state)
{
	(void)state;
	mx_music_free(music);
	return 0;
}

/* A frame by way of PCMU. */
static void put(const int16_t *pcm)
{
	const struct mx_codec *g711 = mx_codec_by_pt(0);
	uint8_t bytes[FRAME];
	int16_t back[FRAME];

	assert_int_equal(g711->encode(NULL, mx_dsp_best(), pcm, FRAME, bytes, sizeof(bytes)),
			 FRAME);
	assert_int_equal(g711->decode(NULL, mx_dsp_best(), bytes, FRAME, back, FRAME), FRAME);
	mx_music_put(music, back, FRAME);
}

/* RIFF of 8 kHz, 16 bit, one channel, as Debian's are; from: seconds. */
static void load(const char *path, double from)
{
	FILE *f = fopen(path, "rb");

	assert_non_null(f);
	assert_int_equal(fseek(f, 44 + 2 * (long)(from * RATE), SEEK_SET), 0);
	len = fread(file, sizeof(file[0]), LEN_MAX, f);
	fclose(f);
}

/* Seconds of file[] from `at` on until it is judged so; -1: it never is. */
static double until(bool is, double at, double most)
{
	for (size_t i = 0; i < (size_t)(most * 100); i++) {
		const size_t from = (size_t)(at * RATE) + i * FRAME;

		if (from + FRAME > len)
			break;
		put(file + from);
		if (mx_music_is(music) == is)
			return (double)(i + 1) / 100;
	}
	return -1;
}

/* ---- music --------------------------------------------------------------- */

static const char folder[] = "/usr/share/asterisk/moh";

/* Calls fn for each piece; how many there are. */
static unsigned each_piece(void (*fn)(const char *path))
{
	DIR *dir = opendir(folder);
	const struct dirent *e;
	unsigned n = 0;

	while (dir && (e = readdir(dir))) {
		const char *dot = strrchr(e->d_name, '.');
		char path[512];

		if (!dot || strcmp(dot, ".wav") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		fn(path);
		n++;
	}
	if (dir)
		closedir(dir);
	return n;
}

static void is_found(const char *path)
{
	double took;

	teardown(NULL);
	setup(NULL);
	load(path, 0);
	took = until(true, 0, 10);
	print_message("%s: after %.1f s\n", path + sizeof(folder), took);
	assert_true(took > 0);
	assert_true(until(false, took, 30) < 0);        /* and so it stays */
}

static void music_is_found_within_ten_seconds(void **state)
{
	(void)state;
	if (each_piece(is_found) == 0)
		skip();
}

/* As Opus brings it. */
static void is_found_at_48k(const char *path)
{
	int16_t pcm[6 * FRAME];

	teardown(NULL);
	setup(NULL);
	load(path, 20);
	for (size_t i = 0; i + FRAME < (size_t)RATE * 12; i += FRAME) {
		for (size_t k = 0; k < 6 * FRAME; k++) {
			const int a = file[i + k / 6], b = file[i + k / 6 + 1];

			pcm[k] = (int16_t)(a + (b - a) * (int)(k % 6) / 6);
		}
		mx_music_put(music, pcm, 6 * FRAME);
	}
	assert_true(mx_music_is(music));
}

static void rate_does_not_matter(void **state)
{
	(void)state;
	if (each_piece(is_found_at_48k) == 0)
		skip();
}

static void is_over_when_he_speaks(const char *path)
{
	static const char *const said[] = {
		"en_US_f_Allison", "es_MX_f_Allison", "fr_CA_f_June",
		"it_IT_m_Carlo", "ru_RU_f_IvrvoiceRU"
	};

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		char prompt[256];
		double took;

		snprintf(prompt, sizeof(prompt), "/usr/share/asterisk/sounds/%s/"
			 "demo-congrats.wav", said[i]);
		teardown(NULL);
		setup(NULL);
		load(path, 10);
		assert_true(until(true, 0, 12) > 0);
		load(prompt, 1);
		took = until(false, 0, 5);
		print_message("%s after %s: %.2f s\n", said[i],
			      path + sizeof(folder), took);
		assert_true(took > 0 && took < 2.5);
	}
}

static void speech_ends_it(void **state)
{
	(void)state;
	if (access("/usr/share/asterisk/sounds/en_US_f_Allison", R_OK) != 0 ||
	    each_piece(is_over_when_he_speaks) == 0)
		skip();
}

/* ---- speech -------------------------------------------------------------- */

static double minutes;
static uint32_t seed = 1;

/* A prompt, and a pause of 0.2 to 0.9 s. */
static int listen_to(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	static const int16_t silence[FRAME];
	const char *dot = strrchr(path, '.');

	(void)st;
	(void)ftw;
	if (type != FTW_F || !dot || strcmp(dot, ".wav") != 0)
		return 0;
	load(path, 0);
	minutes += (double)len / RATE / 60;
	if (until(true, 0, 60) >= 0) {
		print_message("taken for music: %s\n", path);
		return 1;
	}
	for (unsigned i = 0; i < 20 + t_rand(&seed) % 70; i++)
		put(silence);
	return 0;
}

static void speech_is_never_music(void **state)
{
	(void)state;
	assert_int_not_equal(nftw("/usr/share/asterisk/sounds", listen_to, 8, FTW_PHYS), 1);
	print_message("%.0f minutes of speech\n", minutes);
	if (minutes < 1)
		skip();
}

/* ---- what machines say --------------------------------------------------- */

/* Half a minute of sound, made frame by frame; n is the sample. */
static void is_not_music(const char *what, double (*fn)(size_t n))
{
	print_message("%s\n", what);
	teardown(NULL);
	setup(NULL);
	for (size_t i = 0; i < (size_t)RATE * 30; i += FRAME) {
		int16_t pcm[FRAME];

		for (size_t k = 0; k < FRAME; k++)
			pcm[k] = t_clip(fn(i + k));
		put(pcm);
		assert_false(mx_music_is(music));
	}
}

static double sine(double hz, size_t n)
{
	return 4000 * sin(2 * M_PI * hz * (double)n / RATE);
}

/* On for so long, then off. */
static double paced(double v, size_t n, double on, double off)
{
	return fmod((double)n / RATE, on + off) < on ? v : 0;
}

static double white(void)
{
	return (double)t_rand(&seed) / 2147483648.0 - 1;
}

static double silence(size_t n) { (void)n; return 0; }
static double noise(size_t n) { (void)n; return 3000 * white(); }
static double tone(size_t n) { return sine(1004, n); }
static double dial(size_t n) { return sine(350, n) + sine(440, n); }
static double busy(size_t n) { return paced(sine(425, n), n, 0.48, 0.48); }
static double congested(size_t n) { return paced(sine(480, n) + sine(620, n), n, 0.25, 0.25); }
static double ringing(size_t n) { return paced(sine(440, n) + sine(480, n), n, 2, 4); }

/* Special information: three tones, over and over. */
static double sit(size_t n)
{
	static const double hz[] = { 985, 1428, 1777 };

	return sine(hz[n / (RATE / 3) % 3], n);
}

static double keys(size_t n)
{
	static const double rows[] = { 697, 770, 852, 941 }, cols[] = { 1209, 1336, 1477, 1633 };
	const size_t key = n / (RATE * 2 / 5);

	return paced(sine(rows[key % 4], n) + sine(cols[key / 4 % 4], n), n, 0.3, 0.1);
}

/* Of the mains, with what a bad supply makes of it, over a hiss. */
static double hum(size_t n)
{
	double sum = 300 * white();

	for (int k = 1; k < 20; k++)
		sum += sine(50 * k, n) / k;
	return sum;
}

static void machines_are_not_music(void **state)
{
	static const struct { const char *name; double (*fn)(size_t n); } all[] = {
		{ "silence", silence }, { "noise", noise }, { "tone", tone },
		{ "dial", dial }, { "busy", busy }, { "congested", congested },
		{ "ringing", ringing }, { "sit", sit }, { "keys", keys },
		{ "hum", hum }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		is_not_music(all[i].name, all[i].fn);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(music_is_found_within_ten_seconds),
		TEST(rate_does_not_matter),
		TEST(speech_ends_it),
		TEST(speech_is_never_music),
		TEST(machines_are_not_music)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

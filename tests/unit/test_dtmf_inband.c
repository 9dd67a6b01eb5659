/* test_dtmf_inband.c - keys heard in the sound: each press once, losses or
 * not, and none in speech. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mixer/dtmf_inband.h"
#include "t_rand.h"

enum { RATE = MX_DTMF_INBAND_RATE_HZ, FRAME = MX_DTMF_INBAND_FRAME, LEN_MAX = RATE * 250 };

static const char all_keys[] = "123A456B789C*0#D";

/** What is sent, and what is heard of it. */
static int16_t pcm[LEN_MAX];
static size_t len;
static char heard[4096];
static size_t n_heard;

struct press {
	int on_ms, off_ms;
	double hz_off;          /* part by which the tones are too high */
	double level_dbm0;      /* of each tone */
	double twist_db;        /* the low one louder by */
};

static void press(char key, const struct press *p)
{
	static const double low[] = { 697, 770, 852, 941 };
	static const double high[] = { 1209, 1336, 1477, 1633 };
	int k = (int)(strchr(all_keys, key) - all_keys);
	/* 0 dBm0 is a sine 3.14 dB below full scale */
	double full = 32767 * pow(10, -3.14 / 20);
	double a = full * pow(10, (p->level_dbm0 + p->twist_db / 2) / 20);
	double b = full * pow(10, (p->level_dbm0 - p->twist_db / 2) / 20);
	double wa = 2 * M_PI * low[k / 4] * (1 + p->hz_off) / RATE;
	double wb = 2 * M_PI * high[k % 4] * (1 + p->hz_off) / RATE;

	assert_true(len + (size_t)(p->on_ms + p->off_ms) * 8 <= LEN_MAX);
	for (int i = 0; i < p->on_ms * 8; i++)
		pcm[len++] = (int16_t)(a * sin(wa * i) + b * sin(wb * i));
	for (int i = 0; i < p->off_ms * 8; i++)
		pcm[len++] = 0;
}

/** White noise so many dB under two tones of -10 dBm0. */
static void add_noise(double snr_db)
{
	const double full = 32767 * pow(10, -3.14 / 20);
	const double rms = full * pow(10, -10.0 / 20) * pow(10, -snr_db / 20);
	uint32_t seed = 77;

	for (size_t i = 0; i < len; i++)
		pcm[i] = (int16_t)(pcm[i] + rms * sqrt(3) *
			((double)t_rand(&seed) / 2147483648.0 - 1));
}

/** Listens to all of pcm, 20 ms packets lost at percent. */
static void listen(unsigned percent, uint32_t seed)
{
	static const int16_t nothing[FRAME];
	struct mx_dtmf_inband *d;
	bool lost = false;

	n_heard = 0;
	assert_int_equal(mx_dtmf_inband_new(&d), 0);
	for (size_t i = 0; i + FRAME <= len; i += FRAME) {
		char key;

		if (i % (2 * FRAME) == 0)
			lost = t_rand(&seed) % 100 < percent;
		key = mx_dtmf_inband_put(d, lost ? nothing : pcm + i, lost);
		assert_true(n_heard + 1 < sizeof(heard));
		if (key)
			heard[n_heard++] = key;
	}
	heard[n_heard] = 0;
	mx_dtmf_inband_free(d);
}

static void every_key_is_heard_once(void **state)
{
	static const struct press ways[] = {
		{ 100, 100, 0, -10, 0 }, { 50, 50, 0, -10, 0 },
		{ 40, 40, 0, -10, 0 }, { 1000, 200, 0, -10, 0 },
		{ 50, 50, 0, -36, 0 }, { 50, 50, 0, -6, 0 },
		{ 50, 50, 0, -10, 7 }, { 70, 50, 0, -10, 8 }, { 50, 50, 0, -10, -4 },
		{ 50, 50, 0.015, -10, 0 }, { 50, 50, -0.015, -10, 0 },
		{ 40, 40, 0.018, -10, 0 }, { 40, 40, -0.018, -10, 0 },
		{ 50, 50, 0, -10, 9 }, { 50, 50, 0, -10, -5 },
		{ 50, 50, 0.015, -25, 8 }, { 50, 50, -0.015, -25, -4 },
	};

	(void)state;
	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		len = 0;
		for (const char *k = all_keys; *k; k++)
			press(*k, &ways[w]);
		press('1', &ways[w]);
		press('1', &ways[w]);           /* twice is two presses */
		listen(0, 1);
		if (strcmp(heard, "123A456B789C*0#D11") != 0)
			fail_msg("way %zu: heard %s", w, heard);
	}
}

static void what_is_no_key_is_not_heard(void **state)
{
	static const struct press ways[] = {
		{ 15, 100, 0, -10, 0 },         /* too short */
		{ 23, 100, 0, -10, 0 },
		{ 50, 50, 0.035, -10, 0 },      /* off pitch */
		{ 50, 50, -0.035, -10, 0 },
		{ 50, 50, 0, -60, 0 },          /* too weak */
		{ 50, 50, 0, -10, 15 },         /* one tone only, nearly */
		{ 50, 50, 0, -10, -15 },
	};

	(void)state;
	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		len = 0;
		for (const char *k = all_keys; *k; k++)
			press(*k, &ways[w]);
		listen(0, 1);
		assert_string_equal(heard, "");
	}
}

/** Wherever in a frame it begins. */
static void phase_does_not_matter(void **state)
{
	const struct press p = { 40, 40, 0, -10, 0 };

	(void)state;
	for (int shift = 0; shift < FRAME; shift += 3) {
		len = (size_t)shift;
		memset(pcm, 0, len * sizeof(pcm[0]));
		for (const char *k = all_keys; *k; k++)
			press(*k, &p);
		memset(pcm + len, 0, FRAME * sizeof(pcm[0]));
		len += FRAME;
		listen(0, 1);
		assert_string_equal(heard, all_keys);
	}
}

static void noise_hides_no_key(void **state)
{
	static const double snr_db[] = { 20, 15, 12, 10 };
	const struct press p = { 50, 50, 0, -10, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(snr_db) / sizeof(snr_db[0]); i++) {
		len = 0;
		for (int round = 0; round < 20; round++)
			for (const char *k = all_keys; *k; k++)
				press(*k, &p);
		add_noise(snr_db[i]);
		listen(0, 1);
		assert_in_range(n_heard, 20 * 16 - 1, 20 * 16);
	}
}

/** Of a press nothing is left but what came before its 20 ms, and no more than
 *  20 ms behind it are cut with it. */
static void press_is_cut_within_a_packet(void **state)
{
	static const struct press ways[] = {
		{ 100, 100, 0, -10, 0 }, { 100, 100, 0.015, -6, 4 },
		{ 100, 100, -0.015, -30, -4 },
	};

	(void)state;
	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++)
		for (int shift = 0; shift < FRAME; shift++) {
			struct mx_dtmf_inband *d;
			size_t from = RATE / 10 + (size_t)shift, first = 0, end = 0;

			memset(pcm, 0, from * sizeof(pcm[0]));
			len = from;
			press(all_keys[shift % 16], &ways[w]);
			assert_int_equal(mx_dtmf_inband_new(&d), 0);
			for (size_t i = 0; i + FRAME <= len; i += FRAME) {
				mx_dtmf_inband_put(d, pcm + i, false);
				if (!mx_dtmf_inband_is_tone(d))
					continue;
				if (!first)
					first = i;
				assert_true(!end || end == i);
				end = i + FRAME;
			}
			mx_dtmf_inband_free(d);
			assert_true(first > 0 && first <= from + RATE / 50);
			assert_true(end >= from + RATE / 10 &&
				    end <= from + RATE / 10 + RATE / 50);
		}
}

/** Follows what was heard along what was sent; how many are missing. Anything
 *  else that differs fails. */
static unsigned missing(const char *sent)
{
	unsigned n = 0;
	const char *h = heard;

	for (; *sent; sent++) {
		if (*h == *sent)
			h++;
		else
			n++;
	}
	if (*h)
		fail_msg("heard more than was sent, from %s", h);
	return n;
}

static void losses_make_no_doubles(void **state)
{
	static const struct {
		struct press p;
		unsigned percent, missing_max;  /* of 500 */
	} cases[] = {
		{ { 100, 100, 0, -10, 0 }, 5, 2 },
		{ { 200, 100, 0, -10, 0 }, 5, 0 },
		{ { 100, 100, 0, -10, 0 }, 10, 5 },
		{ { 200, 100, 0, -10, 0 }, 10, 1 },
	};
	char sent[501];

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		for (uint32_t seed = 1; seed <= 3; seed++) {
			len = 0;
			for (size_t i = 0; i < 500; i++) {
				sent[i] = all_keys[i * 7 % 16];
				press(sent[i], &cases[c].p);
			}
			sent[500] = 0;
			listen(cases[c].percent, seed);
			assert_true(missing(sent) <= cases[c].missing_max);
		}
	}
}

/** A key whose middle is lost is one press; the same key after a pause is two,
 *  though packets were lost in between. */
static void press_with_a_hole_is_one(void **state)
{
	const struct press p = { 200, 150, 0, -10, 0 };
	struct mx_dtmf_inband *d;
	size_t n;

	(void)state;
	len = 0;
	press('5', &p);
	press('5', &p);
	for (unsigned hole = 0; hole < 20; hole++) {
		assert_int_equal(mx_dtmf_inband_new(&d), 0);
		n = 0;
		for (size_t i = 0; i < len / FRAME; i++)
			n += mx_dtmf_inband_put(d, pcm + i * FRAME,
						i >= hole && i < hole + 4) != 0;
		assert_int_equal(n, 2);
		mx_dtmf_inband_free(d);
	}
}

/** The concealment of a long hole ends in silence that nobody calls lost. */
static void hole_that_fades_to_silence_is_no_pause(void **state)
{
	const struct press p = { 400, 150, 0, -10, 0 };
	static const int16_t zeros[FRAME];
	struct mx_dtmf_inband *d;
	size_t n = 0;

	(void)state;
	len = 0;
	press('5', &p);
	assert_int_equal(mx_dtmf_inband_new(&d), 0);
	for (size_t i = 0; i < len / FRAME; i++) {
		bool hole = i >= 10 && i < 22, silent = i >= 18 && i < 22;

		n += mx_dtmf_inband_put(d, silent ? zeros : pcm + i * FRAME,
					hole && !silent) != 0;
	}
	assert_int_equal(n, 1);
	mx_dtmf_inband_free(d);
}

/* ---- talk-off ---------------------------------------------------------- */

static const char prompts[] = "/usr/share/asterisk/sounds/en_US_f_Allison";
static double minutes;
static unsigned false_keys;

/** A RIFF file of 8 kHz, 16 bit, one channel, as Debian's prompts are. */
static int listen_to(const char *path, const struct stat *st, int type,
		     struct FTW *ftw)
{
	const char *dot = strrchr(path, '.');
	FILE *f;

	(void)st;
	(void)ftw;
	if (type != FTW_F || !dot || strcmp(dot, ".wav") != 0)
		return 0;
	f = fopen(path, "rb");
	if (!f)
		return 0;
	if (fseek(f, 44, SEEK_SET) == 0) {
		len = fread(pcm, sizeof(pcm[0]), LEN_MAX, f);
		listen(0, 1);
		minutes += (double)len / RATE / 60;
		false_keys += (unsigned)n_heard;
		/* and again with losses, which must not make keys either */
		listen(5, 1);
		false_keys += (unsigned)n_heard;
	}
	fclose(f);
	return 0;
}

static void speech_holds_no_keys(void **state)
{
	(void)state;
	if (nftw(prompts, listen_to, 8, FTW_PHYS) != 0 || minutes < 1)
		skip();
	print_message("%.1f minutes of prompts, twice\n", minutes);
	assert_int_equal(false_keys, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_heard_once),
		cmocka_unit_test(what_is_no_key_is_not_heard),
		cmocka_unit_test(phase_does_not_matter),
		cmocka_unit_test(noise_hides_no_key),
		cmocka_unit_test(press_is_cut_within_a_packet),
		cmocka_unit_test(losses_make_no_doubles),
		cmocka_unit_test(press_with_a_hole_is_one),
		cmocka_unit_test(hole_that_fades_to_silence_is_no_pause),
		cmocka_unit_test(speech_holds_no_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

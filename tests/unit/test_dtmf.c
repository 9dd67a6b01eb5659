/* test_dtmf.c - telephone-events: each key once, whatever is lost. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dtmf.h"

enum { STEP = 160, STEP_US = 20000 };   /* 20 ms at 8 kHz */

/** A receiver, and what it has said so far. */
static struct {
	struct mx_dtmf d;
	int64_t now_us;
	char keys[2048];                /* begun */
	size_t n;
	char down;                      /* begun and not ended */
	uint32_t duration;              /* of the last end */
	unsigned ends;
} rx;

static void note(const struct mx_dtmf_event *ev)
{
	if (ev->what == MX_DTMF_BEGIN) {
		assert_int_equal(rx.down, 0);
		assert_true(rx.n < sizeof(rx.keys) - 1);
		rx.keys[rx.n++] = rx.down = ev->key;
	} else {
		assert_int_equal(ev->what, MX_DTMF_END);
		assert_int_equal(rx.down, ev->key);
		rx.down = 0;
		rx.duration = ev->duration;
		rx.ends++;
	}
}

static void ticks(int64_t us)
{
	struct mx_dtmf_event ev;

	for (; us > 0; us -= 10000) {
		rx.now_us += 10000;
		if (mx_dtmf_tick(&rx.d, rx.now_us, &ev))
			note(&ev);
	}
}

static void put_raw(uint32_t ts, bool marker, const uint8_t *p, size_t len)
{
	struct mx_dtmf_event ev[MX_DTMF_EVENTS_MAX];
	int n = mx_dtmf_put(&rx.d, ts, marker, p, len, rx.now_us, ev);

	assert_in_range(n, 0, MX_DTMF_EVENTS_MAX);
	for (int i = 0; i < n; i++)
		note(&ev[i]);
}

static void put(uint32_t ts, unsigned event, bool end, unsigned duration)
{
	const uint8_t p[4] = { (uint8_t)event, end ? 0x8a : 0x0a,
			       (uint8_t)(duration >> 8), (uint8_t)duration };

	put_raw(ts, false, p, 4);
}

static int start(void **state)
{
	(void)state;
	memset(&rx, 0, sizeof(rx));
	rx.now_us = 5000000;
	return 0;
}

static void check(const char *keys)
{
	rx.keys[rx.n] = 0;
	assert_string_equal(rx.keys, keys);
	assert_int_equal(rx.ends, rx.n);
	assert_int_equal(rx.down, 0);
}

/** A press of five packets and three ends; bit i of lost drops packet i. */
static void press(uint32_t ts, unsigned event, unsigned lost)
{
	for (unsigned i = 0; i < 5; i++) {
		if (!(lost & 1u << i))
			put(ts, event, false, (i + 1) * STEP);
		ticks(STEP_US);
	}
	for (unsigned i = 5; i < 8; i++)
		if (!(lost & 1u << i))
			put(ts, event, true, 6 * STEP);
	ticks(STEP_US);
}

static void every_key_has_its_character(void **state)
{
	(void)state;
	for (unsigned e = 0; e < 17; e++) {
		press(1000 + e * 8000, e, 0);
		ticks(50000);
	}
	check("0123456789*#ABCDF");
	assert_int_equal(rx.duration, 6 * STEP);
}

static void any_packet_of_a_press_is_enough(void **state)
{
	(void)state;
	for (unsigned lost = 0; lost < 0xff; lost++) {
		start(NULL);
		press(1000, 5, lost);
		ticks(700000);
		check("5");
		assert_true(rx.duration > 0);
	}
	start(NULL);
	press(1000, 5, 0xff);
	check("");
}

static void lost_ends_do_not_merge_two_presses(void **state)
{
	(void)state;
	press(1000, 5, 0xe0);
	put(1000 + 8 * STEP, 5, false, STEP);   /* 60 ms later, no marker */
	assert_int_equal(rx.n, 2);
	assert_int_equal(rx.ends, 1);
	assert_int_equal(rx.duration, 5 * STEP);
	ticks(200000);
	check("55");
}

static void press_without_ends_ends_by_itself(void **state)
{
	(void)state;
	put(1000, 7, false, STEP);
	ticks(STEP_US);
	put(1000, 7, false, 2 * STEP);
	ticks(100000);
	assert_int_equal(rx.down, '7');
	ticks(50000);
	check("7");
	put(1000, 7, false, 3 * STEP);          /* its packets were but late */
	put(1000, 7, true, 4 * STEP);
	check("7");
}

static void slow_updates_are_waited_for(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 10; i++) {     /* every 100 ms, one lost */
		if (i != 4)
			put(1000, 1, false, i * 800);
		ticks(100000);
		/* the first interval is not known yet, 120 ms must do */
		assert_int_equal(rx.down, '1');
	}
	put(1000, 1, true, 8000);
	check("1");
	assert_int_equal(rx.duration, 8000);
}

static void copies_and_disorder_change_nothing(void **state)
{
	(void)state;
	put(1000, 3, false, 2 * STEP);
	put(1000, 3, false, STEP);              /* the start comes second */
	put(1000, 3, false, 2 * STEP);
	put(1000, 3, true, 3 * STEP);
	put(1000, 3, false, 2 * STEP);
	put(1000, 3, true, 3 * STEP);
	check("3");
	assert_int_equal(rx.duration, 3 * STEP);
	press(9000, 4, 0);
	put(1000, 3, true, 3 * STEP);           /* one more of the old one */
	check("34");
}

static void late_end_does_not_end_the_next_press(void **state)
{
	(void)state;
	put(1000, 3, false, STEP);
	put(3000, 3, false, STEP);
	put(1000, 3, true, 3 * STEP);
	assert_int_equal(rx.down, '3');
	put(3000, 3, true, 3 * STEP);
	check("33");
}

static void timestamp_may_wrap_between_and_within(void **state)
{
	(void)state;
	press(0xffffff00, 1, 0);
	press(0xffffff00 + 10 * STEP, 1, 0);
	press(0xffffffff, 2, 0);
	press(0, 3, 0);
	check("1123");
}

static void ten_seconds_are_one_press(void **state)
{
	(void)state;
	/* 0xffff units at 8 kHz are 8.2 s: two segments (RFC 4733 2.5.1.3) */
	const uint32_t ts = 0xffff8000, next = ts + 0xffff;

	for (unsigned u = STEP; u < 0xffff; u += STEP) {
		put(ts, 9, false, u);
		ticks(STEP_US);
	}
	put(ts, 9, false, 0xffff);
	ticks(STEP_US);
	for (unsigned u = STEP; u < 15000; u += STEP) {
		put(next, 9, false, u);
		put(ts, 9, false, 0xffff);      /* of the old segment */
		ticks(STEP_US);
	}
	for (int i = 0; i < 3; i++)
		put(next, 9, true, 15000);
	check("9");
	assert_int_equal(rx.duration, 0xffff + 15000);
}

static void segments_hold_together_over_lost_packets(void **state)
{
	(void)state;
	put(1000, 9, false, 0xfee0);            /* 0xffff itself is lost */
	put(1000 + 0xffff, 9, false, STEP);
	put(1000 + 0xffff, 9, true, 2 * STEP);
	check("9");
	assert_int_equal(rx.duration, 0xffff + 2 * STEP);
	start(NULL);
	put(1000, 9, false, 0xfee0);
	put_raw(1000 + 0xffff, true, (uint8_t[]){ 9, 0x8a, 1, 0 }, 4);
	check("99");                            /* a marker is a new press */
	start(NULL);
	put(1000, 9, false, 0xfee0);
	put(1000 + 0xffff, 8, true, STEP);
	check("98");
}

static void packet_may_hold_several_events(void **state)
{
	static const uint8_t two[] = { 1, 0x8a, 3, 0x20, 2, 0x0a, 0, 0xa0 };
	static const uint8_t many[4 * 20] = { 0, 0x8a, 0, 1 };

	(void)state;
	put_raw(1000, true, two, sizeof(two));
	assert_int_equal(rx.down, '2');
	put_raw(1000, true, two, sizeof(two));          /* sent again */
	put(1800, 2, true, 800);
	check("12");
	assert_int_equal(rx.duration, 800);
	put_raw(50000, true, many, sizeof(many));       /* bounded */
}

static void weak_unknown_and_short_ones_are_none(void **state)
{
	struct mx_dtmf_event ev[MX_DTMF_EVENTS_MAX];

	(void)state;
	put_raw(1000, true, (uint8_t[]){ 1, 0x80 | 56, 1, 0 }, 4);
	put_raw(2000, true, (uint8_t[]){ 17, 0x80, 1, 0 }, 4);
	put_raw(3000, true, (uint8_t[]){ 255, 0x80, 1, 0 }, 4);
	check("");
	put_raw(4000, true, (uint8_t[]){ 1, 0x80 | 55, 1, 0 }, 4);
	put_raw(5000, true, (uint8_t[]){ 2, 0x80, 1, 0, 0xff }, 5);
	check("12");
	assert_int_equal(mx_dtmf_put(&rx.d, 9, false, (uint8_t[]){ 1, 0, 1 }, 3,
				     0, ev), -EBADMSG);
	assert_int_equal(mx_dtmf_put(&rx.d, 9, false, NULL, 0, 0, ev), -EBADMSG);
}

static uint32_t seed;

static bool chance(unsigned percent)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % 100 < percent;
}

/** 1000 presses, each packet lost with some chance; ones that lose all their
 *  packets are left out of what must come. */
static void random_loss(unsigned percent, uint32_t from)
{
	static char want[1001];
	size_t n = 0;
	uint32_t ts = 0xfff00000;       /* wraps on the way */

	start(NULL);
	seed = from;
	for (int i = 0; i < 1000; i++) {
		/* half of them repeat the key before */
		unsigned event = (unsigned)i / 2 % 16, lost = 0;

		for (unsigned k = 0; k < 8; k++)
			if (chance(percent))
				lost |= 1u << k;
		if (lost != 0xff)
			want[n++] = "0123456789*#ABCD"[event];
		press(ts, event, lost);
		ticks(50000);
		ts += 6 * STEP + 400;
	}
	want[n] = 0;
	ticks(1000000);
	check(want);
}

static void random_loss_leaves_every_key_once(void **state)
{
	(void)state;
	for (uint32_t s = 1; s <= 5; s++) {
		random_loss(5, s);
		random_loss(20, s);
		random_loss(50, s);
		random_loss(80, s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup(f, start)
		T(every_key_has_its_character),
		T(any_packet_of_a_press_is_enough),
		T(lost_ends_do_not_merge_two_presses),
		T(press_without_ends_ends_by_itself),
		T(slow_updates_are_waited_for),
		T(copies_and_disorder_change_nothing),
		T(late_end_does_not_end_the_next_press),
		T(timestamp_may_wrap_between_and_within),
		T(ten_seconds_are_one_press),
		T(segments_hold_together_over_lost_packets),
		T(packet_may_hold_several_events),
		T(weak_unknown_and_short_ones_are_none),
		T(random_loss_leaves_every_key_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

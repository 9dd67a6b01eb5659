/*
 * numbers.c - the words of numbers, as Debian's sounds have them.
 *
 * Where a language has forms that were never recorded (minuto, минута, двести)
 * the next best is in the table, and greater numbers are said digit by digit.
 */
#include "numbers.h"

#define WORD(n, id) { .from = n, .word = PROMPT_##id }
#define ALONE(n, id) { .from = n, .word = PROMPT_##id, .how = EXACT }
#define JOINED(n, id, when) \
	{ .from = n, .word = PROMPT_##id, .joint = when }
#define COUNT(n, id, in) { .from = n, .word = PROMPT_##id, .how = in }

#define ONES \
	WORD(9, N9), WORD(8, N8), WORD(7, N7), WORD(6, N6), \
	WORD(5, N5), WORD(4, N4), WORD(3, N3), WORD(2, N2), \
	WORD(1, N1), WORD(0, N0)
#define TO_19 \
	WORD(19, N19), WORD(18, N18), WORD(17, N17), \
	WORD(16, N16), WORD(15, N15), WORD(14, N14), \
	WORD(13, N13), WORD(12, N12), WORD(11, N11), \
	WORD(10, N10), ONES
#define TENS \
	WORD(90, N90), WORD(80, N80), WORD(70, N70), \
	WORD(60, N60), WORD(50, N50), WORD(40, N40), \
	WORD(30, N30), WORD(20, N20)

static const struct number_rule english[] = {
	COUNT(1000, THOUSAND, COUNTED),
	COUNT(100, HUNDRED, COUNTED),
	TENS, TO_19
};

/* Soixante et onze, quatre-vingt-un, quatre-vingt-onze. */
static const struct number_rule french[] = {
	COUNT(1000, THOUSAND, COUNTED_BARE),
	COUNT(100, HUNDRED, COUNTED_BARE),
	ALONE(90, N90), WORD(80, N80),
	ALONE(70, N70),
	JOINED(60, N60, BEFORE_ONE),
	JOINED(50, N50, BEFORE_ONE),
	JOINED(40, N40, BEFORE_ONE),
	JOINED(30, N30, BEFORE_ONE),
	JOINED(20, N20, BEFORE_ONE),
	TO_19
};

/* Cien, ciento uno; treinta y uno. */
static const struct number_rule spanish[] = {
	COUNT(1000, THOUSAND, COUNTED_BARE),
	WORD(900, N900), WORD(800, N800), WORD(700, N700),
	WORD(600, N600), WORD(500, N500), WORD(400, N400),
	WORD(300, N300), WORD(200, N200),
	ALONE(100, HUNDRED), WORD(100, ES_CIENTO),
	JOINED(90, N90, ALWAYS), JOINED(80, N80, ALWAYS),
	JOINED(70, N70, ALWAYS), JOINED(60, N60, ALWAYS),
	JOINED(50, N50, ALWAYS), JOINED(40, N40, ALWAYS),
	JOINED(30, N30, ALWAYS),
	WORD(29, N29), WORD(28, N28), WORD(27, N27),
	WORD(26, N26), WORD(25, N25), WORD(24, N24),
	WORD(23, N23), WORD(22, N22), WORD(21, N21),
	WORD(20, N20), TO_19
};

/* Ventuno and ventotto are one word; mille, duemila. */
static const struct number_rule italian[] = {
	{ .from = 1000, .word = PROMPT_THOUSAND, .how = COUNTED_BARE,
	  .many = PROMPT_IT_MILA },
	COUNT(100, HUNDRED, COUNTED_BARE),
	ALONE(98, N98), ALONE(91, N91), WORD(90, N90),
	ALONE(88, N88), ALONE(81, N81), WORD(80, N80),
	ALONE(78, N78), ALONE(71, N71), WORD(70, N70),
	ALONE(68, N68), ALONE(61, N61), WORD(60, N60),
	ALONE(58, N58), ALONE(51, N51), WORD(50, N50),
	ALONE(48, N48), ALONE(41, N41), WORD(40, N40),
	ALONE(38, N38), ALONE(31, N31), WORD(30, N30),
	ALONE(28, N28), ALONE(21, N21), WORD(20, N20),
	TO_19
};

/* Two hundred and more would need words that are not there. */
static const struct number_rule russian[] = {
	WORD(100, HUNDRED), TENS, TO_19
};

#define THINGS(minute) { \
	[SAY_MINUTES] = { minute, PROMPT_MINUTES }, \
	[SAY_SECONDS] = { PROMPT_SECONDS, PROMPT_SECONDS }, \
	[SAY_OTHERS] = { PROMPT_OTHERS, PROMPT_OTHERS }, \
	[SAY_NEWCOMERS] = { PROMPT_USER_WILL_JOIN, PROMPT_USERS_WILL_JOIN } }

const struct numbers numbers[LANG__MAX] = {
	[LANG_EN] = { .rules = english, .max = SAY_NUMBER_MAX,
		      .things = THINGS(PROMPT_MINUTE) },
	[LANG_FR] = { .rules = french, .max = SAY_NUMBER_MAX,
		      .joint = PROMPT_FR_ET, .things = THINGS(PROMPT_MINUTE) },
	[LANG_ES] = { .rules = spanish, .max = SAY_NUMBER_MAX,
		      .joint = PROMPT_ES_Y, .one = PROMPT_ES_UN,
		      .things = THINGS(PROMPT_MINUTES) },
	[LANG_IT] = { .rules = italian, .max = SAY_NUMBER_MAX,
		      .one = PROMPT_IT_UN, .things = THINGS(PROMPT_MINUTES) },
	[LANG_RU] = { .rules = russian, .max = 199,
		      .things = THINGS(PROMPT_MINUTES) },
};

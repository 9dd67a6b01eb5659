/* ivr.c - room number, PIN, and what can be wrong with them. */
#include "ivr.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/counter.h"
#include "base/log.h"
#include "base/str.h"
#include "hub_int.h"
#include "leg.h"
#include "refusal.h"
#include "naming.h"
#include "room.h"

enum {
	TYPED_MAX = DB_NUMBER_MAX + DB_PIN_MAX, /* "number*PIN" */
	HELD_MS = 5 * 60 * 1000,        /* longest hold at a question */
	CHECK_MS = 10000                /* longest wait for the database */
};

/* A picture of these is in README. */
enum ivr_state {
	IVR_START,              /* the leg is not up yet */
	IVR_NUMBER,             /* asks for the room number */
	IVR_PIN,                /* asks for the PIN */
	IVR_EARLY,              /* the same before the call is answered */
	IVR_CHECK,              /* the database looks at the PIN */
	IVR_CLAIM,              /* the same for one that is good once */
	IVR_WRONG,              /* "that is not valid" is being said */
	IVR_PAUSE               /* silence before the next try */
};

struct ivr {
	struct leg *leg;
	struct hub *hub;
	enum ivr_state state;
	enum ivr_state question;        /* NUMBER or PIN: the one open now */
	struct route route;             /* room and PIN so far */
	enum admitted how;              /* where the PIN being checked came from */
	enum role role;                 /* what it makes him; NONE: not known */
	struct db_invite invite;        /* whose it is */
	bool claimed;                   /* it is used up */

	char typed[TYPED_MAX];
	uint8_t n_typed;
	bool too_long;                  /* more was typed than fits */
	char ahead[TYPED_MAX];          /* typed before we asked */
	uint8_t n_ahead;

	uint32_t tries;                 /* failed at this question */
	uint32_t wait_s;                /* until he may come in */
	bool held;
	struct timer timer;
};

static const struct leg_ops ivr_ops;

static void set_state(struct ivr *ivr, enum ivr_state state)
{
	static const char *const names[] = {
		[IVR_START] = "start", [IVR_NUMBER] = "number",
		[IVR_PIN] = "pin", [IVR_EARLY] = "early",
		[IVR_CHECK] = "check", [IVR_CLAIM] = "claim",
		[IVR_WRONG] = "wrong", [IVR_PAUSE] = "pause"
	};

	log_debug(leg_tag(ivr->leg), "ivr %s -> %s", names[ivr->state],
		  names[state]);
	ivr->state = state;
}

static bool is_question(enum ivr_state state)
{
	return state == IVR_NUMBER || state == IVR_PIN;
}

static bool is_asking_db(enum ivr_state state)
{
	return state == IVR_EARLY || state == IVR_CHECK || state == IVR_CLAIM;
}

static void ivr_free(struct ivr *ivr)
{
	timer_stop(&ivr->timer);
	explicit_bzero(ivr, sizeof(*ivr));      /* PINs */
	free(ivr);
}

/* ---- ways out: each is the last thing that is done with the ivr --------- */

static void give_up(struct ivr *ivr, enum end_reason why)
{
	struct say say = { 0 };

	counter_inc(CNT_ROOM_REFUSED);
	if (ivr->state == IVR_EARLY) {
		leg_turn_away(ivr->leg, why, ivr->wait_s);
		return;
	}
	refusal_say(&say, leg_lang(ivr->leg), why, ivr->wait_s);
	say_add(&say, PROMPT_GOODBYE);
	leg_farewell(ivr->leg, &say, why);
}

static void pin_unknown(struct ivr *ivr)
{
	counter_inc(CNT_PIN_UNKNOWN);
	log_error(leg_tag(ivr->leg), "PIN cannot be checked, room=%s",
		  ivr->route.room);
	give_up(ivr, END_NO_PIN_CHECK);
}

static void enter(struct ivr *ivr, const struct db_room *cfg)
{
	const struct wishes wishes = ivr->route.wishes;
	const enum admitted how = ivr->how;
	const enum role role = ivr->role;
	struct hub *hub = ivr->hub;
	struct leg *leg = ivr->leg;

	leg_record(leg)->invite = ivr->invite;
	leg_disown(leg);
	ivr_free(ivr);
	naming_enter(hub, cfg, leg, role, how, &wishes);
}

/* What is good once is used up before he comes in, so that no crash makes it
 * good twice. */
static void claim(struct ivr *ivr)
{
	set_state(ivr, IVR_CLAIM);
	timer_start(&ivr->timer, CHECK_MS);
	if (db_claim(ivr->hub->db, ivr->invite.id, leg_record(ivr->leg)->id,
		     leg_number(ivr->leg)) != 0)
		pin_unknown(ivr);
}

/* He may come in by what he typed, if the room takes him: its row may have
 * changed or gone since it was asked for. */
static void admit(struct ivr *ivr)
{
	const struct db_room *cfg = db_room(ivr->hub->db, ivr->route.room);
	enum end_reason no;

	if (!cfg) {
		give_up(ivr, END_NO_ROOM);
		return;
	}
	no = room_refuses(ivr->hub, cfg, ivr->role, &ivr->route.wishes);
	if (no == END_NONE && cfg->invite_only && ivr->role != ROLE_MODERATOR &&
	    !ivr->invite.id)
		no = END_NOT_ALLOWED;
	if (no != END_NONE) {
		give_up(ivr, no);
	} else if (ivr->state == IVR_EARLY) {
		set_state(ivr, IVR_START);
		timer_stop(&ivr->timer);
		leg_answer(ivr->leg, ivr->hub->config->rooms.ring);
	} else if (ivr->invite.once && !ivr->claimed) {
		claim(ivr);
	} else {
		enter(ivr, cfg);
	}
}

static void admit_open(struct ivr *ivr)
{
	ivr->role = ROLE_MEMBER;
	ivr->how = ADMITTED_OPEN;
	admit(ivr);
}

/* ---- questions ---------------------------------------------------------- */

static void submit(struct ivr *ivr);

static void type_key(struct ivr *ivr, char key)
{
	const bool parts = ivr->state == IVR_NUMBER && ivr->n_typed &&
		!memchr(ivr->typed, '*', ivr->n_typed);

	if (key == '*' && !parts) {
		ivr->n_typed = 0;
		ivr->too_long = false;
	} else if (ivr->n_typed < sizeof(ivr->typed) - 1) {
		ivr->typed[ivr->n_typed++] = key;
	} else {
		ivr->too_long = true;
	}
}

static void wait_for_key(struct ivr *ivr)
{
	const struct config *config = ivr->hub->config;

	timer_start(&ivr->timer, ivr->n_typed ? config->rooms.digit_timeout
					      : config->rooms.first_digit_timeout);
}

/* What was typed ahead is the answer, or its beginning; else it is asked. */
static void ask(struct ivr *ivr, enum ivr_state question)
{
	uint8_t used = 0;
	bool whole = false;

	if (ivr->question != question)
		ivr->tries = 0;
	ivr->question = question;
	ivr->n_typed = 0;
	ivr->too_long = false;
	set_state(ivr, question);

	while (used < ivr->n_ahead && !whole) {
		const char key = ivr->ahead[used++];

		whole = key == '#';
		if (!whole)
			type_key(ivr, key);
	}
	ivr->n_ahead = (uint8_t)(ivr->n_ahead - used);
	memmove(ivr->ahead, ivr->ahead + used, ivr->n_ahead);

	if (whole) {
		submit(ivr);
	} else if (ivr->held) {
		timer_start(&ivr->timer, HELD_MS);
	} else if (ivr->n_typed) {
		wait_for_key(ivr);
	} else {
		timer_stop(&ivr->timer);
		leg_say(ivr->leg, question == IVR_NUMBER
			? SAY(PROMPT_GET_NUMBER) : SAY(PROMPT_GET_PIN));
	}
}

/* One failed try; the last one is the end. */
static void failed(struct ivr *ivr, enum ivr_state question, enum end_reason why)
{
	if (ivr->question != question)
		ivr->tries = 0;
	ivr->question = question;
	if (++ivr->tries >= ivr->hub->config->rooms.tries ||
	    ivr->state == IVR_EARLY) {
		give_up(ivr, why);
	} else if (why == END_NO_INPUT || ivr->held) {
		ask(ivr, question);
	} else {
		set_state(ivr, IVR_WRONG);
		timer_stop(&ivr->timer);
		leg_say(ivr->leg, question == IVR_NUMBER
			? SAY(PROMPT_INVALID_NUMBER) : SAY(PROMPT_INVALID_PIN));
	}
}

static void wrong_number(struct ivr *ivr)
{
	leg_record(ivr->leg)->tries++;
	counter_inc(CNT_ROOM_UNKNOWN);
	log_info(leg_tag(ivr->leg), "no such room, room=%s", ivr->route.room);
	ivr->route.room[0] = '\0';
	ivr->route.pin[0] = '\0';
	failed(ivr, IVR_NUMBER, END_NO_ROOM);
}

static void wrong_pin(struct ivr *ivr)
{
	const union addr *source = &leg_record(ivr->leg)->source;
	char ip[ADDR_LEN];

	leg_record(ivr->leg)->tries++;
	counter_inc(CNT_PIN_WRONG);
	hub_note_guess(ivr->hub, source);
	log_info(leg_tag(ivr->leg), "wrong PIN, room=%s source=%s",
		 ivr->route.room, addr_print_ip(source, ip));
	failed(ivr, IVR_PIN, END_WRONG_PIN);
}

/* A right one must not get in either, or the limit would be none. */
static void too_many_guesses(struct ivr *ivr)
{
	const union addr *source = &leg_record(ivr->leg)->source;
	char ip[ADDR_LEN];
	unsigned missed;

	counter_inc(CNT_PIN_LIMITED);
	addr_print_ip(source, ip);
	if (log_allow(ip, &missed))
		log_warn(leg_tag(ivr->leg), "too many wrong PINs, source=%s "
			 "missed=%u", ip, missed);
	give_up(ivr, END_BLOCKED);
}

static bool is_pin(const char *pin)
{
	return pin[0] && pin[strspn(pin, "0123456789")] == '\0';
}

/* He who calls himself nobody is counted by his address alone. */
static const char *caller_key(const struct leg_record *rec)
{
	return strstr(rec->from_uri, "anonymous") ? "" : rec->from_uri;
}

static void check(struct ivr *ivr, const char *pin, enum admitted how)
{
	const struct leg_record *rec = leg_record(ivr->leg);
	char source[ADDR_LEN];
	const struct db_pin_ask ask = {
		.room = ivr->route.room, .pin = pin,
		.source = addr_print_source(&rec->source, source),
		.caller = caller_key(rec), .leg = leg_number(ivr->leg)
	};
	int err;

	if (!is_pin(pin)) {
		wrong_pin(ivr);
		return;
	}
	if (hub_is_guesser(ivr->hub, &rec->source)) {
		too_many_guesses(ivr);
		return;
	}
	ivr->how = how;
	if (ivr->state != IVR_EARLY)
		set_state(ivr, IVR_CHECK);
	timer_start(&ivr->timer, CHECK_MS);
	err = db_pin(ivr->hub->db, &ask);
	if (err == -ENOENT)
		give_up(ivr, END_NO_ROOM);
	else if (err)
		pin_unknown(ivr);
}

/* The room is named: is there such a one, and does it want a PIN? */
static void try_room(struct ivr *ivr)
{
	const struct db_room *room = db_room(ivr->hub->db, ivr->route.room);
	enum end_reason closed;
	char pin[DB_PIN_MAX];

	if (!room) {
		wrong_number(ivr);
		return;
	}
	str_copy(leg_record(ivr->leg)->room, DB_NUMBER_MAX, ivr->route.room);
	closed = room_is_closed(ivr->hub, room, &ivr->wait_s);
	if (closed != END_NONE) {
		give_up(ivr, closed);
		return;
	}
	room = db_room(ivr->hub->db, ivr->route.room);
	str_copy(pin, sizeof(pin), ivr->route.pin);
	ivr->route.pin[0] = '\0';
	if (!room_asks_pin(room))
		admit_open(ivr);
	else if (*pin)
		check(ivr, pin, ADMITTED_URI_PIN);
	else
		ask(ivr, IVR_PIN);
	explicit_bzero(pin, sizeof(pin));
}

/* Nothing was typed: fine where members need no PIN. */
static void no_input(struct ivr *ivr)
{
	const struct db_room *room = db_room(ivr->hub->db, ivr->route.room);

	if (ivr->state == IVR_PIN && room && !room->has_pin && !room->invite_only)
		admit_open(ivr);
	else
		failed(ivr, ivr->state, END_NO_INPUT);
}

static void submit_number(struct ivr *ivr)
{
	char *star = strchr(ivr->typed, '*');

	if (star) {
		*star = '\0';
		if (!str_copy(ivr->route.pin, sizeof(ivr->route.pin), star + 1))
			str_copy(ivr->route.pin, sizeof(ivr->route.pin), "?");
	}
	if (!str_copy(ivr->route.room, sizeof(ivr->route.room), ivr->typed) ||
	    ivr->too_long)
		wrong_number(ivr);
	else
		try_room(ivr);
}

static void submit(struct ivr *ivr)
{
	char pin[TYPED_MAX];

	timer_stop(&ivr->timer);
	ivr->typed[ivr->n_typed] = '\0';
	if (!ivr->n_typed) {
		no_input(ivr);
	} else if (ivr->state == IVR_NUMBER) {
		submit_number(ivr);
	} else if (ivr->too_long || ivr->n_typed >= DB_PIN_MAX) {
		wrong_pin(ivr);
	} else {
		memcpy(pin, ivr->typed, sizeof(pin));
		check(ivr, pin, ADMITTED_PIN);
		explicit_bzero(pin, sizeof(pin));
	}
}

/* ---- events ------------------------------------------------------------- */

static void on_up(void *arg)
{
	struct ivr *ivr = arg;

	ivr->held = leg_is_held(ivr->leg);
	if (ivr->role != ROLE_NONE) {
		admit(ivr);
		return;
	}
	switch (ivr->route.kind) {
	case ROUTE_ASK:
		ask(ivr, IVR_NUMBER);
		break;
	case ROUTE_ROOM:
		try_room(ivr);
		break;
	case ROUTE_UNKNOWN:
		wrong_number(ivr);
		break;
	}
}

static void begin_pause(struct ivr *ivr)
{
	set_state(ivr, IVR_PAUSE);
	timer_start(&ivr->timer, ivr->hub->config->rooms.tries_pause);
}

static void on_key(void *arg, char key)
{
	struct ivr *ivr = arg;

	if (ivr->held || (!isdigit((unsigned char)key) && key != '*' && key != '#'))
		return;
	if (is_question(ivr->state)) {
		leg_hush(ivr->leg);
		if (key == '#') {
			submit(ivr);
			return;
		}
		type_key(ivr, key);
		wait_for_key(ivr);
		return;
	}
	if (ivr->n_ahead < sizeof(ivr->ahead))
		ivr->ahead[ivr->n_ahead++] = key;
	if (ivr->state == IVR_WRONG) {
		leg_hush(ivr->leg);
		begin_pause(ivr);
	}
}

static void on_said(void *arg)
{
	struct ivr *ivr = arg;

	if (ivr->held)
		return;
	if (ivr->state == IVR_WRONG)
		begin_pause(ivr);
	else if (is_question(ivr->state))
		wait_for_key(ivr);
}

static void on_timer(void *arg)
{
	struct ivr *ivr = arg;

	if (is_asking_db(ivr->state))
		pin_unknown(ivr);
	else if (ivr->held)
		give_up(ivr, END_NO_INPUT);
	else if (is_question(ivr->state))
		submit(ivr);
	else if (ivr->state == IVR_PAUSE)
		ask(ivr, ivr->question);
}

/* By what somebody who is invited came in, where another came by a PIN. */
static enum admitted as_invited(enum admitted how)
{
	return how == ADMITTED_URI_PIN ? ADMITTED_URI_INVITE : ADMITTED_INVITE;
}

static void right_pin(struct ivr *ivr, enum role role,
		      const struct db_invite *invite)
{
	ivr->role = role;
	ivr->invite = *invite;
	if (invite->id)
		ivr->how = as_invited(ivr->how);
	admit(ivr);
}

static void blocked(struct ivr *ivr)
{
	counter_inc(CNT_PIN_LIMITED);
	log_info(leg_tag(ivr->leg), "blocked, room=%s seconds=%u",
		 ivr->route.room, ivr->wait_s);
	give_up(ivr, END_BLOCKED);
}

static void on_pin(void *arg, const struct db_pin_answer *answer)
{
	struct ivr *ivr = arg;

	if (ivr->state != IVR_CHECK && ivr->state != IVR_EARLY)
		return;
	timer_stop(&ivr->timer);
	ivr->wait_s = answer->wait_s;
	switch (answer->result) {
	case DB_PIN_USER:
		right_pin(ivr, ROLE_MEMBER, &answer->invite);
		break;
	case DB_PIN_MODERATOR:
		right_pin(ivr, ROLE_MODERATOR, &answer->invite);
		break;
	case DB_PIN_WRONG:
		wrong_pin(ivr);
		break;
	case DB_PIN_FAILED:
		pin_unknown(ivr);
		break;
	case DB_PIN_BLOCKED:
		blocked(ivr);
		break;
	case DB_PIN_NOT_YET:
		give_up(ivr, END_NOT_YET);
		break;
	case DB_PIN_ENDED:
		give_up(ivr, END_PIN_ENDED);
		break;
	case DB_PIN_USED:
		give_up(ivr, END_PIN_USED);
		break;
	}
}

static void on_claim(void *arg, enum db_pin result)
{
	struct ivr *ivr = arg;

	if (ivr->state != IVR_CLAIM)
		return;
	timer_stop(&ivr->timer);
	if (result == DB_PIN_USER) {
		ivr->claimed = true;
		admit(ivr);
	} else if (result == DB_PIN_USED) {
		set_state(ivr, IVR_CHECK);      /* there is nothing to give back */
		give_up(ivr, END_PIN_USED);
	} else {
		pin_unknown(ivr);
	}
}

/* A caller on hold hears nothing: the question waits for him, for a while. */
static void on_hold(void *arg, bool held)
{
	struct ivr *ivr = arg;

	ivr->held = held;
	if (is_asking_db(ivr->state) || ivr->state == IVR_START)
		return;
	if (held) {
		leg_hush(ivr->leg);
		timer_start(&ivr->timer, HELD_MS);
	} else {
		ask(ivr, ivr->question);
	}
}

/* He has not come in: his PIN stays good. If it was not his to use this changes
 * nothing. */
static void on_end(void *arg)
{
	struct ivr *ivr = arg;

	if (ivr->claimed || ivr->state == IVR_CLAIM)
		db_unclaim(ivr->hub->db, ivr->invite.id, leg_record(ivr->leg)->id);
	ivr_free(ivr);
}

static const struct leg_ops ivr_ops = {
	.name = "ivr",
	.on_up = on_up,
	.on_key = on_key,
	.on_said = on_said,
	.on_pin = on_pin,
	.on_claim = on_claim,
	.on_hold = on_hold,
	.on_end = on_end
};

/* Who has brought a PIN along and is not to be answered if it is wrong. */
static bool is_early(const struct ivr *ivr)
{
	const struct db_room *room = db_room(ivr->hub->db, ivr->route.room);

	return ivr->route.kind == ROUTE_ROOM && *ivr->route.pin && room &&
	       !room->answer_refusals && room_asks_pin(room);
}

int ivr_start(struct leg *leg, const struct route *route)
{
	struct ivr *ivr = calloc(1, sizeof(*ivr));

	if (!ivr)
		return -ENOMEM;
	ivr->leg = leg;
	ivr->hub = leg_hub(leg);
	ivr->route = *route;
	ivr->question = IVR_NUMBER;
	timer_init(&ivr->timer, ivr->hub->loop, on_timer, ivr);
	leg_set_owner(leg, &ivr_ops, ivr);
	if (is_early(ivr)) {
		set_state(ivr, IVR_EARLY);
		check(ivr, ivr->route.pin, ADMITTED_URI_PIN);
	} else {
		leg_answer(leg, ivr->hub->config->rooms.ring);
	}
	return 0;
}

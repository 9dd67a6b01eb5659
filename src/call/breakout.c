/* breakout.c - see breakout.h */
#include "breakout.h"

#include <errno.h>

#include "base/log.h"
#include "room_int.h"

enum {
	LAST_S = 60,            /* before the end all are told once more */
	RETURN_MAX_S = 86400
};

static const struct media_bus_ops bus_ops = { 0 };

static void set_state(struct room *room, enum breakout_state state)
{
	struct breakout *b = &room->breakout;

	if (state != b->state)
		log_debug(room->tag, "break-outs %s -> %s",
			  breakout_word(b->state), breakout_word(state));
	b->state = state;
}

/* Does this event, or says why it cannot be. */
static int step(struct room *room, enum breakout_event event)
{
	enum breakout_state after;
	int err = breakout_step(room->breakout.state, event, &after);

	if (!err)
		set_state(room, after);
	return err;
}

struct media_bus *breakout_bus(const struct room *room, unsigned place)
{
	return place && place <= room->breakout.n ?
		room->breakout.bus[place - 1] : room->bus;
}

unsigned breakout_n_at(const struct room *room, unsigned place)
{
	const struct member *m;
	unsigned n = 0;

	list_each(&room->members, m, it, struct member, in_room)
		n += m->state == MEMBER_IN && !m->ghost && m->place == place;
	return n;
}

/* ---- where a member is -------------------------------------------------- */

/* quiet: others are not to hear of it. */
static void move(struct member *m, unsigned place, bool quiet, const char *by)
{
	struct room *room = m->room;
	const unsigned old = m->place;

	m->place = (uint8_t)place;
	member_apply(m);
	room_music(room);
	log_info(room->tag, "%s goes from %u to %u, by=%s", leg_tag(m->leg), old,
		 place, by);
	event_member(m, (struct event){ .type = EVENT_MOVE, .place = place, .by = by });
	if (quiet || m->opt.quiet)
		return;
	if (room->cfg.leave_tone && breakout_n_at(room, old))
		room_tell(room, &(struct announcement){
			.what = ANNOUNCE_LEAVE, .place = (uint8_t)old,
			.who = { leg_number(m->leg) } });
	if (room->cfg.join_tone && breakout_n_at(room, place) > 1)
		room_tell(room, &(struct announcement){
			.what = ANNOUNCE_JOIN, .place = (uint8_t)place,
			.who = { leg_number(m->leg) } });
}

/* Who comes to a place hears who is there, and whether it is recorded. */
static void greet(struct member *m)
{
	struct say say = { 0 };

	say_add(&say, PROMPT_BEEP);
	member_say_count(m, &say);
	if (!m->place && m->room->tape)
		say_add(&say, PROMPT_NOW_RECORDING);
	member_say(m, &say);
}

/* Out of the break-outs he may always go. */
static int go(struct member *m, unsigned place, enum breakout_event event,
	      const char *by)
{
	struct room *room = m->room;
	int err;

	if (place > room->breakout.n)
		return room->breakout.n ? -ERANGE : -ENOTSUP;
	err = step(room, place ? event : BREAKOUT_HOP);
	if (err)
		return err;
	if (m->state != MEMBER_IN)
		return -EAGAIN;
	if (m->place == place)
		return -EALREADY;
	move(m, place, false, by);
	greet(m);
	return 0;
}

int leg_breakout(struct leg *leg, unsigned place, const char *by)
{
	struct member *m = member_of(leg);

	return m ? go(m, place, m->role == ROLE_MODERATOR ? BREAKOUT_HOP
							 : BREAKOUT_ASSIGN, by) : -ENOENT;
}

int leg_breakout_hop(struct leg *leg, const char *by)
{
	struct member *m = member_of(leg);

	return m ? go(m, (m->place + 1u) % (m->room->breakout.n + 1),
		      BREAKOUT_HOP, by) : -ENOENT;
}

static unsigned emptiest(const struct room *room)
{
	unsigned best = 1, least = UINT32_MAX;

	for (unsigned place = 1; place <= room->breakout.n; place++) {
		const unsigned n = breakout_n_at(room, place);

		if (n < least) {
			least = n;
			best = place;
		}
	}
	return best;
}

static bool to_be_sent(const struct member *m)
{
	return m->state == MEMBER_IN && !m->place && m->role != ROLE_MODERATOR;
}

int room_breakout_spread(struct room *room, const char *by)
{
	int err = step(room, BREAKOUT_ASSIGN);
	struct member *m;
	unsigned n = 0;

	if (err)
		return err;
	list_each(&room->members, m, it, struct member, in_room)
		if (to_be_sent(m)) {
			move(m, emptiest(room), true, by);
			m->greet = true;
			n++;
		}
	/* now that all are where they belong */
	list_each(&room->members, m, again, struct member, in_room)
		if (m->greet) {
			m->greet = false;
			greet(m);
		}
	return n ? 0 : -EALREADY;
}

/* ---- begin and end ------------------------------------------------------ */

static void close_buses(struct room *room)
{
	struct breakout *b = &room->breakout;

	while (b->n > 0)
		media_bus_close(b->bus[--b->n]);
}

int room_breakout_make(struct room *room, unsigned n, const char *by)
{
	struct breakout *b = &room->breakout;
	int err = n >= 1 && n <= BREAKOUTS_MAX ? 0 : -ERANGE;

	if (!err)
		err = step(room, BREAKOUT_MAKE);
	if (err)
		return err;
	while (b->n < n && !err) {
		err = media_bus_open(room->hub->media, room->cfg.rate_hz, &bus_ops,
				     room, &b->bus[b->n]);
		b->n += !err;
	}
	if (err) {
		log_warn(room->tag, "no break-outs, by=%s error=%d", by, -err);
		close_buses(room);
		step(room, BREAKOUT_OVER);
		return err;
	}
	log_info(room->tag, "break-outs, n=%u by=%s", n, by);
	event_room(room, (struct event){ .type = EVENT_BREAKOUT, .on = true,
					 .place = n, .by = by });
	return 0;
}

/* All are in the meeting again before the mixes they were in are gone. */
static void over(struct room *room, const char *by)
{
	struct breakout *b = &room->breakout;
	struct member *m;

	timer_stop(&b->end);
	timer_stop(&b->warn);
	list_each(&room->members, m, it, struct member, in_room)
		if (m->place) {
			move(m, 0, true, by);
			m->greet = m->state == MEMBER_IN;
		}
	close_buses(room);
	list_each(&room->members, m, lost, struct member, in_room)
		if (m->voice.place)     /* media was too busy: he is nowhere, */
			m->voice = (struct voice){ 0 }; /* and it is tried again */
	log_info(room->tag, "break-outs are over, by=%s", by);
	event_room(room, (struct event){ .type = EVENT_BREAKOUT, .by = by });
	list_each(&room->members, m, again, struct member, in_room)
		if (m->greet) {
			m->greet = false;
			greet(m);
		}
}

static void tell_left(struct room *room, uint32_t s)
{
	room_tell(room, &(struct announcement){
		.what = ANNOUNCE_LEFT, .place = ANNOUNCE_BREAKOUTS, .n = s });
}

static void on_warn(void *arg)
{
	tell_left(arg, LAST_S);
}

static void on_end(void *arg)
{
	struct room *room = arg;

	step(room, BREAKOUT_OVER);
	over(room, "time");
}

int room_breakout_return(struct room *room, uint32_t seconds, const char *by)
{
	struct breakout *b = &room->breakout;
	int err = seconds > RETURN_MAX_S ? -ERANGE :
		step(room, seconds ? BREAKOUT_RETURN : BREAKOUT_OVER);

	if (err)
		return err;
	if (!seconds) {
		over(room, by);
		return 0;
	}
	log_info(room->tag, "break-outs end, seconds=%u by=%s", seconds, by);
	timer_start(&b->end, (int64_t)seconds * 1000);
	if (seconds > LAST_S)
		timer_start(&b->warn, (int64_t)(seconds - LAST_S) * 1000);
	else
		timer_stop(&b->warn);
	tell_left(room, seconds);
	return 0;
}

int room_breakout_say(struct room *room, const char *prompt, const char *by)
{
	enum prompt p;
	int err = step(room, BREAKOUT_SAY);

	if (!err)
		err = room_find_prompt(room, prompt, &p);
	if (err)
		return err;
	log_info(room->tag, "said in break-outs, prompt=%s by=%s", prompt, by);
	return room_tell(room, &(struct announcement){
		.what = ANNOUNCE_SAY, .place = ANNOUNCE_BREAKOUTS, .prompt = p });
}

unsigned room_breakouts(const struct room *room)
{
	return room->breakout.n;
}

void breakout_init(struct room *room)
{
	timer_init(&room->breakout.end, room->hub->loop, on_end, room);
	timer_init(&room->breakout.warn, room->hub->loop, on_warn, room);
}

void breakout_stop(struct room *room)
{
	timer_stop(&room->breakout.end);
	timer_stop(&room->breakout.warn);
	close_buses(room);
	set_state(room, BREAKOUT_NONE);
}

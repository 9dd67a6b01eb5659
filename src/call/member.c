/* member.c - one leg's seat in a room: voice, mute. */
#include <stdlib.h>

#include "base/log.h"
#include "room_int.h"

static const struct leg_ops member_ops;

static void set_state(struct member *m, enum member_state state)
{
	static const char *const names[] = {
		[MEMBER_NEW] = "new", [MEMBER_LOBBY] = "lobby", [MEMBER_WAITING] = "waiting",
		[MEMBER_IN] = "in"
	};

	const enum member_state old = m->state;

	log_debug(leg_tag(m->leg), "member %s -> %s", names[old], names[state]);
	m->state = state;
	room_music(m->room);
	if (old > MEMBER_LOBBY && old != state)
		event_member(m, (struct event){ .type = EVENT_WAIT,
						.on = state == MEMBER_WAITING });
}

/* ---- voice -------------------------------------------------------------- */

static struct voice wanted(const struct member *m)
{
	const bool held = leg_is_held(m->leg) || m->hold;

	if (m->state != MEMBER_IN)
		return (struct voice){ 0 };
	return (struct voice){
		.joined = true,
		.speak = !(m->mute & ~(unsigned)MUTE_MUSIC) && !held && !m->opt.listen_only &&
			(!m->ghost || m->pupil),
		.hear = !held && !m->deaf && !m->opt.talk_only,
		.place = m->place
	};
}

static int apply_manner(struct member *m)
{
	const struct mx_manner want = {
		.aside = m->pupil != NULL,
		.silent = m->mute & MUTE_MUSIC, .priority = m->priority,
		.duck_db = (uint8_t)m->room->cfg.duck_db,
		.talk_db = m->talk_db, .hear_db = m->hear_db
	}, is = m->manner;
	int err;

	if (want.aside == is.aside && want.silent == is.silent &&
	    want.priority == is.priority &&
	    want.duck_db == is.duck_db && want.talk_db == is.talk_db &&
	    want.hear_db == is.hear_db)
		return 0;
	err = media_port_manner(leg_port(m->leg), &want);
	if (!err)
		m->manner = want;
	return err;
}

static int apply_voice(struct member *m)
{
	struct media_port *port = leg_port(m->leg);
	const struct voice want = wanted(m), is = m->voice;
	int err = 0;

	if (want.joined && (!is.joined || want.place != is.place))
		err = media_port_join(port, breakout_bus(m->room, m->place),
				      want.speak, want.hear);
	else if (!want.joined && is.joined)
		err = media_port_leave(port);
	else if (want.speak != is.speak || want.hear != is.hear)
		err = media_port_voice(port, want.speak, want.hear);

	if (!err)
		m->voice = want;
	return err;
}

/* Who is to be kept aside is so before he is heard, and until he is not. */
void member_apply(struct member *m)
{
	const bool first = m->pupil || !m->manner.aside;
	int err;

	consent_check(m);
	err = first ? apply_manner(m) : 0;
	leg_record(m->leg)->muted = m->mute != 0;
	if (!err)
		err = apply_voice(m);
	if (!err && !first)
		err = apply_manner(m);
	if (err)
		room_retry(m->room);
}

void member_set_mute(struct member *m, enum mute layer, bool on)
{
	if (on)
		m->mute |= layer;
	else
		m->mute &= ~(unsigned)layer;
	member_apply(m);
}

/* ---- what he hears ------------------------------------------------------ */

void room_say_others(unsigned others, enum lang lang, struct say *say)
{
	if (others == 0) {
		say_add(say, PROMPT_ONLY_PERSON);
	} else if (others == 1) {
		say_add(say, PROMPT_ONLY_ONE);
	} else {
		say_add(say, PROMPT_THERE_ARE);
		say_count(say, lang, others, SAY_OTHERS);
	}
}

void member_say_count(const struct member *m, struct say *say)
{
	room_say_others(breakout_n_at(m->room, m->place) -
			(m->state == MEMBER_IN && !m->ghost), leg_lang(m->leg), say);
}

void member_lobby(struct member *m)
{
	set_state(m, MEMBER_LOBBY);
	member_say(m, SAY(PROMPT_ONE_MOMENT));
}

unsigned member_hand_place(const struct member *m)
{
	const struct member *o;
	unsigned place = m->hand ? 1 : 0;

	list_each(&m->room->members, o, it, struct member, in_room)
		place += o->hand && o->hand < m->hand;
	return place;
}

void member_wait(struct member *m, enum prompt first)
{
	struct say say = { 0 };

	set_state(m, MEMBER_WAITING);
	member_apply(m);
	say_add(&say, first);
	say_add(&say, PROMPT_WAIT_FOR_LEADER);
	member_say(m, &say);
}

void member_go_in(struct member *m, bool begin)
{
	set_state(m, MEMBER_IN);
	member_apply(m);
	if (m->hold)
		member_say(m, &(struct say){ 0 });
	else
		leg_hush(m->leg);       /* the music, if he waited */
	member_tell(m, ANNOUNCE_WELCOME, begin);
}

/* ---- events ------------------------------------------------------------- */

static void on_hold(void *arg, bool held)
{
	struct member *m = arg;

	log_info(leg_tag(m->leg), held ? "on hold" : "off hold");
	event_member(m, (struct event){ .type = EVENT_HOLD, .on = held });
	member_apply(m);
}

static void on_talking(void *arg, bool talks)
{
	struct member *m = arg;

	event_member(m, (struct event){ .type = EVENT_TALK, .on = talks });
	room_time_talk(m->room);
}

static void on_limit(void *arg)
{
	struct member *m = arg;

	log_info(leg_tag(m->leg), "his time is over, timeout_s=%u", m->opt.timeout_s);
	leg_farewell(m->leg, SAY(PROMPT_GOODBYE), END_TIME_LIMIT);
}

/* Off the bus at once, also where a goodbye is still to be said. If media does
 * not even take that, the leg ends here: closing a port never fails. */
static void on_end(void *arg)
{
	struct member *m = arg;
	struct leg *leg = m->leg;
	const bool stuck = m->voice.joined && media_port_leave(leg_port(leg)) != 0;

	room_member_gone(m->room, m);
	if (stuck)
		leg_end(leg, END_ERROR);
}

static const struct leg_ops member_ops = {
	.name = "member",
	.on_key = member_key,
	.on_said = member_run_said,
	.on_hold = on_hold,
	.on_talking = on_talking,
	.on_music = member_music,
	.on_end = on_end
};

struct member *member_of(const struct leg *leg)
{
	return leg_owner(leg, &member_ops);
}

/* Of his time, what is left. */
static int64_t limit_ms(const struct member *m)
{
	const int64_t ms = (int64_t)m->opt.timeout_s * 1000 -
		(loop_now_us() - m->joined_us) / 1000;

	return ms > 0 ? ms : 0;
}

static bool sounds_the_same(const struct db_room *a, const struct db_room *b)
{
	return a->number[0] && a->agc == b->agc &&
		a->denoise == b->denoise && a->echo == b->echo &&
		!a->detect_hold_music == !b->detect_hold_music;
}

/* Moderators lead, and wait for nobody; unless they wish so. */
void member_configure(struct member *m)
{
	const char *invited = leg_record(m->leg)->invite.language;
	const struct db_room old = m->opt;      /* at first all zeros */

	m->opt = m->room->row;
	if (m->role == ROLE_MODERATOR) {
		m->opt.marked = true;
		m->opt.wait_marked = m->opt.startmuted = false;
		m->opt.end_marked = m->opt.end_marked_any = false;
		m->opt.waiting_room = m->opt.listen_only = false;
		m->opt.talk_only = false;
	} else {
		m->opt.endconf = m->opt.priority = false;
	}
	wishes_apply(&m->wishes, &m->opt, DB_OPTION_MEMBER);
	if (m->opt.ghost != old.ghost)
		m->ghost = m->opt.ghost;
	if (m->opt.priority != old.priority)
		m->priority = m->opt.priority;
	m->opt.quiet |= m->ghost;
	leg_room_lang(m->leg, *invited ? invited : m->opt.language);
	leg_room_music(m->leg, m->room->cfg.music_on_hold_class,
		       m->room->cfg.music_quieter_db);
	if (!sounds_the_same(&old, &m->opt))
		leg_room_sound(m->leg, &m->opt);
	member_judge_music(m);
	if (m->opt.timeout_s == old.timeout_s)
		return;
	timer_stop(&m->limit);
	if (m->opt.timeout_s)
		timer_start(&m->limit, limit_ms(m));
}

struct member *member_new(struct room *room, struct leg *leg, enum role role,
			  const struct wishes *wishes)
{
	struct member *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->room = room;
	m->leg = leg;
	m->role = role;
	m->wishes = *wishes;
	m->joined_us = loop_now_us();
	timer_init(&m->limit, room->hub->loop, on_limit, m);
	consent_init(m);
	member_configure(m);
	timer_init(&m->pause, room->hub->loop, member_pause, m);
	leg_set_owner(leg, &member_ops, m);
	return m;
}

void member_free(struct member *m)
{
	timer_stop(&m->pause);
	timer_stop(&m->limit);
	consent_fini(m);
	free(m);
}

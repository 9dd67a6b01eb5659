/* announcer.c - see announcer.h */
#include "announcer.h"

#include <errno.h>

#include "base/log.h"
#include "name.h"
#include "room_int.h"

enum {
	TONE_WAITS_US = 1500000,        /* for people who are being told something;
					 * then it sounds under the words */
	WORDS_WAIT_US = 4000000,        /* the same; then those are cut off */
	LATE_MS = 5000,                 /* media has not said that it is played */
	RETRY_MS = 100
};

static void look(struct room *room)
{
	timer_start(&room->announcer.timer, 0);
}

/* The meeting itself, or a break-out. */
static bool hears_room(const struct member *m)
{
	return m->state == MEMBER_IN && m->voice.hear;
}

static bool hears_mix(const struct member *m)
{
	return hears_room(m) && !m->voice.place;
}

/* ---- one member --------------------------------------------------------- */

static bool has_music(const struct member *m)
{
	return m->state != MEMBER_IN || m->hold;
}

static void speak(struct member *m, const struct announcement *a,
		  const struct say *say)
{
	m->told.now = *a;
	if (has_music(m))
		leg_say_music(m->leg, say);
	else
		leg_say(m->leg, say);
}

/* What he is being told makes way; some of it comes again. */
static void cut_off(struct member *m)
{
	if (!leg_is_saying(m->leg))
		return;
	if (announce_is_repeated(m->told.now.what))
		announce_put_back(&m->told.queue, &m->told.now);
}

/* A roll that is too long for one list goes on behind it. */
static void go_on(struct announce_queue *q, const struct announcement *a,
		  const struct room *room)
{
	struct announcement rest = *a;
	struct say unused = { 0 };

	if (a->what != ANNOUNCE_ROLL)
		return;
	rest.n = announce_roll(room, a->n, &unused);
	if (rest.n)
		announce_put(q, &rest, loop_now_us());
}

static void pump_member(struct member *m)
{
	struct announcement a;

	if (m->room->announcer.playing && hears_mix(m))
		return;
	while (!leg_is_saying(m->leg) && announce_take(&m->told.queue, &a)) {
		struct say say = { 0 };

		announce_words(&a, m->room, m, leg_lang(m->leg), &say);
		if (say.n)
			speak(m, &a, &say);
		go_on(&m->told.queue, &a, m->room);
	}
}

static void put_to_member(struct member *m, const struct announcement *a)
{
	if (announce_put(&m->told.queue, a, loop_now_us()) == ANNOUNCE_FULL)
		log_debug(leg_tag(m->leg), "not told, %s", announce_word(a->what));
	look(m->room);
}

void member_tell(struct member *m, enum announce what, uint32_t n)
{
	put_to_member(m, &(struct announcement){ .what = what, .n = n });
}

void member_tell_no_more(struct member *m, enum announce what)
{
	announce_drop(&m->told.queue, what);
	if (leg_is_saying(m->leg) && m->told.now.what == what) {
		leg_hush(m->leg);
		look(m->room);
	}
}

void member_say(struct member *m, const struct say *say)
{
	const struct announcement reply = { .what = ANNOUNCE_REPLY };

	if (m->room->announcer.playing && hears_mix(m)) {
		m->told.reply = *say;
		put_to_member(m, &reply);
		return;
	}
	announce_drop(&m->told.queue, ANNOUNCE_REPLY);
	cut_off(m);
	speak(m, &reply, say);
}

bool member_is_answered(const struct member *m)
{
	const struct announce_queue *q = &m->told.queue;

	for (unsigned i = 0; i < q->n; i++)
		if (q->v[i].what == ANNOUNCE_REPLY)
			return true;
	return leg_is_saying(m->leg);
}

void member_hush(struct member *m)
{
	announce_drop(&m->told.queue, ANNOUNCE_REPLY);
	cut_off(m);
	leg_hush(m->leg);
	if (has_music(m))
		leg_say_music(m->leg, &(const struct say){ .n = 0 });
	look(m->room);
}

void member_said(struct member *m)
{
	if (m->told.queue.n || m->room->announcer.queue.n)
		look(m->room);
}

/* ---- the room ----------------------------------------------------------- */

static bool is_there(const struct member *m, const struct announcement *a)
{
	if (a->place == ANNOUNCE_BREAKOUTS)
		return m->place > 0;
	return m->place == a->place || (!a->place && !announce_is_local(a->what));
}

static bool is_meant(const struct member *m, const struct announcement *a)
{
	if (!hears_room(m) || !is_there(m, a))
		return false;
	for (int i = 0; i < ANNOUNCE_WHO_MAX && a->what == ANNOUNCE_JOIN; i++)
		if (a->who[i] == leg_number(m->leg) && !m->opt.hear_own_join_sound)
			return false;
	return a->to == ANNOUNCE_TO_ALL || m->role == ROLE_MODERATOR;
}

/* Can it be played into the mix: is it for all who hear that, and in a language
 * of all? *n: who are meant. */
static bool is_for_mix(const struct room *room, const struct announcement *a,
		       enum lang *lang, unsigned *n)
{
	const struct member *m;
	bool same = true;

	*n = 0;
	list_each(&room->members, m, it, struct member, in_room) {
		if (is_meant(m, a) != hears_mix(m))
			same = false;
		if (!is_meant(m, a))
			continue;
		if (*n && leg_lang(m->leg) != *lang && !announce_is_tone(a))
			same = false;
		*lang = leg_lang(m->leg);
		(*n)++;
	}
	return same;
}

static bool somebody_is_told(const struct room *room)
{
	const struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		if (hears_mix(m) && leg_is_saying(m->leg))
			return true;
	return false;
}

static void tell_each(struct room *room, const struct announcement *a)
{
	struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		if (is_meant(m, a))
			put_to_member(m, a);
}

/* Sends the next piece of the list. */
static void play_more(struct room *room)
{
	struct announcer *an = &room->announcer;
	struct media_play play = {
		.id = ++an->id, .duck_db = (uint8_t)room->cfg.announce_duck_db
	};
	int64_t ms = LATE_MS;
	int err;

	while (an->next < an->list.n && play.n < MEDIA_CLIPS_MAX) {
		const struct mx_clip *clip = hub_clip(room->hub, an->lang,
						      &an->list, an->next++);

		ms += (int64_t)(clip->len * 1000 / clip->rate_hz);
		play.clips[play.n++] = clip;
	}
	an->playing = true;
	err = media_bus_play(room->bus, &play);
	if (err) {
		log_debug(room->tag, "not played, error=%d", -err);
		ms = RETRY_MS;
	}
	timer_start(&an->guard, ms);
}

static void play_over(struct room *room)
{
	struct announcer *an = &room->announcer;

	timer_stop(&an->guard);
	if (an->next < an->list.n) {
		play_more(room);
		return;
	}
	an->playing = false;
	look(room);
}

void announcer_played(struct room *room, uint32_t id)
{
	if (room->announcer.playing && id == room->announcer.id)
		play_over(room);
}

static void on_guard(void *arg)
{
	struct room *room = arg;

	log_debug(room->tag, "announcement was not played in time");
	play_over(room);
}

static void play(struct room *room, const struct announcement *a, enum lang lang)
{
	struct announcer *an = &room->announcer;
	struct member *m;

	an->list = (struct say){ 0 };
	an->lang = lang;
	an->next = 0;
	announce_words(a, room, NULL, lang, &an->list);
	if (!announce_is_tone(a))
		list_each(&room->members, m, it, struct member, in_room)
			if (hears_mix(m) && leg_is_saying(m->leg)) {
				cut_off(m);
				leg_hush(m->leg);
			}
	if (an->list.n)
		play_more(room);
}

/* False: it has to wait for somebody, so long. */
static bool tell_next(struct room *room, const struct announcement *a,
		      int64_t *wait_us)
{
	const int64_t now = loop_now_us();
	enum lang lang = LANG_EN;
	unsigned n;

	if (is_for_mix(room, a, &lang, &n) && n) {
		*wait_us = a->at_us - now +
			(announce_is_tone(a) ? TONE_WAITS_US : WORDS_WAIT_US);
		if (somebody_is_told(room) && *wait_us > 0)
			return false;
		play(room, a, announce_is_tone(a) ? LANG_EN : lang);
		go_on(&room->announcer.queue, a, room);
	} else {
		tell_each(room, a);
	}
	announce_told(&room->announcer.queue, a, now);
	log_debug(room->tag, "is told, what=%s events=%u", announce_word(a->what),
		  a->events);
	return true;
}

static void on_timer(void *arg)
{
	struct room *room = arg;
	struct announcer *an = &room->announcer;
	struct announcement a;
	struct member *m;
	int64_t wait_us;

	while (!an->playing && announce_take(&an->queue, &a))
		if (!tell_next(room, &a, &wait_us)) {
			announce_put_back(&an->queue, &a);
			timer_start(&an->timer, wait_us / 1000 + 1);
			break;
		}
	list_each(&room->members, m, it, struct member, in_room)
		pump_member(m);
}

int room_tell(struct room *room, const struct announcement *a)
{
	const enum announce_put put = announce_put(&room->announcer.queue, a,
						   loop_now_us());

	if (put == ANNOUNCE_FULL) {
		log_debug(room->tag, "not told, %s", announce_word(a->what));
		return -ENOSPC;
	}
	look(room);
	return 0;
}

void room_tell_no_more(struct room *room, enum announce what)
{
	announce_drop(&room->announcer.queue, what);
}

/* ---- comings and goings ------------------------------------------------- */

static bool is_told_of(const struct room *room, const struct member *m)
{
	const uint32_t most = room->cfg.announce_quiet_above;

	return m->state == MEMBER_IN && !m->opt.quiet &&
		(!most || room_n_in(room) <= most);
}

static bool is_named(const struct member *m)
{
	return m->opt.announce_join_leave && !consent_is_asked(m->room) &&
		name_of(m->room->hub, leg_number(m->leg));
}

static enum announce_to to_whom(const struct room *room)
{
	return room->cfg.announce_to_moderators ? ANNOUNCE_TO_MODERATORS
						: ANNOUNCE_TO_ALL;
}

void room_tell_join(struct member *m)
{
	struct room *room = m->room;
	const unsigned n_in = breakout_n_at(room, m->place);
	struct announcement a = {
		.what = ANNOUNCE_JOIN, .to = to_whom(room), .place = m->place,
		.who = { leg_number(m->leg) }, .named = is_named(m)
	};

	if (n_in < 2 || !is_told_of(room, m))
		return;
	if (room->cfg.join_tone || a.named)
		room_tell(room, &a);
	a.what = ANNOUNCE_COUNT;
	if (room->cfg.announce_user_count_all && n_in > room->cfg.announce_user_count_all)
		room_tell(room, &a);
}

void room_tell_leave(struct room *room, const struct member *m)
{
	const struct announcement a = {
		.what = ANNOUNCE_LEAVE, .to = to_whom(room), .place = m->place,
		.who = { leg_number(m->leg) }, .named = is_named(m)
	};

	if ((room->cfg.leave_tone || a.named) && is_told_of(room, m))
		room_tell(room, &a);
}

/* ---- begin and end ------------------------------------------------------ */

void announcer_init(struct room *room)
{
	timer_init(&room->announcer.timer, room->hub->loop, on_timer, room);
	timer_init(&room->announcer.guard, room->hub->loop, on_guard, room);
}

void announcer_stop(struct room *room)
{
	timer_stop(&room->announcer.timer);
	timer_stop(&room->announcer.guard);
}

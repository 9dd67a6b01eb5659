/* hub.c - all legs and rooms, and how they are tied to the other modules. */
#include "hub.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bucket.h"
#include "base/counter.h"
#include "base/log.h"
#include "control.h"
#include "hub_int.h"
#include "ivr.h"
#include "leg_int.h"
#include "name.h"
#include "naming.h"
#include "prompt.h"
#include "room_int.h"
#include "tape.h"

enum {
	RETRY_FULL_S = 5,
	RETRY_NO_ROOMS_S = 10,
	BYE_MS = 4000,          /* for answers to the last BYEs */
	MINUTE_US = 60000000
};

/* ---- begin and end ------------------------------------------------------ */

static void on_sounds(size_t missing, void *arg)
{
	struct hub *hub = arg;

	hub->sounds_known = true;
	if (missing)
		log_warn("prompts", "tones stand in for prompts, missing=%zu", missing);
	else
		log_info("prompts", "loaded");
}

/* With the default language calls may come; the others are heard as soon as
 * they are there. */
static int load_language(struct hub *hub, enum lang lang,
			 void (*done)(size_t missing, void *arg))
{
	const char *names[PROMPT__MAX];
	const size_t n = prompt_files(lang, names);

	if (hub->languages & 1u << lang)
		return 0;
	hub->languages |= 1u << lang;
	return files_load(hub->files, lang_code(lang), names, n, done, hub);
}

/* English stands in for what is missing in the others. */
static int load_languages(struct hub *hub, const struct config *config)
{
	const enum lang first = route_room_lang(config, "");
	const int set = lang_set(config->sounds.languages);
	int err = 0;

	if (first != LANG_EN)
		err = load_language(hub, LANG_EN, NULL);
	if (!err)
		err = load_language(hub, first, on_sounds);
	for (int i = 0; i < LANG__MAX && !err; i++)
		if (set > 0 && (set & 1 << i))
			err = load_language(hub, (enum lang)i, NULL);
	return err;
}

const struct mx_clip *hub_clip(struct hub *hub, enum lang lang,
			       const struct say *say, unsigned i)
{
	const uint8_t what = say->what[i];
	const struct mx_clip *name = what >= SAY_NAME0 ?
		name_of(hub, say->names[what - SAY_NAME0]) : NULL;

	return name ? name : files_clip(hub->files, lang_code(lang),
		prompt_file(what >= SAY_NAME0 ? PROMPT_BEEP : (enum prompt)what));
}

static void on_reap(void *arg)
{
	struct hub *hub = arg;
	struct leg *leg;

	list_each(&hub->gone, leg, it, struct leg, in_hub) {
		list_del(&hub->gone, &leg->in_hub);
		leg_free(leg);
	}
}

static void on_drain(void *arg);

static int limit_guesses(struct hub *hub, uint32_t rate)
{
	struct buckets *b = NULL;
	int err = rate ? buckets_new(&b, rate, MINUTE_US) : 0;

	if (err)
		return err;
	buckets_free(hub->guesses);
	hub->guesses = b;
	return 0;
}

int hub_new(struct hub **hubp, const struct hub_cfg *cfg)
{
	struct hub *hub = calloc(1, sizeof(*hub));
	int err;

	if (!hub)
		return -ENOMEM;
	hub->loop = cfg->loop;
	hub->started_us = record_now_us();
	hub->config = cfg->config;
	hub->media = cfg->media;
	hub->files = cfg->files;
	hub->recorder = cfg->recorder;
	hub->streams = cfg->streams;
	names_init(hub);
	list_init(&hub->tapes);
	list_init(&hub->guest_days.days);
	list_init(&hub->legs);
	list_init(&hub->gone);
	list_init(&hub->rooms);
	list_init(&hub->listeners);
	timer_init(&hub->reap, hub->loop, on_reap, hub);
	timer_init(&hub->drain.timer, hub->loop, on_drain, hub);

	err = hash_init(&hub->leg_by_tag);
	if (!err)
		err = hash_init(&hub->room_by_number);
	if (!err)
		err = limit_guesses(hub, hub->config->rooms.wrong_rate);
	if (!err)
		err = load_languages(hub, hub->config);
	if (err) {
		hub_free(hub);
		return err;
	}
	*hubp = hub;
	return 0;
}

void hub_free(struct hub *hub)
{
	struct leg *leg;
	struct room *room;

	if (!hub)
		return;
	list_each(&hub->legs, leg, it, struct leg, in_hub) {
		log_warn(leg->tag, "left behind");
		leg_abandon(leg);
		leg_free(leg);
	}
	list_each(&hub->gone, leg, it, struct leg, in_hub)
		leg_free(leg);
	list_each(&hub->rooms, room, it, struct room, in_hub)
		room_free(room);
	tapes_free(hub);
	naming_taps_free(hub);
	names_free(hub);
	guest_days_free(&hub->guest_days);
	timer_stop(&hub->reap);
	timer_stop(&hub->drain.timer);
	hash_fini(&hub->leg_by_tag);
	hash_fini(&hub->room_by_number);
	buckets_free(hub->guesses);
	free(hub);
}

void hub_set_config(struct hub *hub, const struct config *config)
{
	const uint32_t rate = config->rooms.wrong_rate;

	if (rate != hub->config->rooms.wrong_rate && limit_guesses(hub, rate))
		log_error("server", "no memory, rooms.wrong_rate stays as it was");
	media_set_busy_limit(hub->media, config->media.busy_limit);
	if (load_languages(hub, config) < 0)
		log_error("server", "sounds.languages: no memory for a new one");
	hub->config = config;
}

bool hub_is_ready(const struct hub *hub)
{
	return hub->rooms_known && hub->sounds_known;
}

void hub_set_db(struct hub *hub, struct db *db)
{
	hub->db = db;
}

void hub_set_sip(struct hub *hub, struct sip *sip)
{
	hub->sip = sip;
}

/* ---- legs and rooms ----------------------------------------------------- */

int hub_add_leg(struct hub *hub, struct leg *leg)
{
	leg->number = hub->last_leg + 1;
	snprintf(leg->tag, sizeof(leg->tag), "leg %llu",
		 (unsigned long long)leg->number);
	if (hash_add(&hub->leg_by_tag, &leg->by_tag, leg->tag) != 0)
		return -ENOMEM;
	hub->last_leg = leg->number;
	list_add(&hub->legs, &leg->in_hub);
	return 0;
}

void hub_leg_gone(struct hub *hub, struct leg *leg)
{
	name_gone(hub, leg->number);
	hash_del(&hub->leg_by_tag, &leg->by_tag);
	list_del(&hub->legs, &leg->in_hub);
	list_add(&hub->gone, &leg->in_hub);
	timer_start(&hub->reap, 0);
	if (!hub->legs.n && hub->drain.state != DRAIN_NO)
		timer_start(&hub->drain.timer, 0);
}

struct leg *hub_leg(const struct hub *hub, uint64_t number)
{
	char tag[sizeof(((struct leg *)NULL)->tag)];
	struct hash_node *node;

	snprintf(tag, sizeof(tag), "leg %llu", (unsigned long long)number);
	node = hash_find(&hub->leg_by_tag, tag);
	return node ? container_of(node, struct leg, by_tag) : NULL;
}

struct room *hub_room(const struct hub *hub, const char *number)
{
	struct hash_node *node = hash_find(&hub->room_by_number, number);

	return node ? container_of(node, struct room, by_number) : NULL;
}

bool hub_is_guesser(const struct hub *hub, const union addr *source)
{
	return hub->guesses &&
	       bucket_is_empty(hub->guesses, source, loop_now_us());
}

void hub_note_guess(struct hub *hub, const union addr *source)
{
	if (hub->guesses)
		bucket_spend(hub->guesses, source, loop_now_us());
}

const char *hub_missing_sound(const struct hub *hub, size_t *at, const char **lang)
{
	for (; *at < (size_t)LANG__MAX * PROMPT__MAX; ++*at) {
		const enum lang l = (enum lang)(*at / PROMPT__MAX);
		const char *names[PROMPT__MAX];
		const size_t n = prompt_files(l, names), i = *at % PROMPT__MAX;

		*lang = lang_code(l);
		if (i < n && hub->languages & 1u << l &&
		    !files_has(hub->files, *lang, names[i])) {
			++*at;
			return names[i];
		}
	}
	return NULL;
}

size_t hub_legs(const struct hub *hub)
{
	return hub->legs.n;
}

size_t hub_rooms(const struct hub *hub)
{
	return hub->room_by_number.n;
}

/* ---- going down --------------------------------------------------------- */

static void end_all(struct hub *hub)
{
	struct leg *leg;
	struct room *room;

	log_info("server", "ending all calls, legs=%zu", hub->legs.n);
	list_each(&hub->rooms, room, ir, struct room, in_hub)
		room_shut(room);
	list_each(&hub->legs, leg, il, struct leg, in_hub)
		leg_end(leg, END_SHUTDOWN);
}

static void on_drain(void *arg)
{
	struct hub *hub = arg;
	struct drain *d = &hub->drain;

	if (d->state == DRAIN_DONE)
		return;
	if (d->state == DRAIN_WAIT && hub->legs.n) {
		d->state = DRAIN_BYE;
		timer_start(&d->timer, BYE_MS);
		end_all(hub);
		return;
	}
	d->state = DRAIN_DONE;
	d->done(d->arg);
}

void hub_drain(struct hub *hub, unsigned seconds,
	       void (*done)(void *arg), void *arg)
{
	const int64_t at_us = loop_now_us() + (int64_t)seconds * 1000000;
	struct drain *d = &hub->drain;

	if (d->state == DRAIN_NO) {
		d->state = DRAIN_WAIT;
		d->at_us = at_us;
		d->done = done;
		d->arg = arg;
	} else if (d->state == DRAIN_WAIT && at_us < d->at_us) {
		d->at_us = at_us;
	} else {
		return;
	}
	log_info("server", "no new calls, legs=%zu seconds=%u", hub->legs.n,
		 seconds);
	timer_start(&d->timer, hub->legs.n ? (int64_t)seconds * 1000 : 0);
}

bool hub_is_draining(const struct hub *hub)
{
	return hub->drain.state != DRAIN_NO;
}

/* ---- what SIP asks ------------------------------------------------------ */

static unsigned busy(void *arg)
{
	const struct hub *hub = arg;
	int64_t left_us;

	if (hub->drain.state != DRAIN_NO) {
		left_us = hub->drain.at_us - loop_now_us();
		return (unsigned)(left_us > 0 ? left_us / 1000000 : 0) + RETRY_FULL_S;
	}
	if (!hub->db || !hub->rooms_known)
		return RETRY_NO_ROOMS_S;
	return hub->legs.n >= hub->config->media.legs_max ||
		media_is_over(hub->media) ? RETRY_FULL_S : 0;
}

/* Why nobody could be let in by this call, whatever he typed. */
static enum end_reason refused_unasked(const struct hub *hub,
				       const struct route *route,
				       uint32_t *wait_s)
{
	const struct db_room *cfg = db_room(hub->db, route->room);
	enum end_reason why;

	*wait_s = 0;
	if (route->kind != ROUTE_ROOM || !cfg || cfg->answer_refusals)
		return END_NONE;
	if (!room_asks_pin(cfg)) {
		why = room_refuses(hub, cfg, ROLE_MEMBER, &route->wishes);
		if (why != END_NONE)
			return why;
	}
	return room_is_closed(hub, cfg, wait_s);
}

static void on_invite(void *arg, struct sip_session *ss,
		      const struct sip_invite *inv)
{
	struct hub *hub = arg;
	const struct config *config = hub->config;
	struct route route;
	enum end_reason why;
	struct leg *leg;
	uint32_t wait_s;

	route_invite(&route, inv, config, hub->db);
	leg = leg_new(hub, ss, inv, &route);
	if (!leg) {
		log_error("server", "no memory for a leg, call_id=%s", inv->call_id);
		sip_session_refuse(ss, 500, 0, RETRY_FULL_S);
		return;
	}
	if (route.kind == ROUTE_UNKNOWN &&
	    config->rooms.unknown == CONFIG_UNKNOWN_404) {
		counter_inc(CNT_ROOM_UNKNOWN);
		leg_refuse(leg, 404, END_NO_ROOM);
		return;
	}
	why = refused_unasked(hub, &route, &wait_s);
	if (why != END_NONE) {
		counter_inc(CNT_ROOM_REFUSED);
		leg_turn_away(leg, why, wait_s);
		return;
	}
	if (leg_prepare(leg, inv, room_bus(hub_room(hub, route.room))) != 0)
		return;
	if (ivr_start(leg, &route) != 0) {
		leg_refuse(leg, 500, END_ERROR);
		return;
	}
	explicit_bzero(&route, sizeof(route));
}

const struct sip_ops hub_sip_ops = { .on_invite = on_invite, .busy = busy };

/* ---- what the database says --------------------------------------------- */

static void on_pin(void *arg, uint64_t number, const struct db_pin_answer *answer)
{
	struct leg *leg = hub_leg(arg, number);

	if (leg)
		leg_pin(leg, answer);
	else
		log_debug("server", "PIN answer for a leg that is gone");
}

/* Of one who is gone it was taken back when he went. */
static void on_claim(void *arg, uint64_t number, enum db_pin result)
{
	struct leg *leg = hub_leg(arg, number);

	if (leg)
		leg_claim(leg, result);
}

static void on_ready(void *arg)
{
	struct hub *hub = arg;

	hub->rooms_known = true;
	log_info("server", "rooms read, rooms=%zu", hub->db ? db_rooms(hub->db) : 0);
}

/* Meetings that a pattern of a profile has made: has theirs changed? */
static void adhoc_changed(struct hub *hub)
{
	struct room *room;

	list_each(&hub->rooms, room, it, struct room, in_hub) {
		const struct db_room *row = room->members.n
			? db_room(hub->db, room->row.number) : NULL;

		if (row && memcmp(row, &room->row, sizeof(*row)) != 0)
			room_update(room, row);
	}
}

static void on_room(void *arg, const char *number, const struct db_room *cfg)
{
	struct room *room = hub_room(arg, number);

	if (db_is_adhoc(number))
		adhoc_changed(arg);
	else if (room)
		room_update(room, cfg);
}

static void on_state(void *arg, bool up)
{
	(void)arg;
	if (up)
		log_info("server", "database is up");
	else
		log_warn("server", "degraded: database is away");
}

const struct db_ops hub_db_ops = {
	.on_pin = on_pin,
	.on_claim = on_claim,
	.on_ready = on_ready,
	.on_room = on_room,
	.on_state = on_state
};

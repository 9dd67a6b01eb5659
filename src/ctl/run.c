/* run.c - one function a command; the table that ties them to spec.h is at the
 * end. Each looks or acts through control.h and gives an object. */
#include "run.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/counter.h"
#include "base/loop.h"
#include "call/hub.h"
#include "call/json.h"
#include "db/db.h"
#include "run_int.h"
#include "view.h"

enum {
	PAGE = 100,             /* entries of a list in one answer */
	PROBLEMS_MAX = 300
};

/* ---- the server --------------------------------------------------------- */

static json_t *moved_counters(void)
{
	json_t *obj = json_object();

	for (int i = 0; i < CNT__MAX; i++) {
		const uint64_t n = counter_get((enum counter)i);

		if (n)
			json_object_set_new(obj, counter_name((enum counter)i),
					    json_integer((json_int_t)n));
	}
	return obj;
}

static const char *state_word(const struct hub *hub)
{
	if (hub_is_draining(hub))
		return "draining";
	return hub_is_ready(hub) ? "ready" : "starting";
}

static json_t *status(struct ctl_call *call)
{
	const struct ctl_cfg *cfg = call->cfg;
	const struct config *config = cfg->ops->config(cfg->arg);

	return json_pack("{ss sI ss sI sI sI sI sI ss sI ss so}",
		"version", PACKAGE_VERSION,
		"pid", (json_int_t)getpid(),
		"state", state_word(cfg->hub),
		"uptime_s", (json_int_t)((loop_now_us() - call->started_us) / 1000000),
		"legs", (json_int_t)hub_legs(cfg->hub),
		"legs_max", (json_int_t)config->media.legs_max,
		"rooms", (json_int_t)hub_rooms(cfg->hub),
		"rooms_known", (json_int_t)db_rooms(cfg->db),
		"database", db_is_up(cfg->db) ? "up" : "degraded",
		"workers", (json_int_t)media_workers(cfg->media),
		"io", media_io_name(cfg->media),
		"counters", moved_counters());
}

static json_t *counters(struct ctl_call *call)
{
	json_t *list = json_array();

	(void)call;
	for (int i = 0; i < CNT__MAX; i++)
		json_array_append_new(list, json_pack("{ss sI ss}",
			"counter", counter_name((enum counter)i),
			"value", (json_int_t)counter_get((enum counter)i),
			"what", counter_help((enum counter)i)));
	return json_pack("{so}", "counters", list);
}

static json_t *workers(struct ctl_call *call)
{
	struct media *media = call->cfg->media;
	json_t *list = json_array();

	for (unsigned i = 0; i < media_workers(media); i++)
		json_array_append_new(list,
			view_worker(i, media_worker_stats(media, i)));
	return json_pack("{so}", "workers", list);
}

/* ---- lists, a page at a time -------------------------------------------- */

struct page {
	json_t *list;
	json_t *(*view)(const struct leg_info *info);
	uint64_t skip;                  /* rooms to be left out */
	uint64_t next;                  /* where the next page begins, 0: nowhere */
};

static bool add_leg(const struct leg_info *info, void *p)
{
	struct page *page = p;

	if (json_array_size(page->list) == PAGE) {
		page->next = info->number;
		return false;
	}
	json_array_append_new(page->list, page->view(info));
	return true;
}

/* from is the first number wanted, after the last one that is not. */
static uint64_t after(uint64_t from)
{
	return from ? from - 1 : 0;
}

static void add_next(json_t *obj, const struct page *page)
{
	if (page->next)
		json_object_set_new(obj, "next", json_integer((json_int_t)page->next));
}

static json_t *legs(struct ctl_call *call)
{
	struct page page = { .list = json_array(), .view = view_leg };
	json_t *obj = json_object();

	hub_each_leg(call->cfg->hub, after(arg(call, 0)->number), add_leg, &page);
	json_object_set_new(obj, "legs", page.list);
	add_next(obj, &page);
	return obj;
}

static json_t *room(struct ctl_call *call)
{
	struct page page = { .view = view_member };
	struct room *r = room_arg(call);
	struct room_info info;
	json_t *obj;

	if (!r)
		return NULL;
	room_info(r, &info);
	obj = view_room(&info);
	page.list = json_array();
	room_each_member(r, after(arg(call, 1)->number), add_leg, &page);
	json_object_del(obj, "members");
	json_object_set_new(obj, "members", page.list);
	add_next(obj, &page);
	return obj;
}

static bool add_room(const struct room_info *info, void *p)
{
	struct page *page = p;

	if (page->skip) {
		page->skip--;
		return true;
	}
	if (json_array_size(page->list) == PAGE) {
		page->next = 1;
		return false;
	}
	json_array_append_new(page->list, view_room(info));
	return true;
}

/* Rooms have no numbers of ours to go on from: so many are skipped. */
static json_t *rooms(struct ctl_call *call)
{
	struct page page = { .list = json_array(), .skip = arg(call, 0)->number };
	json_t *obj = json_object();

	hub_each_room(call->cfg->hub, add_room, &page);
	if (page.next)
		page.next = arg(call, 0)->number + PAGE;
	json_object_set_new(obj, "rooms", page.list);
	add_next(obj, &page);
	return obj;
}

static json_t *leg(struct ctl_call *call)
{
	const struct leg *l = leg_arg(call);
	struct leg_info info;

	if (!l)
		return NULL;
	leg_info(l, &info);
	return view_leg_whole(&info);
}

/* What ctl.c does about it is not done here. */
static json_t *events(struct ctl_call *call)
{
	return json_pack("{sI}", "next",
			 (json_int_t)hub_events(call->cfg->hub) + 1);
}

/* ---- acts: what is so already is no error, "changed" tells -------------- */

static json_t *mute(struct ctl_call *call)
{
	struct leg *l = leg_arg(call);
	struct leg_info info;
	int err;

	if (!l)
		return NULL;
	err = leg_mute(l, MUTE_MODERATOR, arg(call, 1)->on, call->by);
	if (err == -ENOENT)
		return fail(call, "not_found", "leg %llu is in no room",
			    (unsigned long long)arg(call, 0)->number);
	leg_info(l, &info);
	return json_pack("{sI so sb}", "leg", (json_int_t)info.number,
			 "muted", view_muted(info.muted), "changed", err == 0);
}

static json_t *sound(struct ctl_call *call, const char *what, bool on,
		     int (*fn)(struct leg *leg, bool on, const char *by))
{
	struct leg *l = leg_arg(call);
	int err;

	if (!l)
		return NULL;
	err = fn(l, on, call->by);
	if (err == -ENOENT)
		return fail(call, "not_found", "leg %llu has no sound",
			    (unsigned long long)arg(call, 0)->number);
	if (err && err != -EALREADY)
		return fail(call, "busy", "media does not keep up");
	return json_pack("{sI sb sb}", "leg", (json_int_t)arg(call, 0)->number,
			 what, on, "changed", err == 0);
}

static json_t *agc(struct ctl_call *call)
{
	return sound(call, "agc", arg(call, 1)->on, leg_agc);
}

static json_t *ns(struct ctl_call *call)
{
	return sound(call, "ns", arg(call, 1)->on, leg_ns);
}

static json_t *echo(struct ctl_call *call)
{
	const char *mode = arg(call, 1)->text;
	const bool on = strcmp(mode, "auto") == 0;
	json_t *done;

	if (!on && strcmp(mode, "off") != 0)
		return fail(call, "bad_request", "mode is not auto or off");
	done = sound(call, "echo", on, leg_echo);
	if (done)
		json_object_set_new(done, "echo", json_string(mode));
	return done;
}

static json_t *kick(struct ctl_call *call)
{
	struct leg *l = leg_arg(call);
	const uint64_t number = arg(call, 0)->number;

	if (!l)
		return NULL;
	if (leg_kick(l, arg(call, 1)->on, call->by) != 0)
		return fail(call, "not_found", "leg %llu is ending already",
			    (unsigned long long)number);
	return json_pack("{sI sb}", "leg", (json_int_t)number, "changed", true);
}

static json_t *deaf(struct ctl_call *call)
{
	return member_switched(call, "deaf", leg_deaf);
}

static json_t *hand(struct ctl_call *call)
{
	return member_switched(call, "hand", leg_hand);
}

static json_t *next(struct ctl_call *call)
{
	struct room *r = room_arg(call);

	return r ? json_pack("{so sb}", "room", json_string(arg(call, 0)->text),
			     "changed", room_next_hand(r, call->by) == 0) : NULL;
}

static json_t *admit(struct ctl_call *call)
{
	const uint64_t number = arg(call, 1)->number;
	struct room *r = room_arg(call);
	struct leg *l = hub_leg(call->cfg->hub, number);
	struct leg_info info;
	int err;

	if (!r)
		return NULL;
	if (l)
		leg_info(l, &info);
	if (number && (!l || !info.is_member ||
		       strcmp(info.rec.room, arg(call, 0)->text) != 0))
		return fail(call, "not_found", "leg %llu is not in room %s",
			    (unsigned long long)number, arg(call, 0)->text);
	err = number ? leg_admit(l, true, call->by) : room_admit(r, true, call->by);
	return json_pack("{so sb}", "room", json_string(arg(call, 0)->text),
			 "changed", err == 0);
}

static json_t *deny(struct ctl_call *call)
{
	struct leg *l = leg_arg(call);

	if (!l)
		return NULL;
	if (leg_admit(l, false, call->by) != 0)
		return fail(call, "not_found", "leg %llu is in no waiting room",
			    (unsigned long long)arg(call, 0)->number);
	return json_pack("{sI sb}", "leg", (json_int_t)arg(call, 0)->number,
			 "changed", true);
}

static json_t *switched(const struct ctl_call *call, const char *what, int err)
{
	return json_pack("{so sb sb}", "room", json_string(arg(call, 0)->text),
			 what, arg(call, 1)->on, "changed", err == 0);
}

static json_t *lock(struct ctl_call *call)
{
	struct room *r = room_arg(call);

	return r ? switched(call, "locked",
			    room_lock(r, arg(call, 1)->on, call->by)) : NULL;
}

static json_t *mute_all(struct ctl_call *call)
{
	struct room *r = room_arg(call);

	return r ? switched(call, "muted",
			    room_mute_all(r, arg(call, 1)->on, call->by)) : NULL;
}

static json_t *extend(struct ctl_call *call)
{
	struct room *r = room_arg(call);
	struct room_info info;

	if (!r)
		return NULL;
	switch (room_extend(r, (uint32_t)arg(call, 1)->number, call->by)) {
	case 0:
		room_info(r, &info);
		return json_pack("{so sI sb}", "room", json_string(arg(call, 0)->text),
				 "left_s", (json_int_t)(info.ends_in_us / 1000000),
				 "changed", true);
	case -ERANGE:
		return fail(call, "refused", "room %s cannot be extended by so much",
			    arg(call, 0)->text);
	default:
		return fail(call, "refused", "room %s has no end, or no extend_s",
			    arg(call, 0)->text);
	}
}

static json_t *close_room(struct ctl_call *call)
{
	struct room *r = room_arg(call);

	if (!r)
		return NULL;
	room_close(r, call->by);
	return json_pack("{so sb}", "room", json_string(arg(call, 0)->text),
			 "changed", true);
}

static json_t *say(struct ctl_call *call)
{
	struct room *r = room_arg(call);
	const char *prompt = arg(call, 1)->text;

	if (!r)
		return NULL;
	switch (room_say(r, prompt, call->by)) {
	case 0:
		return json_pack("{so so}", "room", json_string(arg(call, 0)->text),
				 "prompt", json_string(prompt));
	case -ENOENT:
		return fail(call, "not_found", "there is no prompt %s", prompt);
	case -ENODATA:
		return fail(call, "not_found", "prompt %s could not be read when "
			    "the server started", prompt);
	case -ENOSPC:
		return fail(call, "busy", "too many prompts wait in this room");
	default:
		return fail(call, "busy", "media does not keep up");
	}
}

static json_t *rollcall(struct ctl_call *call)
{
	struct room *r = room_arg(call);

	if (!r)
		return NULL;
	if (room_roll_call(r, call->by) != 0)
		return fail(call, "busy", "too many prompts wait in this room");
	return json_pack("{so}", "room", json_string(arg(call, 0)->text));
}

static json_t *record(struct ctl_call *call)
{
	struct room *r = room_arg(call);
	int err = r ? room_record(r, arg(call, 1)->on, call->by) : 0;

	if (!r)
		return NULL;
	switch (err) {
	case 0: case -EALREADY:
		return switched(call, "recorded", err);
	case -ENOTSUP:
		return fail(call, "refused", "[recordings] dir is empty");
	case -ENOSPC:
		return fail(call, "busy", "too many meetings are being recorded");
	default:
		return fail(call, "busy", "media does not keep up");
	}
}

static json_t *music(struct ctl_call *call)
{
	struct room *r = room_arg(call);

	return r ? switched(call, "music",
			    room_ask_music(r, arg(call, 1)->on, call->by)) : NULL;
}

static json_t *dial(struct ctl_call *call)
{
	struct room *r = room_arg(call);
	const char *numbers = arg(call, 1)->text;
	int err = r ? room_dial(r, numbers, call->by) : 0;

	if (!r)
		return NULL;
	switch (err) {
	case 0:
		return json_pack("{so so}", "room", json_string(arg(call, 0)->text),
				 "numbers", json_string(numbers));
	case -EINVAL:
		return fail(call, "bad_request", "%s is no number that can be "
			    "dialled", numbers);
	case -ENETUNREACH:
		return fail(call, "refused", "[dialout] trunk is not set, or cannot "
			    "be reached from where we listen");
	case -EDQUOT:
		return fail(call, "refused", "[dialout] day_max is reached in this "
			    "room");
	case -ENOSPC:
		return fail(call, "refused", "[dialout] room_max is reached in this "
			    "room");
	default:
		return fail(call, "busy", "the server does not take new calls now");
	}
}

static json_t *dial_stop(struct ctl_call *call)
{
	struct room *r = room_arg(call);

	return r ? json_pack("{so sb}", "room", json_string(arg(call, 0)->text),
			     "changed", room_dial_stop(r, call->by) == 0) : NULL;
}

/* ---- operation ---------------------------------------------------------- */

static json_t *log_level(struct ctl_call *call)
{
	const char *word = arg(call, 0)->text;
	enum log_level level;

	if (log_level_parse(word, &level) < 0)
		return fail(call, "bad_request",
			    "level is not error, warn, info or debug");
	log_set_level(level);
	return json_pack("{so}", "level", json_string(word));
}

static json_t *configuration(struct ctl_call *call,
			     int (*fn)(void *arg, struct config_error *why))
{
	struct config_error why = { "" };

	if (fn(call->cfg->arg, &why) < 0)
		return fail(call, "refused", "%s", why.text);
	return json_pack("{ss}", "configuration", "right");
}

static json_t *reload(struct ctl_call *call)
{
	return configuration(call, call->cfg->ops->reload);
}

static void add_problem(json_t *list, const char *table, const char *row,
			const char *field, const char *problem)
{
	if (json_array_size(list) < PROBLEMS_MAX)
		json_array_append_new(list, json_pack("{ss so ss so}",
			"table", table, "row", json_text(row),
			"field", field, "problem", json_text(problem)));
}

/* What the database cannot see by itself. */
static void add_own_problems(const struct ctl_call *call, json_t *list)
{
	const struct ctl_cfg *cfg = call->cfg;
	const char *join = cfg->ops->config(cfg->arg)->rooms.join_user;
	const char *sound, *lang;
	size_t at = 0;

	if (db_room(cfg->db, join))
		add_problem(list, "room", join, "number", "is [rooms] join_user: "
			    "who dials it is asked for a number");
	while ((sound = hub_missing_sound(cfg->hub, &at, &lang)))
		add_problem(list, "[sounds]", sound, lang, "there is no such sound, "
			    "or it cannot be read: a stand-in is played");
}

/* Of the rows of the database too; they are shown, and stop nothing. */
static json_t *check(struct ctl_call *call)
{
	json_t *obj = configuration(call, call->cfg->ops->check);
	json_t *list = obj ? json_array() : NULL;
	struct db_problem sounds[20];
	const struct db_problem *p;
	size_t n;

	if (!obj)
		return NULL;
	p = db_problems(call->cfg->db, &n);
	for (size_t i = 0; i < n; i++)
		add_problem(list, p[i].what, p[i].key, p[i].field, p[i].problem);
	add_own_problems(call, list);
	n = hub_menu_problems(call->cfg->hub, sounds, sizeof(sounds) / sizeof(sounds[0]));
	for (size_t i = 0; i < n; i++)
		add_problem(list, sounds[i].what, sounds[i].key, sounds[i].field,
			    sounds[i].problem);
	json_object_set_new(obj, "problems", list);
	return obj;
}

static json_t *drain(struct ctl_call *call)
{
	const struct ctl_cfg *cfg = call->cfg;
	const uint64_t seconds = arg(call, 0)->set
		? arg(call, 0)->number : cfg->ops->config(cfg->arg)->server.drain;

	cfg->ops->drain(cfg->arg, (unsigned)seconds);
	return json_pack("{sI sI}", "legs", (json_int_t)hub_legs(cfg->hub),
			 "seconds", (json_int_t)seconds);
}

static json_t *(*const commands[CTL__MAX])(struct ctl_call *call) = {
	[CTL_STATUS] = status, [CTL_COUNTERS] = counters,
	[CTL_WORKERS] = workers, [CTL_ROOMS] = rooms, [CTL_ROOM] = room,
	[CTL_LEGS] = legs, [CTL_LEG] = leg, [CTL_EVENTS] = events,
	[CTL_MUTE] = mute, [CTL_AGC] = agc, [CTL_NS] = ns, [CTL_ECHO] = echo,
	[CTL_KICK] = kick, [CTL_LOCK] = lock,
	[CTL_MUTE_ALL] = mute_all, [CTL_CLOSE] = close_room, [CTL_SAY] = say,
	[CTL_ROLLCALL] = rollcall,
	[CTL_EXTEND] = extend,
	[CTL_RECORD] = record, [CTL_DIAL] = dial, [CTL_DIAL_STOP] = dial_stop,
	[CTL_HOLD] = run_hold, [CTL_GHOST] = run_ghost, [CTL_PRIORITY] = run_priority,
	[CTL_COACH] = run_coach, [CTL_RELATE] = run_relate, [CTL_VOLUME] = run_volume,
	[CTL_DEAF] = deaf, [CTL_HAND] = hand, [CTL_NEXT] = next,
	[CTL_ADMIT] = admit, [CTL_DENY] = deny,
	[CTL_BREAKOUT] = run_breakout, [CTL_MUSIC] = music,
	[CTL_LOG_LEVEL] = log_level, [CTL_RELOAD] = reload,
	[CTL_CHECK] = check, [CTL_DRAIN] = drain
};

json_t *ctl_run(struct ctl_call *call)
{
	json_t *result;

	assert(commands[call->req.command]);    /* others are asked later.h's way */
	call->error = NULL;
	result = commands[call->req.command](call);
	if (!result && !call->error)
		fail(call, "failed", "out of memory");
	return result;
}

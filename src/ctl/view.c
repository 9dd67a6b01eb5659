/*
 * view.c - see view.h. The order of the keys is that of confabctl's columns.
 *
 * jansson's "o" takes over what the functions below give, and fails as a whole
 * if one of them is NULL.
 */
#include "view.h"

#include "base/addr.h"
#include "call/json.h"

static const char *role_word(enum role role)
{
	static const char *const words[] = {
		[ROLE_NONE] = "", [ROLE_MEMBER] = "member",
		[ROLE_MODERATOR] = "moderator"
	};

	return words[role];
}

static const char *ns_word(enum mx_ns_when ns)
{
	static const char *const words[] = {
		[MX_NS_OFF] = "off", [MX_NS_AUTO] = "auto", [MX_NS_ON] = "on"
	};

	return words[ns];
}

json_t *view_muted(unsigned muted)
{
	json_t *list = json_array();

	for (unsigned layer = MUTE_OWN; layer < MUTE__END; layer <<= 1)
		if (muted & layer)
			json_array_append_new(list, json_string(
				mute_word((enum mute)layer)));
	return list;
}

static json_int_t seconds_since(int64_t us)
{
	return us ? (record_now_us() - us) / 1000000 : 0;
}

/* What was lost of what was sent, in percent with one digit. */
static double loss_percent(const struct media_stats *st)
{
	const uint64_t sent = st->rx_packets + st->rx_lost;

	return sent ? (double)(st->rx_lost * 1000 / sent) / 10 : 0;
}

static const char *codec_name(const struct leg_info *info)
{
	return info->rec.codec ? info->rec.codec->name : "";
}

/* "waiting" and "hold" are what others in the room notice first. */
static const char *member_state(const struct leg_info *info)
{
	if (info->lobby)
		return "lobby";
	if (info->waiting)
		return "waiting";
	return info->held || info->on_hold ? "hold" : "in";
}

json_t *view_member(const struct leg_info *info)
{
	const struct leg_record *r = &info->rec;

	return json_pack("{sI so so ss ss sI so ss sb sI sb sI ss sI sf sf}",
		"leg", (json_int_t)info->number,
		"name", json_text(record_name(r)),
		"uri", json_text(r->from_uri),
		"role", role_word(r->role),
		"state", member_state(info),
		"breakout", (json_int_t)info->breakout,
		"muted", view_muted(info->muted),
		"consent", consent_word(info->consent),
		"talking", info->talking,
		"hand", (json_int_t)info->hand,
		"deaf", info->deaf,
		"talk_s", (json_int_t)(r->stats.talk_ms / 1000),
		"codec", codec_name(info),
		"seconds", seconds_since(r->admitted_us),
		"loss_percent", loss_percent(&r->stats),
		"jitter_ms", (double)(r->stats.rx_jitter_us / 100) / 10);
}

json_t *view_leg(const struct leg_info *info)
{
	const struct leg_record *r = &info->rec;

	return json_pack("{sI ss so ss so sI ss sf sf}",
		"leg", (json_int_t)info->number,
		"state", info->state,
		"room", json_text(r->room),
		"role", role_word(r->role),
		"uri", json_text(r->from_uri),
		"seconds", seconds_since(r->started_us),
		"codec", codec_name(info),
		"loss_percent", loss_percent(&r->stats),
		"jitter_ms", (double)(r->stats.rx_jitter_us / 100) / 10);
}

static json_t *address(const union addr *a)
{
	char text[ADDR_LEN];

	return json_string(addr_is_set(a) ? addr_print(a, text) : "");
}

static json_t *echo(const struct mx_echo_stats *e)
{
	static const char *const words[] = {
		[MX_ECHO_LISTENING] = "none", [MX_ECHO_WANTED] = "found",
		[MX_ECHO_LEARNING] = "learning", [MX_ECHO_RUNNING] = "cancelled"
	};

	return json_pack("{ss sI si si si sI sI}",
		"state", words[e->state],
		"delay_ms", (json_int_t)e->delay_ms,
		"loss_db", (int)e->loss_db,
		"cancelled_db", (int)e->gain_db,
		"drift_ppm", (int)e->drift_ppm,
		"starts", (json_int_t)e->starts,
		"jumps", (json_int_t)e->jumps);
}

static json_t *stats(const struct media_stats *st)
{
	return json_pack("{sI sI sI sI sI sI sI sI sI sI sI sI sI sI sI sI sI sI sI sI sI "
			 "sb so sI sI so}",
		"rx_packets", (json_int_t)st->rx_packets,
		"rx_lost", (json_int_t)st->rx_lost,
		"rx_jitter_us", (json_int_t)st->rx_jitter_us,
		"late", (json_int_t)st->late,
		"concealed_ms", (json_int_t)st->concealed_ms,
		"fec_used", (json_int_t)st->fec_used,
		"accelerated_ms", (json_int_t)st->accelerated_ms,
		"expanded_ms", (json_int_t)st->expanded_ms,
		"resampled_ms", (json_int_t)st->resampled_ms,
		"drift_ppm", (json_int_t)st->drift_ppm,
		"delay_ms", (json_int_t)st->delay_ms,
		"delay_target_ms", (json_int_t)st->delay_target_ms,
		"tx_packets", (json_int_t)st->tx_packets,
		"remote_lost", (json_int_t)st->remote_lost,
		"remote_jitter_us", (json_int_t)st->remote_jitter_us,
		"rtt_us", (json_int_t)st->rtt_us,
		"talk_ms", (json_int_t)st->talk_ms,
		"level_dbov", (json_int_t)st->level_dbov,
		"gain_db", (json_int_t)st->voice.gain_db,
		"speech_dbov", (json_int_t)st->voice.speech_dbov,
		"floor_dbov", (json_int_t)st->voice.floor_dbov,
		"suppressed", st->voice.ns,
		"echo", echo(&st->echo),
		"stranger", (json_int_t)st->stranger,
		"bad", (json_int_t)st->bad,
		"remote", address(&st->remote));
}

json_t *view_leg_whole(const struct leg_info *info)
{
	const struct leg_record *r = &info->rec;

	return json_pack(
		"{sI ss so so so so so ss so so sb ss sb sb sb sb sb sb sb sI sI sI so ss sb ss ss "
		"ss sI sI sI so so}",
		"leg", (json_int_t)info->number,
		"state", info->state,
		"id", json_text(r->id),
		"call_id", json_text(r->call_id),
		"uri", json_text(r->from_uri),
		"name", json_text(record_name(r)),
		"source", address(&r->source),
		"transport", r->transport,
		"user_agent", json_text(r->user_agent),
		"room", json_text(r->room),
		"member", info->is_member,
		"role", role_word(r->role),
		"waiting", info->waiting,
		"held", info->held,
		"on_hold", info->on_hold,
		"ghost", info->ghost,
		"priority", info->priority,
		"hold_music", info->hold_music,
		"coaches", info->coaches,
		"pupil", (json_int_t)info->pupil,
		"talk_db", (json_int_t)info->talk_db,
		"hear_db", (json_int_t)info->hear_db,
		"muted", view_muted(info->muted),
		"consent", consent_word(r->consent),
		"agc", info->agc,
		"ns", ns_word(info->ns),
		"echo", info->unechoes ? "auto" : "off",
		"codec", codec_name(info),
		"codec_hz", (json_int_t)(r->codec ? r->codec->clock_hz : 0),
		"ptime_ms", (json_int_t)r->ptime_ms,
		"seconds", seconds_since(r->started_us),
		"started", json_time(r->started_us),
		"media", stats(&r->stats));
}

json_t *view_room(const struct room_info *info)
{
	return json_pack("{ss so ss sI sI sI sI sb sb sb sI sI so ss}",
		"room", info->number,
		"name", json_text(info->name),
		"state", info->waiting ? "waiting" : "open",
		"members", (json_int_t)info->members,
		"moderators", (json_int_t)info->moderators,
		"breakouts", (json_int_t)info->breakouts,
		"max_members", (json_int_t)info->max_members,
		"locked", info->locked,
		"muted", info->muted,
		"recorded", info->recorded,
		"rate_hz", (json_int_t)info->rate_hz,
		"seconds", seconds_since(info->started_us),
		"started", json_time(info->started_us),
		"id", info->id);
}

/* The upper edge in us of the bin under which so many percent lie. */
static json_int_t percentile(const uint64_t hist[static MEDIA_HIST],
			     unsigned percent)
{
	uint64_t all = 0, below = 0;
	unsigned i;

	for (i = 0; i < MEDIA_HIST; i++)
		all += hist[i];
	if (!all)
		return 0;
	for (i = 0; i < MEDIA_HIST - 1; i++) {
		below += hist[i];
		if (below * 100 >= all * percent)
			break;
	}
	return (json_int_t)16 << i;
}

json_t *view_worker(unsigned i, const struct media_worker_stats *w)
{
	const uint64_t permille = w->ticks ? w->busy_us / 10 / w->ticks : 0;

	return json_pack("{sI sI sI sf sI sI sI sI sI sI sI sI sI sI sI sI sI sI sb sb}",
		"worker", (json_int_t)i,
		"ports", (json_int_t)w->ports,
		"buses", (json_int_t)w->buses,
		"busy_percent", (double)permille / 10,
		"tick_p90_us", (json_int_t)w->tick_p90_us,
		"tick_p99_us", (json_int_t)w->tick_p99_us,
		"busy_p99_us", percentile(w->busy_hist, 99),
		"late_p99_us", percentile(w->late_hist, 99),
		"late_max_us", (json_int_t)w->late_max_us,
		"ticks", (json_int_t)w->ticks,
		"skipped", (json_int_t)w->skipped,
		"rx", (json_int_t)w->rx,
		"tx", (json_int_t)w->tx,
		"encodes", (json_int_t)w->encodes,
		"tx_forwarded", (json_int_t)w->tx_forwarded,
		"tx_silent", (json_int_t)w->tx_silent,
		"stranger", (json_int_t)w->stranger,
		"bad", (json_int_t)w->bad,
		"over", w->over,
		"realtime", w->realtime);
}

/* ---- events ------------------------------------------------------------- */

static void set(json_t *obj, const char *key, json_t *v)
{
	(void)json_object_set_new(obj, key, v);
}

/* What only some kinds of events have. */
static void add_details(json_t *obj, const struct event *ev)
{
	static const struct { bool on, layer; } has[EVENT__MAX] = {
		[EVENT_WAIT] = { .on = true }, [EVENT_LOBBY] = { .on = true },
		[EVENT_DEAF] = { .on = true }, [EVENT_HAND] = { .on = true },
		[EVENT_HOLD] = { .on = true }, [EVENT_HOLD_MUSIC] = { .on = true },
		[EVENT_GHOST] = { .on = true },
		[EVENT_PRIORITY] = { .on = true }, [EVENT_COACH] = { .on = true },
		[EVENT_RELATE] = { .on = true },
		[EVENT_TALK] = { .on = true },
		[EVENT_MUTE] = { .on = true, .layer = true },
		[EVENT_LOCK] = { .on = true }, [EVENT_MUTE_ALL] = { .on = true },
		[EVENT_RECORD] = { .on = true }, [EVENT_BREAKOUT] = { .on = true },
		[EVENT_AGC] = { .on = true }, [EVENT_NS] = { .on = true },
		[EVENT_ECHO] = { .on = true },
		[EVENT_MUSIC] = { .on = true }
	};

	if (ev->type == EVENT_DIAL) {
		if (ev->leg)
			set(obj, "leg", json_integer((json_int_t)ev->leg));
		if (ev->number)
			set(obj, "number", json_text(ev->number));
		set(obj, "state", json_string(event_dial_word(ev->dial)));
		if (ev->outcome)
			set(obj, "outcome", json_string(ev->outcome));
	} else if (ev->leg) {
		set(obj, "leg", json_integer((json_int_t)ev->leg));
		set(obj, "name", json_text(ev->name));
		set(obj, "uri", json_text(ev->uri));
		set(obj, "role", json_string(role_word(ev->role)));
		set(obj, "muted", view_muted(ev->muted));
	}
	if (ev->type == EVENT_SAY && ev->number)
		set(obj, "prompt", json_text(ev->number));
	if (ev->type == EVENT_JOIN)
		set(obj, "waiting", json_boolean(ev->on));
	if (ev->type == EVENT_MOVE || (ev->type == EVENT_BREAKOUT && ev->on))
		set(obj, "breakout", json_integer((json_int_t)ev->place));
	if (has[ev->type].on)
		set(obj, "on", json_boolean(ev->on));
	if (has[ev->type].layer)
		set(obj, "layer", json_string(mute_word(ev->layer)));
	if (ev->other)
		set(obj, "other", json_integer((json_int_t)ev->other));
	if (ev->type == EVENT_CONSENT && ev->number)
		set(obj, "answer", json_text(ev->number));
	if (ev->type == EVENT_MENU && ev->number)
		set(obj, "text", json_text(ev->number));
	if (ev->type == EVENT_VOLUME) {
		set(obj, "way", json_string(ev->volume == VOLUME_TALK ? "talk" : "listen"));
		set(obj, "db", json_integer(ev->db));
	}
	if (ev->by)
		set(obj, "by", json_text(ev->by));
	if (ev->reason != END_NONE)
		set(obj, "reason", json_string(end_word(ev->reason)));
}

json_t *view_event(const struct event *ev)
{
	json_t *obj = json_pack("{sI so ss ss sI}",
		"n", (json_int_t)ev->n,
		"time", json_time(ev->at_us),
		"event", event_word(ev->type),
		"room", ev->room,
		"members", (json_int_t)ev->members);

	if (obj)
		add_details(obj, ev);
	return obj;
}

/* t_world.c - callers, rooms and records for tests of src/call. */
#include "t_world.h"

#include <string.h>

#include "base/loop.h"
#include "base/str.h"
#include "t_fakes.h"

/* ---- the world ---------------------------------------------------------- */

static void add_room(const char *number, const char *pin, const char *mod)
{
	struct db_room *room = &world->rooms[world->n_rooms];

	str_copy(room->number, sizeof(room->number), number);
	snprintf(room->name, sizeof(room->name), "Room %s", number);
	room->has_pin = pin != NULL;
	room->has_moderator_pin = mod != NULL;
	room->join_tone = room->leave_tone = room->answer_refusals = true;
	room->hear_own_join_sound = true;
	room->announce_user_count = room->announce_only_user = true;
	room->rate_hz = 16000;
	world->pins[world->n_rooms].pin = pin;
	world->pins[world->n_rooms].moderator_pin = mod;
	world->n_rooms++;
}

int world_setup(void **state)
{
	struct hub_cfg cfg = { .loop = fake_loop() };

	(void)state;
	world = calloc(1, sizeof(*world));
	must(world);
	world->loop = fake_loop();
	world->legs = json_object();
	world->conferences = json_object();
	world->tapes = json_object();
	world->audits = json_object();
	world->claim_result = DB_PIN_USER;
	world->config.rooms.tries = 3;
	world->config.rooms.digit_timeout = 3000;
	world->config.rooms.first_digit_timeout = 10000;
	world->config.rooms.tries_pause = 1000;
	str_copy(world->config.sounds.languages, 64, "en,fr,es,it,ru");
	str_copy(world->config.rooms.join_user, 64, "join");
	world->config.media.legs_max = 50;
	world->config.media.rtp_timeout = 30;
	world->config.media.latch = true;
	world->config.media.ptime = 20;
	str_copy(world->config.media.codecs, 128, "PCMU,PCMA");
	add_room("1000", "1234", "4321");
	add_room("1001", NULL, NULL);
	add_room("1002", "1234", "4321");
	world_room("1002")->wait_marked = true;
	add_room("1003", NULL, "4321");

	str_copy(world->config.recordings.dir, 64, "rec");
	str_copy(world->config.dialout.trunk, 64, "10.0.0.9:5060");
	world->config.dialout.ring = 20;
	world->config.dialout.retry_after = 10;
	world->config.dialout.room_max = 3;
	world->config.dialout.day_max = 5;
	world->config.dialout.guard = true;
	cfg.config = &world->config;
	cfg.recorder = (struct recorder *)world;
	cfg.streams = (struct streams *)(void *)world;
	must(hub_new(&world->hub, &cfg) == 0);
	hub_set_sip(world->hub, (struct sip *)world);
	hub_set_db(world->hub, (struct db *)(void *)world);
	hub_db_ops.on_ready(world->hub);
	return 0;
}

static void end_world(void *arg)
{
	*(bool *)arg = true;
}

/* Every test ends with all legs gone, all ports closed, all records ended. */
int world_teardown(void **state)
{
	const char *id;
	json_t *rec;
	bool done = false;

	(void)state;
	world->pin_by_hand = false;
	world->command_error = 0;
	hub_drain(world->hub, 0, end_world, &done);
	world_run(10000);
	must(hub_legs(world->hub) == 0 && hub_rooms(world->hub) == 0);
	for (unsigned i = 0; i < world->n_ports; i++)
		must(world->ports[i].closed);
	for (unsigned i = 0; i < world->n_buses; i++)
		must(world->buses[i].closed);
	for (unsigned i = 0; i < world->n_callers; i++)
		must(world->callers[i].ss.over);
	must(json_object_size(world->legs) == world->n_callers - world->n_unbound);
	json_object_foreach(world->legs, id, rec)
		must(json_object_get(rec, "ended"));
	json_object_foreach(world->conferences, id, rec)
		must(json_object_get(rec, "ended"));
	for (unsigned i = 0; i < world->n_recordings; i++) {
		must(world->recordings[i].ended || world->recordings[i].over);
		if (!world->recordings[i].over)
			fake_recording_done(&world->recordings[i], 0);
	}
	json_object_foreach(world->tapes, id, rec)
		must(json_object_get(rec, "ended"));
	hub_free(world->hub);
	must(fake_timers() == 0 && fake_streams_taken() == 0);
	json_decref(world->legs);
	json_decref(world->conferences);
	json_decref(world->tapes);
	json_decref(world->audits);
	free(world);
	world = NULL;
	return 0;
}

struct db_room *world_room(const char *number)
{
	return (struct db_room *)(uintptr_t)db_room(NULL, number);
}

void world_room_changed(const char *number)
{
	hub_db_ops.on_room(world->hub, number, db_room(NULL, number));
}

/* ---- callers ------------------------------------------------------------ */

const char *offer(const char *line)
{
	static char text[1024];

	snprintf(text, sizeof(text),
		 "v=0\r\no=- 1 %lld IN IP4 10.0.0.1\r\ns=-\r\n"
		 "c=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\n"
		 "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n%s",
		 (long long)loop_now_us(), line);
	return text;
}

struct caller *invite(const char *to, const char *pin, const char *sdp)
{
	const unsigned n = world->n_callers++;
	const unsigned ports = world->n_ports;
	struct caller *c = &world->callers[n];
	struct sip_invite inv = {
		.call_id = c->call_id,
		.to_user = to, .to_host = "confab", .pin = pin,
		.params = world->params,
		.from_uri = "sip:alice@example.org", .from_user = "alice",
		.from_name = "Alice \xc3\x84", .user_agent = "Phone/1",
		.languages = world->accept ? world->accept : "",
		.transport = "udp", .sdp = sdp, .sdp_len = sdp ? strlen(sdp) : 0
	};

	must(n < CALLERS_MAX);
	c->number = n + 1;
	snprintf(c->call_id, sizeof(c->call_id), "call-%u", n + 1);
	must(addr_parse(&inv.source, "10.0.0.1", 5060) == 0);
	must(addr_parse(&inv.local, "192.0.2.1", 5060) == 0);
	hub_sip_ops.on_invite(world->hub, &c->ss, &inv);
	must(c->ss.ops || c->ss.over);  /* bound, or refused without a leg */
	world->n_unbound += !c->ss.ops;
	c->port = world->n_ports > ports ? &world->ports[ports] : NULL;
	return c;
}

void ack(struct caller *c)
{
	c->ss.ops->on_confirmed(c->ss.arg);
}

struct caller *call_with(const char *to, const char *pin, const char *sdp)
{
	struct caller *c = invite(to, pin, sdp);

	if (c->ss.status == 200 && !c->ss.over)
		ack(c);
	world_run(0);
	return c;
}

struct caller *call(const char *to)
{
	return call_with(to, NULL, offer(""));
}

struct caller *callee(void)
{
	must(world->n_callers > 0);
	must(world->callers[world->n_callers - 1].ss.dialled);
	return &world->callers[world->n_callers - 1];
}

void picks_up(struct caller *c)
{
	const char *sdp = offer("");

	must(!c->ss.over && !c->ss.status);
	c->ss.status = 200;
	c->ss.ops->on_answer(c->ss.arg, sdp, strlen(sdp));
	if (!c->ss.over)
		c->ss.ops->on_confirmed(c->ss.arg);
	world_run(0);
}

void refuses(struct caller *c, int status)
{
	must(!c->ss.over && !c->ss.status);
	c->ss.status = status;
	fake_session_over(&c->ss, SIP_END_REFUSED, "Refused");
	world_run(0);
}

void keys(struct caller *c, const char *keys)
{
	for (; *keys; keys++) {
		must(!c->port->closing);
		c->port->ops->on_key(c->port->arg, *keys, MEDIA_KEY_EVENT);
		world_run(300);
	}
}

void info(struct caller *c, const char *type, const char *body, int status)
{
	must(c->ss.ops->on_info(c->ss.arg, type, body, strlen(body)) == status);
}

void hangup(struct caller *c)
{
	fake_session_over(&c->ss, SIP_END_BYE, "BYE");
	world_run(0);
}

int reinvite(struct caller *c, const char *line)
{
	const char *sdp = offer(line);

	c->ss.change = 0;
	c->ss.ops->on_offer(c->ss.arg, sdp, strlen(sdp));
	world_run(0);
	return c->ss.change;
}

bool played(struct caller *c)
{
	struct media_port *port = c->port;
	const struct media_play done = port->play;

	if (!done.n || done.loop || port->closing)
		return false;
	port->play.n = 0;
	port->ops->on_played(port->arg, done.id, true);
	world_run(0);
	return true;
}

const char *hears(struct caller *c)
{
	static char text[sizeof(c->port->heard)];

	str_copy(text, sizeof(text), c->port->heard);
	c->port->heard[0] = '\0';
	return text;
}

const char *heard(struct caller *c)
{
	while (played(c))
		;
	return hears(c);
}

static struct media_bus *bus_of(const char *number)
{
	struct room *room = hub_room(world->hub, number);

	for (unsigned i = 0; i < world->n_buses; i++)
		if (world->buses[i].arg == room && !world->buses[i].closing)
			return &world->buses[i];
	return NULL;
}

const char *heard_by_all(const char *number)
{
	static char text[1024];
	struct media_bus *bus = bus_of(number);

	must(bus);
	str_copy(text, sizeof(text), bus->heard);
	bus->heard[0] = '\0';
	return text;
}

bool in_room(const struct caller *c, const char *number)
{
	return c->port && c->port->bus && c->port->bus == bus_of(number);
}

bool gone(const struct caller *c)
{
	return c->ss.over && !hub_leg(world->hub, c->number);
}

struct caller *join(const char *number, const char *pin)
{
	struct caller *c = call(number);

	heard(c);
	if (pin) {
		keys(c, pin);
		keys(c, "#");
	}
	heard(c);
	world_run(2000);        /* tones are one a second */
	return c;
}

/* ---- records ------------------------------------------------------------ */

static const json_t *leg_of(const struct caller *c)
{
	const char *id;
	json_t *rec;

	json_object_foreach(world->legs, id, rec) {
		const char *call_id =
			json_string_value(json_object_get(rec, "call_id"));

		if (call_id && strcmp(call_id, c->call_id) == 0)
			return rec;
	}
	return NULL;
}

static const json_t *conf_of(const struct caller *c)
{
	const char *id = leg_str(c, "conference_id");

	return id ? json_object_get(world->conferences, id) : NULL;
}

bool leg_has(const struct caller *c, const char *column)
{
	return json_object_get(leg_of(c), column) != NULL;
}

const char *leg_str(const struct caller *c, const char *column)
{
	return json_string_value(json_object_get(leg_of(c), column));
}

json_int_t leg_int(const struct caller *c, const char *column)
{
	const json_t *v = json_object_get(leg_of(c), column);

	return json_is_boolean(v) ? json_is_true(v)
		: json_is_integer(v) ? json_integer_value(v) : -1;
}

const char *conf_str(const struct caller *c, const char *column)
{
	return json_string_value(json_object_get(conf_of(c), column));
}

json_int_t conf_int(const struct caller *c, const char *column)
{
	const json_t *v = json_object_get(conf_of(c), column);

	return json_is_integer(v) ? json_integer_value(v) : -1;
}

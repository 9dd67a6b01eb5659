/* t_fakes.c - the loop, SIP, media, files and database behind t_world.h. */
#include "t_fakes.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/str.h"
#include "files/stream.h"

struct world *world;

/* ---- loop.h ------------------------------------------------------------- */

enum { TIMERS_MAX = 512 + 4 * CALLERS_MAX };

struct loop {
	int64_t now_us;
	struct timer *timers[TIMERS_MAX];
	unsigned n;
};

static struct loop the_loop = { .now_us = 1000000000 };

int64_t loop_now_us(void)
{
	return the_loop.now_us;
}

void timer_init(struct timer *t, struct loop *loop, timer_h *h, void *arg)
{
	memset(t, 0, sizeof(*t));
	t->loop = loop;
	t->h = h;
	t->arg = arg;
}

void timer_stop(struct timer *t)
{
	struct loop *loop = &the_loop;

	if (!t->pos)
		return;
	loop->timers[t->pos - 1] = loop->timers[--loop->n];
	loop->timers[t->pos - 1]->pos = t->pos;
	t->pos = 0;
}

int timer_start(struct timer *t, int64_t ms)
{
	struct loop *loop = &the_loop;

	must(t->loop == loop && t->h && ms >= 0 && loop->n < TIMERS_MAX);
	timer_stop(t);
	loop->timers[loop->n++] = t;
	t->pos = loop->n;
	t->due_us = loop->now_us + ms * 1000;
	return 0;
}

bool timer_is_running(const struct timer *t)
{
	return t->pos != 0;
}

static struct timer *next_timer(int64_t until_us)
{
	struct timer *first = NULL;

	for (unsigned i = 0; i < the_loop.n; i++) {
		struct timer *t = the_loop.timers[i];

		if (t->due_us <= until_us && (!first || t->due_us < first->due_us))
			first = t;
	}
	return first;
}

/* ---- sip.h -------------------------------------------------------------- */

void sip_session_bind(struct sip_session *ss, const struct sip_session_ops *ops,
		      void *arg)
{
	must(!ss->ops && !ss->over);
	ss->ops = ops;
	ss->arg = arg;
}

void fake_session_over(struct sip_session *ss, enum sip_end why,
		       const char *text)
{
	must(!ss->over);
	ss->over = true;
	if (ss->ops)
		ss->ops->on_end(ss->arg, why, text);
}

int sip_session_progress(struct sip_session *ss, const char *sdp)
{
	must(!ss->over && !ss->status && !sdp);
	ss->progress++;
	return 0;
}

int sip_session_accept(struct sip_session *ss, const char *sdp)
{
	must(!ss->over && sdp && strncmp(sdp, "v=0\r\n", 5) == 0);
	if (!ss->status)
		ss->status = 200;
	else
		ss->change = 200;
	must(str_copy(ss->sdp, sizeof(ss->sdp), sdp));
	return 0;
}

void sip_session_refuse(struct sip_session *ss, int status, int warning,
			unsigned retry_s)
{
	must(!ss->over && status >= 300 && status <= 699);
	ss->warning = warning;
	ss->retry_s = retry_s;
	if (ss->status) {
		ss->change = status;
		return;
	}
	ss->status = status;
	fake_session_over(ss, SIP_END_LOCAL, "refused");
}

void sip_session_reason(struct sip_session *ss, int cause, const char *text)
{
	must(!ss->over);
	ss->cause = cause;
	str_copy(ss->text, sizeof(ss->text), text);
}

/* The peer answers our BYE at once. */
void sip_session_end(struct sip_session *ss, int cause, const char *text)
{
	must(!ss->over && (ss->status == 200 || ss->dialled));
	if (ss->status != 200) {
		ss->cancelled = true;
		fake_session_over(ss, SIP_END_LOCAL, "CANCEL");
		return;
	}
	ss->bye = true;
	ss->cause = cause;
	str_copy(ss->text, sizeof(ss->text), text);
	fake_session_over(ss, SIP_END_LOCAL, "BYE");
}

int sip_local(const struct sip *sip, const union addr *peer, bool tcp,
	      union addr *local)
{
	(void)sip;
	(void)tcp;
	if (peer->sa.sa_family != AF_INET)
		return -ENETUNREACH;
	must(addr_parse(local, "192.0.2.1", 5060) == 0);
	return 0;
}

/* The one who is called is a caller, too: the newest. */
int sip_session_dial(struct sip_session **ssp, struct sip *sip,
		     const struct sip_dial *d,
		     const struct sip_session_ops *ops, void *arg)
{
	struct caller *c = &world->callers[world->n_callers];

	(void)sip;
	if (!*d->to_user || strpbrk(d->to_user, ";@ "))
		return -EINVAL;
	must(strncmp(d->sdp, "v=0\r\n", 5) == 0 && *d->from_user);
	must(world->n_callers++ < CALLERS_MAX);
	c->number = world->n_callers;
	snprintf(c->call_id, sizeof(c->call_id), "call-%u", world->n_callers);
	c->port = &world->ports[world->n_ports - 1];
	c->ss.dialled = true;
	c->ss.call_id = c->call_id;
	str_copy(c->ss.sdp, sizeof(c->ss.sdp), d->sdp);
	str_copy(c->ss.to, sizeof(c->ss.to), d->to_user);
	str_copy(c->ss.from, sizeof(c->ss.from), d->from_user);
	sip_session_bind(&c->ss, ops, arg);
	*ssp = &c->ss;
	return 0;
}

const char *sip_session_call_id(const struct sip_session *ss)
{
	return ss->call_id;
}

int sip_session_status(const struct sip_session *ss)
{
	return ss->status;
}

/* ---- files.h ------------------------------------------------------------ */

struct named_clip {
	struct mx_clip clip;
	char name[64];
};

static struct named_clip clips[256];
static unsigned n_clips;
static const int16_t no_pcm[8000];

/* In English a clip has the prompt's name alone. */
const struct mx_clip *files_clip(struct files *f, const char *lang,
				 const char *prompt)
{
	struct named_clip *c;
	char name[64];

	snprintf(name, sizeof(name), "%s%s%s", strcmp(lang, "en") ? lang : "",
		 strcmp(lang, "en") ? ":" : "", prompt);

	(void)f;
	for (unsigned i = 0; i < n_clips; i++)
		if (strcmp(clips[i].name, name) == 0)
			return &clips[i].clip;
	must(n_clips < 256);
	c = &clips[n_clips++];
	str_copy(c->name, sizeof(c->name), name);
	c->clip = (struct mx_clip){ 8000, 8000, no_pcm };       /* one second */
	return &c->clip;
}

bool files_has(const struct files *f, const char *lang, const char *name)
{
	(void)f;
	(void)lang;
	return !world->clip_missing || strcmp(name, world->clip_missing) != 0;
}

const struct mx_clip *files_music(struct files *f, unsigned i)
{
	static const char *const names[] = { "music-a", "music-b" };

	return i < 2 && !world->music_missing ? files_clip(f, "en", names[i]) : NULL;
}

int files_load(struct files *f, const char *lang, const char *const names[],
	       size_t n, void (*done)(size_t missing, void *arg), void *arg)
{
	(void)f;
	must(strlen(lang) == 2);
	for (size_t i = 0; i < n; i++)
		must(names[i] && *names[i]);
	if (done)
		done(0, arg);
	return 0;
}

static void note_clips(char *heard, size_t size, const struct media_play *play)
{
	const size_t before = strlen(heard);
	struct strbuf sb;

	strbuf_init(&sb, heard + before, size - before);
	for (unsigned i = 0; i < play->n; i++) {
		const struct named_clip *c = (const void *)play->clips[i];

		if (play->loop && i > 0)
			break;
		strbuf_add(&sb, "%s%s", before + sb.len ? " " : "",
			   play->loop ? "music*" : c->name);
	}
	must(!sb.full);
}

/* ---- stream.h: each take has its drop, by the end of the test ------------ */

struct stream {
	char source[STREAM_SOURCE_MAX];
	uint32_t rate_hz;
	int taken;
};

static struct stream fake_streams[8];

struct stream *stream_take(struct streams *s, const char *source, uint32_t rate_hz)
{
	struct stream *st = fake_streams;

	(void)s;
	while (*st->source && (strcmp(st->source, source) != 0 ||
			       st->rate_hz != rate_hz))
		st++;
	must(st < fake_streams + 8);
	str_copy(st->source, sizeof(st->source), source);
	st->rate_hz = rate_hz;
	st->taken++;
	return st;
}

const struct mx_clip *stream_clip(const struct stream *st)
{
	must(st->taken > 0);
	return files_clip(NULL, "en", st->source);
}

void stream_drop(struct stream *st)
{
	if (st)
		must(--st->taken >= 0);
}

int fake_streams_taken(void)
{
	int n = 0;

	for (int i = 0; i < 8; i++)
		n += fake_streams[i].taken;
	return n;
}

/* ---- media.h ------------------------------------------------------------ */

static void check_open(const struct media_port *port)
{
	must(port && !port->closing);
}

int media_port_open(struct media *m, int family, const struct media_bus *near,
		    const struct media_port_ops *ops, void *arg,
		    struct media_port **portp)
{
	struct media_port *port;

	(void)m;
	must(family == AF_INET || family == AF_INET6);
	if (world->port_error)
		return world->port_error;
	must(world->n_ports < CALLERS_MAX);
	port = &world->ports[world->n_ports++];
	*port = (struct media_port){ .ops = ops, .arg = arg, .near = near };
	*portp = port;
	return 0;
}

int media_tap_open(struct media *m, struct media_bus *bus, struct box *frames,
		   const struct media_port_ops *ops, void *arg,
		   struct media_port **portp)
{
	int err = media_port_open(m, AF_INET, bus, ops, arg, portp);

	must(frames && !bus->closing);
	if (err)
		return err;
	(*portp)->bus = bus;
	(*portp)->hear = true;
	return world->tap_error;
}

static struct mx_clip *said_name(unsigned n)
{
	struct named_clip *c = malloc(sizeof(*c));

	must(c);
	snprintf(c->name, sizeof(c->name), "NAME%u", n);
	c->clip = (struct mx_clip){ 8000, 8000, no_pcm };
	return &c->clip;
}

/* ---- recorder.h --------------------------------------------------------- */

int recorder_begin(struct recorder *r, const struct recording_cfg *cfg,
		   struct recording **recp)
{
	struct recording *rec = &world->recordings[world->n_recordings];

	(void)r;
	if (world->recorder_error)
		return world->recorder_error;
	must(world->n_recordings < RECORDINGS);
	must(cfg->frames && cfg->done);
	world->n_recordings++;
	rec->cfg = *cfg;
	str_copy(rec->path, sizeof(rec->path), cfg->path ? cfg->path : "memory");
	*recp = rec;
	return 0;
}

void recorder_end(struct recording *rec)
{
	must(!rec->over);
	rec->ended = true;
}

void fake_recording_done(struct recording *rec, int err)
{
	struct recording_result r = { .err = err, .ms = 5000, .silence_ms = 10 };

	must(!rec->over);
	rec->over = true;
	if (!rec->cfg.path && !err && !world->nothing_said)
		r.clip = said_name((unsigned)(rec - world->recordings));
	if (err)
		str_copy(r.why, sizeof(r.why), "disk is full");
	rec->cfg.done(rec->cfg.arg, &r);
}

uint16_t media_port_rtp(const struct media_port *port)
{
	return (uint16_t)(20000 + 2 * (port - world->ports));
}

uint16_t media_port_rtcp(const struct media_port *port)
{
	return (uint16_t)(media_port_rtp(port) + 1);
}

int media_port_stream(struct media_port *port, const struct media_stream *s)
{
	check_open(port);
	if (world->command_error)
		return world->command_error;
	port->stream = *s;
	port->streams++;
	return 0;
}

int media_port_play(struct media_port *port, const struct media_play *play)
{
	const struct media_play old = port->play;

	check_open(port);
	must(play->n > 0 && play->n <= MEDIA_CLIPS_MAX);
	if (world->command_error)
		return world->command_error;
	port->play = *play;
	note_clips(port->heard, sizeof(port->heard), play);
	if (old.n)      /* replaced: a late report, which must not confuse */
		port->ops->on_played(port->arg, old.id, false);
	return 0;
}

int media_port_stop(struct media_port *port)
{
	const struct media_play old = port->play;

	check_open(port);
	if (world->command_error)
		return world->command_error;
	port->play.n = 0;
	if (old.n)
		port->ops->on_played(port->arg, old.id, false);
	return 0;
}

int media_port_join(struct media_port *port, struct media_bus *bus, bool speak,
		    bool hear)
{
	check_open(port);
	must(port->bus != bus && !bus->closing);
	if (world->command_error)
		return world->command_error;
	port->bus = bus;
	port->speak = speak;
	port->hear = hear;
	return 0;
}

int media_port_voice(struct media_port *port, bool speak, bool hear)
{
	check_open(port);
	must(port->bus && (speak != port->speak || hear != port->hear));
	if (world->command_error)
		return world->command_error;
	port->speak = speak;
	port->hear = hear;
	return 0;
}

int media_port_sound(struct media_port *port, const struct mx_voice_opts *opts)
{
	check_open(port);
	if (world->command_error)
		return world->command_error;
	port->sound = *opts;
	return 0;
}

int media_port_unecho(struct media_port *port, bool on)
{
	check_open(port);
	if (world->command_error)
		return world->command_error;
	port->unechoes = on;
	return 0;
}

int media_port_leave(struct media_port *port)
{
	check_open(port);
	must(port->bus);
	if (world->command_error)
		return world->command_error;
	port->bus = NULL;
	port->speak = port->hear = false;
	return 0;
}

void media_port_close(struct media_port *port)
{
	check_open(port);
	port->closing = true;
	port->bus = NULL;
	port->play.n = 0;
}

int media_bus_open(struct media *m, uint32_t rate_hz,
		   const struct media_bus_ops *ops, void *arg,
		   struct media_bus **busp)
{
	struct media_bus *bus;

	(void)m;
	if (world->bus_error)
		return world->bus_error;
	must(world->n_buses < 32);
	bus = &world->buses[world->n_buses++];
	*bus = (struct media_bus){ .ops = ops, .arg = arg, .rate_hz = rate_hz };
	*busp = bus;
	return 0;
}

int media_bus_play(struct media_bus *bus, const struct media_play *play)
{
	must(!bus->closing && play->n > 0 && !play->loop);
	if (world->command_error)
		return world->command_error;
	must(!bus->play.n);             /* nothing is played over something */
	bus->play = *play;
	note_clips(bus->heard, sizeof(bus->heard), play);
	return 0;
}

int media_bus_music(struct media_bus *bus, const struct media_play *play)
{
	must(!bus->closing && (!play || (play->n > 0 && play->loop)));
	if (world->command_error)
		return world->command_error;
	bus->music = play != NULL;
	return 0;
}

void media_bus_close(struct media_bus *bus)
{
	must(!bus->closing);
	bus->closing = true;
	for (unsigned i = 0; i < world->n_ports; i++)
		if (world->ports[i].bus == bus)
			world->ports[i].bus = NULL;
}

unsigned media_workers(const struct media *m)
{
	(void)m;
	return 2;
}

bool media_is_over(const struct media *m)
{
	(void)m;
	return world->media_over;
}

void media_set_busy_limit(struct media *m, unsigned percent)
{
	(void)m;
	world->busy_limit = percent;
}

const char *media_io_name(const struct media *m)
{
	(void)m;
	return "fake";
}

const struct media_worker_stats *media_worker_stats(const struct media *m,
						    unsigned worker)
{
	/* busy 1 ms a tick; of 100 ticks 98 began less than 16 us late, one
	 * less than 64, one less than 1024 */
	static const struct media_worker_stats st = {
		.ports = 3, .buses = 1, .ticks = 100, .busy_us = 100000,
		.tick_p90_us = 7100, .tick_p99_us = 8000, .over = true,
		.late_max_us = 1000, .late_hist = { 98, 0, 1, 0, 0, 0, 1 },
		.busy_hist = { [MEDIA_HIST - 1] = 100 }
	};

	(void)m;
	must(worker < 2);
	return &st;
}

/* What plays into a mix is over at once. */
static bool report_played(void)
{
	if (world->bus_by_hand)
		return false;
	for (unsigned i = 0; i < world->n_buses; i++) {
		struct media_bus *bus = &world->buses[i];
		const struct media_play done = bus->play;

		bus->play.n = 0;
		if (done.n && !bus->closing) {
			bus->ops->on_played(bus->arg, done.id, true);
			return true;
		}
	}
	return false;
}

static bool report_closed(void)
{
	const struct media_stats st = {
		.rx_packets = 1500, .rx_bytes = 240000, .tx_packets = 1499,
		.tx_bytes = 239840, .rx_lost = 3, .rx_jitter_us = 1250,
		.remote_lost = 2, .remote_jitter_us = 900, .rtt_us = 23000,
		.late = 4, .fec_used = 7, .concealed_ms = 60, .accelerated_ms = 20,
		.expanded_ms = 40, .delay_ms = 35, .stranger = 5, .bad = 6,
		.talk_ms = 12340,
		.remote.in = { .sin_family = AF_INET, .sin_port = htons(4000),
			       .sin_addr.s_addr = htonl(0x0a000001) }
	};

	for (unsigned i = 0; i < world->n_ports; i++) {
		struct media_port *port = &world->ports[i];

		if (port->closing && !port->closed) {
			port->closed = true;
			port->ops->on_closed(port->arg, &st);
			return true;
		}
	}
	for (unsigned i = 0; i < world->n_buses; i++) {
		struct media_bus *bus = &world->buses[i];

		if (bus->closing && !bus->closed) {
			bus->closed = true;
			if (bus->ops->on_closed)
				bus->ops->on_closed(bus->arg);
			return true;
		}
	}
	return false;
}

/* ---- one after the other ------------------------------------------------ */

struct loop *fake_loop(void)
{
	return &the_loop;
}

unsigned fake_timers(void)
{
	return the_loop.n;
}

void world_run(int ms)
{
	const int64_t until = the_loop.now_us + (int64_t)ms * 1000;
	struct timer *t;

	for (;;) {
		if (report_closed() || report_played())
			continue;
		if (fake_db_answers())
			continue;
		t = next_timer(until);
		if (!t)
			break;
		if (t->due_us > the_loop.now_us)
			the_loop.now_us = t->due_us;
		timer_stop(t);
		t->h(t->arg);
	}
	the_loop.now_us = until;
}

/*
 * uas_test.c - a small server on src/sip's API, for the tests to talk to.
 *
 *	uas_test [key=value ...]
 *
 * What it does with a call is in the user part that was dialled (table below);
 * commands come on stdin, a line each; what happens is said on stdout:
 *
 *	invite 1 ok pin=1234 offer=1     a call, to whom, with an offer or not
 *	end 1 0 BYE                      over: enum sip_end, text
 *
 * `dial USER PORT TRANSPORT [NAME PASSWORD]` calls somebody on 127.0.0.1, who
 * counts as a call like the others.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/counter.h"
#include "base/list.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "sip/sip.h"

enum { STACK = 64 << 20, AFTER_MS = 300 };

struct call {
	struct link link;
	struct sip_session *ss;
	unsigned id, version;
	bool refuses, slow;             /* what it does with a new offer */
	void (*later)(struct call *);
	struct timer timer;
};

/* Global: a test program is its own main.c. */
static struct {
	struct sip_cfg cfg;
	struct loop *loop;
	struct sip *sip;
	struct list calls;
	unsigned n, busy_s;
	struct watch in;
	int rc;
} app = {
	.cfg = {
		.user_agent = "uas_test", .max_message = 32768,
		.session_expires_s = 1800, .min_se_s = 90
	}
};

static const char *describe(struct call *c)
{
	static char sdp[256];

	snprintf(sdp, sizeof(sdp),
		 "v=0\r\no=- 1 %u IN IP4 127.0.0.1\r\ns=-\r\n"
		 "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		 "m=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n",
		 ++c->version);
	return sdp;
}

static void accept_now(struct call *c)
{
	int err = sip_session_accept(c->ss, describe(c));

	if (err)
		printf("accept %u %d\n", c->id, err);
}

static void hang_up(struct call *c)
{
	sip_session_end(c->ss, 16, "Normal call clearing");
}

static void make_offer(struct call *c)
{
	int err = sip_session_offer(c->ss, describe(c));

	if (err)
		printf("offer %u %d\n", c->id, err);
}

static void on_timer(void *arg)
{
	struct call *c = arg;

	c->later(c);
}

static void after(struct call *c, void (*later)(struct call *))
{
	c->later = later;
	timer_start(&c->timer, AFTER_MS);
}

static void on_offer(void *arg, const char *sdp, size_t len)
{
	struct call *c = arg;

	printf("reoffer %u %zu\n", c->id, sdp ? len : 0);
	if (c->refuses)
		sip_session_refuse(c->ss, 488, 304, 0);
	else if (c->slow)
		after(c, accept_now);
	else
		accept_now(c);
}

static void on_answer(void *arg, const char *sdp, size_t len)
{
	struct call *c = arg;

	(void)sdp;
	printf("answer %u %zu\n", c->id, len);
}

static void on_refused(void *arg, int status)
{
	printf("refused %u %d\n", ((struct call *)arg)->id, status);
}

static void on_progress(void *arg, int status)
{
	printf("progress %u %d\n", ((struct call *)arg)->id, status);
}

static void on_confirmed(void *arg)
{
	struct call *c = arg;

	printf("confirmed %u\n", c->id);
	if (c->later == hang_up || c->later == make_offer)
		timer_start(&c->timer, AFTER_MS);
}

static int on_info(void *arg, const char *type, const char *body, size_t len)
{
	printf("info %u %s %zu\n", ((struct call *)arg)->id, type, len);
	return !strcmp(type, "application/dtmf-relay") &&
	       strlen(body) == len ? 200 : 415;
}

static void on_end(void *arg, enum sip_end why, const char *text)
{
	struct call *c = arg;

	printf("end %u %d %s\n", c->id, (int)why, text);
	if (why == SIP_END_REFUSED)
		printf("status %u %d\n", c->id, sip_session_status(c->ss));
	timer_stop(&c->timer);
	list_del(&app.calls, &c->link);
	free(c);
}

static const struct sip_session_ops session_ops = {
	.on_offer = on_offer, .on_answer = on_answer, .on_refused = on_refused,
	.on_progress = on_progress, .on_confirmed = on_confirmed,
	.on_info = on_info, .on_end = on_end
};

static void do_ring(struct call *c)
{
	sip_session_progress(c->ss, NULL);
	after(c, accept_now);
}

static void do_early(struct call *c)
{
	int err = sip_session_progress(c->ss, describe(c));

	printf("progress %u %d\n", c->id, err);
	after(c, accept_now);
}

static void do_wait(struct call *c)
{
	sip_session_progress(c->ss, NULL);
}

static void do_early_wait(struct call *c)
{
	printf("progress %u %d\n", c->id,
	       sip_session_progress(c->ss, describe(c)));
}

static void do_busy(struct call *c)
{
	sip_session_refuse(c->ss, 486, 0, 0);
}

static void do_no(struct call *c)
{
	sip_session_refuse(c->ss, 488, 304, 0);
}

static void do_six(struct call *c)
{
	sip_session_refuse(c->ss, 606, 305, 7);
}

static void do_end(struct call *c)
{
	sip_session_end(c->ss, 34, "No circuit");
}

static void do_bye(struct call *c)
{
	c->later = hang_up;
	accept_now(c);
}

static void do_bye_at_once(struct call *c)
{
	accept_now(c);
	hang_up(c);
}

static void do_offer(struct call *c)
{
	c->later = make_offer;
	accept_now(c);
}

static void do_refuse_offers(struct call *c)
{
	c->refuses = true;
	accept_now(c);
}

static void do_slow(struct call *c)
{
	c->slow = true;
	accept_now(c);
}

static const struct {
	const char *user;
	void (*act)(struct call *);
} plans[] = {
	{ "ok", accept_now },
	{ "ring", do_ring },
	{ "early", do_early },
	{ "earlywait", do_early_wait },
	{ "wait", do_wait },
	{ "busy", do_busy },
	{ "no", do_no },
	{ "six", do_six },
	{ "endnow", do_end },
	{ "bye", do_bye },
	{ "byenow", do_bye_at_once },
	{ "offer", do_offer },
	{ "norefer", do_refuse_offers },
	{ "slow", do_slow },
};

static void on_invite(void *arg, struct sip_session *ss,
		      const struct sip_invite *inv)
{
	struct call *c;
	char local[ADDR_LEN], source[ADDR_LEN];

	(void)arg;
	printf("invite %u user=%s pin=%s offer=%zu name=%s local=%s "
	       "source=%s transport=%s\n", ++app.n, inv->to_user,
	       inv->pin ? inv->pin : "-", inv->sdp_len, inv->from_name,
	       addr_print(&inv->local, local), addr_print(&inv->source, source),
	       inv->transport);
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		if (strcmp(plans[i].user, inv->to_user))
			continue;
		c = calloc(1, sizeof(*c));
		if (!c)
			abort();
		c->ss = ss;
		c->id = app.n;
		timer_init(&c->timer, app.loop, on_timer, c);
		list_add(&app.calls, &c->link);
		sip_session_bind(ss, &session_ops, c);
		plans[i].act(c);
		return;
	}
	sip_session_refuse(ss, 404, 0, 0);
}

static void dial(char *words)
{
	char *save, *user = strtok_r(words, " ", &save),
	     *port = strtok_r(NULL, " ", &save),
	     *transport = strtok_r(NULL, " ", &save),
	     *name = strtok_r(NULL, " ", &save),
	     *password = strtok_r(NULL, " ", &save);
	struct call *c = calloc(1, sizeof(*c));
	struct sip_dial d = {
		.to_user = user, .from_user = "1000", .from_name = "A \"room\"",
		.auth_user = name, .auth_password = password
	};
	union addr local;
	char text[ADDR_LEN];
	int err;

	if (!c || !transport)
		abort();
	d.tcp = !strcmp(transport, "tcp");
	addr_parse(&d.peer, "127.0.0.1", (uint16_t)atoi(port));
	if (sip_local(app.sip, &d.peer, d.tcp, &local) == 0)
		printf("local %s\n", addr_print(&local, text));
	c->id = ++app.n;
	timer_init(&c->timer, app.loop, on_timer, c);
	d.sdp = describe(c);
	err = sip_session_dial(&c->ss, app.sip, &d, &session_ops, c);
	printf("dial %u %d\n", c->id, err);
	if (err)
		free(c);
	else
		list_add(&app.calls, &c->link);
}

static unsigned busy(void *arg)
{
	(void)arg;
	return app.busy_s;
}

static const struct sip_ops ops = { on_invite, busy };

static void say_counters(void)
{
	for (int i = 0; i < CNT__MAX; i++)
		printf("%s=%llu\n", counter_name((enum counter)i),
		       (unsigned long long)counter_get((enum counter)i));
	printf("sessions=%u\n.\n", sip_sessions(app.sip));
}

static void for_all(void (*act)(struct call *))
{
	struct call *c;

	list_each(&app.calls, c, tmp, struct call, link)
		act(c);
}

static void on_stdin(uint32_t events, void *arg)
{
	char line[256];
	ssize_t n = read(STDIN_FILENO, line, sizeof(line) - 1);

	(void)events;
	(void)arg;
	if (n <= 0) {
		sip_break(app.sip);
		return;
	}
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (!strcmp(line, "counters"))
		say_counters();
	else if (!strncmp(line, "busy ", 5))
		app.busy_s = (unsigned)atoi(line + 5);
	else if (!strncmp(line, "dial ", 5))
		dial(line + 5);
	else if (!strcmp(line, "hangup"))
		for_all(hang_up);
	else if (!strcmp(line, "offer"))
		for_all(make_offer);
	else if (!strcmp(line, "quit"))
		sip_break(app.sip);
}

static void *control(void *arg)
{
	char err[256] = "";

	(void)arg;
	list_init(&app.calls);
	app.rc = 1;
	if (loop_new(&app.loop))
		return NULL;
	if (sip_new(&app.sip, &app.cfg, app.loop, &ops, NULL, err, sizeof(err))) {
		fprintf(stderr, "%s\n", err);
		loop_free(app.loop);
		return NULL;
	}
	watch_start(&app.in, app.loop, STDIN_FILENO, EPOLLIN, on_stdin, NULL);
	puts("ready");
	sip_run(app.sip);
	watch_stop(&app.in);
	sip_free(app.sip);
	loop_free(app.loop);
	app.rc = 0;
	return NULL;
}

/* bind=IP:PORT (udp and tcp; several) and the numbers of struct sip_cfg. */
static int option(char *arg)
{
	char *value = strchr(arg, '=');
	struct sip_bind *b = &app.cfg.binds[app.cfg.n_binds];
	char *port;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	if (!strcmp(arg, "bind")) {
		port = strrchr(value, ':');
		if (!port || app.cfg.n_binds == SIP_BINDS_MAX)
			return -EINVAL;
		*port++ = '\0';
		b->udp = b->tcp = true;
		app.cfg.n_binds++;
		return addr_parse(&b->addr, value, (uint16_t)atoi(port));
	}
	if (!strcmp(arg, "log")) {
		enum log_level level;

		if (log_level_parse(value, &level))
			return -EINVAL;
		log_set_level(level);
		return 0;
	}
	if (!strcmp(arg, "advertise"))
		return addr_parse(&app.cfg.advertise, value, 0);
	if (!strcmp(arg, "se"))
		app.cfg.session_expires_s = (uint32_t)atoi(value);
	else if (!strcmp(arg, "minse"))
		app.cfg.min_se_s = (uint32_t)atoi(value);
	else if (!strcmp(arg, "rate"))
		app.cfg.invite_rate = (uint32_t)atoi(value);
	else if (!strcmp(arg, "pace"))
		app.cfg.request_rate = (uint32_t)atoi(value);
	else if (!strcmp(arg, "unacked"))
		app.cfg.unacked_max = (uint32_t)atoi(value);
	else if (!strcmp(arg, "max"))
		app.cfg.max_message = (uint32_t)atoi(value);
	else
		return -EINVAL;
	return 0;
}

int main(int argc, char **argv)
{
	pthread_attr_t attr;
	pthread_t thread;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		if (option(argv[i])) {
			fprintf(stderr, "bad option: %s\n", argv[i]);
			return 2;
		}
	}
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	if (pthread_create(&thread, &attr, control, NULL))
		return 1;
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attr);
	return app.rc;
}

/*
 * main.c - the order of start and stop; the one file that knows everybody.
 *
 * The control thread is started with a stack of its own, as Sofia's parsers
 * recurse over lists. On it, in this order: loop, media, files, calls,
 * database, control socket; then, when prompts and rooms are there, SIP, which takes calls
 * from that moment on. It stops in the reverse order.
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/counter.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "call/hub.h"
#include "config/config.h"
#include "ctl/ctl.h"
#include "db/db.h"
#include "files/files.h"
#include "files/recorder.h"
#include "files/stream.h"
#include "media/media.h"
#include "sip/sip.h"

enum {
	SETS_MAX = 64,
	STACK_SIZE = 64 << 20,
	START_WAIT_MS = 3000,   /* for prompts and rooms; then on without */
	DB_STOP_MS = 5000,
	FDS_PER_LEG = 2,
	FDS_SPARE = 256 + SIP_CONNECTIONS_MAX
};

struct options {
	const char *conf;               /* NULL: defaults */
	const char *sets[SETS_MAX];     /* -o section.key=value */
	unsigned n_sets;
	const char *sql;                /* folder of the migrations */
	bool check, migrate, demo, sample;
};

struct server {
	struct options opt;
	struct config *cfg;             /* the one in force */
	struct loop *loop;
	struct media *media;
	struct files *files;
	struct recorder *recorder;
	struct streams *streams;
	struct hub *hub;
	struct db *db;
	struct sip *sip;
	struct ctl *ctl;                /* NULL: none, or it could not listen */
	int sigfd;
	struct watch sig_watch;
	struct timer stats_timer, start_timer;
	uint64_t counted[CNT__MAX];     /* as last logged */
	bool stopping;
	int status;                     /* what main() returns */
};

static const char tag[] = "confabd";

static const char usage[] =
	"usage: confabd [-c FILE] [-o SECTION.KEY=VALUE]... [ACTION]\n"
	"  -c, --config FILE   configuration (default: built-in values)\n"
	"  -o, --option S.K=V  one option over what FILE says\n"
	"actions, instead of running the server:\n"
	"      --check-config  says whether the configuration is right\n"
	"      --sample-config prints a commented configuration\n"
	"      --migrate       brings the database's schema up to date\n"
	"      --demo          with --migrate: adds the demo rooms, if none exist\n"
	"      --sql DIR       with --migrate: the folder of the migrations\n"
	"  -V, --version\n"
	"  -h, --help\n";

/* ---- options and configuration ----------------------------------------- */

enum { OPT_CHECK = 256, OPT_SAMPLE, OPT_MIGRATE, OPT_DEMO, OPT_SQL };

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "option", required_argument, NULL, 'o' },
	{ "check-config", no_argument, NULL, OPT_CHECK },
	{ "sample-config", no_argument, NULL, OPT_SAMPLE },
	{ "migrate", no_argument, NULL, OPT_MIGRATE },
	{ "demo", no_argument, NULL, OPT_DEMO },
	{ "sql", required_argument, NULL, OPT_SQL },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/* 0; 1 when all is said (--help); -1 on a wrong command line. */
static int parse_options(struct options *opt, int argc, char **argv)
{
	int c;

	opt->sql = CONFAB_SQLDIR;
	while ((c = getopt_long(argc, argv, "c:o:Vh", long_options, NULL)) >= 0) {
		switch (c) {
		case 'c': opt->conf = optarg; break;
		case 'o':
			if (opt->n_sets == SETS_MAX)
				return -1;
			opt->sets[opt->n_sets++] = optarg;
			break;
		case OPT_CHECK: opt->check = true; break;
		case OPT_SAMPLE: opt->sample = true; break;
		case OPT_MIGRATE: opt->migrate = true; break;
		case OPT_DEMO: opt->demo = true; break;
		case OPT_SQL: opt->sql = optarg; break;
		case 'V': puts(PACKAGE_STRING); return 1;
		case 'h': fputs(usage, stdout); return 1;
		default: return -1;
		}
	}
	return optind == argc ? 0 : -1;
}

/* Reads and checks a new configuration, the caller's to free; NULL with the
 * reason in why. */
static struct config *read_config(const struct options *opt,
				  struct config_error *why)
{
	struct config *cfg = malloc(sizeof(*cfg));

	if (!cfg) {
		str_copy(why->text, sizeof(why->text), "out of memory");
		return NULL;
	}
	if (config_read(cfg, opt->conf, why) < 0)
		goto fail;
	for (unsigned i = 0; i < opt->n_sets; i++)
		if (config_set(cfg, opt->sets[i], why) < 0)
			goto fail;
	if (config_check(cfg, why) < 0)
		goto fail;
	return cfg;
fail:
	free(cfg);
	return NULL;
}

/* ---- signals ----------------------------------------------------------- */

static void on_drained(void *arg)
{
	struct server *s = arg;

	if (s->sip)
		sip_break(s->sip);
	else
		loop_break(s->loop);
}

static void stop(struct server *s, unsigned drain)
{
	log_info(tag, "stopping, legs=%zu drain=%u", hub_legs(s->hub), drain);
	s->stopping = true;
	hub_drain(s->hub, drain, on_drained, s);
}

static int reload(struct server *s, struct config_error *why)
{
	struct config *cfg = read_config(&s->opt, why);

	if (!cfg) {
		log_error(tag, "configuration kept as it was, %s", why->text);
		return -EINVAL;
	}
	hub_set_config(s->hub, cfg);
	free(s->cfg);
	s->cfg = cfg;
	log_set_level(cfg->log.level);
	if (log_reopen() < 0)
		log_error(tag, "log file does not open, file=%s", cfg->log.file);
	log_info(tag, "configuration read again");
	return 0;
}

static void on_signal(uint32_t events, void *arg)
{
	struct server *s = arg;
	struct signalfd_siginfo si;
	struct config_error why;

	(void)events;
	while (read(s->sigfd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGHUP)
			reload(s, &why);
		else            /* a second one asks for less patience */
			stop(s, s->stopping ? 0 : s->cfg->server.drain);
	}
}

/* ---- what confabctl asks of main --------------------------------------- */

static const struct config *ctl_config(void *arg)
{
	return ((struct server *)arg)->cfg;
}

static int ctl_reload(void *arg, struct config_error *why)
{
	return reload(arg, why);
}

static int ctl_check(void *arg, struct config_error *why)
{
	const struct server *s = arg;
	struct config *cfg = read_config(&s->opt, why);

	free(cfg);
	return cfg ? 0 : -EINVAL;
}

static void ctl_drain(void *arg, unsigned seconds)
{
	stop(arg, seconds);
}

static const struct ctl_ops ctl_ops = {
	.config = ctl_config, .reload = ctl_reload,
	.check = ctl_check, .drain = ctl_drain
};

/* ---- statistics -------------------------------------------------------- */

/* Counts by comma, the last one that is not 0 at the end. */
static void print_hist(char *out, size_t size, const uint64_t hist[MEDIA_HIST])
{
	unsigned n = MEDIA_HIST;
	size_t len = 0;

	out[0] = '\0';
	while (n > 0 && hist[n - 1] == 0)
		n--;
	for (unsigned i = 0; i < n && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, i ? ",%llu" :
					"%llu", (unsigned long long)hist[i]);
}

static void log_worker(unsigned i, const struct media_worker_stats *w)
{
	char late[MEDIA_HIST * 21], busy[MEDIA_HIST * 21];

	print_hist(late, sizeof(late), w->late_hist);
	print_hist(busy, sizeof(busy), w->busy_hist);
	log_info("media", "worker=%u ports=%u buses=%u ticks=%llu skipped=%llu "
		 "late_max_us=%u busy_permille=%llu tick_p90_us=%u tick_p99_us=%u "
		 "rx=%llu tx=%llu encodes=%llu tx_forwarded=%llu "
		 "tx_silent=%llu realtime=%d "
		 "busy_us=%llu late_hist=%s busy_hist=%s",
		 i, w->ports, w->buses, (unsigned long long)w->ticks,
		 (unsigned long long)w->skipped, w->late_max_us,
		 (unsigned long long)(w->ticks ? w->busy_us / 10 / w->ticks : 0),
		 w->tick_p90_us, w->tick_p99_us,
		 (unsigned long long)w->rx, (unsigned long long)w->tx,
		 (unsigned long long)w->encodes,
		 (unsigned long long)w->tx_forwarded,
		 (unsigned long long)w->tx_silent,
		 w->realtime, (unsigned long long)w->busy_us, late, busy);
}

static void log_stats(struct server *s)
{
	for (unsigned i = 0; i < media_workers(s->media); i++)
		log_worker(i, media_worker_stats(s->media, i));
	for (unsigned i = 0; i < CNT__MAX; i++) {
		uint64_t now = counter_get((enum counter)i);

		if (now == s->counted[i])
			continue;
		s->counted[i] = now;
		log_info("counter", "%s=%llu", counter_name((enum counter)i),
			 (unsigned long long)now);
	}
}

static void on_stats(void *arg)
{
	struct server *s = arg;
	uint32_t interval = s->cfg->log.stats_interval;

	log_stats(s);
	if (interval)
		timer_start(&s->stats_timer, (int64_t)interval * 1000);
}

/* ---- start and stop ---------------------------------------------------- */

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "confabd: %s: %s\n", what, why);
	return -1;
}

static int start_media(struct server *s)
{
	const struct config *c = s->cfg;
	struct media_cfg mc = {
		.workers = c->media.workers,
		.realtime = c->media.realtime,
		.pin = c->media.pin,
		.port_min = c->media.port_min,
		.port_max = c->media.port_max,
		.legs_max = c->media.legs_max,
		.busy_limit = c->media.busy_limit,
		.forward = c->media.forward,
		.comfort_noise = c->media.comfort_noise,
		.talkers = c->media.talkers
	};
	int err = media_new(&s->media, &mc, s->loop);

	return err < 0 ? fail("media workers", strerror(-err)) : 0;
}

static int start_files(struct server *s)
{
	struct files_cfg fc = { 0 };
	int err;

	str_copy(fc.sounds, sizeof(fc.sounds), s->cfg->sounds.dir);
	str_copy(fc.music, sizeof(fc.music), s->cfg->sounds.music);
	err = files_new(&s->files, &fc, s->loop);
	if (err == 0)
		err = streams_new(&s->streams, s->loop);
	return err < 0 ? fail("sound files", strerror(-err)) : 0;
}

/* Without its folder the server runs, and recordings fail, with the reason. Names
 * are recorded into memory. */
static int start_recorder(struct server *s)
{
	const char *dir = s->cfg->recordings.dir;
	int err;

	if (*dir && mkdir(dir, 0750) < 0 && errno != EEXIST)
		log_error(tag, "no folder for recordings, path=%s: %s", dir,
			  strerror(errno));
	err = recorder_new(&s->recorder, s->loop);
	return err < 0 ? fail("recorder", strerror(-err)) : 0;
}

static int start_calls(struct server *s)
{
	struct hub_cfg hc = {
		.loop = s->loop, .config = s->cfg, .media = s->media,
		.files = s->files, .recorder = s->recorder,
		.streams = s->streams
	};
	struct db_cfg dc = {
		.url = s->cfg->database.url, .journal = s->cfg->database.journal
	};
	char why[CONFIG_PATH_MAX + 128];
	int err = hub_new(&s->hub, &hc);

	if (err < 0)
		return fail("calls", strerror(-err));
	err = db_new(&s->db, &dc, s->loop, &hub_db_ops, s->hub,
		     why, sizeof(why));
	if (err < 0)
		return fail("records", why);
	hub_set_db(s->hub, s->db);
	return 0;
}

static int add_bind(struct sip_cfg *sc, const struct config *c, const char *ip)
{
	struct sip_bind *b = &sc->binds[sc->n_binds++];

	b->udp = c->sip.udp;
	b->tcp = c->sip.tcp;
	if (addr_parse(&b->addr, ip, c->sip.port) < 0)
		return fail("sip.bind is no IP address", ip);
	return 0;
}

static int start_sip(struct server *s)
{
	const struct config *c = s->cfg;
	struct sip_cfg sc = {
		.max_message = c->sip.max_message,
		.session_expires_s = c->sip.session_expires,
		.min_se_s = c->sip.min_se,
		.invite_rate = c->sip.invite_rate,
		.request_rate = c->sip.request_rate,
		.unacked_max = c->sip.unacked_max
	};
	char why[256];

	str_copy(sc.user_agent, sizeof(sc.user_agent), c->sip.user_agent);
	if (*c->sip.address && addr_parse(&sc.advertise, c->sip.address, 0) < 0)
		return fail("sip.address is no IP address", c->sip.address);
	for (unsigned i = 0; i < c->sip.n_bind; i++)
		if (add_bind(&sc, c, c->sip.bind[i]) < 0)
			return -1;
	if (sip_new(&s->sip, &sc, s->loop, &hub_sip_ops, s->hub,
		    why, sizeof(why)) < 0)
		return fail("SIP", why);
	hub_set_sip(s->hub, s->sip);
	log_info(tag, "ready, sip=%s:%u legs_max=%u rooms=%zu database=%s "
		 "version=%s", c->sip.bind[0], c->sip.port, c->media.legs_max,
		 db_rooms(s->db), db_is_up(s->db) ? "up" : "degraded",
		 PACKAGE_VERSION);
	return 0;
}

/* Calls can be taken without it: then the log says so, and they are. */
static void start_ctl(struct server *s)
{
	struct ctl_cfg cc = {
		.loop = s->loop, .path = s->cfg->server.control, .hub = s->hub,
		.media = s->media, .db = s->db, .ops = &ctl_ops, .arg = s
	};
	int err = *cc.path ? ctl_new(&s->ctl, &cc) : 0;

	if (err < 0)
		log_error(tag, "confabctl cannot be served, path=%s why=\"%s\"",
			  cc.path, err == -EADDRINUSE
			  ? "another server listens there" : strerror(-err));
}

static void on_start_wait(void *arg)
{
	struct server *s = arg;

	loop_break(s->loop);
}

/* Calls that come before the prompts would hear tones, and before the rooms
 * are there would find none: so SIP opens when both are, or after a while. */
static void wait_until_ready(struct server *s)
{
	timer_init(&s->start_timer, s->loop, on_start_wait, s);
	timer_start(&s->start_timer, START_WAIT_MS);
	while (timer_is_running(&s->start_timer) && !s->stopping &&
	       !hub_is_ready(s->hub))
		loop_wait(s->loop, 100);
	timer_stop(&s->start_timer);
}

static int start_signals(struct server *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	s->sigfd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (s->sigfd < 0 || watch_start(&s->sig_watch, s->loop, s->sigfd,
					EPOLLIN, on_signal, s) < 0)
		return fail("signals", strerror(errno));
	return 0;
}

static int start(struct server *s)
{
	if (loop_new(&s->loop) < 0)
		return fail("event loop", strerror(errno));
	if (start_media(s) < 0 || start_files(s) < 0 ||
	    start_recorder(s) < 0 || start_calls(s) < 0 ||
	    start_signals(s) < 0)
		return -1;
	start_ctl(s);
	wait_until_ready(s);
	if (s->stopping)
		return 0;
	if (start_sip(s) < 0)
		return -1;
	timer_init(&s->stats_timer, s->loop, on_stats, s);
	if (s->cfg->log.stats_interval)
		timer_start(&s->stats_timer,
			    (int64_t)s->cfg->log.stats_interval * 1000);
	return 0;
}

static void finish(struct server *s)
{
	timer_stop(&s->stats_timer);
	ctl_free(s->ctl);
	sip_free(s->sip);
	if (s->sip)
		log_stats(s);
	media_free(s->media);
	recorder_free(s->recorder);
	hub_free(s->hub);
	streams_free(s->streams);
	files_free(s->files);
	if (s->db)
		db_free(s->db, DB_STOP_MS);
	watch_stop(&s->sig_watch);
	if (s->sigfd > 0)
		close(s->sigfd);
	loop_free(s->loop);
}

static void *control(void *arg)
{
	struct server *s = arg;

	if (start(s) < 0)
		s->status = 1;
	else if (s->sip)
		sip_run(s->sip);
	finish(s);
	return NULL;
}

/* Runs control on a thread with a big stack and waits for it. */
static int run(struct server *s)
{
	pthread_attr_t attr;
	pthread_t th;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	err = pthread_create(&th, &attr, control, s);
	pthread_attr_destroy(&attr);
	if (err) {
		fail("control thread", strerror(err));
		return 1;
	}
	pthread_join(th, NULL);
	return s->status;
}

/* Signals are taken by signalfd alone: blocked here, before any thread is. */
static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void raise_file_limit(const struct config *c)
{
	rlim_t want = (rlim_t)c->media.legs_max * FDS_PER_LEG + FDS_SPARE;
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) < 0 || rl.rlim_cur >= want)
		return;
	rl.rlim_cur = want;
	if (want > rl.rlim_max) {       /* who is privileged may have more */
		const struct rlimit more = { want, want };

		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			return;
		rl.rlim_cur = rl.rlim_max;
	}
	setrlimit(RLIMIT_NOFILE, &rl);
	if (rl.rlim_cur < want)
		log_warn(tag, "not enough file descriptors for legs_max, "
			 "have=%llu want=%llu", (unsigned long long)rl.rlim_cur,
			 (unsigned long long)want);
}

static int serve(struct server *s)
{
	int err, status;

	block_signals();
	err = log_open(s->cfg->log.file, s->cfg->log.level);
	if (err < 0) {
		fail(s->cfg->log.file, strerror(-err));
		return 1;
	}
	raise_file_limit(s->cfg);
	status = run(s);
	log_info(tag, "stopped, status=%d", status);
	log_close();
	return status;
}

static int migrate(const struct server *s)
{
	char why[512];

	if (db_migrate(s->cfg->database.url, s->opt.sql, s->opt.demo,
		       why, sizeof(why)) < 0) {
		fail("migration", why);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct server s = { .sigfd = -1 };
	struct config_error why;
	int said = parse_options(&s.opt, argc, argv), status = 0;

	if (said < 0)
		fputs(usage, stderr);
	if (said)
		return said < 0 ? 1 : 0;
	if (s.opt.sample) {
		config_print_sample(stdout);
		return 0;
	}
	s.cfg = read_config(&s.opt, &why);
	if (!s.cfg) {
		fprintf(stderr, "confabd: %s\n", why.text);
		return 1;
	}
	if (s.opt.check)
		printf("confabd: %s: configuration is right\n",
		       s.opt.conf ? s.opt.conf : "defaults");
	else if (s.opt.migrate)
		status = migrate(&s);
	else
		status = serve(&s);
	free(s.cfg);
	return status;
}

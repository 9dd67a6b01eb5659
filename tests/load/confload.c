/*
 * confload.c - a load client: many callers in one thread, each with real SIP
 * and RTP at a true pace, each checking every packet it gets back.
 *
 *	confload -s 127.0.0.1:5060 -l 100 -r 20 -t 3 -d 30 -n 3000 -p 1234
 *
 * calls 100 legs into rooms 3000 to 3019, lets the first three of each room
 * talk, measures for 30 s once all are there, hangs up, and prints a table and
 * a line of JSON. Exit status 0: every call was as it should be.
 *
 * With -e the peer is an echo of RTP without any SIP (tests/bench/floor.c): leg
 * i talks to port + i. With -x whoever starts us tells us where each leg's peer
 * is, on standard input (see meet_told() in load.c).
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "clock.h"
#include "load.h"

struct options {
	struct load *ld;
	const char *local;
	uint32_t talkers, ptime_ms, every;
	double noise_db;
	uint32_t priority;      /* above the server's media threads: who sends
				 * late measures himself */
};

static void usage(void)
{
	fputs("usage: confload -s IP:PORT [-l LEGS] [-r ROOMS] [-t TALKERS]\n"
	      "	[-d SECONDS] [-c CODEC[/CLOCK][,...]] [-m PTIME] [-a CALLS/S]\n"
	      "	[-n FIRST ROOM] [-p PIN] [-b LOCAL IP] [-P SERVER PID]\n"
	      "	[-q NOISE DB]	what listeners send (default: silence)\n"
	      "	[-T MS]		talkers take turns of so long\n"
	      "	[-E N]		each leg listens to one second in N (default 1; 0: none)\n"
	      "	[-w SECONDS]	from the last answer to measuring: prompts of those\n"
	      "			who come in must be over (default 8)\n"
	      "	[-R PRIORITY]	of real-time scheduling (default 20; 0: none)\n"
	      "	[-e | -x]	the peer is an echo; is told on stdin\n",
	      stderr);
	exit(2);
}

static uint32_t number(const char *text, uint32_t min, uint32_t max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || end == text || n < min || n > max) {
		fprintf(stderr, "confload: %s is not from %u to %u\n", text, min,
			max);
		exit(2);
	}
	return (uint32_t)n;
}

static double seconds(const char *text)
{
	char *end;
	double s = strtod(text, &end);

	if (*end || end == text || !(s >= 0 && s <= 600))
		usage();
	return s;
}

static void set_server(struct load *ld, char *text)
{
	char *colon = strrchr(text, ':');

	if (!colon)
		usage();
	*colon = '\0';
	ld->dial_cfg.port = (uint16_t)number(colon + 1, 1, 65535);
	if (text[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		text++;
	}
	ld->dial_cfg.server = text;
}

static void set_codecs(struct load *ld, const char *list)
{
	ld->n_cfg = 0;
	while (*list) {
		size_t len = strcspn(list, ",");
		const struct mx_codec *codec = mx_codec_by_name(list, len);

		if (!codec || ld->n_cfg == LOAD_CODECS_MAX) {
			fprintf(stderr, "confload: no codec %.*s\n", (int)len,
				list);
			exit(2);
		}
		ld->cfg[ld->n_cfg++].codec = codec;
		list += len + (list[len] == ',');
	}
	if (ld->n_cfg == 0)
		usage();
}

static void set(struct options *o, int opt, char *arg)
{
	struct load *ld = o->ld;

	switch (opt) {
	case 's': set_server(ld, arg); break;
	case 'l': ld->legs = number(arg, 1, LOAD_LEGS_MAX); break;
	case 'r': ld->rooms = number(arg, 1, LOAD_LEGS_MAX); break;
	case 't': o->talkers = number(arg, 1, LEG_TONES_MAX); break;
	case 'd': ld->seconds = number(arg, 1, 86400); break;
	case 'c': set_codecs(ld, arg); break;
	case 'm': o->ptime_ms = number(arg, 10, 120); break;
	case 'a': ld->ramp = number(arg, 1, 10000); break;
	case 'n': ld->dial_cfg.first_room = number(arg, 0, 99999999); break;
	case 'p': ld->dial_cfg.pin = arg; break;
	case 'b': o->local = arg; break;
	case 'P': ld->pid = number(arg, 1, INT32_MAX); break;
	case 'q': o->noise_db = -(double)number(arg, 1, 120); break;
	case 'T': ld->turn_ms = number(arg, 2000, 60000); break;
	case 'E': o->every = number(arg, 0, 1000); break;
	case 'w': ld->settle_ms = (uint32_t)(seconds(arg) * 1e3); break;
	case 'R': o->priority = number(arg, 0, 99); break;
	case 'e': ld->peer = LOAD_ECHO; break;
	case 'x': ld->peer = LOAD_TOLD; break;
	default: usage();
	}
}

static void parse(struct options *o, int argc, char **argv)
{
	struct load *ld = o->ld;
	int opt;

	while ((opt = getopt(argc, argv,
			     "s:l:r:t:d:c:m:a:n:p:b:P:q:T:E:w:R:ex")) != -1)
		set(o, opt, optarg);
	if (!ld->dial_cfg.server || optind != argc)
		usage();
	if (ld->rooms > ld->legs)
		ld->rooms = ld->legs;
	if (ld->peer == LOAD_ECHO)
		o->every = 0;
}

/* Who talk at once share what full scale allows, three at least; half of it is
 * left. */
static double level_for(const struct options *o)
{
	uint32_t at_once = o->ld->turn_ms ? 1 : o->talkers;

	return -6 - 20 * log10(at_once > 3 ? at_once : 3);
}

static int configure(struct options *o)
{
	struct load *ld = o->ld;
	int err = 0;

	ld->turns.one = ld->turn_ms > 0;
	for (uint32_t i = 0; !err && i < ld->n_cfg; i++) {
		struct leg_cfg *cfg = &ld->cfg[i];

		cfg->pt = cfg->codec->pt == MX_PT_NONE ? 96 : cfg->codec->pt;
		cfg->ptime_ms = o->ptime_ms;
		cfg->talkers = o->talkers;
		cfg->level_db = level_for(o);
		cfg->every = o->every;
		cfg->turns = &ld->turns;
		err = leg_quiet_new(&ld->quiet[i], cfg->codec, o->ptime_ms,
				    o->noise_db);
		cfg->quiet = ld->quiet[i];
		cfg->ideal_db = -INFINITY;
		if (!err && cfg->every > 0 && cfg->codec->dec_size() == 0)
			err = leg_ideal(cfg, &cfg->ideal_db);
	}
	return err;
}

static int run(struct options *o)
{
	struct load *ld = o->ld;
	int err = configure(o);
	bool well = false;

	if (!err)
		err = load_open(ld, o->local);
	if (o->priority)
		(void)clock_be_punctual((int)o->priority);
	if (!err)
		err = load_run(ld);
	if (err < 0)
		fprintf(stderr, "confload: %s port %u: %s\n",
			ld->dial_cfg.server, ld->dial_cfg.port, strerror(-err));
	if (ld->dial.error[0])
		fprintf(stderr, "confload: %s\n", ld->dial.error);
	if (!err)
		well = load_report(ld);
	load_close(ld);
	return err ? 2 : !well;
}

int main(int argc, char **argv)
{
	struct load ld = {
		.cfg = { { .codec = mx_codec_find("PCMU", 8000, 1) } },
		.n_cfg = 1, .dial_cfg = { .first_room = 3000 },
		.dial = { .fd = -1 },
		.legs = 10, .rooms = 1, .seconds = 10, .ramp = 50,
		.settle_ms = 8000,
	};
	struct options o = {
		.ld = &ld, .talkers = 3, .ptime_ms = 20, .every = 1,
		.noise_db = -INFINITY, .priority = 20,
	};
	struct rlimit files = { LOAD_LEGS_MAX + 64, LOAD_LEGS_MAX + 64 };

	parse(&o, argc, argv);
	(void)setrlimit(RLIMIT_NOFILE, &files);
	srandom((unsigned)clock_now_us());
	return run(&o);
}

/* agent.c - opens and closes the SIP side: see sip.h and agent.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "base/counter.h"
#include "base/log.h"
#include "base/str.h"
#include "clock.h"
#include "guard.h"
#include "session.h"

enum { MESSAGE_MIN = 4096, MESSAGE_MAX = 65535, TALLY_MS = 1000 };

/* Sofia's own words: what it calls level 3. Its line about garbage names the
 * source: up to the port that is one source, and gets a line a second. A stream
 * that overran the limit is known by the error that Sofia closes it with. */
static void on_sofia_log(void *stream, const char *fmt, va_list ap)
{
	char line[256], key[256];
	bool garbage;
	unsigned missed;

	(void)stream;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\r\n")] = '\0';
	if (strstr(line, strerror(ENOBUFS)))
		counter_inc(CNT_SIP_TOO_LARGE);
	str_copy(key, sizeof(key), line);
	if (strrchr(key, ':'))
		*strrchr(key, ':') = '\0';
	garbage = strstr(key, "garbage") != NULL;
	if (log_allow(key, &missed))
		log_at(garbage ? LOG_WARN : LOG_DEBUG, "sip", "%s missed=%u",
		       line, missed);
}

static uint32_t grown(uint32_t *seen, uint32_t now)
{
	uint32_t n = now - *seen;

	*seen = now;
	return n;
}

/* What nta refuses by itself we learn from its statistics. They count each bad
 * message, and those among them that were a request or a response; what is too
 * large counts as a bad request alone. */
static void on_tally(void *arg)
{
	struct sip *sip = arg;
	usize_t message = 0, request = 0, response = 0;
	uint32_t all, known, large;

	nta_agent_get_stats(sip->nta, NTATAG_S_BAD_MESSAGE_REF(message),
			    NTATAG_S_BAD_REQUEST_REF(request),
			    NTATAG_S_BAD_RESPONSE_REF(response), TAG_END());
	large = grown(&sip->bad.too_large, sip_guard_too_large());
	all = grown(&sip->bad.message, message) + large;
	known = grown(&sip->bad.request, request);
	counter_add(CNT_SIP_TOO_LARGE, large);
	counter_add(CNT_SIP_BAD_REQUEST, known);
	known += grown(&sip->bad.response, response);
	if (all > known)
		counter_add(CNT_SIP_GARBAGE, all - known);
	timer_start(&sip->tally, TALLY_MS);
}

static nta_agent_t *agent_create(struct sip *sip)
{
	/* (url_string_t *)-1: no transport yet */
	return nta_agent_create(sip->root, (const url_string_t *)-1,
		sip_on_message, sip,
		/* retransmits 2xx and matches ACKs to them */
		NTATAG_UA(1),
		NTATAG_MERGE_482(1),
		NTATAG_SERVER_RPORT(1),
		NTATAG_CLIENT_RPORT(1),
		/* some header parsers recurse for each item of a list */
		NTATAG_MAXSIZE(sip->cfg.max_message),
		/* a flow is never left for TCP because a request grew */
		NTATAG_UDP_MTU(65535),
		/* nothing that we send to has a name */
		NTATAG_USE_NAPTR(0),
		NTATAG_USE_SRV(0),
		TAG_END());
}

static int open_agent(struct sip *sip, char *err, size_t err_size)
{
	int e;

	if (!sip_guard_works()) {
		snprintf(err, err_size, "this build of Sofia-SIP cannot be made "
			 "safe (guard.h)");
		return -ENOTSUP;
	}
	e = sip_root_open(sip);
	if (e) {
		snprintf(err, err_size, "no event loop for SIP: %s",
			 strerror(-e));
		return e;
	}
	sip->nta = agent_create(sip);
	sip->supported = sip_supported_make(sip->home, SIP_SUPPORTED);
	if (!sip->nta || !sip->supported ||
	    (sip->cfg.invite_rate &&
	     buckets_new(&sip->buckets, sip->cfg.invite_rate, 1000000))) {
		snprintf(err, err_size, "no memory for SIP");
		return -ENOMEM;
	}
	return sip_ports_open(sip, err, err_size);
}

int sip_new(struct sip **sipp, const struct sip_cfg *cfg, struct loop *loop,
	    const struct sip_ops *ops, void *arg, char *err, size_t err_size)
{
	struct sip *sip;
	int e;

	if (cfg->max_message < MESSAGE_MIN || cfg->max_message > MESSAGE_MAX) {
		snprintf(err, err_size, "the largest message must have %d to %d "
			 "bytes", MESSAGE_MIN, MESSAGE_MAX);
		return -EINVAL;
	}
	sip = calloc(1, sizeof(*sip));
	if (!sip)
		return -ENOMEM;
	sip->cfg = *cfg;
	sip->ops = ops;
	sip->arg = arg;
	sip->loop = loop;
	list_init(&sip->sessions);
	timer_init(&sip->tally, loop, on_tally, sip);

	sip_clock_install();
	su_init();
	su_home_init(sip->home);
	su_log_redirect(NULL, on_sofia_log, NULL);
	e = open_agent(sip, err, err_size);
	if (!e)
		e = timer_start(&sip->tally, TALLY_MS);
	if (e) {
		sip_free(sip);
		return e;
	}
	*sipp = sip;
	return 0;
}

void sip_free(struct sip *sip)
{
	struct sip_session *ss;

	if (!sip)
		return;
	list_each(&sip->sessions, ss, tmp, struct sip_session, in_sip)
		session_abandon(ss);
	timer_stop(&sip->tally);
	if (sip->nta)
		nta_agent_destroy(sip->nta);
	sip_root_close(sip);
	su_home_deinit(sip->home);
	buckets_free(sip->buckets);
	su_deinit();
	free(sip);
}

unsigned sip_sessions(const struct sip *sip)
{
	return (unsigned)sip->sessions.n;
}

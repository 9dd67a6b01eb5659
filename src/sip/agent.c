/* agent.c - opens and closes the SIP side: see sip.h and agent.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "base/counter.h"
#include "base/log.h"
#include "clock.h"
#include "guard.h"
#include "session.h"

enum { MESSAGE_MIN = 4096, MESSAGE_MAX = 65535, TALLY_MS = 1000 };

/* Sofia's own words: what it calls level 3, of which the garbage that it could
 * make nothing of interests us most. */
static void on_sofia_log(void *stream, const char *fmt, va_list ap)
{
	char line[256];
	unsigned missed;

	(void)stream;
	if (!log_allow("sofia", &missed))
		return;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\r\n")] = '\0';
	log_info("sip", "%s missed=%u", line, missed);
}

static usize_t grown(usize_t *seen, usize_t now)
{
	usize_t n = now - *seen;

	*seen = now;
	return n;
}

/* What nta refuses by itself we learn from its statistics. They count each bad
 * message, and those among them that were a request or a response. */
static void on_tally(void *arg)
{
	struct sip *sip = arg;
	usize_t message = 0, request = 0, response = 0;

	nta_agent_get_stats(sip->nta, NTATAG_S_BAD_MESSAGE_REF(message),
			    NTATAG_S_BAD_REQUEST_REF(request),
			    NTATAG_S_BAD_RESPONSE_REF(response), TAG_END());
	message = grown(&sip->bad.message, message);
	request = grown(&sip->bad.request, request);
	response = grown(&sip->bad.response, response);
	counter_add(CNT_SIP_BAD_REQUEST, request);
	if (message > request + response)
		counter_add(CNT_SIP_GARBAGE, message - request - response);
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
	     buckets_new(&sip->buckets, sip->cfg.invite_rate))) {
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

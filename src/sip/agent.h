/* agent.h - the SIP side as a whole, for the files of this folder. */
#ifndef SIP_AGENT_H
#define SIP_AGENT_H

#include "base/bucket.h"
#include "base/list.h"
#include "base/loop.h"
#include "flow.h"
#include "sip.h"
#include "sofia.h"

enum { SIP_PORTS_MAX = 64 };

/** What we say that we can do, in the headers of these names. */
#define SIP_ALLOW "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO"
#define SIP_SUPPORTED "timer, 100rel"
#define SIP_ACCEPT "application/sdp, multipart/mixed"

/** One socket that we listen on. */
struct sip_port {
	union addr addr;
	bool tcp;
	char ident[8];                  /* "p0", ... */
};

/* Control thread only. */
struct sip {
	struct sip_cfg cfg;
	const struct sip_ops *ops;
	void *arg;
	struct loop *loop;

	su_root_t *root;
	int loop_index;                 /* of the loop's fd in root, 0: none */
	su_home_t home[1];              /* of supported; nothing of a call's */
	sip_supported_t *supported;
	nta_agent_t *nta;
	struct sip_port ports[SIP_PORTS_MAX];
	unsigned n_ports;
	struct buckets *buckets;        /* NULL: no limit */

	struct list sessions;
	unsigned last_id;               /* names sessions in the log */

	struct timer tally;             /* reads nta's own counts each second */
	struct {
		uint32_t message, request, response, too_large;
	} bad;                          /* as last read */
};

/** Hangs loop into root, so that one su_root_run() serves both. 0 or -errno. */
int sip_root_open(struct sip *sip);
void sip_root_close(struct sip *sip);

/** Opens every port of the configuration. 0 or -errno and a sentence. */
int sip_ports_open(struct sip *sip, char *err, size_t err_size);

/** Every message that belongs to no transaction and no dialog. */
int sip_on_message(struct sip *sip, nta_agent_t *nta, msg_t *msg, sip_t *s);

#endif

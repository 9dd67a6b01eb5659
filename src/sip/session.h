/*
 * session.h - one call as SIP sees it, for the files of this folder.
 *
 *	      180, 183           200              ACK
 *	NEW -----------> EARLY -------> ANSWERED -----> UP
 *	 |      200       |                ^ |           |
 *	 |----------------|----------------+ |           |
 *	 v                v                  v           v
 *	 refused, CANCEL, BYE, no ACK, sip_session_end(), ...
 *	                  |
 *	                  v     nothing open any more
 *	               ENDING -------------------------> DEAD
 *
 * A call of our own goes from NEW or EARLY to UP at once: with the 200.
 *
 * The owner hears of the end on the way into ENDING; what is left then is ours
 * alone: a 2xx that waits for its ACK, a BYE that waits for its answer.
 */
#ifndef SIP_SESSION_H
#define SIP_SESSION_H

#include "agent.h"
#include "digest.h"
#include "offer.h"
#include "pace.h"
#include "reply.h"

enum session_state {
	SESSION_NEW, SESSION_EARLY, SESSION_ANSWERED, SESSION_UP,
	SESSION_ENDING, SESSION_DEAD
};

/** Session timer (RFC 4028), as agreed on in one exchange. */
struct refresh_terms {
	uint32_t interval_s;    /* 0: no session timer */
	uint32_t min_se_s;      /* the larger of ours and theirs */
	bool ours;              /* we refresh */
};

/** What we ask of the peer: an offer of the owner's, or a refresh. */
struct ask {
	bool open;              /* asked, or waiting to be */
	bool refresh;           /* of the session timer; else an offer */
	bool update;            /* by UPDATE; else by re-INVITE */
	char *sdp;              /* the owner's offer */
	unsigned tries;
	struct timer retry;
};

/* Of a call that we made; dial.c. */
struct dial {
	nta_outgoing_t *invite;         /* until its final response */
	char call_id[64];               /* as Sofia makes them: 36 characters */
	int status;                     /* of that */
	unsigned tries;                 /* so many were sent */
	char *user, *password;          /* NULL: we are nobody */
	struct auth {
		char text[DIGEST_LEN];  /* answers the last challenge; "": none */
		bool proxy;
	} auth;
};

struct sip_session {
	struct link in_sip;
	struct sip *sip;
	const struct sip_session_ops *ops;      /* NULL: unbound or over */
	void *arg;
	char name[20];                  /* in the log */
	enum session_state state;
	int64_t state_us;               /* since when */
	struct pace pace;               /* of the peer's requests */
	unsigned holds;                 /* functions that still need us */

	nta_leg_t *leg;                 /* the dialog: tags, CSeq, routes */
	struct flow flow;
	tport_t *transport;             /* its connection or socket: held, it is
					 * not closed for being idle */
	bool peer_updates;              /* its Allow has UPDATE */
	bool peer_timer;                /* its Supported has timer */
	bool wants_100rel;              /* its INVITE requires it */

	nta_incoming_t *invite;         /* theirs, until ACK or refusal */
	nta_incoming_t *update;         /* their UPDATE, or PRACK with an offer,
					 * until answered */
	bool update_offers;             /* it has one */
	nta_outgoing_t *request;        /* our re-INVITE or UPDATE */
	nta_outgoing_t *bye;
	bool bye_due;                   /* to be sent when the ACK is in */
	bool bye_again;                 /* it was challenged once */
	char reason[REPLY_TEXT_LEN];    /* of the BYE; "": none */

	struct dial *dial;              /* NULL: they called */

	struct offer offer;
	bool offerless;                 /* their INVITE had no offer */
	bool described;                 /* a reliable 1xx to it had our side */
	char *sdp;                      /* our last description */
	struct ask ask;

	struct refresh_terms terms;     /* in force */
	struct refresh_terms next;      /* of the request being answered */
	struct timer refresh, expiry;
};

/** Makes a session of an INVITE; msg is taken over, whatever happens. 0 or
 *  -errno. */
int session_new(struct sip_session **ssp, struct sip *sip, msg_t *msg,
		sip_t *s, const struct flow *flow);
/** Makes a session that has no dialog yet. NULL: no memory. */
struct sip_session *session_make(struct sip *sip, const struct flow *flow);
/** Ends it at once and without a word to the peer: the agent goes. */
void session_abandon(struct sip_session *ss);

/** Around whatever may end a session: with the last release an ending one does
 *  what is left to do, and a dead one goes. */
void session_hold(struct sip_session *ss);
void session_release(struct sip_session *ss);

void session_set_state(struct sip_session *ss, enum session_state state);

/** It is over: tells the owner, last. With bye a BYE goes out, as soon as it
 *  may; an INVITE of theirs without a final answer must have got it before. */
void session_over(struct sip_session *ss, enum sip_end why, const char *text,
		  bool bye);

/** Keeps what the peer says about itself in a request or a response. */
void session_learn(struct sip_session *ss, const sip_t *s);
/** Keeps our own description, for refreshes. 0 or -ENOMEM. */
int session_keep_sdp(struct sip_session *ss, const char *sdp);
/** Where the peer is, from an accepted request of a dialog. */
void session_follow(struct sip_session *ss, nta_incoming_t *irq,
		    const sip_t *s);
/** Our Contact. */
const char *session_contact(const struct sip_session *ss,
			    char out[static FLOW_URL_LEN]);

#endif

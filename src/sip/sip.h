/*
 * sip.h - SIP as the rest of the server sees it: sessions, offers, answers.
 *
 * Behind it lies Sofia-SIP's nta layer (transactions and dialogs); the session
 * layer is ours: offer/answer in INVITE, ACK, re-INVITE and UPDATE, session
 * timers (RFC 4028), glare, input checks. No Sofia type leaves this folder.
 *
 * All of it runs on the control thread: sip_run() is that thread's main loop
 * (Sofia's su_root, with the loop of base/loop.h hanging off it). Handlers are
 * called from there, last thing in what they belong to: a handler may end or
 * free the session it is called for.
 */
/* Not SIP_H: that is Sofia's own. */
#ifndef SIP_SIP_H
#define SIP_SIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct loop;
struct sip;
struct sip_session;

enum { SIP_BINDS_MAX = 16, SIP_USER_MAX = 128, SIP_URI_MAX = 512,
       SIP_PARAM_MAX = 64,
       SIP_CONNECTIONS_MAX = 1000 };    /* accepted; a quarter from one IP */

struct sip_bind {
	union addr addr;                /* with port; an IP of "any" stands for
					 * every address that the machine has
					 * when sip_new() is called */
	bool udp, tcp;
};

struct sip_cfg {
	struct sip_bind binds[SIP_BINDS_MAX];
	unsigned n_binds;
	char user_agent[64];
	uint32_t max_message;           /* bytes, 4096 to 65535; 413 or closed
					 * over it */
	uint32_t session_expires_s;     /* what we like best; 0: no session timer
					 * unless the peer asks for one */
	uint32_t min_se_s;
	uint32_t invite_rate;           /* new INVITEs a second a source; 0: any */
	uint32_t request_rate;          /* requests a second within a call; 0:
					 * any */
	uint32_t unacked_max;           /* calls of a source that wait for their
					 * ACK for longer than usual; 0: any */
	union addr advertise;           /* IP told to peers that are not in a
					 * private network instead of our own;
					 * unset: none (no NAT in front of us) */
};

/** A new INVITE. All strings live only during the call. */
struct sip_invite {
	const char *call_id;
	const char *to_user;            /* user part of the Request-URI, unescaped */
	const char *to_host;
	const char *pin;                /* ;pin= of the Request-URI, or NULL */
	const char *params;             /* all of them as they came, or NULL */
	const char *from_uri, *from_user, *from_name;
	const char *user_agent;         /* "" if not given */
	const char *languages;          /* tags, liked best first: "fr-CA,en"; ""
					 * or NULL if not given */
	union addr source;              /* where the request came from */
	union addr local;               /* our address that the peer can reach: what
					 * to put into SDP */
	const char *transport;          /* "udp", "tcp" */
	const char *sdp;                /* the offer, or NULL: make one */
	size_t sdp_len;
};

/** Why a session ended. */
enum sip_end {
	SIP_END_BYE,                    /* the peer hung up */
	SIP_END_CANCEL,                 /* the peer gave up before our answer */
	SIP_END_NO_ACK,                 /* our 200 was never acknowledged */
	SIP_END_EXPIRED,                /* session timer ran out, or a refresh failed */
	SIP_END_TRANSPORT,              /* the peer cannot be reached */
	SIP_END_LOCAL,                  /* sip_session_end() or a refusal, done;
					 * or the peer asked too much */
	SIP_END_REFUSED                 /* the peer did not take our call; see
					 * sip_session_status() */
};

struct sip_session_ops {
	/** The peer changes the session: re-INVITE or UPDATE with an offer; or
	 *  wants one from us (sdp NULL). Answer now or later with
	 *  sip_session_accept() or sip_session_refuse(); they say -ENOENT, or do
	 *  nothing, if the peer took it back in the meantime. */
	void (*on_offer)(void *arg, const char *sdp, size_t len);
	/** The answer to an offer of ours: in ACK, PRACK or a 200. Also comes
	 *  when the session timer was refreshed by repeating our last
	 *  description. */
	void (*on_answer)(void *arg, const char *sdp, size_t len);
	/** The offer of sip_session_offer() was refused; the session goes on as
	 *  it was. May be NULL. */
	void (*on_refused)(void *arg, int status);
	/** Of a call that we made: a 1xx other than 100. May be NULL. */
	void (*on_progress)(void *arg, int status);
	/** The dialog is confirmed: ACK came, or the 200 to our own INVITE. */
	void (*on_confirmed)(void *arg);
	/** INFO with a body. Returns the SIP status to answer with (200, 415,
	 *  ...). */
	int (*on_info)(void *arg, const char *type, const char *body, size_t len);
	/** It is over; the session is gone after this call. Text is static. */
	void (*on_end)(void *arg, enum sip_end why, const char *text);
};

struct sip_ops {
	/** A new call. Say 1xx, 200 or a refusal now or later; the session is
	 *  bound by sip_session_bind() inside this call, or refused inside it. */
	void (*on_invite)(void *arg, struct sip_session *ss,
			  const struct sip_invite *inv);
	/** May a new call be taken now? 0, or the Retry-After in seconds for the
	 *  503 that is sent instead of on_invite(). Also asked for OPTIONS. */
	unsigned (*busy)(void *arg);
};

/**
 * Opens the agent and its transports.
 *
 * @param err  on failure one sentence that names the address or option
 * @return 0 or -errno (-EADDRINUSE: a port is taken)
 */
int sip_new(struct sip **sipp, const struct sip_cfg *cfg, struct loop *loop,
	    const struct sip_ops *ops, void *arg, char *err, size_t err_size);
/** Ends what is left without a word to the peers; owners get on_end(). */
void sip_free(struct sip *sip);
/** Runs the control thread until sip_break(). Same thread as sip_new(), with a
 *  stack of 64 MB: parsers of Sofia's recurse for each item of a list. */
void sip_run(struct sip *sip);
void sip_break(struct sip *sip);
/** Sessions alive, ending ones included. */
unsigned sip_sessions(const struct sip *sip);

/** Ties a session to its owner. */
void sip_session_bind(struct sip_session *ss,
		      const struct sip_session_ops *ops, void *arg);

/** 180 Ringing, or 183 with a description if sdp is given; with PRACK if the
 *  peer requires it. 0; -EPROTO: the peer made no offer, and ours cannot go into
 *  this 1xx (or must); or -errno. */
int sip_session_progress(struct sip_session *ss, const char *sdp);
/** Answers what is pending with 200: an UPDATE, else a re-INVITE, else the
 *  INVITE. sdp is our answer, or our offer where the peer made none. 0;
 *  -ENOENT: nothing is pending; or -errno. */
int sip_session_accept(struct sip_session *ss, const char *sdp);
/** A call that we make. Strings are copied. */
struct sip_dial {
	const char *to_user;            /* letters, digits and +*-._ */
	const char *to_host;            /* of URIs; NULL: peer's address */
	union addr peer;                /* where its requests go, with port */
	bool tcp;
	const char *from_user;          /* as to_user */
	const char *from_name;          /* for people; "": none */
	const char *auth_user, *auth_password;  /* if the peer asks; NULL: none */
	const char *sdp;                /* our offer */
};

/** Our address as that peer sees it: what to put into SDP. 0, or -ENETUNREACH:
 *  we do not listen on any of its family and transport. */
int sip_local(const struct sip *sip, const union addr *peer, bool tcp,
	      union addr *local);
/**
 * Sends an INVITE. Then come on_progress(), and on_answer() and on_confirmed(),
 * or on_end(); none of them before this returns. The session is bound already.
 * Of several answers (forks) the first is taken; early media is not.
 *
 * @return 0; -EINVAL: a text that cannot be in a URI; -ENETUNREACH as above;
 *         or -ENOMEM
 */
int sip_session_dial(struct sip_session **ssp, struct sip *sip,
		     const struct sip_dial *dial,
		     const struct sip_session_ops *ops, void *arg);
/** The Call-ID of a call that we made. */
const char *sip_session_call_id(const struct sip_session *ss);
/** The final status of our INVITE, 0: none yet. Also within on_end(). */
int sip_session_status(const struct sip_session *ss);

/** Makes an offer of our own (re-INVITE), now or as soon as the dialog is free
 *  for it; glare (491) is tried again. on_answer() or on_refused() follows,
 *  or the end. 0; -EBUSY: one is on its way; -ENOTCONN: not answered yet. */
int sip_session_offer(struct sip_session *ss, const char *sdp);
/** Refuses what is pending. For a re-INVITE or UPDATE the session goes on as it
 *  was; for the first INVITE it ends with on_end(SIP_END_LOCAL).
 *
 *  @param status   300 to 699
 *  @param warning  RFC 3261 20.43 code with 488/606 (300, 301, 304, 305 ...), 0: none
 *  @param retry_s  Retry-After, 0: none */
void sip_session_refuse(struct sip_session *ss, int status, int warning,
			unsigned retry_s);
/** What the Reason header of a refusal to come says (RFC 6432): a Q.850 cause and
 *  text. */
void sip_session_reason(struct sip_session *ss, int cause, const char *text);
/** Ends the session whatever its state: BYE, or a final response. on_end()
 *  comes once, perhaps before this returns.
 *  @param cause  Reason header's Q.850 cause and text (RFC 3326); 0: none */
void sip_session_end(struct sip_session *ss, int cause, const char *text);

#endif

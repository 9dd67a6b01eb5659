/*
 * dial.h - the signalling of many simulated callers over one UDP socket: INVITE
 * with the PIN in the URI, ACK, BYE; as little SIP as that needs.
 *
 * The index of a call stands in its Call-ID, so an answer finds its call
 * without a table. One thread; time is CLOCK_MONOTONIC in microseconds.
 */
#ifndef LOAD_DIAL_H
#define LOAD_DIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "leg.h"

enum call_state {
	CALL_IDLE, CALL_INVITED, CALL_UP, CALL_ENDING, CALL_OVER, CALL_FAILED
};

struct call {
	enum call_state state;
	struct leg leg;
	char remote_tag[64], target[256];
	int64_t sent_us;                /* last request, for retransmission */
	unsigned tries;
	int64_t invited_us, up_us;
};

struct dial_cfg {
	const char *server;             /* IP */
	uint16_t port;
	uint32_t first_room;            /* room r is dialled as first_room + r */
	const char *pin;                /* NULL: none */
};

struct dial {
	struct dial_cfg cfg;
	int fd;                         /* connected to the server */
	char local[64];                 /* our IP, and as it stands in a URI */
	char local_uri[64];
	uint16_t local_port;
	struct call *calls;
	uint32_t n, begun;              /* calls[0..begun) have been made */
	uint32_t first_open;            /* all before it have ended */
	uint64_t retransmissions;       /* of our requests */
	uint64_t repeats;               /* of the server's answers */
	char error[256];                /* the first thing that went wrong */
};

/** 0 or -errno. calls[n] are the caller's. */
int dial_init(struct dial *d, const struct dial_cfg *cfg, struct call *calls,
	      uint32_t n);
void dial_fini(struct dial *d);
void dial_invite(struct dial *d, struct call *c, int64_t now_us);
void dial_bye(struct dial *d, struct call *c, int64_t now_us);
/** Takes what has come and repeats what was not answered. */
void dial_poll(struct dial *d, int64_t now_us);
/** Calls in that state. */
uint32_t dial_count(const struct dial *d, enum call_state state);

#endif

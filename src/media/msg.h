/*
 * msg.h - what the control thread and a worker say to each other.
 *
 * Messages are values. A pointer in one is memory that changes owner with it,
 * save for clips and codecs, which nobody changes. Ports are named by slot and
 * generation, rooms by a number that all workers know; what has gone meanwhile
 * is not found, and the message does nothing.
 */
#ifndef MEDIA_MSG_H
#define MEDIA_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "media.h"
#include "mixer/mix.h"
#include "mixer/play.h"
#include "mixer/port.h"
#include "mixer/rules.h"

struct wport;

/** What names a port in all mixes. */
uint64_t media_port_id(uint32_t slot, uint32_t gen);

/** A stream as a worker takes it: no text, no choices left. */
struct wstream {
	struct mx_port_stream mx;
	union addr rtp, rtcp;           /* where signalling says the peer is */
	bool rtcp_mux;
	bool hold;
	bool latch;
	union addr signalling;
	uint32_t timeout_ms;
};

/** A port on its way from worker to worker. */
struct passage {
	struct wport *wport;
	struct mx_chain *chain;         /* of its, if not in it */
	struct mx_pool *trunk;          /* what its packets lie in; control's
					 * again on arrival */
	uint64_t tick;                  /* the first one it has not had */
};

enum cmd_kind {
	CMD_PORT_ADD,           /* add */
	CMD_PORT_STREAM,        /* stream */
	CMD_PORT_PLAY,          /* play */
	CMD_PORT_STOP,
	CMD_PORT_JOIN,          /* join */
	CMD_PORT_VOICE,         /* join, but for the bus */
	CMD_PORT_MANNER,        /* manner */
	CMD_PORT_EXCEPT,        /* except */
	CMD_PORT_SOUND,         /* kit */
	CMD_PORT_UNECHO,        /* unecho */
	CMD_PORT_ECHO,          /* kit */
	CMD_PORT_LEAVE,
	CMD_PORT_CLOSE,         /* answered by EV_PORT_GONE */
	CMD_PORT_MOVE,          /* trunk; answered by EV_PORT_MOVED */
	CMD_PORT_ADOPT,         /* passage; answered by EV_TRUNK */
	CMD_BUS_ADD,            /* bus, add_mix: a part of it on this worker */
	CMD_BUS_PLAY,           /* bus, play */
	CMD_BUS_MUSIC,          /* bus, play; an empty list: no more */
	CMD_BUS_CLOSE           /* bus; answered by EV_BUS_GONE */
};

struct cmd {
	enum cmd_kind kind;
	uint32_t slot, gen;     /* the port */
	uint32_t bus;
	union {
		struct wport *add;
		struct mx_pool *trunk;
		struct passage passage;
		struct mx_mix *add_mix;
		struct {
			struct wstream s;
			struct mx_port_kit kit;
		} stream;
		struct mx_port_kit kit;
		struct {
			struct mx_play_list list;
			uint32_t id;
		} play;
		struct {
			bool speak, hear;
		} join;
		struct mx_manner manner;
		bool unecho;
		struct {
			uint32_t name;
			bool on;
		} except;
	};
};

enum ev_kind {
	EV_PORT_STARTED,
	EV_PORT_KEY,            /* key */
	EV_PORT_PLAYED,         /* played */
	EV_PORT_TALKING,        /* talking */
	EV_PORT_ECHO,           /* echo: answered by CMD_PORT_ECHO */
	EV_PORT_MUSIC,          /* is_music */
	EV_PORT_TIMEOUT,
	EV_PORT_STATS,          /* stats */
	EV_PORT_GONE,           /* gone */
	EV_PORT_MOVED,          /* passage: it is no longer here */
	EV_BUS_PLAYED,          /* bus, played */
	EV_BUS_DOMINANT,        /* bus, dominant: a port's id */
	EV_BUS_GONE,            /* bus, mix */
	EV_KIT,                 /* kit: memory to free */
	EV_TRUNK,               /* trunk: memory to free */
	EV_WORKER               /* worker */
};

/** A worker's totals since its start: an event that got lost loses nothing. */
struct worker_report {
	struct media_worker_stats stats;
	uint64_t pt, size, rtcp_bad;    /* packets */
	uint64_t late;                  /* ticks more than 10 ms late */
	uint64_t events_lost;
};

struct event {
	enum ev_kind kind;
	uint32_t slot, gen;
	uint32_t bus;
	union {
		struct {
			char key;
			enum media_key_from from;
		} key;
		struct {
			uint32_t id;
			bool whole;
		} played;
		struct {
			bool talks;
			uint32_t ms;
		} talking;
		struct {
			unsigned need;
			uint32_t hz;
		} echo;
		bool is_music;
		uint64_t dominant;
		struct media_stats stats;
		struct {
			struct wport *wport;
			struct mx_port_kit kit;
			struct media_stats stats;
		} gone;
		struct mx_mix *mix;
		struct mx_port_kit kit;
		struct mx_pool *trunk;
		struct passage passage;
		struct worker_report worker;
	};
};

#endif

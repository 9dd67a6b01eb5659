/*
 * config.h - conf/confab.conf, read once into one immutable struct.
 *
 * One table (table.c) names each option, its type, range, default and a
 * sentence of doc; parsing, errors with file and line, the sample file and the
 * page of documentation all come from it. An unknown section or key, a bad
 * value, and a key that is set twice are errors. On SIGHUP a new struct is
 * read, checked and swapped in by its owner.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/log.h"

enum { CONFIG_PATH_MAX = 256, CONFIG_BINDS_MAX = 8 };

enum config_echo { CONFIG_ECHO_OFF, CONFIG_ECHO_AUTO };
enum config_csrc { CONFIG_CSRC_NO, CONFIG_CSRC_ASKED, CONFIG_CSRC_YES };
enum config_noise { CONFIG_NOISE_OFF, CONFIG_NOISE_AUTO, CONFIG_NOISE_ON };
enum config_unknown { CONFIG_UNKNOWN_PROMPT, CONFIG_UNKNOWN_404 };

struct config {
	struct {
		char bind[CONFIG_BINDS_MAX][64];        /* IPs; several, by comma */
		unsigned n_bind;
		uint16_t port;
		bool udp, tcp;
		char address[64];       /* what we tell peers in SDP; "": the address
					 * that the request came to */
		char user_agent[64];
		uint32_t max_message;
		uint32_t session_expires, min_se;       /* seconds */
		uint32_t invite_rate;   /* new calls a second from one source */
		uint32_t request_rate;  /* requests a second in one call */
		uint32_t unacked_max;   /* late ACKs of one source */
	} sip;
	struct {
		uint32_t workers;       /* 0: one a core */
		bool realtime, pin;
		uint16_t port_min, port_max;
		uint32_t legs_max;
		uint32_t busy_limit;    /* percent of a tick, 0: none */
		uint32_t rtp_timeout;   /* seconds */
		bool latch;
		uint32_t ptime;         /* ms, what we offer */
		bool forward;           /* what one alone says, as it came */
		uint32_t talkers;       /* mixed in a room; 0: all */
		char codecs[128];       /* "opus,G722,PCMU": offered, in order */
		bool dtx;               /* let peers fall silent in pauses */
		enum config_csrc csrc;  /* whom a packet consists of, to whom */
		enum config_echo echo;
		bool agc;               /* level who speaks */
		bool comfort_noise;     /* where there would be digital silence */
		enum config_noise noise;        /* suppress it */
	} media;
	struct {
		char url[CONFIG_PATH_MAX];      /* libpq connection string */
		char journal[CONFIG_PATH_MAX];  /* folder */
	} database;
	struct {
		char join_user[64];     /* user part that asks for the room number */
		enum config_unknown unknown;    /* a room that is not there */
		uint32_t ring;          /* ms of 180 before the answer, 0: none */
		uint32_t tries;         /* wrong PINs or numbers before goodbye */
		uint32_t digit_timeout; /* ms of pause that ends input */
		uint32_t first_digit_timeout;   /* ms to wait for the first key */
		uint32_t tries_pause;   /* ms of silence after a wrong PIN */
		uint32_t wrong_rate;    /* wrong PINs a minute and source, 0: any */
	} rooms;
	struct {
		char dir[CONFIG_PATH_MAX];      /* folder; "": nothing is recorded */
	} recordings;
	struct {
		char trunk[64];         /* IP and port that calls go to; "": none */
		bool tcp;
		char domain[64];        /* of the URIs, "": the trunk's address */
		char user[64], password[64];    /* if it asks; "": nobody */
		char from[64];          /* our number; "": the room's */
		char moderators[128], members[128];     /* whom they may call:
							 * beginnings of numbers */
		uint32_t ring;          /* seconds */
		uint32_t retries, retry_after;  /* seconds between two */
		uint32_t room_max;      /* calls out at a time in a room */
		uint32_t day_max;       /* ... and in a day; 0: any number */
		bool guard;             /* press 1 to join */
	} dialout;
	struct {
		char dir[CONFIG_PATH_MAX];      /* prompts */
		char languages[64];             /* by comma, the first for
						 * those who ask for none */
		char music[CONFIG_PATH_MAX];    /* folder of music on hold */
	} sounds;
	struct {
		char file[CONFIG_PATH_MAX];     /* "": stderr */
		enum log_level level;
		uint32_t stats_interval;        /* s between worker lines, 0: never */
	} log;
	struct {
		uint32_t drain;         /* s that calls may go on after SIGTERM */
		char control[CONFIG_PATH_MAX];  /* confabctl's socket; "": none */
	} server;
};

struct config_error {
	char text[512];                 /* "FILE:LINE: reason", without a newline */
};

/** All defaults. */
void config_init(struct config *cfg);
/**
 * Reads a file over the defaults; NULL path: defaults alone. The environment's
 * CONFAB_DATABASE goes over [database] url.
 *
 * @return 0; or -errno with err->text set, and *cfg untouched: -EINVAL, or
 *         what opening the file gave (-ENOENT, -EACCES)
 */
int config_read(struct config *cfg, const char *path, struct config_error *err);
/** Sets one option as a command line does: "sip.port=5070". 0 or -EINVAL. */
int config_set(struct config *cfg, const char *assignment,
	       struct config_error *err);
/** What only a look at the whole can tell: port range too small, a codec that
 *  we do not have, nothing to listen on. 0, or -EINVAL with err->text set. */
int config_check(const struct config *cfg, struct config_error *err);
/** Writes the commented sample file: conf/confab.conf.sample. */
void config_print_sample(FILE *f);
/** Writes the same as a page of Markdown: docs/config.md. */
void config_print_doc(FILE *f);

#endif

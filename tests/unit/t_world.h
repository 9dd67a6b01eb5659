/*
 * t_world.h - a world for src/call to live in: SIP, media, files and the
 * database are played by this, and so is the clock. SDP and codecs are real.
 *
 * Nothing happens by itself: world_run() lets time pass; what media or a peer
 * would do, a test does with the functions below. The fakes check what a
 * contract forbids (a command to a closed port, two final answers, ...).
 */
#ifndef T_WORLD_H
#define T_WORLD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "call/control.h"
#include "call/hub.h"
#include "call/leg.h"
#include "files/recorder.h"

struct loop;

struct media_bus {
	const struct media_bus_ops *ops;
	void *arg;
	uint32_t rate_hz;
	bool closing, closed;
	char heard[1024];               /* names of what was played to all */
	struct media_play play;         /* n 0: it plays nothing */
	bool music;                     /* is being heard by all */
};

struct media_port {
	const struct media_port_ops *ops;
	void *arg;
	const struct media_bus *near;
	struct media_stream stream;
	unsigned streams;               /* times it was set */
	struct media_play play;         /* n 0: nothing is playing */
	struct media_bus *bus;          /* NULL: has joined none */
	bool speak, hear;
	struct mx_manner manner;
	struct media_port *odd[MX_RULES_ODD_MAX];       /* exceptions */
	unsigned n_odd;
	struct mx_voice_opts sound;
	bool unechoes;
	bool closing, closed;
	char heard[4096];               /* names of what was played, in order */
};

struct sip_session {
	const struct sip_session_ops *ops;
	void *arg;
	int progress;                   /* 180s sent */
	int status;                     /* final answer to the INVITE, 0: none */
	int warning;
	unsigned retry_s;
	int change;                     /* answer to the last re-INVITE */
	char sdp[4096];                 /* our last description */
	bool bye;                       /* we sent BYE */
	int cause;
	char text[64];
	bool over;                      /* on_end() was called */

	bool dialled;                   /* we called: */
	bool cancelled;
	char to[64], from[64];
	const char *call_id;
};

struct recording {
	struct recording_cfg cfg;
	char path[256];
	bool ended, over;
};

/** One caller: his side of SIP, and our port for him. */
struct caller {
	struct sip_session ss;
	struct media_port *port;        /* NULL: none was opened */
	uint64_t number;
	char call_id[32];
};

/* As many as one test ever sees; a program may say another number. */
#ifndef T_CALLERS_MAX
#define T_CALLERS_MAX 64
#endif
enum { CALLERS_MAX = T_CALLERS_MAX, RECORDS_MAX = 256, RECORDINGS = 8 };

struct world {
	struct loop *loop;
	struct config config;
	struct hub *hub;

	struct caller callers[CALLERS_MAX];
	unsigned n_callers, n_unbound;  /* unbound: refused without a leg */
	struct media_port ports[CALLERS_MAX];
	unsigned n_ports;
	struct media_bus buses[32];
	unsigned n_buses;
	int port_error, command_error, bus_error;       /* what media returns */

	struct db_room rooms[8];
	struct { const char *pin, *moderator_pin; } pins[8];
	char schedules[8][256];         /* of rooms */
	unsigned n_rooms;
	struct db_menu_row menu[16];    /* one menu */
	size_t n_menu;
	struct db_problem problem;      /* what confab_check() found */
	size_t n_problems;              /* 0 or 1 */
	bool pin_by_hand;               /* world_pin() answers, not the db */
	const char *params;             /* of the URIs dialled */
	bool nothing_said;              /* names are silence */
	bool bus_by_hand;               /* what plays into mixes does not end */
	const char *accept;             /* Accept-Language; NULL: none */
	int pin_error;                  /* what db_pin() returns */
	enum db_pin pin_forced;         /* answer whatever the PIN is, if set */
	bool pin_is_forced;
	struct { uint64_t leg; char number[32], pin[32]; } asked[64];
	unsigned n_asked;
	struct db_invite invite;        /* whose the next PIN is; once taken 0 */
	uint32_t pin_wait_s;            /* in answers */
	struct { uint64_t leg; int64_t id; char leg_id[40]; } claim;
	unsigned n_claims, n_unclaims;  /* made so far */
	bool claim_is_open;             /* world_run() answers with claim_result */
	enum db_pin claim_result;       /* USER, if not said */
	struct {
		enum db_ask what;
		char values[DB_ASK_ARGS_MAX][80];       /* "NULL" for none */
		db_answer_h *fn;
		void *arg;
	} ask;                          /* the last db_ask() */
	unsigned n_asks;
	int ask_error;
	unsigned dialled_before;        /* calls out today, in an earlier run */
	char pin_source[64], pin_caller[256];   /* of the last question */
	struct recording recordings[RECORDINGS];
	unsigned n_recordings;
	int tap_error, recorder_error;  /* what these return */
	json_t *audits;                 /* the same */
	json_t *legs, *conferences, *tapes;     /* by id, merged as the database does */
	unsigned leg_writes, conference_writes;
	bool music_missing, db_is_down;
	bool media_over;                /* what media_is_over() says */
	unsigned busy_limit;            /* as media was told last */
	const char *clip_missing;       /* a prompt that could not be read */
};

extern struct world *world;             /* the one of the test that runs */

/** For cmocka: a world with rooms 1000 (PIN 1234, moderator 4321), 1001 (no
 *  PIN), 1002 (waits for its moderator), 1003 (only a moderator PIN). */
int world_setup(void **state);
int world_teardown(void **state);
struct db_room *world_room(const char *number);
/** The room's row has changed. */
void world_room_changed(const char *number);

/** Lets ms pass; timers fire in order, closed ports report, PINs are looked
 *  up. */
void world_run(int ms);

/** An INVITE, and ACK if it is answered with 200. */
struct caller *call(const char *to);
struct caller *call_with(const char *to, const char *pin, const char *sdp);
/** An INVITE alone. */
struct caller *invite(const char *to, const char *pin, const char *sdp);
void ack(struct caller *c);
/** An offer of PCMU and telephone-event; line is added at its end. */
const char *offer(const char *line);

/** The one who was called last. */
struct caller *callee(void);
/** He answers, or refuses. */
void picks_up(struct caller *c);
void refuses(struct caller *c, int status);

/** The recorder is done with one. */
void fake_recording_done(struct recording *rec, int err);

/** Keys as RFC 4733 events, 300 ms apart. */
void keys(struct caller *c, const char *keys);
void info(struct caller *c, const char *type, const char *body, int status);
void hangup(struct caller *c);
/** re-INVITE with the offer and that line. Its status. */
int reinvite(struct caller *c, const char *line);

/** What is playing has been played to its end; false: nothing is. */
bool played(struct caller *c);
/** Plays all there is to say, and gives the names of everything heard since the
 *  last time, separated by blanks; music is "music*". */
const char *heard(struct caller *c);
/** What is heard so far, without letting anything be played to its end. */
const char *hears(struct caller *c);
/** What was played to all in a room since the last time. */
const char *heard_by_all(const char *number);
bool in_room(const struct caller *c, const char *number);
bool gone(const struct caller *c);

/** Fields of records; NULL if not there. */
const char *leg_str(const struct caller *c, const char *column);
json_int_t leg_int(const struct caller *c, const char *column);
bool leg_has(const struct caller *c, const char *column);
/** The conference record of the caller's leg. */
const char *conf_str(const struct caller *c, const char *column);
json_int_t conf_int(const struct caller *c, const char *column);

/** Answers the oldest question for a PIN. */
void world_pin(enum db_pin result);
/** An answer that nobody asked for. */
void world_pin_for(uint64_t leg, enum db_pin result);
/** Calls in, types the PIN, and hears all prompts. */
struct caller *join(const char *number, const char *pin);

#endif

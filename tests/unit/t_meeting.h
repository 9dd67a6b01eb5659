/*
 * t_meeting.h - ten minutes of a meeting of six, as levels of 20 ms, and how
 * well a rule says who speaks in it: quality.md's bench of the dominant
 * speaker.
 *
 * Five take turns of two to eight seconds, each at a level of his own; others
 * say "mhm" meanwhile, and there are coughs and doors. The sixth has a noisy
 * line and never speaks.
 */
#ifndef T_MEETING_H
#define T_MEETING_H

#include <stdbool.h>
#include <stdint.h>

struct mx_port;

enum {
	MEETING_LEGS = 6,
	MEETING_NOISY = 5,              /* the one who does not speak */
	MEETING_LEVELS = 30000,         /* of 20 ms */
	MEETING_TURNS_MAX = 400
};

struct meeting {
	uint8_t level[MEETING_LEGS][MEETING_LEVELS];    /* -dBov */
	struct meeting_turn {
		unsigned who, from, to;         /* in levels */
	} turn[MEETING_TURNS_MAX];
	unsigned turns;
	uint32_t rnd;
};

/** Somebody speaks for a while, db loud: calls meeting_sound(). */
typedef void meeting_speak_fn(struct meeting *m, unsigned who, unsigned from,
			      unsigned to, double db, void *arg);

/** speak NULL: syllables made up. The same for the same seed, which is not 0. */
void meeting_make(struct meeting *m, uint32_t seed, meeting_speak_fn *speak,
		  void *arg);
/** So loud is he for 20 ms, if he was less so before; at may be past the end. */
void meeting_sound(struct meeting *m, unsigned who, unsigned at, double db);

/** A rule: who has the floor? */
struct meeting_rule {
	const char *name;
	void (*begin)(void);
	/** Levels of all, each 20 ms; returns 0 (nobody) or who + 1. */
	uint64_t (*put)(const uint8_t level[MEETING_LEGS], unsigned at);
};

/* The server's: mixer/dsi.h under mixer/floor.h. */
extern const struct meeting_rule meeting_floor;

struct meeting_verdict {
	double right;                   /* of the time of turns */
	double false_per_min;           /* changes to one whose turn it is not */
	unsigned p50, p95;              /* ms from a turn's begin */
	unsigned changes;
};

struct meeting_verdict meeting_judge(const struct meeting *m,
				     const struct meeting_rule *rule);

/** All that the floor needs of n ports. */
void meeting_seat(struct mx_port *port, unsigned n);

#endif

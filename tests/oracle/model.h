/*
 * model.h - what a meeting is, as README and docs/rooms.md say it: who is in,
 * who waits, who hears whom. It knows nothing of src/: it is what the server's
 * own account and sound are held against.
 *
 * The room is one whose members wait for a moderator.
 */
#ifndef ORACLE_MODEL_H
#define ORACLE_MODEL_H

#include <stdbool.h>

enum { MODEL_SEATS_MAX = 300, MODEL_NOBODY = -1, MODEL_SECRET = -2 };

struct model_seat {
	bool taken, moderator;
	bool own_mute, their_mute;      /* in two layers */
	bool phone_hold, hold, deaf, ghost;
	int pupil;                      /* who alone hears him; MODEL_NOBODY: he is
					 * no coach; MODEL_SECRET: none does */
	bool without[MODEL_SEATS_MAX];  /* whom he does not hear */
	unsigned hand;                  /* raised so many hands ago; 0: down */
};

struct model {
	unsigned seats;
	struct model_seat seat[MODEL_SEATS_MAX];
	bool locked, muted;
	unsigned hands;
	int speaker;                    /* who was given the word */
};

void model_init(struct model *m, unsigned seats);
unsigned model_members(const struct model *m);
bool model_waits(const struct model *m, unsigned a);
bool model_hears(const struct model *m, unsigned a, unsigned b);
/** Place among the raised hands, 0: his is down. */
unsigned model_hand(const struct model *m, unsigned a);

void model_join(struct model *m, unsigned a, bool moderator);
void model_leave(struct model *m, unsigned a);
void model_mute_all(struct model *m, bool on);
void model_their_mute(struct model *m, unsigned a, bool on);
/** True if a hand was up. */
bool model_next(struct model *m);
void model_coach(struct model *m, unsigned a, int pupil);
/** Exceptions that a listener has. */
unsigned model_exceptions(const struct model *m, unsigned a);

#endif

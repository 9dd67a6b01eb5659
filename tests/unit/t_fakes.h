/* t_fakes.h - what t_world.c needs of t_fakes.c. */
#ifndef T_FAKES_H
#define T_FAKES_H

#include <stdio.h>
#include <stdlib.h>

#include "t_world.h"

/* What a contract forbids ends the test program at once. */
#define must(cond) \
	do { \
		if (!(cond)) { \
			fprintf(stderr, "%s:%d: %s\n", __func__, __LINE__, #cond); \
			abort(); \
		} \
	} while (0)

struct loop *fake_loop(void);
/** Timers that run. */
unsigned fake_timers(void);
/** Gives one answer that the database owes. False: it owes none. */
bool fake_db_answers(void);
/** Takes without a drop, of all sources. */
int fake_streams_taken(void);
/** The peer's side ended the session. */
void fake_session_over(struct sip_session *ss, enum sip_end why,
		       const char *text);

#endif

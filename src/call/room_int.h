/* room_int.h - a room and its members from inside, for room.c, member.c,
 * member_menu.c, event.c and info.c. */
#ifndef ROOM_INT_H
#define ROOM_INT_H

#include "base/hash.h"
#include "base/list.h"
#include "base/loop.h"
#include "control.h"
#include "event.h"
#include "hub_int.h"
#include "leg.h"
#include "menu.h"
#include "room.h"

/* Pictures of both are in README. */
enum room_state {
	ROOM_WAITING,           /* for a moderator: nobody hears anybody */
	ROOM_OPEN,
	ROOM_ENDED              /* empty, waits for its bus to close */
};

enum member_state {
	MEMBER_NEW,
	MEMBER_WAITING,         /* music, no way to or from the bus */
	MEMBER_IN
};

struct room {
	struct hub *hub;
	struct link in_hub;
	struct hash_node by_number;
	char tag[DB_NUMBER_MAX + 8];
	struct db_room cfg;             /* as in the database, when it last spoke */
	enum room_state state;
	bool locked;
	bool muted;                     /* all who are not moderators */
	enum end_reason closing;        /* set: everybody is being sent off */
	struct media_bus *bus;
	struct list members;
	unsigned n_moderators;
	int64_t begun_us;               /* CLOCK_MONOTONIC */
	int64_t join_us, leave_us;      /* when the last tone of each was played */
	struct timer duration;          /* cfg.max_duration_s */
	struct timer retry;             /* media did not take a command */
	struct conference_record rec;
};

struct member {
	struct room *room;
	struct leg *leg;
	struct link in_room;
	enum member_state state;
	enum role role;
	unsigned mute;                  /* enum mute, or'ed */
	struct voice {
		bool joined, speak, hear;
	} voice;                        /* as media was last told */
	struct menu menu;
	struct timer pause;             /* ends a sequence of keys */
};

/* room.c */

/* The member's leg ends or says goodbye; he is freed after this. */
void room_member_gone(struct room *room, struct member *m);
/* Media did not take a command: member_apply() for all a little later. */
void room_retry(struct room *room);
/* Members who hear each other. */
unsigned room_n_in(const struct room *room);

/* member.c */

/* A member who is neither in nor waiting yet. NULL without memory. */
struct member *member_new(struct room *room, struct leg *leg, enum role role);
void member_free(struct member *m);
/* The member that owns this leg, or NULL. */
struct member *member_of(const struct leg *leg);
/* Off the bus, music. first: said before "wait for the leader", or NONE. */
void member_wait(struct member *m, enum prompt first);
/* On the bus; hears how many there are, or that it begins now. */
void member_go_in(struct member *m, bool begin);
/* Sets or clears one layer of mute, silently. */
void member_set_mute(struct member *m, enum mute layer, bool on);
/* Brings media in line with what the member is now. */
void member_apply(struct member *m);
/* Says something to him alone; music goes on afterwards. */
void member_say(struct member *m, const struct say *say);
/* Adds how many others there are. */
void member_say_count(const struct member *m, struct say *say);

enum menu_role member_menu_role(const struct member *m);

/* event.c: tells all listeners; these fill in number, time and whom it is
 * about, the caller the rest. */
void event_room(struct room *room, struct event ev);
void event_member(struct member *m, struct event ev);

/* member_menu.c */
extern const struct menu_row member_menu[];
extern const size_t member_menu_n;

#endif

/* room_int.h - a room and its members from inside, for room.c, member.c,
 * member_menu.c, event.c and info.c. */
#ifndef ROOM_INT_H
#define ROOM_INT_H

#include "announcer.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/loop.h"
#include "breakout.h"
#include "consent.h"
#include "control.h"
#include "event.h"
#include "hub_int.h"
#include "leg.h"
#include "menu.h"
#include "music.h"
#include "room.h"
#include "room_state.h"

/* A picture is in README. */
enum member_state {
	MEMBER_NEW,
	MEMBER_LOBBY,           /* waits to be let in: the same as WAITING, but
				 * has no seat yet */
	MEMBER_WAITING,         /* music, no way to or from the bus */
	MEMBER_IN
};

struct room {
	struct hub *hub;
	struct link in_hub;
	struct hash_node by_number;
	char tag[DB_NUMBER_MAX + 8];
	struct db_room row;             /* as the database said last */
	struct db_room cfg;             /* the row and what its first caller
					 * wished for the room */
	struct wishes wishes;           /* his */
	enum room_state state;          /* EMPTY at the end: its bus still closes */
	bool locked;
	bool muted;                     /* all who are not moderators */
	enum end_reason closing;        /* set: everybody is being sent off */
	struct media_bus *bus;
	struct list members;
	struct list ties;               /* struct tie */
	struct list guests;             /* who are being called */
	struct tape *tape;              /* it is recorded; NULL: not */
	unsigned n_moderators;
	unsigned n_marked;              /* leaders who are in */
	struct announcer announcer;
	uint64_t hands;                 /* raised so far */
	struct member *speaker;         /* who was given the word last, and would
					 * not have it otherwise; or NULL */
	bool opened;                    /* one has been here */
	int64_t begun_us;               /* CLOCK_MONOTONIC */
	struct room_time {
		struct timer end, warn, grace, silence;
		int64_t end_us;         /* CLOCK_MONOTONIC; 0: none is set */
		int64_t scheduled_us;   /* the same; 0: by no schedule */
		uint32_t extended_s;
		bool had_two;
	} time;
	struct room_tune {
		bool asked;             /* somebody wants music */
		bool on;                /* as media was last told: */
		char source[DB_MUSIC_MAX];
		uint32_t quieter_db;
		struct music music;
	} tune;
	struct breakout {
		enum breakout_state state;
		unsigned n;
		struct media_bus *bus[BREAKOUTS_MAX];
		struct timer end, warn;
	} breakout;
	struct timer retry;             /* media did not take a command */
	struct conference_record rec;
};

struct member {
	struct room *room;
	struct leg *leg;
	struct link in_room;
	enum member_state state;
	uint8_t place;                  /* 0, or the break-out he is in */
	bool greet;                     /* has come to one, and hears who is there */
	enum role role;
	enum room_kind kind;
	struct wishes wishes;
	struct db_room opt;             /* what holds for him */
	unsigned mute;                  /* enum mute, or'ed */
	bool deaf;
	bool hold;                      /* by control: hears music, is not heard */
	bool ghost;                     /* hears, and counts for nothing */
	bool priority;                  /* the others give way to him */
	bool hold_music;                /* he sends music ... */
	bool let_music;                 /* ... and keyed that it may be heard */
	struct member *pupil;           /* who alone hears him; himself: nobody
					 * does, as that one is gone */
	int8_t talk_db, hear_db;
	uint64_t hand;                  /* up since this hand of the room's; 0: down */
	bool stale;                     /* opt is older than the row */
	bool goes;                      /* is about to be sent off with others */
	struct voice {
		bool joined, speak, hear;
		uint8_t place;
	} voice;                        /* as media was last told ... */
	struct mx_manner manner;        /* ... and this */
	struct told told;
	struct {
		enum consent is;        /* to the recording that runs */
		uint8_t asked;          /* times */
		struct timer timer;     /* asks, or asks again */
	} consent;
	struct menu menu;
	struct {
		bool on;                /* actions of a menu are being done ... */
		bool deaf;              /* ... and keys do nothing meanwhile */
		uint8_t at;             /* where the next one begins */
		char actions[DB_MENU_ACTIONS_MAX];
	} run;
	struct {
		bool on;                /* he is keying in whom to call */
		uint8_t n;
		char number[GUEST_NUMBER_MAX];
	} dial;
	struct timer pause;             /* ends a sequence of keys */
	struct timer limit;             /* opt.timeout_s */
	int64_t joined_us;              /* CLOCK_MONOTONIC */
};

/* One who has an exception: whom he does not hear, or hears alone. */
struct tie {
	struct link in_room;
	struct member *who, *whom;
	bool told;                      /* media knows */
};

/* room_relate.c */

/* Tells media of ties that it has not been told of. */
void ties_tell(struct room *room);
/* He leaves the room: nobody has any tie with him any more. */
void ties_forget(struct member *m);
/* All of them, when media is gone. */
void ties_free(struct room *room);
/* Members who count for nothing. */
unsigned room_ghosts(const struct room *room);

/* room.c */

/* The member's leg ends or says goodbye; he is freed after this. */
void room_member_gone(struct room *room, struct member *m);
/* Media did not take a command: member_apply() for all a little later. */
void room_retry(struct room *room);
/* Sends everybody off; the room ends with the last of them, inside. */
void room_dismiss(struct room *room, enum end_reason why, const struct say *say);

/* room_music.c: what all hear may have to begin, to end, or to be another. */
void room_music(struct room *room);

/* room_act.c: the prompt of that file. 0; -ENOENT: there is none; -ENODATA: it
 * could not be read. */
int room_find_prompt(const struct room *room, const char *file, enum prompt *p);

/* room_time.c: what ends a meeting by itself. */
void room_time_init(struct room *room);
void room_time_stop(struct room *room);
/* Its end is another: the row has changed, or somebody extended it. */
void room_time_arm(struct room *room);
/* The same of the schedule. */
void room_time_schedule(struct room *room);
void room_time_joined(const struct member *m);
/* One has left, others are still there; endconf: he was one it cannot be
 * without. True: all have been sent off by that. */
bool room_time_left(struct room *room, bool endconf);
/* Somebody speaks, or has stopped. */
void room_time_talk(struct room *room);

/* He has been let in, by whatever way: he is booked, and takes a seat. */
void room_admitted(struct member *m);
/* room_lobby.c: he waits to be let in, and moderators hear of it. */
void room_knock(struct member *m);
/* How many do. */
unsigned room_n_lobby(const struct room *room);

/* room_seat.c: comings and goings, by the table of room_state.h. */

/* Members who hear each other, ghosts not counted. */
unsigned room_n_in(const struct room *room);
/* He is in the list, and comes in or waits. */
void room_seat(struct member *m);
/* Would he have to wait if he came now? */
bool room_would_wait(const struct member *m);
/* One of that kind, who was in or waited, is off the list, in which there are
 * others: they may wait, or be sent off, by that. The last call: the room may
 * end inside. */
void room_unseat(struct room *room, enum room_kind kind, bool was_in);
/* What holds for him may have changed: he may have to change seats. */
void room_reseat(struct member *m);

/* member.c */

/* A member who is neither in nor waiting yet. NULL without memory. */
struct member *member_new(struct room *room, struct leg *leg, enum role role,
			  const struct wishes *wishes);
/* Works out anew what holds for him. */
void member_configure(struct member *m);
void member_free(struct member *m);
/* The member that owns this leg, or NULL. */
struct member *member_of(const struct leg *leg);
/* Off the bus, music. first: said before "wait for the leader", or NONE. */
void member_wait(struct member *m, enum prompt first);
/* Off the bus, music, until he is let in. */
void member_lobby(struct member *m);
/* His place among those who ask to speak, from 1; 0: he does not. */
unsigned member_hand_place(const struct member *m);
/* On the bus; hears how many there are, or that it begins now. */
void member_go_in(struct member *m, bool begin);
/* Sets or clears one layer of mute, silently. */
void member_set_mute(struct member *m, enum mute layer, bool on);
/* Brings media in line with what the member is now. */
void member_apply(struct member *m);
/* Adds how many others there are. */
void member_say_count(const struct member *m, struct say *say);
void room_say_others(unsigned others, enum lang lang, struct say *say);


/* hold_music.c: media says so; and: the option may be another. */
void member_music(void *arg, bool is_music);
void member_judge_music(struct member *m);

/* member_keys.c: handlers of his leg and of his pause. */
void member_key(void *arg, char key);
void member_run_said(void *arg);
void member_pause(void *arg);
enum menu_role member_menu_role(const struct member *m);
/* The menu that holds for him, *n rows. */
const struct db_menu_row *member_menu_of(const struct member *m, size_t *n);

/* member_dial.c */

/* Asks for the number of somebody to be called, if he may call anybody. */
void member_dial(struct member *m);
void member_dial_key(struct member *m, char key);
/* He has not pressed a key for too long. */
void member_dial_pause(struct member *m);

/* event.c: tells all listeners; these fill in number, time and whom it is
 * about, the caller the rest. */
void event_room(struct room *room, struct event ev);
void event_member(struct member *m, struct event ev);

/* member_menu.c */

/* What a sequence of keys may do. */
struct menu_action {
	const char *name;               /* as in table menu_action */
	void (*act)(void *arg);         /* may free the member */
	void (*arg)(struct member *m, const char *text);        /* in place of act */
	bool moderators;                /* for them alone */
	enum prompt help;               /* said after "press KEYS", or NONE */
};

extern const struct menu_action menu_actions[];
extern const size_t menu_actions_n;
/* The menu that is built in. */
extern const struct db_menu_row member_menu[];
extern const size_t member_menu_n;

#endif

/*
 * option.h - the options of rooms and profiles as data: one table, which reads
 * the columns of view confab_room and what callers ask for alike.
 *
 * Names, and what holds where nobody says anything, are those of table
 * room_option (sql/): tests/db hold the two against each other. A new option
 * is a row there, one here, and a field of struct db_room.
 */
#ifndef DB_OPTION_H
#define DB_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"

/* name of column and field; type; whose it is; least and greatest of a U32 */
#define DB_OPTIONS(X) \
	X(max_members,		U32,	ROOM,	0, 100000) \
	X(locked,		BOOL,	ROOM,	0, 0) \
	X(invite_only,		BOOL,	ROOM,	0, 0) \
	X(join_only,		BOOL,	MEMBER,	0, 0) \
	X(marked,		BOOL,	MEMBER,	0, 0) \
	X(wait_marked,		BOOL,	MEMBER,	0, 0) \
	X(wait_once,		BOOL,	ROOM,	0, 0) \
	X(end_marked,		BOOL,	MEMBER,	0, 0) \
	X(end_marked_any,	BOOL,	MEMBER,	0, 0) \
	X(startmuted,		BOOL,	MEMBER,	0, 0) \
	X(quiet,		BOOL,	MEMBER,	0, 0) \
	X(announce_user_count,	BOOL,	MEMBER,	0, 0) \
	X(announce_only_user,	BOOL,	MEMBER,	0, 0) \
	X(waiting_room,		BOOL,	MEMBER,	0, 0) \
	X(lecture,		BOOL,	ROOM,	0, 0) \
	X(listen_only,		BOOL,	MEMBER,	0, 0) \
	X(talk_only,		BOOL,	MEMBER,	0, 0) \
	X(agc,			BOOL,	MEMBER,	0, 0) \
	X(denoise,		BOOL,	MEMBER,	0, 0) \
	X(echo,			ECHO,	MEMBER,	0, 0) \
	X(ghost,		BOOL,	MEMBER,	0, 0) \
	X(priority,		BOOL,	MEMBER,	0, 0) \
	X(detect_hold_music,	DETECT,	MEMBER,	0, 0) \
	X(duck_db,		U32,	ROOM,	0, 40) \
	X(language,		TEXT,	MEMBER,	0, LANG_CODE_MAX - 1) \
	X(join_tone,		BOOL,	ROOM,	0, 0) \
	X(leave_tone,		BOOL,	ROOM,	0, 0) \
	X(announce_join_leave,	BOOL,	MEMBER,	0, 0) \
	X(announce_join_leave_review, BOOL, MEMBER, 0, 0) \
	X(hear_own_join_sound,	BOOL,	MEMBER,	0, 0) \
	X(announce_to_moderators, BOOL,	ROOM,	0, 0) \
	X(announce_user_count_all, U32,	ROOM,	0, 100000) \
	X(announce_quiet_above,	U32,	ROOM,	0, 100000) \
	X(announce_duck_db,	U32,	ROOM,	0, 40) \
	X(max_duration_s,	U32,	ROOM,	0, 2678400) \
	X(timeout_s,		U32,	MEMBER,	0, 2678400) \
	X(mintwo,		BOOL,	ROOM,	0, 0) \
	X(endconf,		BOOL,	MEMBER,	0, 0) \
	X(endconf_grace_s,	U32,	ROOM,	0, 86400) \
	X(terminate_on_silence_s, U32,	ROOM,	0, 86400) \
	X(end_warning_s,	U32,	ROOM,	0, 86400) \
	X(extend_s,		U32,	ROOM,	0, 86400) \
	X(early_join_s,		U32,	ROOM,	0, 86400) \
	X(over_run,		BOOL,	ROOM,	0, 0) \
	X(answer_refusals,	BOOL,	ROOM,	0, 0) \
	X(rate_hz,		RATE,	ROOM,	0, 0) \
	X(record_conference,	BOOL,	ROOM,	0, 0) \
	X(record_consent,	CONSENT, ROOM,	0, 0) \
	X(music_on_hold_class,	TEXT,	ROOM,	0, DB_MUSIC_MAX - 1) \
	X(music_on_hold_when_empty, BOOL, MEMBER, 0, 0) \
	X(perpetual_sound,	TEXT,	ROOM,	0, DB_MUSIC_MAX - 1) \
	X(music_quieter_db,	U32,	ROOM,	0, 40) \
	X(call_at_start,	TEXT,	ROOM,	0, DB_CALL_OPTIONS_MAX - 1) \
	X(menu,			TEXT,	MEMBER,	0, DB_MENU_NAME_MAX - 1) \
	X(call_options,		TEXT,	ROOM,	0, DB_CALL_OPTIONS_MAX - 1)

#define DB_OPTION_ENUM(name, type, whose, min, max) DB_OPTION_##name,
enum db_option_id { DB_OPTIONS(DB_OPTION_ENUM) DB_OPTION__MAX };
#undef DB_OPTION_ENUM

/** Whose an option is: the meeting's as a whole, or each member's. */
enum db_option_whose { DB_OPTION_ROOM = 1, DB_OPTION_MEMBER = 2 };

/** A value that a caller asked for, as text. */
struct db_wish {
	enum db_option_id id;
	char value[16];
};

/** The option of that name, or DB_OPTION__MAX. */
enum db_option_id db_option_find(const char *name);
const char *db_option_name(enum db_option_id id);
enum db_option_whose db_option_whose(enum db_option_id id);

/** Reads text into the option's field: yes, true, on, 1, t and their opposites,
 *  "" for yes; decimal numbers; words. 0; -EINVAL, and the room is as it was. */
int db_option_set(struct db_room *room, enum db_option_id id, const char *text);
/** May a caller set it in this room? Never call_options itself, nor what the
 *  server opens. */
bool db_option_is_allowed(const struct db_room *room, enum db_option_id id);

#endif

/*
 * db.h - PostgreSQL as the control thread sees it: rooms, PINs, records.
 *
 * Nothing here waits for the database. Rooms are cached: all of them are read
 * at start, then kept fresh by LISTEN/NOTIFY, so that a call finds its room
 * while the database is away. PIN hashes are in the cache too and are checked
 * with crypt(3) on a thread of their own. Records are handed to the journal
 * thread, which appends them to a file, fsyncs it, and only then brings them to
 * PostgreSQL in batches, each exactly once by its id.
 */
#ifndef DB_H
#define DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/lang.h"

struct db;
struct loop;

enum {
	DB_NUMBER_MAX = 32, DB_NAME_MAX = 128, DB_PIN_MAX = 32,
	DB_CALL_OPTIONS_MAX = 256, DB_SOURCE_MAX = 64, DB_CALLER_MAX = 256,
	DB_MUSIC_MAX = 256,
	DB_MENU_NAME_MAX = 16, DB_MENU_KEYS_MAX = 8, DB_MENU_ACTIONS_MAX = 128
};

/** Is echo looked for on members' lines? */
enum db_echo { DB_ECHO_SERVER, DB_ECHO_AUTO, DB_ECHO_OFF };
/** What is done about music that a member's PBX plays to the room. */
enum db_detect { DB_DETECT_OFF, DB_DETECT_TELL, DB_DETECT_MUTE };

/** What people are told of a recording. */
enum db_consent {
	DB_CONSENT_ANNOUNCE,            /* that it begins and ends */
	DB_CONSENT_OFF,                 /* nothing */
	DB_CONSENT_ASK                  /* each is asked, and heard if he agrees */
};

/** A room as it is in force: its row, its profile, the defaults. Plain data, to
 *  be copied. What each option means stands in table room_option. */
struct db_room {
	char number[DB_NUMBER_MAX];
	char name[DB_NAME_MAX];
	bool has_pin, has_moderator_pin;
	bool has_invites;               /* people with PINs of their own */

	/* options, see option.h */
	uint32_t max_members;           /* 0: no limit */
	bool locked;
	bool invite_only;
	bool join_only;
	bool marked, wait_marked, wait_once;
	bool end_marked, end_marked_any;
	bool startmuted;
	bool quiet;
	bool announce_user_count, announce_only_user;
	bool waiting_room;
	bool lecture;
	bool listen_only, talk_only;
	bool agc, denoise;              /* of his sound */
	enum db_echo echo;
	bool ghost, priority;
	enum db_detect detect_hold_music;
	char menu[DB_MENU_NAME_MAX];    /* "": the one that is built in */
	uint32_t duck_db;
	char language[LANG_CODE_MAX];   /* "": of the server */
	bool join_tone, leave_tone;
	bool hear_own_join_sound;
	bool announce_join_leave, announce_join_leave_review;
	bool announce_to_moderators;    /* alone, of comings and goings */
	uint32_t announce_user_count_all;       /* from above so many; 0: never */
	uint32_t announce_quiet_above;  /* so many; 0: never */
	uint32_t announce_duck_db;
	uint32_t max_duration_s;        /* 0: no limit */
	uint32_t timeout_s;             /* 0: no limit */
	bool mintwo;
	bool endconf;
	uint32_t endconf_grace_s;
	uint32_t terminate_on_silence_s, end_warning_s, extend_s;       /* 0: off */
	uint32_t early_join_s;
	bool over_run;
	bool answer_refusals;
	uint32_t rate_hz;               /* 8000, 16000, 24000, 48000 */
	bool record_conference;
	enum db_consent record_consent;
	char music_on_hold_class[DB_MUSIC_MAX];
	bool music_on_hold_when_empty;
	char perpetual_sound[DB_MUSIC_MAX];
	uint32_t music_quieter_db;
	char call_at_start[DB_CALL_OPTIONS_MAX];
	char call_options[DB_CALL_OPTIONS_MAX];
};

/** What a PIN is good for. */
enum db_pin {
	DB_PIN_WRONG, DB_PIN_USER, DB_PIN_MODERATOR,
	DB_PIN_FAILED,          /* it cannot be said */
	DB_PIN_BLOCKED,         /* too many wrong ones came from there */
	/* an invitee's, who cannot come in by it: */
	DB_PIN_NOT_YET, DB_PIN_ENDED,
	DB_PIN_USED             /* it was good once */
};

/** Somebody who is invited (table invite). */
struct db_invite {
	int64_t id;                     /* 0: nobody */
	char name[64];
	char language[4];               /* "": none was said */
	bool once;                      /* to be claimed */
};

struct db_pin_answer {
	enum db_pin result;
	uint32_t wait_s;                /* of BLOCKED and NOT_YET: until then */
	struct db_invite invite;        /* whose it is */
};

/** A PIN that somebody typed, and by what wrong ones are counted. */
struct db_pin_ask {
	const char *room, *pin;
	const char *source;             /* address */
	const char *caller;             /* URI; "": unknown */
	uint64_t leg;                   /* the asker's number, handed back */
};

enum db_record { DB_RECORD_LEG, DB_RECORD_CONFERENCE, DB_RECORD_RECORDING,
		 DB_RECORD_AUDIT };

struct db_cfg {
	const char *url;                /* libpq connection string; hosts are
					 * folders or addresses, not names */
	const char *journal;            /* folder for the journal, made if missing */
	uint64_t journal_max;           /* bytes it may take; 0: 2 GiB */
};

/* A record's JSON may be so long, in bytes. */
enum { DB_RECORD_MAX = 16384 };

/** Called on the control thread, out of the loop; they must not free the db. */
struct db_ops {
	/** The answer to db_pin(). */
	void (*on_pin)(void *arg, uint64_t leg, const struct db_pin_answer *answer);
	/** The answer to db_claim(): USER, USED or FAILED. */
	void (*on_claim)(void *arg, uint64_t leg, enum db_pin result);
	/** The room cache is filled for the first time: from the database, or, if
	 *  that is away, from the copy that the last run left. */
	void (*on_ready)(void *arg);
	/** After on_ready(): a room's row is new, has changed or went (room NULL).
	 *  A changed PIN or schedule alone is reported too. number "~...": the ad-hoc rooms
	 *  of a profile, see db_is_adhoc(). */
	void (*on_room)(void *arg, const char *number, const struct db_room *room);
	/** The connection came up or went away. */
	void (*on_state)(void *arg, bool up);
};

/**
 * Starts the threads; replays what the journal holds from an earlier run and
 * closes what that run left open as "crashed".
 *
 * @param why  on failure one sentence that names the folder or the URL's fault
 * @return 0; -EINVAL (url); -EBUSY (another server uses the journal folder) or
 *         another -errno (it cannot be written: -EACCES ...)
 */
int db_new(struct db **dbp, const struct db_cfg *cfg, struct loop *loop,
	   const struct db_ops *ops, void *arg, char *why, size_t why_size);
/** Writes what is queued to the journal, gives PostgreSQL up to ms to take it,
 *  and stops. What did not get there is replayed at the next start. */
void db_free(struct db *db, int ms);

bool db_is_up(const struct db *db);
/** The room of that number, or NULL: one with a row, else an ad-hoc one if a
 *  profile's pattern takes the number. Good until the next call of this. */
const struct db_room *db_room(const struct db *db, const char *number);
/** Is this, from on_room(), not a room but the pattern of a profile's? */
static inline bool db_is_adhoc(const char *number)
{
	return *number == '~';
}
/** When the room is open, as call/schedule.h reads it; "": always. Good until the
 *  next call of this or of db_room(). */
const char *db_schedules(const struct db *db, const char *number);
/** An entry of a menu of keys; table menu_action says what actions there are. */
struct db_menu_row {
	char menu[DB_MENU_NAME_MAX];
	char keys[DB_MENU_KEYS_MAX];    /* "": the menu has none */
	uint8_t roles;                  /* member 1, moderator 2, waiting 4 */
	char actions[DB_MENU_ACTIONS_MAX];      /* with commas */
};

/** The entries of that menu, *n of them, or NULL if there is no such menu. Good
 *  until the handler returns. */
const struct db_menu_row *db_menu(const struct db *db, const char *name, size_t *n);
/** Those of all menus. */
const struct db_menu_row *db_menus(const struct db *db, size_t *n);
/** Rooms in the cache, ad-hoc ones not counted. */
size_t db_rooms(const struct db *db);

/** A row that the database's constraints allow and that is wrong all the same;
 *  sql's confab_check() finds them. */
struct db_problem {
	char what[32], key[64];         /* table, row */
	char field[64], problem[128];
};

/** Those found at the last look at all rooms, up to ten seconds after a change;
 *  *n of them, good until the handler returns. */
const struct db_problem *db_problems(const struct db *db, size_t *n);

/**
 * Asks what a PIN is good for; the answer comes by on_pin(), never before this
 * returns. A room without any PIN lets everybody in as DB_PIN_USER; one that has
 * only a moderator PIN does so for an empty pin. Wrong ones are counted, over
 * calls and restarts; while the database is away they are not, and invitees'
 * PINs FAILED.
 *
 * @return 0, -EAGAIN when too many are waiting, -ENOENT: there is no such room
 */
int db_pin(struct db *db, const struct db_pin_ask *ask);

/** He comes in by a PIN that is good once: is it still? leg_id is that of his
 *  record. The answer comes by on_claim(). 0, -EAGAIN, -ENOMEM. */
int db_claim(struct db *db, int64_t invite, const char *leg_id, uint64_t leg);
/** He has claimed it and was not let in for all that. */
void db_unclaim(struct db *db, int64_t invite, const char *leg_id);

/** What people ask of the database through us. All arguments are text, NULL for
 *  what is not said; the answer is a JSON object. */
enum db_ask {
	DB_ASK_INVITE,          /* room, name, pin, role, from, until, language,
				 * number, once */
	DB_ASK_INVITES,         /* room */
	DB_ASK_UNINVITE,        /* room, name */
	DB_ASK_GUESSES,
	DB_ASK_FORGIVE,         /* key, NULL: all */
	DB_ASK_AUDIT,           /* room, since */
	DB_ASK_INVITED,         /* room, number: whose it is */
	DB_ASK_DIALLED,         /* room, before (s since 1970): calls out today */
	DB_ASK__MAX
};
enum { DB_ASK_ARGS_MAX = 9 };

/** err 0, and json is the answer; -EPROTO: refused, json is a sentence; -ENOTCONN:
 *  the database is away; -ECANCELED: the server stops. */
typedef void (db_answer_h)(void *arg, int err, const char *json);
/** Asks; fn is called once if 0 is returned, by db_free() at last. -EAGAIN: too
 *  many wait; -ENOMEM. */
int db_ask(struct db *db, enum db_ask what,
	   const char *const values[static DB_ASK_ARGS_MAX], db_answer_h *fn,
	   void *arg);

/**
 * Hands a record over: one JSON object whose keys are columns of its table
 * (sql/0002_records.sql), "id" (a UUID) among them. The first for an id
 * inserts, later ones overwrite the columns they name, in the order of the
 * calls. "server" and "position" are filled in here. Times are RFC 3339 text.
 * Never waits.
 *
 * @return 0; -EAGAIN when the journal does not keep up, -EMSGSIZE, -ENOMEM
 *         (counted as lost)
 */
int db_record(struct db *db, enum db_record type, const char *json);

/** Applies sql/NNNN_*.sql that are not applied yet, in order, each in a
 *  transaction; blocking, for `confabd --migrate`. demo: also the demo rooms.
 *  0 or -errno with a sentence in err. */
int db_migrate(const char *url, const char *sql_dir, bool demo,
	       char *err, size_t err_size);

#endif

/*
 * record.h - the records of a leg and of a meeting, and how they become JSON
 * for db_record().
 *
 * A record is a plain struct in its owner (leg, room), filled in as things
 * happen. One table a kind names each column, where it lies and when it is
 * written: at the start, at admission, at the end. Column names are those of
 * sql/0002_records.sql and 0003_talk.sql. A PIN is never in a record.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/id.h"
#include "db/db.h"
#include "media/media.h"
#include "sip/sip.h"

/** Why a leg or a meeting ended: end_reason and refused in the record, the
 *  Q.850 cause and the sentence in the Reason header of our BYE. */
#define END_REASONS(X) \
	X(NONE,		"",		"",	16, "") \
	X(BYE,		"bye",		"",	16, "hung up") \
	X(CANCEL,	"cancel",	"",	16, "gave up before the answer") \
	X(NO_ACK,	"no_ack",	"",	102, "no ACK for our 200") \
	X(EXPIRED,	"expired",	"",	102, "session timer expired") \
	X(TRANSPORT,	"transport",	"",	41, "peer cannot be reached") \
	X(TIMEOUT,	"timeout",	"",	102, "no RTP received") \
	X(LEFT,		"left",		"",	16, "left by key") \
	X(KICKED,	"kicked",	"",	21, "removed by a moderator") \
	X(NO_MODERATOR,	"moderator_left", "",	16, "last moderator left") \
	X(DURATION,	"max_duration",	"",	16, "meeting time is over") \
	X(TOO_FEW,	"too_few",	"",	16, "fewer than two members were left") \
	X(SILENCE,	"silence",	"",	16, "nobody spoke any more") \
	X(TIME_LIMIT,	"time_limit",	"",	16, "member's time is over") \
	X(CLOSED,	"closed",	"",	16, "meeting was closed") \
	X(EMPTY,	"empty",	"",	16, "last member left") \
	X(SHUTDOWN,	"shutdown",	"",	16, "server is shutting down") \
	X(ERROR,	"error",	"",	41, "internal error") \
	X(WRONG_PIN,	"refused", "wrong_pin",	21, "too many wrong PINs") \
	X(NO_ROOM,	"refused", "no_such_room", 1, "no such room") \
	X(NO_INPUT,	"refused", "no_input",	102, "no keys were pressed") \
	X(LOCKED,	"refused", "locked",	21, "room is locked") \
	X(FULL,		"refused", "full",	17, "room is full") \
	X(NOT_RUNNING,	"refused", "not_running", 21, "no meeting is going on") \
	X(NOT_YET,	"refused", "not_yet",	21, "the meeting has not begun yet") \
	X(OVER,		"refused", "ended",	21, "the meeting is over") \
	X(NOT_ALLOWED,	"refused", "not_allowed", 21, "only people who are invited may come in") \
	X(PIN_ENDED,	"refused", "pin_ended",	21, "invitation is over") \
	X(PIN_USED,	"refused", "pin_used",	21, "PIN was good once") \
	X(BLOCKED,	"refused", "blocked",	21, "too many wrong PINs came from there") \
	X(DENIED,	"refused", "denied",	21, "not let in by a moderator") \
	X(NO_PIN_CHECK,	"refused", "pin_unchecked", 41, "PIN cannot be checked") \
	X(NO_CODEC,	"refused", "no_codec",	88, "no usable media offered") \
	X(BAD_SDP,	"refused", "bad_sdp",	95, "malformed description") \
	X(NO_MEDIA,	"refused", "no_media",	47, "no media resources") \
	X(REJECTED,	"rejected",	"",	21, "did not take our call") \
	X(NO_ANSWER,	"no_answer",	"",	19, "did not answer in time") \
	X(DECLINED,	"declined",	"",	21, "did not want to join")

#define END_ENUM(id, word, refused, cause, text) END_##id,
enum end_reason { END_REASONS(END_ENUM) END__MAX };
#undef END_ENUM

const char *end_word(enum end_reason r);
const char *end_text(enum end_reason r);
int end_cause(enum end_reason r);

/** How a leg got into its room; with the role it makes admitted_by. */
enum admitted { ADMITTED_OPEN, ADMITTED_PIN, ADMITTED_URI_PIN,
		ADMITTED_INVITE, ADMITTED_URI_INVITE, ADMITTED_DIALLED };

/** What a leg is in its room. */
enum role { ROLE_NONE, ROLE_MEMBER, ROLE_MODERATOR };

/** What somebody said to being recorded. */
enum consent {
	CONSENT_UNASKED,
	CONSENT_ASKED,                  /* and has not said anything yet */
	CONSENT_YES, CONSENT_NO,
	CONSENT_NONE                    /* he did not answer */
};
/** "", "asked", "yes", "no", "none" */
const char *consent_word(enum consent c);

/** Times are microseconds of CLOCK_REALTIME, 0: not yet, or never. */
struct leg_record {
	char id[ID_UUID_LEN];
	char conference_id[ID_UUID_LEN];
	const char *direction;          /* static: "in", "out" */
	char call_id[256];
	char from_uri[SIP_URI_MAX], from_name[SIP_USER_MAX];
	struct db_invite invite;        /* as whom he came in; id 0: nobody */
	char dialled[SIP_USER_MAX];     /* without a PIN: "1000*" */
	union addr source;
	char transport[8];
	char user_agent[128];
	char room[DB_NUMBER_MAX];       /* asked for last */
	enum role role;
	int64_t started_us, answered_us, joined_us, admitted_us, left_us, ended_us;
	enum admitted admitted;
	uint32_t tries;                 /* wrong PINs and numbers */
	enum end_reason end_reason;
	char end_text[96];              /* "": the reason's own */
	uint32_t sip_status;            /* final one to the INVITE; 0: none */
	const struct mx_codec *codec;   /* as agreed last; NULL: never */
	uint32_t ptime_ms;
	const char *dtmf;               /* static: how the last key came */
	bool muted;
	enum consent consent;           /* the latest answer, UNASKED: never one */
	int64_t consent_us;
	struct media_stats stats;
};

struct conference_record {
	char id[ID_UUID_LEN];
	char room[DB_NUMBER_MAX], name[DB_NAME_MAX];
	int64_t started_us, ended_us;
	enum end_reason end_reason;
	uint32_t members_max;           /* at one time */
	uint32_t members_total, moderators_total;       /* came in */
	uint32_t rate_hz;
};

struct recording_record {
	char id[ID_UUID_LEN];
	char conference_id[ID_UUID_LEN];
	char room[DB_NUMBER_MAX];
	char path[256];
	char by[32];
	int64_t started_us, ended_us;
	const char *end_reason;         /* static; NULL: not yet */
	char end_text[160];
	uint64_t length_ms, silence_ms;
};

/** An act: who did what to whom. Strings that are not said are "". */
struct audit_record {
	char id[ID_UUID_LEN];
	int64_t at_us;
	char room[DB_NUMBER_MAX];
	char conference_id[ID_UUID_LEN];
	const char *actor_kind;         /* static */
	char actor[SIP_USER_MAX], actor_leg[ID_UUID_LEN];
	const char *action;             /* static */
	char detail[64];
	char target[SIP_URI_MAX], target_leg[ID_UUID_LEN];
	const char *old_value;          /* static; NULL: none */
	char new_value[64];
};

enum record_when { RECORD_START = 1, RECORD_ADMIT = 2, RECORD_END = 4 };

/** What he is called: as he was invited, else as he says himself. */
const char *record_name(const struct leg_record *rec);

/** CLOCK_REALTIME in microseconds. */
int64_t record_now_us(void);

/** Writes the columns that belong to when. Never waits; failures are counted
 *  and logged. */
void record_leg(struct db *db, const struct leg_record *rec,
		enum record_when when);
void record_conference(struct db *db, const struct conference_record *rec,
		       enum record_when when);
void record_audit(struct db *db, const struct audit_record *rec);
void record_recording(struct db *db, const struct recording_record *rec,
		      enum record_when when);

#endif

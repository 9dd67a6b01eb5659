/*
 * prompt.h - every sound this server says, by name.
 *
 * One table: what the code calls it, and the file in the sounds folder of a
 * language (asterisk-core-sounds; without ".wav"). All of them are decoded at
 * start.
 */
#ifndef PROMPT_H
#define PROMPT_H

#include <stddef.h>

#include "base/lang.h"

#define PROMPTS(X) \
	X(GET_NUMBER,		"conf-getconfno") \
	X(GET_PIN,		"conf-getpin") \
	X(INVALID_NUMBER,	"conf-invalid") \
	X(INVALID_PIN,		"conf-invalidpin") \
	X(TOO_MANY_PINS,	"confbridge-pin-bad") \
	X(LOCKED,		"conf-locked") \
	X(NOW_LOCKED,		"conf-lockednow") \
	X(NOW_UNLOCKED,		"conf-unlockednow") \
	X(FULL,			"conf-full") \
	X(NOT_AVAILABLE,	"feature-not-avail-line") \
	X(ON_THE_PHONE,		"vm-isonphone") \
	X(NOBODY_THERE,		"vm-nobodyavail") \
	X(CANNOT_COMPLETE,	"cannot-complete-as-dialed") \
	X(PROBLEMS,		"sorry-youre-having-problems") \
	X(BEEP,			"beep") \
	X(SECONDS,		"seconds") \
	X(MINUTE,		"minute") \
	X(MINUTES,		"minutes") \
	X(EXTENDED,		"conf-extended") \
	X(NOT_EXTENDED,		"conf-nonextended") \
	X(BEGIN_LEADER,		"confbridge-begin-leader") \
	X(USER_WILL_JOIN,	"conf-userwilljoin") \
	X(USERS_WILL_JOIN,	"conf-userswilljoin") \
	X(IM_SORRY,		"im-sorry") \
	X(WAIT_FOR_LEADER,	"conf-waitforleader") \
	X(LEADER_HAS_LEFT,	"conf-leaderhasleft") \
	X(BEGIN,		"confbridge-conf-begin") \
	X(ENDED,		"confbridge-conf-end") \
	X(ONLY_PERSON,		"conf-onlyperson") \
	X(ONLY_ONE,		"conf-onlyone") \
	X(THERE_ARE,		"conf-thereare") \
	X(OTHERS,		"conf-otherinparty") \
	X(MUTED,		"conf-muted") \
	X(UNMUTED,		"conf-unmuted") \
	X(ALL_MUTED,		"conf-now-muted") \
	X(ALL_UNMUTED,		"conf-now-unmuted") \
	X(KICKED,		"conf-kicked") \
	X(GOODBYE,		"vm-goodbye") \
	X(SORRY,		"sorry") \
	X(TRY_LATER,		"please-try-call-later") \
	X(ERROR,		"beeperr") \
	X(JOIN,			"confbridge-join") \
	X(LEAVE,		"confbridge-leave") \
	X(NOW_RECORDING,	"conf-now-recording") \
	X(ENTERING_NUMBER,	"conf-enteringno") \
	X(IF_CORRECT_PRESS,	"if-correct-press") \
	X(CALL_NUMBER,		"vm-enter-num-to-call") \
	X(ONE_MOMENT,		"one-moment-please") \
	X(PRESS,		"vm-press") \
	X(HELP_MUTE,		"confbridge-mute-out") \
	X(HELP_LOCK,		"confbridge-lock-out") \
	X(HELP_LEAVE,		"confbridge-leave-out") \
	X(HELP_COUNT,		"confbridge-participants") \
	X(HELP_HEAR_UP,		"confbridge-inc-list-vol-out") \
	X(HELP_HEAR_DOWN,	"confbridge-dec-list-vol-out") \
	X(HELP_HEAR_RESET,	"confbridge-rest-list-vol-out") \
	X(HELP_TALK_UP,		"confbridge-inc-talk-vol-out") \
	X(HELP_TALK_DOWN,	"confbridge-dec-talk-vol-out") \
	X(HELP_TALK_RESET,	"confbridge-rest-talk-vol-out") \
	X(HELP_KICK_LAST,	"confbridge-remove-last-out") \
	X(USER_MENU,		"conf-usermenu") \
	X(ADMIN_MENU,		"conf-adminmenu") \
	X(ERROR_MENU,		"conf-errormenu") \
	X(REC_NAME,		"vm-rec-name") \
	X(REVIEW,		"vm-review") \
	X(HAS_JOINED,		"conf-hasjoin") \
	X(HAS_LEFT,		"conf-hasleft") \
	X(ROLL_COMPLETE,	"conf-roll-callcomplete") \
	X(STAR,			"digits/star") \
	X(POUND,		"digits/pound") \
	X(N0, "digits/0") X(N1, "digits/1") X(N2, "digits/2") \
	X(N3, "digits/3") X(N4, "digits/4") X(N5, "digits/5") \
	X(N6, "digits/6") X(N7, "digits/7") X(N8, "digits/8") \
	X(N9, "digits/9") X(N10, "digits/10") X(N11, "digits/11") \
	X(N12, "digits/12") X(N13, "digits/13") X(N14, "digits/14") \
	X(N15, "digits/15") X(N16, "digits/16") X(N17, "digits/17") \
	X(N18, "digits/18") X(N19, "digits/19") X(N20, "digits/20") \
	X(N30, "digits/30") X(N40, "digits/40") X(N50, "digits/50") \
	X(N60, "digits/60") X(N70, "digits/70") X(N80, "digits/80") \
	X(N90, "digits/90") \
	X(HUNDRED,		"digits/hundred") \
	X(THOUSAND,		"digits/thousand")

/* Words that numbers need in some languages only: ES, FR, IT are bits. */
#define PROMPTS_OF_SOME(X) \
	X(N21, "digits/21", ES | IT) X(N22, "digits/22", ES) \
	X(N23, "digits/23", ES) X(N24, "digits/24", ES) \
	X(N25, "digits/25", ES) X(N26, "digits/26", ES) \
	X(N27, "digits/27", ES) X(N28, "digits/28", ES | IT) \
	X(N29, "digits/29", ES) X(N31, "digits/31", IT) \
	X(N38, "digits/38", IT) X(N41, "digits/41", IT) \
	X(N48, "digits/48", IT) X(N51, "digits/51", IT) \
	X(N58, "digits/58", IT) X(N61, "digits/61", IT) \
	X(N68, "digits/68", IT) X(N71, "digits/71", IT) \
	X(N78, "digits/78", IT) X(N81, "digits/81", IT) \
	X(N88, "digits/88", IT) X(N91, "digits/91", IT) \
	X(N98, "digits/98", IT) \
	X(N200, "digits/200", ES) X(N300, "digits/300", ES) \
	X(N400, "digits/400", ES) X(N500, "digits/500", ES) \
	X(N600, "digits/600", ES) X(N700, "digits/700", ES) \
	X(N800, "digits/800", ES) X(N900, "digits/900", ES) \
	X(ES_CIENTO, "digits/100-and", ES) X(ES_Y, "digits/and", ES) \
	X(ES_UN, "digits/1M", ES) X(IT_UN, "digits/un", IT) \
	X(IT_MILA, "digits/thousands", IT) \
	X(FR_ET, "digits/et", FR)

#define PROMPT_ENUM(id, file) PROMPT_##id,
#define PROMPT_ENUM_SOME(id, file, langs) PROMPT_##id,
enum prompt {
	PROMPT_NONE, PROMPTS(PROMPT_ENUM) PROMPTS_OF_SOME(PROMPT_ENUM_SOME)
	PROMPT__MAX
};
#undef PROMPT_ENUM
#undef PROMPT_ENUM_SOME

/** The file's name; "" for PROMPT_NONE. */
const char *prompt_file(enum prompt p);
/** The prompt with this file's name, or PROMPT_NONE. */
enum prompt prompt_find(const char *file);
/** The names of those that are said in a language, for files_load(); how
 *  many. */
size_t prompt_files(enum lang lang, const char *names[static PROMPT__MAX]);

#endif

/*
 * prompt.h - every sound this server says, by name.
 *
 * One table: what the code calls it, and the file in the sounds folder
 * (asterisk-core-sounds; without ".wav"). All of them are decoded at start.
 */
#ifndef PROMPT_H
#define PROMPT_H

#include <stddef.h>

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
	X(BEEP,			"beep") \
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

#define PROMPT_ENUM(id, file) PROMPT_##id,
enum prompt { PROMPT_NONE, PROMPTS(PROMPT_ENUM) PROMPT__MAX };
#undef PROMPT_ENUM

/** The file's name; "" for PROMPT_NONE. */
const char *prompt_file(enum prompt p);
/** The prompt with this file's name, or PROMPT_NONE. */
enum prompt prompt_find(const char *file);
/** All file names, for files_load(); *n of them. */
const char *const *prompt_files(size_t *n);

#endif

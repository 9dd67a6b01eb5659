/* spec.c - the table of commands. */
#include "spec.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"

#define LEG { "leg", CTL_NUMBER, false, 1, INT64_MAX }
#define ROOM { "room", CTL_TEXT, false, 0, 0 }
#define ON { "on", CTL_SWITCH, true, 0, 0 }
#define OPTION(name) { name, CTL_OPTION, true, 0, 0 }
#define FROM { "from", CTL_FROM, true, 0, INT64_MAX }

static const struct ctl_spec specs[CTL__MAX] = {
	[CTL_STATUS] = { "status", { { 0 } },
		"How the server is: version, uptime, legs, rooms, database, counters." },
	[CTL_COUNTERS] = { "counters", { { 0 } },
		"Everything the server counts, with what each means." },
	[CTL_WORKERS] = { "workers", { { 0 } },
		"How late and how busy each media worker is." },
	[CTL_ROOMS] = { "rooms", { FROM },
		"The meetings going on." },
	[CTL_ROOM] = { "room", { ROOM, FROM },
		"One meeting and who is in it." },
	[CTL_LEGS] = { "legs", { FROM },
		"All calls." },
	[CTL_LEG] = { "leg", { LEG },
		"All there is to know of one call." },
	[CTL_EVENTS] = { "events", { { 0 } },
		"Follows what happens in rooms, one JSON object a line." },
	[CTL_MUTE] = { "mute", { LEG, ON },
		"Mutes a member in the moderator's layer, which he cannot lift; off: "
		"lifts that, and leaves his own mute as it is." },
	[CTL_AGC] = { "agc", { LEG, ON },
		"Levels a caller's voice, or passes it as loud as it comes." },
	[CTL_NS] = { "ns", { LEG, ON },
		"Suppresses the noise of a caller's line, or leaves it as it is." },
	[CTL_ECHO] = { "echo", { LEG, { "mode", CTL_TEXT, false, 0, 0 } },
		"Keeps the room's own sound that a caller's line gives back out of the "
		"room, if there is any (auto), or does not look for it (off)." },
	[CTL_KICK] = { "kick", { LEG, { "now", CTL_FLAG, true, 0, 0 } },
		"Sends a caller away, after telling him so unless --now." },
	[CTL_LOCK] = { "lock", { ROOM, ON },
		"Lets only moderators into a room." },
	[CTL_MUTE_ALL] = { "mute-all", { ROOM, ON },
		"Mutes all who are no moderators, those who come later too." },
	[CTL_DEAF] = { "deaf", { LEG, ON },
		"Lets a member hear nothing of the room." },
	[CTL_HOLD] = { "hold", { LEG, ON },
		"Puts a member on hold: he hears music, and nobody hears him." },
	[CTL_GHOST] = { "ghost", { LEG, ON },
		"Makes a member hear all, and be neither heard, counted nor announced." },
	[CTL_PRIORITY] = { "priority", { LEG, ON },
		"Turns the others down, by the room's duck_db, while a member speaks." },
	[CTL_COACH] = { "coach",
		{ LEG, { "pupil", CTL_NUMBER, true, 1, INT64_MAX } },
		"Lets one member alone, the leg PUPIL, hear another one, or all again "
		"if none is said." },
	[CTL_RELATE] = { "relate",
		{ LEG, { "other", CTL_NUMBER, false, 1, INT64_MAX },
		  { "how", CTL_TEXT, false, 0, 0 } },
		"Says whether a member hears another one: nohear, he does not; "
		"nospeak, the other does not hear him; clear, both do." },
	[CTL_VOLUME] = { "volume",
		{ LEG, { "way", CTL_TEXT, false, 0, 0 },
		  { "how", CTL_TEXT, false, 0, 0 } },
		"Makes a member louder for the others (talk), or the others for him "
		"(listen): up or down by 4 dB, or reset." },
	[CTL_HAND] = { "hand", { LEG, ON },
		"Raises a member's hand for him, or takes it down." },
	[CTL_NEXT] = { "next", { ROOM },
		"Lets the one speak whose hand is up longest." },
	[CTL_ADMIT] = { "admit",
		{ ROOM, { "leg", CTL_NUMBER, true, 1, INT64_MAX } },
		"Lets one out of the waiting room in, or all." },
	[CTL_DENY] = { "deny", { LEG },
		"Sends one away who is in the waiting room." },
	[CTL_EXTEND] = { "extend",
		{ ROOM, { "seconds", CTL_NUMBER, true, 1, 86400 } },
		"Puts off the end of a meeting, by its extend_s if no seconds are said." },
	[CTL_CLOSE] = { "close", { ROOM },
		"Ends a meeting for everybody." },
	[CTL_SAY] = { "say", { ROOM, { "prompt", CTL_TEXT, false, 0, 0 } },
		"Plays one of the server's prompts to all in a room, for example "
		"conf-lockednow." },
	[CTL_ROLLCALL] = { "rollcall", { ROOM },
		"Tells all in a room the names of those who are in it, as they have "
		"said them." },
	[CTL_RECORD] = { "record", { ROOM, ON },
		"Records a meeting into an Ogg/Opus file in [recordings] dir." },
	[CTL_DIAL] = { "dial", { ROOM, { "numbers", CTL_TEXT, false, 0, 0 } },
		"Calls somebody into a meeting through [dialout] trunk: a number, or "
		"several with & between them, of whom the first who joins stays." },
	[CTL_DIAL_STOP] = { "dial-stop", { ROOM },
		"Stops calling those who have not joined yet." },
	[CTL_MUSIC] = { "music", { ROOM, ON },
		"Plays the room's music to all in it, beside what they say." },
	[CTL_BREAKOUT] = { "breakout",
		{ ROOM, { "action", CTL_TEXT, false, 0, 0 },
		  { "value", CTL_TEXT, true, 0, 0 },
		  { "leg", CTL_NUMBER, true, 1, INT64_MAX } },
		"Break-out rooms: make N; assign sends all who are no moderators "
		"there evenly, assign N LEG one, assign 0 LEG one back; hop LEG "
		"goes to the next; say PROMPT in all of them; return [SECONDS] "
		"ends them then, or now." },
	[CTL_INVITE] = { "invite",
		{ ROOM, { "name", CTL_TEXT, false, 0, 0 }, OPTION("pin"),
		  OPTION("role"), OPTION("from"), OPTION("until"),
		  OPTION("language"), OPTION("number"),
		  { "once", CTL_FLAG, true, 0, 0 } },
		"Invites somebody to a room and says his PIN, one by chance if none "
		"is told; --once: it is good once." },
	[CTL_INVITES] = { "invites", { ROOM },
		"Who is invited to a room." },
	[CTL_UNINVITE] = { "uninvite",
		{ ROOM, { "name", CTL_TEXT, false, 0, 0 } },
		"Takes an invitation back; who is in stays in." },
	[CTL_GUESSES] = { "guesses", { { 0 } },
		"Who typed wrong PINs in the last day, by caller, room and source "
		"address, and until when no PIN of theirs is looked at." },
	[CTL_FORGIVE] = { "forgive", { { "key", CTL_TEXT, true, 0, 0 } },
		"Forgets the wrong PINs of a caller, room or address, or of all." },
	[CTL_AUDIT] = { "audit", { ROOM, OPTION("since") },
		"What happened in a room, now and in earlier meetings: who did what "
		"to whom, who came, was refused and went; the latest 500." },
	[CTL_LOG_LEVEL] = { "log-level", { { "level", CTL_TEXT, false, 0, 0 } },
		"Sets what is logged: error, warn, info or debug." },
	[CTL_RELOAD] = { "reload", { { 0 } },
		"Reads the configuration and opens the log anew, like SIGHUP." },
	[CTL_CHECK] = { "check", { { 0 } },
		"Says whether reload would accept the configuration, which rows of "
		"the database are wrong, as of the last ten seconds, and which "
		"sounds could not be read." },
	[CTL_DRAIN] = { "drain",
		{ { "seconds", CTL_NUMBER, true, 0, 86400 } },
		"Takes no new calls, ends those that are left after the seconds "
		"([server] drain if not said), then stops the server." }
};

const struct ctl_spec *ctl_spec(enum ctl_command command)
{
	return &specs[command];
}

enum ctl_command ctl_find(const char *name)
{
	int i = 0;

	while (i < CTL__MAX && strcmp(specs[i].name, name) != 0)
		i++;
	return (enum ctl_command)i;
}

static void add_arg(const struct ctl_arg *a, struct strbuf *sb)
{
	char upper[32] = "";

	for (size_t i = 0; a->name[i] && i < sizeof(upper) - 1; i++)
		upper[i] = (char)toupper((unsigned char)a->name[i]);
	switch (a->type) {
	case CTL_NUMBER:
	case CTL_TEXT:
		strbuf_add(sb, a->optional ? " [%s]" : " %s", upper);
		break;
	case CTL_SWITCH:
		strbuf_add(sb, " [on|off]");
		break;
	case CTL_FLAG:
		strbuf_add(sb, " [--%s]", a->name);
		break;
	case CTL_OPTION:
		strbuf_add(sb, " [--%s %s]", a->name, upper);
		break;
	case CTL_NONE:
	case CTL_FROM:
		break;
	}
}

void ctl_usage(const struct ctl_spec *spec, char *out, size_t size)
{
	struct strbuf sb;

	strbuf_init(&sb, out, size);
	strbuf_add(&sb, "%s", spec->name);
	for (int i = 0; i < CTL_ARGS_MAX && spec->args[i].type != CTL_NONE; i++)
		add_arg(&spec->args[i], &sb);
}

/* Folded at blanks to lines of 78, all but the first with that indent. */
static void print_folded(FILE *f, const char *text, int indent)
{
	const int width = 78 - indent;

	while (strlen(text) > (size_t)width) {
		int n = width;

		while (n > 0 && text[n] != ' ')
			n--;
		fprintf(f, "%.*s\n%*s", n, text, indent, "");
		text += n + 1;
	}
	fprintf(f, "%s\n", text);
}

void ctl_print_help(FILE *f)
{
	enum { USAGE_MAX = 22, HELP_AT = 26 };
	char usage[CTL_USAGE_MAX];

	for (int i = 0; i < CTL__MAX; i++) {
		ctl_usage(&specs[i], usage, sizeof(usage));
		if (strlen(usage) > USAGE_MAX) {
			fputs("  ", f);
			print_folded(f, usage, 6);
			fprintf(f, "%*s", HELP_AT, "");
		} else {
			fprintf(f, "  %-22s  ", usage);
		}
		print_folded(f, specs[i].help, HELP_AT);
	}
}

/* table.c - every option there is: the one place to add another. */
#include "option.h"

#include <string.h>

#define AT(field) offsetof(struct config, field), \
	sizeof(((struct config *)0)->field)
#define TEXT(field) OPTION_TEXT, AT(field), 0, 0, NULL
#define BOOL(field) OPTION_BOOL, AT(field), 0, 0, NULL
#define NUMBER(field, min, max) OPTION_NUMBER, AT(field), min, max, NULL
#define WORD(field, words) OPTION_WORD, AT(field), 0, 0, words

static const char *const unknown_words[] = {
	[CONFIG_UNKNOWN_PROMPT] = "prompt", [CONFIG_UNKNOWN_404] = "404", NULL
};

static const char *const csrc_words[] = {
	[CONFIG_CSRC_NO] = "no", [CONFIG_CSRC_ASKED] = "asked",
	[CONFIG_CSRC_YES] = "yes", NULL
};
static const char *const echo_words[] = {
	[CONFIG_ECHO_OFF] = "off", [CONFIG_ECHO_AUTO] = "auto", NULL
};

static const char *const level_words[] = {
	[LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info",
	[LOG_DEBUG] = "debug", NULL
};

static const char *const noise_words[] = {
	[CONFIG_NOISE_OFF] = "off", [CONFIG_NOISE_AUTO] = "auto",
	[CONFIG_NOISE_ON] = "on", NULL
};

static const struct option options[] = {
	{ "sip", "bind", OPTION_IPS, AT(sip.bind), 0, 0, NULL,
	  "0.0.0.0, ::",
	  "The addresses to listen on." },
	{ "sip", "port", NUMBER(sip.port, 1, 65535), "5060",
	  "The port for UDP and TCP." },
	{ "sip", "udp", BOOL(sip.udp), "yes",
	  "Listen on UDP." },
	{ "sip", "tcp", BOOL(sip.tcp), "yes",
	  "Listen on TCP." },
	{ "sip", "address", OPTION_IP, AT(sip.address), 0, 0, NULL, "",
	  "The address that peers outside of our private network are told, for a server "
	  "behind NAT. Empty: the one that their request came to." },
	{ "sip", "user_agent", TEXT(sip.user_agent), "Confab",
	  "What the Server and User-Agent header fields say." },
	{ "sip", "max_message", NUMBER(sip.max_message, 2048, 1048576), "32768",
	  "The longest SIP message taken, in bytes." },
	{ "sip", "session_expires", NUMBER(sip.session_expires, 90, 86400), "1800",
	  "Seconds after which a session must have been refreshed (RFC 4028)." },
	{ "sip", "min_se", NUMBER(sip.min_se, 90, 86400), "90",
	  "The shortest such time that a peer may ask for, in seconds." },
	{ "sip", "invite_rate", NUMBER(sip.invite_rate, 0, 100000), "50",
	  "New calls a second that one source address may make. 0: any number." },
	{ "sip", "request_rate", NUMBER(sip.request_rate, 0, 100000), "20",
	  "Requests a second that are taken within one call, twice as many at once. "
	  "Others get 500, and who sends on for all that loses his call. 0: any "
	  "number." },
	{ "sip", "unacked_max", NUMBER(sip.unacked_max, 0, 100000), "20",
	  "Answered calls of one source address that wait for their ACK for more than "
	  "two seconds; with so many its new calls get 503. 0: any number." },

	{ "media", "workers", NUMBER(media.workers, 0, 256), "0",
	  "Threads that do the media work. 0: one a core." },
	{ "media", "realtime", BOOL(media.realtime), "yes",
	  "Ask for real-time scheduling (SCHED_FIFO) for them. Where it is not "
	  "permitted they run without, and the log warns of it." },
	{ "media", "pin", BOOL(media.pin), "no",
	  "Keep each of them on a core of its own. For machines that do nothing "
	  "else." },
	{ "media", "port_min", NUMBER(media.port_min, 1024, 65535), "20000",
	  "The lowest UDP port for RTP and RTCP." },
	{ "media", "port_max", NUMBER(media.port_max, 1024, 65535), "39998",
	  "The highest one. Each leg takes two." },
	{ "media", "legs_max", NUMBER(media.legs_max, 1, 30000), "2000",
	  "Legs at a time. Calls over it get 503." },
	{ "media", "busy_limit_percent", NUMBER(media.busy_limit, 0, 100), "60",
	  "How much of its 10 ms a media worker may need, in nine of ten ticks, and "
	  "still take new calls. When all workers need more, new calls get 503 until "
	  "one is a tenth below it again. 0: any." },
	{ "media", "rtp_timeout", NUMBER(media.rtp_timeout, 0, 86400), "30",
	  "Seconds without RTP after which a call is ended, unless it is on hold. "
	  "0: never." },
	{ "media", "latch", BOOL(media.latch), "yes",
	  "Send media to where a peer behind NAT sends from, in place of the "
	  "address in its SDP. Fixed with its first packets." },
	{ "media", "ptime", NUMBER(media.ptime, 10, 120), "20",
	  "Milliseconds a packet, where the peer does not say what it wants. A "
	  "multiple of 10." },
	{ "media", "forward", BOOL(media.forward), "yes",
	  "Pass on what one alone says as it came, without decoding and encoding, to "
	  "whom takes his codec." },
	{ "media", "talkers", NUMBER(media.talkers, 0, 1000), "8",
	  "Voices mixed in a room at a time, the loudest of them. 0: all." },
	{ "media", "codecs", TEXT(media.codecs),
	  "opus,G722,PCMU,PCMA,L16/16000,L16/8000",
	  "The codecs to offer and to accept, by comma, preferred first: NAME or "
	  "NAME/CLOCK." },
	{ "media", "dtx", BOOL(media.dtx), "no",
	  "Ask senders of Opus to send nothing in pauses (usedtx=1): it saves the "
	  "network and the server work, and some phones cut off first syllables." },
	{ "media", "csrc", WORD(media.csrc, csrc_words), "asked",
	  "Name those who speak in the header of each packet (CSRC): to no one, to "
	  "those who ask for their levels (RFC 6465), or to everybody. Up to 15, 4 "
	  "bytes each." },
	{ "media", "echo", WORD(media.echo, echo_words), "auto",
	  "Keep the room's own sound out of the room where a phone or its line gives "
	  "it back: it is looked for on each leg, and cancelled where it is found. Rooms "
	  "may say otherwise, and confabctl echo for one leg." },
	{ "media", "agc", BOOL(media.agc), "yes",
	  "Level talkers: who whispers is heard as well as who shouts. confabctl agc "
	  "switches it for one leg." },
	{ "media", "comfort_noise", BOOL(media.comfort_noise), "yes",
	  "Send faint noise (-62 dBov) where nobody makes a sound, in codecs that have "
	  "no background of their own, so that the line does not sound dead." },
	{ "media", "noise", WORD(media.noise, noise_words), "off",
	  "Suppress the noise of lines by up to 12 dB: of none, of those that need it "
	  "(noise over -55 dBov, and speech within 25 dB of it), or of all. Takes 100 "
	  "kB a leg. confabctl ns switches it for one." },

	{ "database", "url", TEXT(database.url), "",
	  "Connection string of PostgreSQL (libpq's form), for example "
	  "\"host=/run/postgresql dbname=confab\". The environment's "
	  "CONFAB_DATABASE goes over it." },
	{ "database", "journal", TEXT(database.journal), "var/journal",
	  "The folder where call records wait for the database." },

	{ "rooms", "join_user", TEXT(rooms.join_user), "join",
	  "The user part of the address that asks callers for a room number; every "
	  "other is a room number itself." },
	{ "rooms", "unknown", WORD(rooms.unknown, unknown_words), "prompt",
	  "What a caller of a room that is not there gets: an announcement and "
	  "another try, or a refusal with 404." },
	{ "rooms", "ring", NUMBER(rooms.ring, 0, 60000), "0",
	  "Milliseconds that a call rings before it is answered; 0: answered at "
	  "once." },
	{ "rooms", "tries", NUMBER(rooms.tries, 1, 20), "3",
	  "Wrong PINs or room numbers after which a caller is sent away." },
	{ "rooms", "digit_timeout", NUMBER(rooms.digit_timeout, 100, 60000), "3000",
	  "Milliseconds of pause that end what a caller keys in, like #." },
	{ "rooms", "first_digit_timeout",
	  NUMBER(rooms.first_digit_timeout, 100, 120000), "10000",
	  "Milliseconds to wait for the first key." },
	{ "rooms", "tries_pause", NUMBER(rooms.tries_pause, 0, 60000), "1000",
	  "Milliseconds of silence after a wrong PIN, against guessing." },
	{ "rooms", "wrong_rate", NUMBER(rooms.wrong_rate, 0, 100000), "30",
	  "Wrong PINs a minute from one source address; who goes over it is asked to "
	  "call again later, whatever PIN he has. 0: any number." },

	{ "recordings", "dir", TEXT(recordings.dir), "var/recordings",
	  "The folder of the recordings, one Ogg/Opus file each. Empty: nothing can "
	  "be recorded." },

	{ "dialout", "trunk", TEXT(dialout.trunk), "",
	  "The numeric address, with port, of the trunk or phone system that calls "
	  "out of rooms go to. Empty: nobody can be called." },
	{ "dialout", "tcp", BOOL(dialout.tcp), "no",
	  "Reach it by TCP, not UDP." },
	{ "dialout", "domain", TEXT(dialout.domain), "",
	  "The host part of the URIs in those calls. Empty: the trunk's address." },
	{ "dialout", "user", TEXT(dialout.user), "",
	  "Who we are, if the trunk asks (digest). Empty: nobody." },
	{ "dialout", "password", TEXT(dialout.password), "",
	  "The password of that user." },
	{ "dialout", "from", TEXT(dialout.from), "",
	  "The number that callees see. Empty: the room's." },
	{ "dialout", "moderators", TEXT(dialout.moderators), "",
	  "What moderators may call by keypad: beginnings of numbers, by comma; "
	  "\"*\" for every number. Empty: nothing." },
	{ "dialout", "members", TEXT(dialout.members), "",
	  "The same for all others in a room." },
	{ "dialout", "ring", NUMBER(dialout.ring, 5, 180), "45",
	  "Seconds that a callee may take to answer." },
	{ "dialout", "retries", NUMBER(dialout.retries, 0, 10), "0",
	  "How often one who is busy or does not answer is called again." },
	{ "dialout", "retry_after", NUMBER(dialout.retry_after, 1, 3600), "20",
	  "Seconds between two such calls." },
	{ "dialout", "room_max", NUMBER(dialout.room_max, 1, 1000), "10",
	  "Callees that a room may be calling, or have in it, at a time." },
	{ "dialout", "day_max", NUMBER(dialout.day_max, 0, 100000), "100",
	  "Calls out of one room in a day (UTC), counted over restarts. 0: any number." },
	{ "dialout", "guard", BOOL(dialout.guard), "yes",
	  "Who is called hears where he is, and joins by pressing 1: voice mail and "
	  "other machines stay outside." },

	{ "sounds", "dir", TEXT(sounds.dir),
	  "/usr/share/asterisk/sounds",
	  "The folder of the prompts, with a folder for each language in it." },
	{ "sounds", "languages", TEXT(sounds.languages), "en,fr,es,it,ru",
	  "The languages that callers are spoken to in, by comma, of these. The "
	  "first is for those who ask for none." },
	{ "sounds", "music", TEXT(sounds.music), "/usr/share/asterisk/moh",
	  "The folder of the music on hold." },

	{ "log", "file", TEXT(log.file), "",
	  "The file that log lines are added to. Empty: standard error." },
	{ "log", "level", WORD(log.level, level_words), "info",
	  "The least important lines that are written." },
	{ "log", "stats_interval", NUMBER(log.stats_interval, 0, 86400), "60",
	  "Seconds between two lines about each worker's load. 0: never." },

	{ "server", "drain", NUMBER(server.drain, 0, 86400), "30",
	  "Seconds that calls may go on after SIGTERM before they are ended." },
	{ "server", "control", TEXT(server.control), "var/confabd.sock",
	  "The unix socket for confabctl; the server's user and group may connect. "
	  "Empty: none." },
};

const struct option *option_nth(unsigned i)
{
	return i < sizeof(options) / sizeof(options[0]) ? &options[i] : NULL;
}

const struct option *option_find(const char *section, const char *key)
{
	const struct option *o;

	for (unsigned i = 0; (o = option_nth(i)); i++)
		if (strcmp(o->section, section) == 0 && strcmp(o->key, key) == 0)
			return o;
	return NULL;
}

bool option_has_section(const char *section)
{
	const struct option *o;

	for (unsigned i = 0; (o = option_nth(i)); i++)
		if (strcmp(o->section, section) == 0)
			return true;
	return false;
}

/* check.c - what options must be together; each check says one sentence. */
#include <errno.h>
#include <string.h>
#include <sys/un.h>

#include "config.h"
#include "base/addr.h"
#include "base/lang.h"
#include "base/str.h"
#include "mixer/codec.h"

static void check_bind(const struct config *cfg, struct strbuf *why)
{
	if (!cfg->sip.n_bind)
		strbuf_add(why, "sip.bind: no address to listen on");
	for (unsigned i = 0; i < cfg->sip.n_bind; i++)
		for (unsigned k = 0; k < i; k++)
			if (strcmp(cfg->sip.bind[i], cfg->sip.bind[k]) == 0) {
				strbuf_add(why, "sip.bind: %s is there twice",
					   cfg->sip.bind[i]);
				return;
			}
}

static void check_transports(const struct config *cfg, struct strbuf *why)
{
	if (!cfg->sip.udp && !cfg->sip.tcp)
		strbuf_add(why, "sip.udp, sip.tcp: one of them must be yes");
}

static void check_timer(const struct config *cfg, struct strbuf *why)
{
	if (cfg->sip.min_se > cfg->sip.session_expires)
		strbuf_add(why, "sip.min_se: %u is over sip.session_expires, %u",
			   cfg->sip.min_se, cfg->sip.session_expires);
}

static void check_ports(const struct config *cfg, struct strbuf *why)
{
	unsigned min = cfg->media.port_min, max = cfg->media.port_max;
	unsigned pairs = max < min ? 0 : (max - min + 1) / 2;

	if (pairs < cfg->media.legs_max)
		strbuf_add(why, "media.port_min, media.port_max: %u to %u hold %u "
			   "legs, less than media.legs_max, %u",
			   min, max, pairs, cfg->media.legs_max);
	else if (cfg->sip.port >= min && cfg->sip.port <= max)
		strbuf_add(why, "sip.port: %u lies among the ports for RTP, %u to %u",
			   cfg->sip.port, min, max);
}

static void check_dialout(const struct config *cfg, struct strbuf *why)
{
	union addr trunk;

	if (*cfg->dialout.trunk && addr_parse_port(&trunk, cfg->dialout.trunk, 5060))
		strbuf_add(why, "dialout.trunk: %s is no numeric address with a port",
			   cfg->dialout.trunk);
	else if (!*cfg->dialout.trunk &&
		 (*cfg->dialout.moderators || *cfg->dialout.members))
		strbuf_add(why, "dialout.trunk: somebody may call out, but there is "
			   "nowhere to call to");
}

static void check_ptime(const struct config *cfg, struct strbuf *why)
{
	if (cfg->media.ptime % 10)
		strbuf_add(why, "media.ptime: %u is not a multiple of 10",
			   cfg->media.ptime);
}

static void add_codec_names(struct strbuf *why)
{
	const struct mx_codec *codec;

	for (unsigned i = 0; (codec = mx_codec_nth(i)); i++) {
		strbuf_add(why, "%s%s/%u", i ? ", " : "", codec->name,
			   codec->clock_hz);
		if (codec->channels > 1)
			strbuf_add(why, "/%u", codec->channels);
	}
}

static void check_codecs(const struct config *cfg, struct strbuf *why)
{
	const char *list = cfg->media.codecs;
	unsigned n = 0;

	while (*list) {
		size_t len = strcspn(list, ", ");

		if (len && !mx_codec_by_name(list, len)) {
			strbuf_add(why, "media.codecs: there is no codec '%.*s', but ",
				   (int)len, list);
			add_codec_names(why);
			return;
		}
		n += len > 0;
		list += len + !!list[len];
	}
	if (!n)
		strbuf_add(why, "media.codecs: empty");
}

/** What RFC 3261 25.1 lets stand in a user part unescaped, less * and what has
 *  a meaning of its own there: room*PIN may be dialled. */
static void check_join_user(const struct config *cfg, struct strbuf *why)
{
	const char *user = cfg->rooms.join_user;

	if (!*user)
		strbuf_add(why, "rooms.join_user: empty");
	else if (user[strspn(user, "abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~'()")])
		strbuf_add(why, "rooms.join_user: '%s' has a character other than "
			   "letters, digits and -_.!~'()", user);
}

static void check_folders(const struct config *cfg, struct strbuf *why)
{
	if (!*cfg->database.journal)
		strbuf_add(why, "database.journal: empty");
	else if (!*cfg->sounds.dir)
		strbuf_add(why, "sounds.dir: empty");
}

static void check_languages(const struct config *cfg, struct strbuf *why)
{
	if (lang_set(cfg->sounds.languages) < 0)
		strbuf_add(why, "sounds.languages: '%s' is no list of en, fr, es, it "
			   "and ru", cfg->sounds.languages);
}

static void check_control(const struct config *cfg, struct strbuf *why)
{
	const size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (strlen(cfg->server.control) > max)
		strbuf_add(why, "server.control: longer than the %zu bytes that a "
			   "socket's name may have", max);
}

int config_check(const struct config *cfg, struct config_error *err)
{
	static void (*const checks[])(const struct config *, struct strbuf *) = {
		check_bind, check_transports, check_timer, check_ports, check_ptime,
		check_dialout,
		check_codecs, check_join_user, check_folders, check_languages,
		check_control,
	};
	char text[sizeof(err->text)];
	struct strbuf why;

	strbuf_init(&why, text, sizeof(text));
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		checks[i](cfg, &why);
		if (why.len) {
			memcpy(err->text, text, sizeof(text));
			return -EINVAL;
		}
	}
	return 0;
}

/* reply.c - see reply.h */
#include "reply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/str.h"

/* A To tag that every retransmission of this request gives again, and that
 * nobody can guess for another server: FNV-1a over what names a transaction,
 * begun with a number of this process. */
static void stateless_tag(const sip_t *s, char *out, size_t size)
{
	static uint32_t seed;           /* once random, then constant */
	const char *const parts[] = {
		s->sip_call_id->i_id, s->sip_from->a_tag, s->sip_via->v_branch
	};
	uint64_t h = 14695981039346656037u;

	if (!seed)
		seed = id_rand32() | 1;
	h ^= seed;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		for (const char *p = parts[i]; p && *p; p++)
			h = (h ^ (unsigned char)*p) * 1099511628211u;
	snprintf(out, size, "%016llx", (unsigned long long)h);
}

void reply_stateless(struct sip *sip, msg_t *msg, const sip_t *s, int status,
		     const char *phrase, tag_type_t tag, tag_value_t value, ...)
{
	su_home_t home[1] = { SU_HOME_INIT(home) };
	sip_to_t *to;
	char text[24];
	ta_list ta;

	su_home_init(home);
	to = sip_to_dup(home, s->sip_to);
	if (to && !to->a_tag) {
		stateless_tag(s, text, sizeof(text));
		sip_to_tag(home, to, text);
	}
	ta_start(ta, tag, value);
	nta_msg_treply(sip->nta, msg, status, phrase, SIPTAG_TO(to),
		       SIPTAG_SERVER_STR(sip->cfg.user_agent), ta_tags(ta));
	(void)ta_end(ta);
	su_home_deinit(home);
}

int reply(struct sip *sip, nta_incoming_t *irq, int status, const char *phrase,
	  tag_type_t tag, tag_value_t value, ...)
{
	const bool accepted = status < 300 &&
			      nta_incoming_method(irq) == sip_method_invite;
	ta_list ta;
	int err;

	ta_start(ta, tag, value);
	err = nta_incoming_treply(irq, status, phrase,
				  SIPTAG_SERVER_STR(sip->cfg.user_agent),
				  ta_tags(ta));
	(void)ta_end(ta);
	if (status >= 200 && !accepted)
		nta_incoming_destroy(irq);
	return err < 0 ? -EIO : 0;
}

const char *reply_retry_text(char out[static REPLY_TEXT_LEN])
{
	snprintf(out, REPLY_TEXT_LEN, "%u", id_rand32() % 11);
	return out;
}

const char *reply_warning_text(int code, char out[static REPLY_TEXT_LEN])
{
	static const struct {
		int code;
		const char *text;
	} texts[] = {
		{ 300, "Incompatible network protocol" },
		{ 301, "Incompatible network address formats" },
		{ 302, "Incompatible transport protocol" },
		{ 303, "Incompatible bandwidth units" },
		{ 304, "Media type not available" },
		{ 305, "Incompatible media format" },
		{ 306, "Attribute not understood" },
		{ 307, "Session description parameter not understood" },
		{ 330, "Multicast not available" },
		{ 331, "Unicast not available" },
		{ 370, "Insufficient bandwidth" },
	};
	const char *text = "Miscellaneous warning";

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].code == code)
			text = texts[i].text;
	snprintf(out, REPLY_TEXT_LEN, "%d confab \"%s\"", code, text);
	return out;
}

const char *reply_reason_text(const char *protocol, int cause, const char *text,
			      char out[static REPLY_TEXT_LEN])
{
	struct strbuf sb;

	strbuf_init(&sb, out, REPLY_TEXT_LEN);
	strbuf_add(&sb, "%s;cause=%d", protocol, cause);
	/* in a quoted-string two characters would need escapes */
	if (text && !strpbrk(text, "\"\\"))
		strbuf_add(&sb, ";text=\"%.100s\"", text);
	return out;
}

/*
 * fuzz_digest.c - any list of parameters as a peer's challenge: what we answer
 * ends, is one line, and holds our name; or nothing is written.
 */
#include "fuzz.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "sip/digest.h"

const char fuzz_name[] = "digest";

enum { LEN_MAX = 4000 };

static void answer(const msg_auth_t *challenges, const char *text)
{
	static const struct digest_user user = { "alice", "secret" };
	static const struct digest_request req = {
		"INVITE", "sip:1000@example.com", "0123456789abcdef", 1
	};
	char out[DIGEST_LEN];
	int err;

	memset(out, 0x5a, sizeof(out));
	err = digest_answer(out, challenges, &user, &req);
	if (err) {
		assert(err == -ENOENT || err == -ENAMETOOLONG);
		assert(*out == 0x5a);
		return;
	}
	assert(memchr(out, '\0', sizeof(out)));
	assert(!strpbrk(out, "\r\n"));
	assert(strstr(out, "username=\"alice\""));
	assert(!strstr(out, user.password) || strstr(text, user.password));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	su_home_t home[1] = { SU_HOME_INIT(home) };
	char text[LEN_MAX + 1];
	msg_auth_t *auth;

	if (len > LEN_MAX)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	su_home_init(home);
	auth = sip_www_authenticate_make(home, text);
	if (auth)
		answer(auth, text);
	su_home_deinit(home);
	return 0;
}

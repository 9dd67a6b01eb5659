/* digest.c - see digest.h */
#include "digest.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

enum { VALUE_LEN = 384, HEX_LEN = 2 * EVP_MAX_MD_SIZE + 1 };

/* In order of strength; a challenge without a word on it means the last. */
static const struct algorithm {
	const char *name, *openssl;
	bool session;                   /* the first hash is bound to the nonces */
} algorithms[] = {
	{ "SHA-256-sess", "SHA256", true }, { "SHA-256", "SHA256", false },
	{ "MD5-sess", "MD5", true }, { "MD5", "MD5", false }
};
enum { N_ALGORITHMS = sizeof(algorithms) / sizeof(algorithms[0]) };

struct challenge {
	const struct algorithm *algorithm;
	/* As between the quotes: that is what is hashed and sent back. */
	char realm[VALUE_LEN], nonce[VALUE_LEN], opaque[VALUE_LEN];
	bool has_opaque, auth;          /* qop=auth is offered */
};

/* A parameter without its quotes. 0; -ENOENT; -EINVAL: not for us to repeat. */
static int param(char out[static VALUE_LEN], const msg_auth_t *c, const char *name)
{
	const size_t len = strlen(name);
	const char *v = NULL;
	size_t n;

	for (size_t i = 0; c->au_params && c->au_params[i] && !v; i++)
		if (!strncasecmp(c->au_params[i], name, len) &&
		    c->au_params[i][len] == '=')
			v = c->au_params[i] + len + 1;
	if (!v)
		return -ENOENT;
	n = strlen(v);
	if (n >= 2 && v[0] == '"' && v[n - 1] == '"') {
		v++;
		n -= 2;
	}
	if (n >= VALUE_LEN)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (iscntrl((unsigned char)v[i]) || (v[i] == '"' && (!i || v[i - 1] != '\\')))
			return -EINVAL;
	memcpy(out, v, n);
	out[n] = '\0';
	return 0;
}

/* Is word one of a list with commas? */
static bool has_word(const char *list, const char *word)
{
	const size_t len = strlen(word);

	while (*list) {
		size_t n = strcspn(list, ", \t");

		if (n == len && !strncasecmp(list, word, n))
			return true;
		list += n;
		list += strspn(list, ", \t");
	}
	return false;
}

static bool read_challenge(struct challenge *ch, const msg_auth_t *c)
{
	char text[VALUE_LEN];
	int err;

	memset(ch, 0, sizeof(*ch));
	if (!c->au_scheme || strcasecmp(c->au_scheme, "Digest") ||
	    param(ch->realm, c, "realm") || param(ch->nonce, c, "nonce"))
		return false;
	err = param(ch->opaque, c, "opaque");
	if (err == -EINVAL)
		return false;
	ch->has_opaque = !err;
	if (param(text, c, "algorithm"))
		str_copy(text, sizeof(text), "MD5");
	for (size_t i = 0; i < N_ALGORITHMS && !ch->algorithm; i++)
		if (!strcasecmp(text, algorithms[i].name))
			ch->algorithm = &algorithms[i];
	err = param(text, c, "qop");
	ch->auth = !err && has_word(text, "auth");
	/* auth-int alone would hash bodies; without qop -sess has no meaning */
	return ch->algorithm && (err == -ENOENT || ch->auth) &&
	       (ch->auth || !ch->algorithm->session);
}

/* Hashes its strings with colons between; the list ends with NULL. */
static int hash(char out[static HEX_LEN], const struct algorithm *a, ...)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned n = 0;
	const char *s, *colon = "";
	bool ok;
	va_list ap;

	ok = ctx && EVP_DigestInit_ex(ctx, EVP_get_digestbyname(a->openssl), NULL);
	va_start(ap, a);
	while (ok && (s = va_arg(ap, const char *))) {
		ok = EVP_DigestUpdate(ctx, colon, strlen(colon)) &&
		     EVP_DigestUpdate(ctx, s, strlen(s));
		colon = ":";
	}
	va_end(ap);
	ok = ok && EVP_DigestFinal_ex(ctx, md, &n);
	EVP_MD_CTX_free(ctx);
	for (unsigned i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", md[i]);
	return ok ? 0 : -ENOENT;
}

/* RFC 7616 3.4.1 to 3.4.3 */
static int respond(char out[static HEX_LEN], const struct challenge *ch,
		   const struct digest_user *user,
		   const struct digest_request *req, const char *nc)
{
	const struct algorithm *a = ch->algorithm;
	char ha1[HEX_LEN], ha2[HEX_LEN];
	int err;

	err = hash(ha1, a, user->name, ch->realm, user->password, NULL);
	if (!err && a->session)
		err = hash(ha1, a, ha1, ch->nonce, req->cnonce, NULL);
	if (!err)
		err = hash(ha2, a, req->method, req->uri, NULL);
	if (err)
		return err;
	if (!ch->auth)
		return hash(out, a, ha1, ch->nonce, ha2, NULL);
	return hash(out, a, ha1, ch->nonce, nc, req->cnonce, "auth", ha2, NULL);
}

static int print(char out[static DIGEST_LEN], const struct challenge *ch,
		 const struct digest_user *user,
		 const struct digest_request *req)
{
	char response[HEX_LEN], nc[12], qop[96] = "", opaque[VALUE_LEN + 16] = "";
	int err, n;

	snprintf(nc, sizeof(nc), "%08x", req->nc);
	err = respond(response, ch, user, req, nc);
	if (err)
		return err;
	if (ch->auth)
		snprintf(qop, sizeof(qop), ", qop=auth, nc=%s, cnonce=\"%s\"", nc,
			 req->cnonce);
	if (ch->has_opaque)
		snprintf(opaque, sizeof(opaque), ", opaque=\"%s\"", ch->opaque);
	n = snprintf(out, DIGEST_LEN, "Digest username=\"%s\", realm=\"%s\", "
		     "nonce=\"%s\", uri=\"%s\", response=\"%s\", algorithm=%s%s%s",
		     user->name, ch->realm, ch->nonce, req->uri, response,
		     ch->algorithm->name, qop, opaque);
	return n < 0 || n >= DIGEST_LEN ? -ENAMETOOLONG : 0;
}

int digest_answer(char out[static DIGEST_LEN], const msg_auth_t *challenges,
		  const struct digest_user *user,
		  const struct digest_request *req)
{
	struct challenge ch, best = { .algorithm = NULL };

	for (const msg_auth_t *c = challenges; c; c = c->au_next)
		if (read_challenge(&ch, c) &&
		    (!best.algorithm || ch.algorithm < best.algorithm))
			best = ch;
	return best.algorithm ? print(out, &best, user, req) : -ENOENT;
}

/*
 * fuzz_ctl.c - any line to the control socket: a request whose arguments keep
 * to the table comes out, or an error with a sentence and nothing.
 */
#include "fuzz.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "ctl/request.h"

const char fuzz_name[] = "ctl";

static void check_value(const struct ctl_arg *a, const struct ctl_value *v)
{
	assert(v->set || a->optional);
	assert(memchr(v->text, '\0', sizeof(v->text)));
	if (v->set && (a->type == CTL_NUMBER || a->type == CTL_FROM))
		assert(v->number >= a->min && v->number <= a->max);
	if (v->set && (a->type == CTL_TEXT || a->type == CTL_OPTION))
		assert(*v->text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ctl_request req;
	const struct ctl_spec *spec;
	char why[128] = "";
	int err;

	memset(&req, 0x5a, sizeof(req));
	err = ctl_parse(&req, (const char *)data, len, why, sizeof(why));
	assert(err == 0 || err == -EBADMSG || err == -ENOSYS || err == -EINVAL);
	assert(memchr(why, '\0', sizeof(why)));
	if (err) {
		const struct ctl_request *untouched = &req;

		assert(*why);
		assert(*(const uint8_t *)untouched == 0x5a);
		return 0;
	}
	assert(req.command < CTL__MAX);
	spec = ctl_spec(req.command);
	for (int i = 0; i < CTL_ARGS_MAX && spec->args[i].type != CTL_NONE; i++)
		check_value(&spec->args[i], &req.values[i]);
	return 0;
}

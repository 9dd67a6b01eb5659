/* request.c - a line of JSON into a request, by the table of spec.c. */
#include "request.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/str.h"

static int number(const struct ctl_arg *a, const json_t *v, uint64_t *out,
		  struct strbuf *why)
{
	const json_int_t n = json_integer_value(v);

	if (!json_is_integer(v)) {
		strbuf_add(why, "%s is no whole number", a->name);
		return -EINVAL;
	}
	if (n < 0 || (uint64_t)n < a->min || (uint64_t)n > a->max) {
		strbuf_add(why, "%s is not %llu to %llu", a->name,
			   (unsigned long long)a->min, (unsigned long long)a->max);
		return -EINVAL;
	}
	*out = (uint64_t)n;
	return 0;
}

static int text(const struct ctl_arg *a, const json_t *v, char *out,
		struct strbuf *why)
{
	const char *s = json_string_value(v);

	if (!s || !*s || !str_copy(out, CTL_TEXT_MAX, s)) {
		strbuf_add(why, "%s is no text of 1 to %d bytes", a->name,
			   CTL_TEXT_MAX - 1);
		return -EINVAL;
	}
	return 0;
}

static int value(const struct ctl_arg *a, const json_t *v,
		 struct ctl_value *out, struct strbuf *why)
{
	out->set = true;
	switch (a->type) {
	case CTL_NUMBER:
	case CTL_FROM:
		return number(a, v, &out->number, why);
	case CTL_TEXT:
	case CTL_OPTION:
		return text(a, v, out->text, why);
	case CTL_SWITCH:
	case CTL_FLAG:
		out->on = json_is_true(v);
		if (json_is_boolean(v))
			return 0;
		strbuf_add(why, "%s is neither true nor false", a->name);
		return -EINVAL;
	case CTL_NONE:
		break;
	}
	return -EINVAL;
}

/* All that spec wants; *n of them were there. */
static int values(const struct ctl_spec *spec, const json_t *obj,
		  struct ctl_value *out, size_t *n, struct strbuf *why)
{
	int err;

	*n = 0;
	for (int i = 0; i < CTL_ARGS_MAX && spec->args[i].type != CTL_NONE; i++) {
		const struct ctl_arg *a = &spec->args[i];
		const json_t *v = json_object_get(obj, a->name);

		if (!v && !a->optional) {
			strbuf_add(why, "%s: %s is missing", spec->name, a->name);
			return -EINVAL;
		}
		if (!v) {
			out[i].on = a->type == CTL_SWITCH;
			continue;
		}
		++*n;
		err = value(a, v, &out[i], why);
		if (err)
			return err;
	}
	return 0;
}

static int from_object(struct ctl_request *req, const json_t *obj,
		       struct strbuf *why)
{
	const char *name = json_string_value(json_object_get(obj, "command"));
	size_t n;
	int err;

	req->command = name ? ctl_find(name) : CTL__MAX;
	if (!name) {
		strbuf_add(why, "there is no command");
		return -EBADMSG;
	}
	if (req->command == CTL__MAX) {
		strbuf_add(why, "%.40s is no command", name);
		return -ENOSYS;
	}
	err = values(ctl_spec(req->command), obj, req->values, &n, why);
	if (!err && json_object_size(obj) != n + 1) {
		strbuf_add(why, "%s has an argument that it does not take", name);
		err = -EINVAL;
	}
	return err;
}

int ctl_parse(struct ctl_request *req, const char *line, size_t len, char *why,
	      size_t why_size)
{
	struct ctl_request got = { 0 };
	json_error_t bad;
	json_t *obj;
	struct strbuf sb;
	int err;

	strbuf_init(&sb, why, why_size);
	obj = json_loadb(line, len, JSON_REJECT_DUPLICATES, &bad);
	if (json_is_object(obj)) {
		err = from_object(&got, obj, &sb);
	} else {
		strbuf_add(&sb, "not a JSON object");
		err = -EBADMSG;
	}
	json_decref(obj);
	if (!err)
		*req = got;
	return err;
}

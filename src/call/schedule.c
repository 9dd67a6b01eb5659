/* schedule.c - see schedule.h. Recurrence and zones are libical's. */
#include "schedule.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <libical/ical.h>

#include "base/log.h"
#include "base/str.h"

enum {
	LINE_MAX_LEN = 511,
	EXDATES_MAX = 30,
	STEPS_MAX = 10000,      /* occurrences looked at; daily ones of 27 years */
	DAY_S = 86400
};

struct line {
	struct icaltimetype begins;
	icaltimezone *zone;
	int64_t length_s;
	struct icalrecurrencetype rule; /* freq NO: once */
	int exdates[EXDATES_MAX];       /* 20261225 */
	int n_exdates;
};

static int parse_time(struct icaltimetype *t, const char *text)
{
	*t = icaltime_from_string(text);
	return icaltime_is_null_time(*t) || t->is_date ? -EINVAL : 0;
}

/* "20261225,20261226" */
static int parse_exdates(struct line *l, const char *text)
{
	while (*text) {
		const size_t len = strcspn(text, ",");
		uint64_t day;

		if (len != 8 || l->n_exdates == EXDATES_MAX ||
		    str_u64(text, len, 99991231, &day) < 0)
			return -EINVAL;
		l->exdates[l->n_exdates++] = (int)day;
		text += len + (text[len] == ',');
	}
	return 0;
}

static bool is_left_out(const struct line *l, struct icaltimetype at)
{
	const int day = at.year * 10000 + at.month * 100 + at.day;

	for (int i = 0; i < l->n_exdates; i++)
		if (l->exdates[i] == day)
			return true;
	return false;
}

static int parse(struct line *l, const char *text)
{
	char begins[16], ends[16], zone[41], rule[128], exdates[300] = "";
	struct icaltimetype end;

	l->n_exdates = 0;
	if (sscanf(text, "%15s %15s %40s %127s %299s", begins, ends, zone, rule,
		   exdates) < 4 || parse_exdates(l, exdates) ||
	    parse_time(&l->begins, begins) || parse_time(&end, ends))
		return -EINVAL;
	l->length_s = icaltime_as_timet(end) - icaltime_as_timet(l->begins);
	l->zone = strcmp(zone, "UTC") == 0 ? icaltimezone_get_utc_timezone()
		: icaltimezone_get_builtin_timezone(zone);
	if (!l->zone || l->length_s <= 0)
		return -EINVAL;
	icalrecurrencetype_clear(&l->rule);
	if (strcmp(rule, "-") == 0)
		return 0;
	l->rule = icalrecurrencetype_from_string(rule);
	return l->rule.freq == ICAL_NO_RECURRENCE ? -EINVAL : 0;
}

/* What was found so far: the longest of now, else the nearest to come. */
struct found {
	enum schedule_when when;
	struct schedule_window w;
};

/* False: this one is to come, and so are all after it. */
static bool consider(const struct line *l, struct icaltimetype at, int64_t now_s,
		     uint32_t early_s, struct found *f)
{
	const int64_t begins = icaltime_as_timet_with_zone(at, l->zone);
	const struct schedule_window w = { begins, begins + l->length_s };

	if (w.ends_s <= now_s || is_left_out(l, at))
		return true;
	if (begins - (int64_t)early_s <= now_s) {
		if (f->when != SCHEDULE_NOW || w.ends_s > f->w.ends_s)
			*f = (struct found){ SCHEDULE_NOW, w };
		return true;
	}
	if (f->when == SCHEDULE_OVER ||
	    (f->when == SCHEDULE_BEFORE && begins < f->w.begins_s))
		*f = (struct found){ SCHEDULE_BEFORE, w };
	return false;
}

/* A rule that counts has to be gone through from its begin. */
static void skip_past(const struct line *l, icalrecur_iterator *it, int64_t now_s)
{
	const int64_t from = now_s - l->length_s - 2 * DAY_S;
	struct icaltimetype t;

	if (l->rule.count || icaltime_as_timet_with_zone(l->begins, l->zone) >= from)
		return;
	t = icaltime_from_timet_with_zone((time_t)from, 0, l->zone);
	t.zone = NULL;          /* local, as the begin is */
	icalrecur_iterator_set_start(it, t);
}

static void look(const struct line *l, int64_t now_s, uint32_t early_s,
		 struct found *f)
{
	icalrecur_iterator *it;

	if (l->rule.freq == ICAL_NO_RECURRENCE) {
		consider(l, l->begins, now_s, early_s, f);
		return;
	}
	it = icalrecur_iterator_new(l->rule, l->begins);
	if (!it)
		return;
	skip_past(l, it, now_s);
	for (int i = 0; i < STEPS_MAX; i++) {
		const struct icaltimetype at = icalrecur_iterator_next(it);

		if (icaltime_is_null_time(at) ||
		    !consider(l, at, now_s, early_s, f))
			break;
	}
	icalrecur_iterator_free(it);
}

enum schedule_when schedule_at(const char *lines, int64_t now_s, uint32_t early_s,
			       struct schedule_window *w)
{
	struct found f = { SCHEDULE_OVER, { 0, 0 } };
	char text[LINE_MAX_LEN + 1];
	unsigned good = 0, missed;
	struct line l;

	while (*lines) {
		const size_t len = strcspn(lines, "\n");

		snprintf(text, sizeof(text), "%.*s", (int)len, lines);
		lines += len + (lines[len] == '\n');
		if (len <= LINE_MAX_LEN && parse(&l, text) == 0) {
			good++;
			look(&l, now_s, early_s, &f);
		} else if (log_allow("schedule: bad line", &missed)) {
			log_error("schedule", "left out, line=\"%s\" missed=%u",
				  text, missed);
		}
	}
	*w = f.w;
	return good ? f.when : SCHEDULE_ALWAYS;
}

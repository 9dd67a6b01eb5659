/* room_relate.c - of control.h: who hears whom, and how loud. What one member
 * may not hear of another, or may though the others do not, is a tie. */
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "room_int.h"

/* ---- ties --------------------------------------------------------------- */

static struct tie *find(const struct room *room, const struct member *who,
			const struct member *whom)
{
	struct tie *t;

	list_each(&room->ties, t, it, struct tie, in_room)
		if (t->who == who && t->whom == whom)
			return t;
	return NULL;
}

static unsigned ties_of(const struct member *who)
{
	const struct tie *t;
	unsigned n = 0;

	list_each(&who->room->ties, t, it, struct tie, in_room)
		n += t->who == who;
	return n;
}

static void tell(struct tie *t)
{
	if (!t->told && media_port_except(leg_port(t->who->leg),
					  leg_port(t->whom->leg), true) == 0)
		t->told = true;
	if (!t->told)
		room_retry(t->who->room);
}

static int add(struct member *who, struct member *whom)
{
	struct tie *t;

	if (ties_of(who) == MX_RULES_ODD_MAX)
		return -ENOSPC;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->who = who;
	t->whom = whom;
	list_add(&who->room->ties, &t->in_room);
	tell(t);
	return 0;
}

/* A port that does not get to know of it keeps a name that nobody has again. */
static void drop(struct room *room, struct tie *t)
{
	if (t->told && media_port_except(leg_port(t->who->leg),
					 leg_port(t->whom->leg), false) != 0)
		log_warn(leg_tag(t->who->leg), "media keeps what he hears of %s",
			 leg_tag(t->whom->leg));
	list_del(&room->ties, &t->in_room);
	free(t);
}

void ties_tell(struct room *room)
{
	struct tie *t;

	list_each(&room->ties, t, it, struct tie, in_room)
		tell(t);
}

void ties_forget(struct member *m)
{
	struct room *room = m->room;
	struct member *o;
	struct tie *t;

	list_each(&room->ties, t, it, struct tie, in_room)
		if (t->who == m || t->whom == m)
			drop(room, t);
	list_each(&room->members, o, in, struct member, in_room)
		if (o->pupil == m) {    /* he is heard by nobody until told otherwise */
			log_info(leg_tag(o->leg), "coaches nobody any more");
			o->pupil = o;
		}
}

void ties_free(struct room *room)
{
	struct tie *t;

	list_each(&room->ties, t, it, struct tie, in_room)
		free(t);
	list_init(&room->ties);
}

/* ---- what is done ------------------------------------------------------- */

/* Both are in one room, and are two. */
static int both(struct leg *leg, struct leg *other, struct member **a,
		struct member **b)
{
	*a = member_of(leg);
	*b = member_of(other);
	if (!*a || !*b)
		return -ENOENT;
	return *a != *b && (*a)->room == (*b)->room ? 0 : -EINVAL;
}

int leg_relate(struct leg *leg, struct leg *other, bool hears, const char *by)
{
	struct member *a, *b;
	struct tie *t;
	int err = both(leg, other, &a, &b);

	if (err)
		return err;
	if (b->pupil)
		return -EBUSY;
	t = find(a->room, a, b);
	if (!t == hears)
		return -EALREADY;
	if (hears)
		drop(a->room, t);
	else
		err = add(a, b);
	if (err)
		return err;
	log_info(leg_tag(leg), "%s %s, by=%s", hears ? "hears" : "does not hear",
		 leg_tag(other), by);
	event_member(a, (struct event){ .type = EVENT_RELATE, .on = hears,
					.other = leg_number(other), .by = by });
	return 0;
}

/* Who did not hear him, though the others did, is his pupil by the same tie
 * once he is kept aside: such ties go first. */
static void drop_ties_to(struct member *m)
{
	struct tie *t;

	list_each(&m->room->ties, t, it, struct tie, in_room)
		if (t->whom == m)
			drop(m->room, t);
}

int leg_coach(struct leg *leg, struct leg *pupil, const char *by)
{
	struct member *a = member_of(leg), *b = NULL;
	int err = a ? 0 : -ENOENT;

	if (pupil)
		err = both(leg, pupil, &a, &b);
	if (err)
		return err;
	if (a->pupil == b)
		return -EALREADY;
	if (b && ties_of(b) == MX_RULES_ODD_MAX)
		return -ENOSPC;
	if (b) {
		a->pupil = b;           /* aside, before anybody is to hear him */
		member_apply(a);
	}
	drop_ties_to(a);
	if (b)
		err = add(b, a);
	a->pupil = err ? a : b;         /* a secret does not become public */
	member_apply(a);
	if (err)
		return err;
	if (b)
		log_info(leg_tag(leg), "is heard by %s alone, by=%s",
			 leg_tag(pupil), by);
	else
		log_info(leg_tag(leg), "is heard by all again, by=%s", by);
	event_member(a, (struct event){ .type = EVENT_COACH, .on = b != NULL, .by = by,
					.other = b ? leg_number(pupil) : 0 });
	return 0;
}

/* ---- switches of one member --------------------------------------------- */

static int set(struct leg *leg, bool *what, bool on, enum event_type type,
	       const char *word, const char *by)
{
	struct member *m = member_of(leg);

	if (*what == on)
		return -EALREADY;
	*what = on;
	member_configure(m);
	member_apply(m);
	log_info(leg_tag(leg), "%s=%d, by=%s", word, on, by);
	event_member(m, (struct event){ .type = type, .on = on, .by = by });
	return 0;
}

int leg_hold(struct leg *leg, bool on, const char *by)
{
	struct member *m = member_of(leg);
	int err = m ? set(leg, &m->hold, on, EVENT_HOLD, "hold", by) : -ENOENT;

	if (err || m->state != MEMBER_IN)
		return err;
	if (on)
		member_say(m, &(const struct say){ .n = 0 });   /* music */
	else
		leg_hush(leg);
	return 0;
}

int leg_ghost(struct leg *leg, bool on, const char *by)
{
	struct member *m = member_of(leg);

	return m ? set(leg, &m->ghost, on, EVENT_GHOST, "ghost", by) : -ENOENT;
}

int leg_priority(struct leg *leg, bool on, const char *by)
{
	struct member *m = member_of(leg);

	return m ? set(leg, &m->priority, on, EVENT_PRIORITY, "priority", by) : -ENOENT;
}

int leg_volume(struct leg *leg, enum volume way, int step, const char *by)
{
	struct member *m = member_of(leg);
	int8_t *db;
	int want;

	if (!m)
		return -ENOENT;
	db = way == VOLUME_TALK ? &m->talk_db : &m->hear_db;
	want = step ? *db + step * VOLUME_STEP_DB : 0;
	if (want == *db)
		return -EALREADY;
	if (want > VOLUME_MAX_DB || want < -VOLUME_MAX_DB)
		return -ERANGE;
	*db = (int8_t)want;
	member_apply(m);
	log_info(leg_tag(leg), "%s=%d dB, by=%s",
		 way == VOLUME_TALK ? "talks" : "hears", want, by);
	event_member(m, (struct event){ .type = EVENT_VOLUME, .volume = way,
					.db = want, .by = by });
	return 0;
}

unsigned room_ghosts(const struct room *room)
{
	const struct member *m;
	unsigned n = 0;

	list_each(&room->members, m, it, struct member, in_room)
		n += m->ghost;
	return n;
}

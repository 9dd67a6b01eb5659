/*
 * oracle.c - a meeting in which everybody does whatever he may, and beside it a
 * model of what must come of that.
 *
 * The room's own code (src/call) takes the keys, commands, calls and failures;
 * the mixer's own code makes the sound; only SIP, sockets and the database are
 * played (t_world.h), and so is the clock, so that a run is the same for the
 * same seed. After each burst of acts the roster is compared with the model's,
 * state by state, and what each member hears with whom he should hear.
 *
 *	oracle [MEMBERS [SECONDS [SEED]]]
 */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "call/control.h"
#include "model.h"
#include "sound.h"
#include "t_fakes.h"
#include "t_rand.h"

enum {
	ACTS = 12,                      /* in a burst, at most */
	SETTLE = 50,                    /* ticks until all that is heard is new */
	ROUND = 60                      /* ticks */
};

#define ROOM "1002"

struct oracle {
	struct model model;
	struct sound *sound;
	struct caller *who[MODEL_SEATS_MAX];    /* in a seat; NULL: nobody */
	uint32_t rnd;
	unsigned long acts, pairs;
	char did[ACTS][64];             /* in this burst */
	unsigned n_did;
};

static struct oracle *o;

static unsigned below(unsigned n)
{
	return t_rand(&o->rnd) % n;
}

static struct leg *leg(unsigned a)
{
	return hub_leg(world->hub, o->who[a]->number);
}

static struct model_seat *seat(unsigned a)
{
	return &o->model.seat[a];
}

/* ---- acts: each is done, and said to the model -------------------------- */

static void left(unsigned a)
{
	sound_seat(o->sound, a, NULL);
	o->who[a] = NULL;
	model_leave(&o->model, a);
}

/* The next moderator from a seat on; that seat if there is none. */
static unsigned moderator_from(unsigned from)
{
	for (unsigned i = 0; i < o->model.seats; i++) {
		const unsigned a = (from + i) % o->model.seats;

		if (o->who[a] && seat(a)->moderator)
			return a;
	}
	return from;
}

static unsigned empty_from(unsigned from)
{
	unsigned a = from;

	for (unsigned i = 0; i < o->model.seats && o->who[a]; i++)
		a = (a + 1) % o->model.seats;
	return a;
}

/* One of eight is a moderator; where all wait for one, every other. */
static void do_join(unsigned a)
{
	const bool wait = !seat(moderator_from(0))->moderator;
	const bool moderator = below(wait ? 2 : 8) == 0;
	const bool may = moderator || !o->model.locked;
	struct caller *c;

	if (o->who[a] || world->n_callers + 2 > CALLERS_MAX)
		return;
	c = join(ROOM, moderator ? "4321" : "1234");
	must(in_room(c, ROOM) || !may || !moderator);
	if (!may) {
		must(gone(c));
		return;
	}
	o->who[a] = c;
	model_join(&o->model, a, moderator);
	sound_seat(o->sound, a, c->port);
}

static void do_leave(unsigned a)
{
	hangup(o->who[a]);
	left(a);
}

/* All who moderate: the others wait from now on. */
static void do_walk_out(unsigned a)
{
	for (a = moderator_from(a); o->who[a] && seat(a)->moderator;
	     a = moderator_from(a))
		do_leave(a);
}

static void do_kick(unsigned a)
{
	must(leg_kick(leg(a), below(2), "oracle") == 0);
	heard(o->who[a]);               /* his goodbye */
	left(a);
}

/* His phone is there no more: nothing comes from it. */
static void do_crash(unsigned a)
{
	o->who[a]->port->ops->on_timeout(o->who[a]->port->arg);
	world_run(0);
	must(gone(o->who[a]));
	left(a);
}

/* A key does not lift what a moderator has set; who waits has no such key. */
static void do_mute_key(unsigned a)
{
	keys(o->who[a], "*1");
	if (!model_waits(&o->model, a) && !seat(a)->their_mute)
		seat(a)->own_mute = !seat(a)->own_mute;
}

static void do_their_mute(unsigned a)
{
	const bool on = !seat(a)->their_mute;

	must(leg_mute(leg(a), MUTE_MODERATOR, on, "oracle") == 0);
	model_their_mute(&o->model, a, on);
}

static void do_mute_all(unsigned a)
{
	keys(o->who[a], "*5");
	if (seat(a)->moderator)
		model_mute_all(&o->model, !o->model.muted);
}

static void do_lock(unsigned a)
{
	keys(o->who[a], "*2");
	if (seat(a)->moderator)
		o->model.locked = !o->model.locked;
}

static void do_hand(unsigned a)
{
	keys(o->who[a], "*9");
	if (model_waits(&o->model, a))
		return;
	if (seat(a)->moderator)
		model_next(&o->model);
	else
		seat(a)->hand = seat(a)->hand ? 0 : ++o->model.hands;
}

static void do_phone_hold(unsigned a)
{
	seat(a)->phone_hold = !seat(a)->phone_hold;
	must(reinvite(o->who[a], seat(a)->phone_hold ? "a=sendonly\r\n" : "") == 200);
}

static void do_hold(unsigned a)
{
	seat(a)->hold = !seat(a)->hold;
	must(leg_hold(leg(a), seat(a)->hold, "oracle") == 0);
}

static void do_deaf(unsigned a)
{
	seat(a)->deaf = !seat(a)->deaf;
	must(leg_deaf(leg(a), seat(a)->deaf, "oracle") == 0);
}

static void do_ghost(unsigned a)
{
	seat(a)->ghost = !seat(a)->ghost;
	must(leg_ghost(leg(a), seat(a)->ghost, "oracle") == 0);
}

static void do_coach(unsigned a)
{
	const unsigned b = below(o->model.seats);

	if (seat(a)->pupil != MODEL_NOBODY) {
		must(leg_coach(leg(a), NULL, "oracle") == 0);
		model_coach(&o->model, a, MODEL_NOBODY);
	} else if (b != a && o->who[b] && model_exceptions(&o->model, b) < 8) {
		must(leg_coach(leg(a), leg(b), "oracle") == 0);
		model_coach(&o->model, a, (int)b);
	}
}

static void do_relate(unsigned a)
{
	const unsigned b = below(o->model.seats);

	if (b == a || !o->who[b] || seat(b)->pupil != MODEL_NOBODY ||
	    (!seat(a)->without[b] && model_exceptions(&o->model, a) >= 8))
		return;
	seat(a)->without[b] = !seat(a)->without[b];
	must(leg_relate(leg(a), leg(b), !seat(a)->without[b], "oracle") == 0);
}

static const struct act {
	const char *name;
	void (*fn)(unsigned a);
	unsigned often;
	unsigned (*by)(unsigned from);  /* who does it every other time, whom it
					 * would seldom hit by chance; or NULL */
} acts[] = {
	{ "join", do_join, 8, empty_from },
	{ "leave", do_leave, 2, NULL },
	{ "kick", do_kick, 1, NULL },
	{ "crash", do_crash, 1, NULL },
	{ "mute key", do_mute_key, 4, NULL },
	{ "moderator's mute", do_their_mute, 4, NULL },
	{ "mute all", do_mute_all, 3, moderator_from },
	{ "lock", do_lock, 2, moderator_from },
	{ "hand", do_hand, 3, NULL },
	{ "phone's hold", do_phone_hold, 3, NULL },
	{ "hold", do_hold, 2, NULL },
	{ "deaf", do_deaf, 2, NULL },
	{ "ghost", do_ghost, 2, NULL },
	{ "coach", do_coach, 3, NULL },
	{ "relate", do_relate, 8, NULL },
	{ "walk out", do_walk_out, 1, NULL },
};

static const struct act *choose(void)
{
	unsigned sum = 0, i = 0, r;

	for (unsigned k = 0; k < sizeof(acts) / sizeof(acts[0]); k++)
		sum += acts[k].often;
	for (r = below(sum); r >= acts[i].often; i++)
		r -= acts[i].often;
	return &acts[i];
}

/* All prompts are over: what they say is of other tests. */
static void hear_out(void)
{
	for (unsigned a = 0; a < o->model.seats; a++)
		if (o->who[a])
			heard(o->who[a]);
	if (hub_room(world->hub, ROOM))
		heard_by_all(ROOM);
}

static void act(void)
{
	const struct act *what = choose();
	unsigned a = below(o->model.seats);

	if (what->by && below(2))
		a = what->by(a);
	if (!o->who[a] && what->fn != do_join)
		return;
	snprintf(o->did[o->n_did++], sizeof(o->did[0]), "%s %u", what->name, a);
	what->fn(a);
	hear_out();
	o->acts++;
}

/* ---- what came of it ----------------------------------------------------- */

static bool wrong(const char *what, unsigned a, unsigned b)
{
	fprintf(stderr, "%s: seat %u, seat %u; after:", what, a, b);
	for (unsigned i = 0; i < o->n_did; i++)
		fprintf(stderr, " %s,", o->did[i]);
	fprintf(stderr, "\n");
	return false;
}

static bool same_member(unsigned a)
{
	const struct model_seat *s = seat(a);
	struct leg_info info;

	must(leg(a));
	leg_info(leg(a), &info);
	return info.is_member && info.waiting == model_waits(&o->model, a) &&
		info.muted == ((s->own_mute ? MUTE_OWN : 0u) |
			       (s->their_mute ? MUTE_MODERATOR : 0u)) &&
		info.held == s->phone_hold && info.on_hold == s->hold &&
		info.deaf == s->deaf && info.ghost == s->ghost &&
		info.coaches == (s->pupil != MODEL_NOBODY) &&
		info.hand == model_hand(&o->model, a) &&
		(info.rec.role == ROLE_MODERATOR) == s->moderator;
}

static bool same_roster(void)
{
	const struct room *room = hub_room(world->hub, ROOM);
	const unsigned members = model_members(&o->model);

	if (!room != (members == 0))
		return wrong("the meeting is there, or is not", 0, 0);
	if (room && (room_members(room) != members ||
		     room_is_locked(room) != o->model.locked ||
		     room_is_muted(room) != o->model.muted))
		return wrong("members, lock or mute of all", 0, 0);
	for (unsigned a = 0; a < o->model.seats; a++)
		if (o->who[a] && !same_member(a))
			return wrong("what a member is", a, a);
	return true;
}

static bool same_sound(void)
{
	for (unsigned a = 0; a < o->model.seats; a++)
		for (unsigned b = 0; b < o->model.seats; b++) {
			if (!o->who[a])
				continue;
			o->pairs++;
			if (sound_hears(o->sound, a, b) != model_hears(&o->model, a, b))
				return wrong("who hears whom", a, b);
		}
	return true;
}

/* ---- rounds -------------------------------------------------------------- */

static bool play_round(void)
{
	o->n_did = 0;
	for (unsigned t = 0; t < ROUND; t++) {
		if (t < ROUND - SETTLE && o->n_did + 2 < ACTS)
			act();
		sound_tick(o->sound);
	}
	return same_roster() && same_sound();
}

static bool play(unsigned members, unsigned seconds, uint32_t seed)
{
	const unsigned rounds = seconds * 100 / ROUND;
	bool good = true;

	o = calloc(1, sizeof(*o));
	must(o);
	log_set_level(LOG_WARN);
	world_setup(NULL);
	world->config.media.legs_max = CALLERS_MAX;
	o->rnd = seed;
	model_init(&o->model, members);
	o->sound = sound_new(members);
	for (unsigned a = 0; a < members; a++) {
		do_join(a);
		hear_out();
	}
	for (unsigned i = 0; i < SETTLE; i++)
		sound_tick(o->sound);
	for (unsigned i = 0; i < rounds && good; i++)
		good = play_round();
	printf("oracle: %s, members=%u seconds=%u seed=%" PRIu32 " acts=%lu pairs=%lu calls=%u\n",
	       good ? "the same" : "NOT THE SAME", members, seconds, seed, o->acts,
	       o->pairs, world->n_callers);
	sound_free(o->sound);
	hear_out();
	world_teardown(NULL);
	free(o);
	return good;
}

int main(int argc, char **argv)
{
	const unsigned members = argc > 1 ? (unsigned)atoi(argv[1]) : 20;
	const unsigned seconds = argc > 2 ? (unsigned)atoi(argv[2]) : 60;
	const uint32_t seed = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 1;

	if (members < 2 || members > MODEL_SEATS_MAX || seconds < 1 || seed == 0) {
		fprintf(stderr, "usage: oracle [MEMBERS [SECONDS [SEED]]]\n");
		return 2;
	}
	return play(members, seconds, seed) ? 0 : 1;
}

/*
 * test_member.c - members of a meeting: mute in its layers, keys, and each seat
 * under each happening. The world is that of t_world.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "call/room_int.h"
#include "t_world.h"

#define assert_heard(c, what) assert_string_equal(heard(c), what)
#define assert_ended(c, why) assert_string_equal(leg_str(c, "end_reason"), why)
#define assert_all_heard(room, what) \
	assert_string_equal(heard_by_all(room), what)
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static struct leg *leg(const struct caller *c)
{
	return hub_leg(world->hub, c->number);
}

static struct room *room(const char *number)
{
	return hub_room(world->hub, number);
}

static bool speaks(const struct caller *c)
{
	return c->port->bus && c->port->speak;
}

/* Nothing of the room reaches him, nothing of him the room. */
static bool isolated(const struct caller *c)
{
	return !c->port->bus;
}

/* ---- mute --------------------------------------------------------------- */

static void star_one_and_star_six_mute_oneself(void **state)
{
	struct caller *a = join("1001", NULL);

	(void)state;
	keys(a, "*1");
	assert_false(speaks(a));
	assert_true(a->port->hear);
	assert_heard(a, "conf-muted");
	keys(a, "*6");
	assert_true(speaks(a));
	assert_heard(a, "conf-unmuted");
}

static void room_says_what_is_done_to_his_sound(void **state)
{
	struct caller *a, *b;

	(void)state;
	world->config.media.agc = true;
	world_room("1001")->agc = true;
	a = join("1001", NULL);
	assert_true(a->port->sound.agc);
	assert_int_equal(a->port->sound.ns, MX_NS_OFF);
	world_room("1001")->agc = false;        /* and for who is in it */
	world_room("1001")->denoise = true;
	world_room("1001")->echo = DB_ECHO_AUTO;
	world_room_changed("1001");
	assert_false(a->port->sound.agc);
	assert_int_equal(a->port->sound.ns, MX_NS_ON);
	assert_true(a->port->unechoes);
	b = join("1001", NULL);
	assert_false(b->port->sound.agc);
	assert_int_equal(b->port->sound.ns, MX_NS_ON);
	assert_true(b->port->unechoes);
}

static void echo_is_looked_for_as_caller_room_and_server_say(void **state)
{
	struct caller *a, *b;

	(void)state;
	world->config.media.echo = CONFIG_ECHO_AUTO;
	a = join("1001", NULL);
	assert_true(a->port->unechoes);
	world_room("1001")->echo = DB_ECHO_OFF;
	str_copy(world_room("1001")->call_options, DB_CALL_OPTIONS_MAX, "echo");
	world_room_changed("1001");
	assert_false(a->port->unechoes);
	world->params = ";confab-echo=auto";
	b = join("1001", NULL);
	assert_true(b->port->unechoes);
	world->params = ";confab-echo=loud";    /* no such value: the room's */
	b = join("1001", NULL);
	assert_false(b->port->unechoes);
}

static void startmuted_is_in_force_before_the_first_sound(void **state)
{
	struct caller *a, *m;

	(void)state;
	world_room("1000")->startmuted = true;
	m = join("1000", "4321");
	a = call("1000");
	heard(a);
	keys(a, "1234#");
	assert_true(in_room(a, "1000"));
	assert_false(speaks(a));
	assert_true(speaks(m));                 /* moderators are spared */
	assert_heard(a, "conf-onlyone conf-muted");
	keys(a, "*1");                          /* and he may lift it himself */
	assert_true(speaks(a));
}

static void mute_all_spares_moderators_and_covers_latecomers(void **state)
{
	struct caller *m = join("1000", "4321"), *n = join("1000", "4321");
	struct caller *a = join("1000", "1234"), *b;

	(void)state;
	heard_by_all("1000");
	keys(m, "*5");
	assert_all_heard("1000", "conf-now-muted");
	assert_true(speaks(m) && speaks(n));
	assert_false(speaks(a));
	b = join("1000", "1234");
	assert_false(speaks(b));
	heard_by_all("1000");
	keys(n, "*5");
	assert_all_heard("1000", "conf-now-unmuted");
	assert_true(speaks(a) && speaks(b));
}

static void nobody_lifts_the_other_ones_mute(void **state)
{
	struct caller *m = join("1000", "4321"), *a = join("1000", "1234");

	(void)state;
	keys(m, "*5");
	keys(a, "*1");                          /* cannot unmute himself */
	assert_heard(a, "conf-muted");
	assert_false(speaks(a));
	keys(m, "*5");
	assert_true(speaks(a));                 /* and had no layer of his own */

	keys(a, "*1");
	keys(m, "*5*5");                        /* on and off again */
	assert_false(speaks(a));                /* his own stays */
	keys(a, "*1");
	assert_true(speaks(a));
}

static void control_mutes_one_member_in_its_own_layer(void **state)
{
	struct caller *a = join("1001", NULL), *b = call("1000");

	(void)state;
	assert_int_equal(leg_mute(leg(a), MUTE_MODERATOR, true, "test"), 0);
	world_run(0);
	assert_heard(a, "conf-muted");
	assert_int_equal(leg_mute(leg(a), MUTE_MODERATOR, true, "test"), -EALREADY);
	assert_int_equal(leg_mute(leg(a), MUTE_OWN, true, "test"), 0);
	assert_heard(a, "");                    /* he was not heard anyway */
	assert_int_equal(leg_mute(leg(a), MUTE_MODERATOR, false, "test"), 0);
	assert_false(speaks(a));
	assert_int_equal(leg_mute(leg(a), MUTE_OWN, false, "test"), 0);
	assert_true(speaks(a));
	assert_heard(a, "conf-unmuted");
	assert_int_equal(leg_mute(leg(b), MUTE_OWN, true, "test"), -ENOENT);
}

static void users_have_no_moderators_keys(void **state)
{
	struct caller *a = join("1000", "1234"), *b = join("1000", "1234");

	(void)state;
	keys(a, "*5");
	assert_heard(a, "beeperr");
	assert_true(speaks(b));
	keys(a, "*2");
	assert_heard(a, "beeperr");
	assert_false(room_is_locked(room("1000")));
}

/* ---- other keys --------------------------------------------------------- */

static void star_three_says_how_many_are_here(void **state)
{
	struct caller *a = join("1001", NULL), *b, *c;

	(void)state;
	keys(a, "*3");
	assert_heard(a, "conf-onlyperson");
	b = join("1001", NULL);
	keys(a, "*3");
	assert_heard(a, "conf-onlyone");
	c = join("1001", NULL);
	keys(c, "*3");
	assert_heard(c, "conf-thereare digits/2 conf-otherinparty");
	assert_heard(b, "");                    /* only he who asked hears it */
}

static void star_pound_leaves(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);

	(void)state;
	keys(a, "*#");
	assert_true(isolated(a));               /* before his goodbye is over */
	assert_int_equal(room_members(room("1001")), 1);
	assert_heard(a, "vm-goodbye");
	assert_true(a->ss.bye);
	assert_ended(a, "left");
	assert_true(speaks(b));
}

static void help_is_made_from_the_menu(void **state)
{
	struct caller *a = join("1000", "1234"), *m = join("1000", "4321");

	(void)state;
	keys(a, "**");
	assert_heard(a,
		"vm-press digits/star digits/1 confbridge-mute-out "
		"vm-press digits/star digits/3 confbridge-participants "
		"vm-press digits/0 digits/4 confbridge-dec-list-vol-out "
		"vm-press digits/0 digits/5 confbridge-rest-list-vol-out "
		"vm-press digits/0 digits/6 confbridge-inc-list-vol-out "
		"vm-press digits/0 digits/7 confbridge-dec-talk-vol-out "
		"vm-press digits/0 digits/8 confbridge-rest-talk-vol-out "
		"vm-press digits/0 digits/9 confbridge-inc-talk-vol-out "
		"vm-press digits/star digits/pound confbridge-leave-out");
	keys(m, "*0");
	assert_non_null(strstr(heard(m), "vm-press digits/star digits/2 "
			       "confbridge-lock-out"));
}

static void an_unknown_sequence_beeps(void **state)
{
	struct caller *a = join("1001", NULL);

	(void)state;
	keys(a, "*A");
	assert_heard(a, "beeperr");
	keys(a, "7");
	assert_heard(a, "beeperr");
	keys(a, "*");
	world_run(3000);
	assert_heard(a, "beeperr");
	keys(a, "F");
	assert_heard(a, "");
	assert_true(speaks(a));
}

/* ---- states × events ---------------------------------------------------- */

enum seat { WAITING, OPEN, MUTED_OWN, MUTED_BY, MUTED_ALL, HELD, ON_HOLD, LOCKED, SEATS };
/* TIMEOUT is the crash of his client: nothing comes from it any more. */
enum happening { JOIN_USER, JOIN_MODERATOR, LEAVE, KICK, UNHOLD, TIMEOUT,
		 CLOSE, ROW_GONE, MUTE_KEY, REJOIN, CRASH_REJOIN, HAPPENINGS };

/* One member of room 1002 in the given seat, with a moderator unless he
 * waits. */
static struct caller *seated(enum seat seat, struct caller **m)
{
	struct caller *a;

	*m = seat == WAITING ? NULL : join("1002", "4321");
	a = join("1002", "1234");
	if (seat == MUTED_OWN)
		keys(a, "*1");
	if (seat == MUTED_BY)
		leg_mute(leg(a), MUTE_MODERATOR, true, "test");
	if (seat == ON_HOLD)
		leg_hold(leg(a), true, "test");
	if (seat == MUTED_ALL)
		keys(*m, "*5");
	if (seat == LOCKED)
		keys(*m, "*2");
	if (seat == HELD)
		reinvite(a, "a=sendonly\r\n");
	heard(a);
	return a;
}

static void crashes(struct caller *a)
{
	a->port->ops->on_timeout(a->port->arg);
	world_run(0);
}

/* Whose call it is about afterwards. */
static struct caller *happens(struct caller *a, enum happening h)
{
	switch (h) {
	case JOIN_USER: join("1002", "1234"); break;
	case JOIN_MODERATOR: join("1002", "4321"); break;
	case LEAVE: hangup(a); break;
	case KICK: leg_kick(leg(a), false, "test"); break;
	case UNHOLD: reinvite(a, ""); break;
	case TIMEOUT: crashes(a); break;
	case CLOSE: room_close(room("1002"), "test"); break;
	case ROW_GONE: hub_db_ops.on_room(world->hub, "1002", NULL); break;
	case MUTE_KEY: keys(a, "*1"); break;
	case REJOIN: hangup(a); a = join("1002", "1234"); break;
	case CRASH_REJOIN: crashes(a); a = join("1002", "1234"); break;
	case HAPPENINGS: break;
	}
	heard(a);
	world_run(0);
	return a;
}

/* What the member is afterwards: gone, isolated, listens, speaks, or held
 * (on the bus, with neither). */
static char is_now(const struct caller *a)
{
	if (gone(a))
		return 'g';
	if (isolated(a))
		return 'i';
	return a->port->speak ? 's' : a->port->hear ? 'l' : 'h';
}

static void each_happening_in_each_seat_has_its_outcome(void **state)
{
	/* join mod leave kick, unhold timeout close row, *1 again, after a crash */
	static const char table[SEATS][HAPPENINGS + 1] = {
		[WAITING]   = "isgg" "iggi" "iii",
		[OPEN]      = "ssgg" "sggs" "lss",
		[MUTED_OWN] = "llgg" "lggl" "sss",
		[MUTED_BY]  = "llgg" "lggl" "lss",
		[MUTED_ALL] = "llgg" "lggl" "lll",      /* late comers too */
		[HELD]      = "hhgg" "sggh" "hss",
		[ON_HOLD]   = "hhgg" "hggh" "hss",
		[LOCKED]    = "ssgg" "sggs" "lgg"       /* for him as well */
	};

	(void)state;
	for (int s = 0; s < SEATS; s++) {
		for (int h = 0; h < HAPPENINGS; h++) {
			struct caller *m, *a = seated((enum seat)s, &m);

			a = happens(a, (enum happening)h);
			if (is_now(a) != table[s][h])
				print_error("seat %d, happening %d\n", s, h);
			assert_int_equal(is_now(a), table[s][h]);
			world_teardown(NULL);
			world_setup(NULL);
		}
	}
}

/* A meeting in which a moderator leaves while one is held, one muted: they come
 * back as they were. */
static void what_one_is_survives_the_waiting(void **state)
{
	struct caller *m = join("1002", "4321"), *a = join("1002", "1234");
	struct caller *b = join("1002", "1234"), *c = join("1002", "1234");

	(void)state;
	keys(a, "*1");
	reinvite(b, "a=inactive\r\n");
	hangup(m);
	assert_true(isolated(a) && isolated(b) && isolated(c));
	join("1002", "4321");
	assert_int_equal(is_now(a), 'l');
	assert_int_equal(is_now(b), 'h');
	assert_int_equal(is_now(c), 's');
	reinvite(b, "");
	assert_int_equal(is_now(b), 's');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(star_one_and_star_six_mute_oneself),
		TEST(room_says_what_is_done_to_his_sound),
		TEST(echo_is_looked_for_as_caller_room_and_server_say),
		TEST(startmuted_is_in_force_before_the_first_sound),
		TEST(mute_all_spares_moderators_and_covers_latecomers),
		TEST(nobody_lifts_the_other_ones_mute),
		TEST(control_mutes_one_member_in_its_own_layer),
		TEST(users_have_no_moderators_keys),
		TEST(star_three_says_how_many_are_here),
		TEST(star_pound_leaves),
		TEST(help_is_made_from_the_menu),
		TEST(an_unknown_sequence_beeps),
		TEST(each_happening_in_each_seat_has_its_outcome),
		TEST(what_one_is_survives_the_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

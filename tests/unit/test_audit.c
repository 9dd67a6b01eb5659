/* test_audit.c - who did what to whom, as records: one row an act, with actor and
 * target. The world is t_world.c's. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "t_world.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static const char *text(const json_t *row, const char *key)
{
	const char *s = json_string_value(json_object_get(row, key));

	return s ? s : "";
}

/* "kind action detail old>new" of each act since the last call, in their order;
 * of others than whom, if that is not NULL, nothing. */
static const char *acts(const struct caller *whom)
{
	static char out[2048];
	const char *id;
	size_t len = 0;
	json_t *row;

	out[0] = '\0';
	json_object_foreach(world->audits, id, row) {
		if (whom && strcmp(text(row, "target_leg"),
				   leg_record(hub_leg(world->hub, whom->number))->id) != 0)
			continue;
		assert_true(*text(row, "at") && *text(row, "room"));
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%s %s %s %s>%s",
			len ? "; " : "", text(row, "actor_kind"), text(row, "action"),
			text(row, "detail"), text(row, "old_value"),
			text(row, "new_value"));
		assert_true(len < sizeof(out));
	}
	json_object_clear(world->audits);
	return out;
}

static struct leg *leg_of(const struct caller *c)
{
	return hub_leg(world->hub, c->number);
}

static void a_member_by_key_and_a_person_by_confabctl(void **state)
{
	struct caller *a = join("1000", "1234"), *boss = join("1000", "4321");
	const json_t *row;
	const char *id;

	(void)state;
	assert_string_equal(acts(NULL), "");    /* nobody did anything yet */
	keys(a, "*1");
	leg_mute(leg_of(a), MUTE_MODERATOR, true, leg_tag(leg_of(boss)));
	json_object_foreach(world->audits, id, row)
		if (strcmp(text(row, "detail"), "moderator") == 0) {
			assert_string_equal(text(row, "actor_leg"),
					    leg_record(leg_of(boss))->id);
			assert_string_equal(text(row, "target_leg"),
					    leg_record(leg_of(a))->id);
			assert_string_equal(text(row, "conference_id"),
					    leg_record(leg_of(a))->conference_id);
		}
	assert_string_equal(acts(a), "member mute own off>on; "
			    "member mute moderator off>on");
	leg_mute(leg_of(a), MUTE_MODERATOR, false, "confabctl uid=0 pid=1");
	assert_string_equal(acts(NULL), "confabctl mute moderator on>off");
	leg_mute(leg_of(a), MUTE_MODERATOR, false, "confabctl uid=0 pid=1");
	assert_string_equal(acts(NULL), "");    /* it changed nothing */
}

/* Each act of control.h is a row, and one alone. */
static void every_act_is_one_row(void **state)
{
	struct caller *a = join("1000", "1234"), *boss = join("1000", "4321");
	struct room *room = hub_room(world->hub, "1000");
	const char *by = "confabctl uid=0 pid=1";

	(void)state;
	acts(NULL);
	leg_deaf(leg_of(a), true, by);
	assert_string_equal(acts(a), "confabctl deaf  off>on");
	leg_hand(leg_of(a), true, by);
	assert_string_equal(acts(a), "confabctl hand  off>on");
	room_next_hand(room, by);
	assert_string_equal(acts(a), "confabctl hand  on>off");
	leg_agc(leg_of(a), true, by);
	acts(NULL);
	leg_agc(leg_of(a), false, by);
	assert_string_equal(acts(a), "confabctl agc  on>off");
	leg_ns(leg_of(a), true, by);
	assert_string_equal(acts(a), "confabctl ns  off>on");
	leg_echo(leg_of(a), true, by);
	assert_string_equal(acts(a), "confabctl echo  off>on");
	leg_hold(leg_of(a), true, by);
	assert_string_equal(acts(a), "confabctl hold  off>on");
	leg_ghost(leg_of(a), true, by);
	assert_string_equal(acts(a), "confabctl ghost  off>on");
	leg_priority(leg_of(a), true, by);
	assert_string_equal(acts(a), "confabctl priority  off>on");
	room_lock(room, true, by);
	assert_string_equal(acts(NULL), "confabctl lock  off>on");
	room_say(room, "conf-locked", by);
	assert_string_equal(acts(NULL), "confabctl say conf-locked >");
	room_record(room, true, by);
	assert_string_equal(acts(NULL), "confabctl record  off>on");
	room_dial(room, "123", by);
	assert_string_equal(acts(NULL), "confabctl dial 123 >calling");
	refuses(callee(), 486);
	world_run(0);
	assert_string_equal(acts(NULL), "confabctl dial 123 >failed: busy");
	leg_kick(leg_of(a), true, by);
	assert_string_equal(acts(NULL), "confabctl kick  >");
	room_close(room, by);
	assert_string_equal(acts(NULL), "confabctl close  >; system record  on>off");
	world_run(0);
	(void)boss;
}

static void mute_all_is_in_the_history_of_each(void **state)
{
	struct caller *a = join("1000", "1234"), *boss = join("1000", "4321"), *late;

	(void)state;
	acts(NULL);
	room_mute_all(hub_room(world->hub, "1000"), true, leg_tag(leg_of(boss)));
	assert_string_equal(acts(NULL), "member mute_all  off>on; "
			    "member mute moderator off>on");
	late = join("1000", "1234");
	assert_string_equal(acts(late), "system mute moderator off>on");
	(void)a;
}

static void who_waits_and_who_is_let_in(void **state)
{
	struct caller *a;

	(void)state;
	world_room("1000")->waiting_room = true;
	join("1000", "4321");
	a = join("1000", "1234");
	acts(NULL);
	leg_admit(leg_of(a), true, "leg 1");
	assert_string_equal(acts(a), "member lobby  on>off");
	a = join("1000", "1234");
	acts(NULL);
	leg_admit(leg_of(a), false, "leg 1");
	assert_string_equal(acts(a), "member deny  >");
}

static void a_call_in_no_room_is_told_of_too(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	leg_kick(leg_of(c), true, "confabctl uid=0 pid=1");
	assert_string_equal(acts(NULL), "confabctl kick  >");
}

static void when_he_came_and_went_is_in_his_record(void **state)
{
	struct caller *a = join("1000", "1234");

	(void)state;
	assert_true(leg_has(a, "joined_at"));
	hangup(a);
	assert_true(leg_has(a, "left_at"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_member_by_key_and_a_person_by_confabctl),
		TEST(every_act_is_one_row),
		TEST(mute_all_is_in_the_history_of_each),
		TEST(who_waits_and_who_is_let_in),
		TEST(a_call_in_no_room_is_told_of_too),
		TEST(when_he_came_and_went_is_in_his_record)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

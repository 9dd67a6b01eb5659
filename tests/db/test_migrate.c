/* test_migrate.c - sql/ against a real PostgreSQL: applied once, in order, or
 * not at all. */
#include "dbtest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

static int migrate_at(const char *url, const char *dir, char err[static 512])
{
	err[0] = '\0';
	return db_migrate(url, dir, false, err, 512);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	fclose(f);
}

/* A folder with two migrations, and a file that is none. */
static void make_dir(char out[static 256], const char *name)
{
	snprintf(out, 256, "%s/%s", dbtest_env("CONFAB_TEST_DIR"), name);
	assert_int_equal(mkdir(out, 0755), 0);
	write_file(out, "0001_a.sql", "CREATE TABLE a (x int);\n");
	write_file(out, "0002_b.sql", "CREATE TABLE b (x int);\n");
	write_file(out, "README", "no migration\n");
}

static void migrations_are_applied_once(void **state)
{
	const char *url = dbtest_env("CONFAB_TEST_URL");
	const char *dir = dbtest_env("CONFAB_TEST_SQL");
	char err[512], when[DBTEST_VALUE];

	(void)state;
	assert_int_equal(migrate_at(url, dir, err), 0);
	snprintf(when, sizeof(when), "%s", sql("SELECT string_agg("
		"number || name || sha256 || applied, ',') FROM migration"));
	assert_true(strlen(when) > 100);
	assert_int_equal(migrate_at(url, dir, err), 0);
	assert_string_equal(err, "");
	assert_string_equal(sql("SELECT string_agg("
		"number || name || sha256 || applied, ',') FROM migration"),
		when);
	assert_string_equal(sql("SELECT count(*) FROM room"), "0");
}

static void demo_rooms_are_made_once(void **state)
{
	const char *url = dbtest_env("CONFAB_TEST_URL");
	const char *dir = dbtest_env("CONFAB_TEST_SQL");
	char err[512];

	(void)state;
	assert_int_equal(db_migrate(url, dir, true, err, sizeof(err)), 0);
	assert_string_equal(sql("SELECT string_agg(number, ',' ORDER BY number)"
				" FROM room"), "1000,1001,1002,2000");
	sql("DELETE FROM room WHERE number = '1001'");
	assert_int_equal(db_migrate(url, dir, true, err, sizeof(err)), 0);
	assert_string_equal(sql("SELECT count(*) FROM room"), "3");
	sql("SELECT confab_room_add('1001', 'Open')");
}

static void a_changed_migration_is_refused(void **state)
{
	char url[512], dir[256], err[512];

	(void)state;
	dbtest_new_database(url, "changed");
	make_dir(dir, "changed");
	assert_int_equal(migrate_at(url, dir, err), 0);
	write_file(dir, "0001_a.sql", "CREATE TABLE a (x bigint);\n");
	assert_int_equal(migrate_at(url, dir, err), -EINVAL);
	assert_non_null(strstr(err, "0001_a.sql is not what was applied"));
}

static void a_newer_database_is_refused(void **state)
{
	char url[512], dir[256], err[512], path[512];

	(void)state;
	dbtest_new_database(url, "newer");
	make_dir(dir, "newer");
	assert_int_equal(migrate_at(url, dir, err), 0);
	snprintf(path, sizeof(path), "%s/0002_b.sql", dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(migrate_at(url, dir, err), -EINVAL);
	assert_non_null(strstr(err, "newer than this program"));
	assert_non_null(strstr(err, "0002_b.sql"));
}

static void a_hole_in_the_numbers_is_refused(void **state)
{
	char url[512], dir[256], err[512], path[512];

	(void)state;
	dbtest_new_database(url, "hole");
	make_dir(dir, "hole");
	snprintf(path, sizeof(path), "%s/0001_a.sql", dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(migrate_at(url, dir, err), -EINVAL);
	assert_non_null(strstr(err, "0001"));
	write_file(dir, "0001_a.sql", "SELECT 1");
	write_file(dir, "0001_again.sql", "SELECT 1");
	assert_int_equal(migrate_at(url, dir, err), -EINVAL);
	assert_int_equal(migrate_at(url, "/nonexistent", err), -ENOENT);
	assert_non_null(strstr(err, "/nonexistent"));
}

static void an_error_names_file_and_line_and_leaves_nothing(void **state)
{
	char url[512], dir[256], err[512];

	(void)state;
	dbtest_new_database(url, "broken");
	make_dir(dir, "broken");
	write_file(dir, "0003_c.sql", "CREATE TABLE c (x int);\n"
		   "-- \xc3\xa4\xc3\xb6\xc3\xbc \xe2\x82\xac\n\n"
		   "CREATE TABLE d (x nosuchtype);\n");
	assert_int_equal(migrate_at(url, dir, err), -EINVAL);
	assert_non_null(strstr(err, "0003_c.sql:4: "));
	assert_non_null(strstr(err, "nosuchtype"));
	assert_string_equal(sql_at(url, "SELECT max(number) FROM migration"),
			    "2");
	assert_string_equal(sql_at(url, "SELECT to_regclass('c') IS NULL"),
			    "t");

	write_file(dir, "0003_c.sql", "CREATE TABLE c (x int); COMMIT;");
	assert_int_equal(migrate_at(url, dir, err), -EINVAL);
	assert_non_null(strstr(err, "ends the transaction"));
	write_file(dir, "0003_c.sql", "DROP TABLE c; CREATE TABLE e (x int)");
	assert_int_equal(migrate_at(url, dir, err), 0);
}

static void servers_that_start_together_migrate_once(void **state)
{
	char url[512], err[512];
	pid_t pids[4];
	int status;

	(void)state;
	dbtest_new_database(url, "race");
	sql_close();
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(db_migrate(url, dbtest_env("CONFAB_TEST_SQL"),
					 true, err, sizeof(err)) != 0);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_string_equal(sql_at(url, "SELECT count(*) FROM room"), "4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(migrations_are_applied_once),
		cmocka_unit_test(demo_rooms_are_made_once),
		cmocka_unit_test(a_changed_migration_is_refused),
		cmocka_unit_test(a_newer_database_is_refused),
		cmocka_unit_test(a_hole_in_the_numbers_is_refused),
		cmocka_unit_test(an_error_names_file_and_line_and_leaves_nothing),
		cmocka_unit_test(servers_that_start_together_migrate_once)
	};
	int failed;

	log_set_level(LOG_ERROR);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	sql_close();
	return failed;
}

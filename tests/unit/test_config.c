/*
 * test_config.c - the options, their errors, and what is made from the table.
 *
 * With the argument sample or doc it prints conf/confab.conf.sample or
 * docs/config.md instead, for make conf.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "config/option.h"

static struct config cfg;
static struct config_error err;
static char path[] = "test_config.XXXXXX";

static int setup(void **state)
{
	(void)state;
	unsetenv("CONFAB_DATABASE");
	config_init(&cfg);
	memset(&err, 0, sizeof(err));
	return 0;
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static int read_bytes(const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	return config_read(&cfg, path, &err);
}

static int read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void read_ok(const char *text)
{
	if (read_text(text))
		fail_msg("%s", err.text);
}

/** want: what stands behind "FILE:". */
static void assert_error(const char *text, const char *want)
{
	size_t len = strlen(path);

	assert_int_equal(read_text(text), -EINVAL);
	assert_memory_equal(err.text, path, len);
	assert_int_equal(err.text[len], ':');
	assert_string_equal(err.text + len + 1, want);
}

static void set_ok(const char *assignment)
{
	if (config_set(&cfg, assignment, &err))
		fail_msg("%s", err.text);
}

/** These options together are refused, with this sentence. */
static void assert_check(const char *const *assignments, const char *want)
{
	setup(NULL);
	for (; *assignments; assignments++)
		set_ok(*assignments);
	assert_int_equal(config_check(&cfg, &err), want ? -EINVAL : 0);
	if (want)
		assert_string_equal(err.text, want);
}

#define CHECK(want, ...) \
	assert_check((const char *const[]){ __VA_ARGS__, NULL }, want)

/* ---- values ------------------------------------------------------------ */

static void defaults_are_these(void **state)
{
	(void)state;
	assert_int_equal(cfg.sip.n_bind, 2);
	assert_string_equal(cfg.sip.bind[0], "0.0.0.0");
	assert_string_equal(cfg.sip.bind[1], "::");
	assert_int_equal(cfg.sip.port, 5060);
	assert_true(cfg.sip.udp && cfg.sip.tcp);
	assert_string_equal(cfg.sip.address, "");
	assert_string_equal(cfg.sip.user_agent, "Confab");
	assert_int_equal(cfg.sip.max_message, 32768);
	assert_int_equal(cfg.sip.session_expires, 1800);
	assert_int_equal(cfg.sip.min_se, 90);
	assert_int_equal(cfg.sip.invite_rate, 50);
	assert_int_equal(cfg.media.workers, 0);
	assert_true(cfg.media.realtime && !cfg.media.pin && cfg.media.latch);
	assert_int_equal(cfg.media.port_min, 20000);
	assert_int_equal(cfg.media.port_max, 39998);
	assert_int_equal(cfg.media.legs_max, 2000);
	assert_int_equal(cfg.media.rtp_timeout, 30);
	assert_int_equal(cfg.media.ptime, 20);
	assert_string_equal(cfg.media.codecs,
			    "opus,G722,PCMU,PCMA,L16/16000,L16/8000");
	assert_string_equal(cfg.database.url, "");
	assert_string_equal(cfg.database.journal, "var/journal");
	assert_string_equal(cfg.rooms.join_user, "join");
	assert_int_equal(cfg.rooms.unknown, CONFIG_UNKNOWN_PROMPT);
	assert_int_equal(cfg.rooms.tries, 3);
	assert_int_equal(cfg.rooms.digit_timeout, 3000);
	assert_int_equal(cfg.rooms.first_digit_timeout, 10000);
	assert_int_equal(cfg.rooms.tries_pause, 1000);
	assert_int_equal(cfg.rooms.wrong_rate, 30);
	assert_string_equal(cfg.sounds.dir, "/usr/share/asterisk/sounds");
	assert_string_equal(cfg.sounds.music, "/usr/share/asterisk/moh");
	assert_string_equal(cfg.log.file, "");
	assert_int_equal(cfg.log.level, LOG_INFO);
	assert_int_equal(cfg.log.stats_interval, 60);
	assert_int_equal(cfg.server.drain, 30);
	assert_string_equal(cfg.server.control, "var/confabd.sock");
	assert_int_equal(config_check(&cfg, &err), 0);
	assert_int_equal(config_read(&cfg, NULL, &err), 0);
}

static void file_goes_over_the_defaults(void **state)
{
	(void)state;
	read_ok("# comment\n; another\n[sip]\n  port = 5070 ; why\nbind=127.0.0.1,::1\n"
		"tcp: no\r\naddress = 192.0.2.7\n\n[log]\nlevel = DEBUG\nfile =\n"
		"[rooms]\nunknown = 404\n[media]\nport_max = 65535\nlegs_max = 30\n"
		"[sip]\nudp = on\n[database]\nurl = host=/run/x dbname=confab\n");
	assert_int_equal(cfg.sip.port, 5070);
	assert_int_equal(cfg.sip.n_bind, 2);
	assert_string_equal(cfg.sip.bind[1], "::1");
	assert_false(cfg.sip.tcp);
	assert_true(cfg.sip.udp);
	assert_string_equal(cfg.sip.address, "192.0.2.7");
	assert_int_equal(cfg.log.level, LOG_DEBUG);
	assert_int_equal(cfg.rooms.unknown, CONFIG_UNKNOWN_404);
	assert_int_equal(cfg.media.port_max, 65535);
	assert_int_equal(cfg.media.legs_max, 30);
	assert_string_equal(cfg.database.url, "host=/run/x dbname=confab");
	assert_int_equal(cfg.media.port_min, 20000);
}

static void empty_file_is_the_defaults(void **state)
{
	struct config before = cfg;

	(void)state;
	cfg.sip.port = 1;               /* what was there does not shine through */
	read_ok("");
	assert_memory_equal(&cfg, &before, sizeof(cfg));
	read_ok("[sip]\n[media]\n");
	assert_memory_equal(&cfg, &before, sizeof(cfg));
}

static void environment_names_the_database(void **state)
{
	char big[CONFIG_PATH_MAX + 1];

	(void)state;
	setenv("CONFAB_DATABASE", "host=/tmp/pg", 1);
	read_ok("[database]\nurl = host=/run/x\n");
	assert_string_equal(cfg.database.url, "host=/tmp/pg");
	setenv("CONFAB_DATABASE", "", 1);
	read_ok("[database]\nurl = host=/run/x\n");
	assert_string_equal(cfg.database.url, "host=/run/x");

	memset(big, 'x', sizeof(big));
	big[CONFIG_PATH_MAX] = '\0';
	setenv("CONFAB_DATABASE", big, 1);
	assert_int_equal(config_read(&cfg, NULL, &err), -EINVAL);
	assert_string_equal(err.text,
			    "CONFAB_DATABASE: database.url: longer than 255 bytes");
}

static void every_value_of_a_type_is_read(void **state)
{
	static const char *const yes[] = { "yes", "on", "true", "1", "YES" };
	static const char *const no[] = { "no", "off", "false", "0", "No" };
	char text[64];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "sip.tcp=%s", no[i]);
		set_ok(text);
		assert_false(cfg.sip.tcp);
		snprintf(text, sizeof(text), "sip.tcp=%s", yes[i]);
		set_ok(text);
		assert_true(cfg.sip.tcp);
	}
	set_ok("sip.bind= 192.0.2.1 ,2001:db8::1,");
	assert_int_equal(cfg.sip.n_bind, 2);
	assert_string_equal(cfg.sip.bind[0], "192.0.2.1");
	set_ok("sip.bind=");
	assert_int_equal(cfg.sip.n_bind, 0);
	set_ok("media.rtp_timeout=0");
	assert_int_equal(cfg.media.rtp_timeout, 0);
	set_ok("sip.user_agent=a=b.c");
	assert_string_equal(cfg.sip.user_agent, "a=b.c");
}

/** Every number of the table, both ends and one past each. */
static void numbers_have_their_range(void **state)
{
	const struct option *o;
	struct strbuf why;
	char text[32];

	(void)state;
	for (unsigned i = 0; (o = option_nth(i)); i++) {
		if (o->type != OPTION_NUMBER)
			continue;
		strbuf_init(&why, err.text, sizeof(err.text));
		snprintf(text, sizeof(text), "%u", o->min);
		assert_int_equal(option_set(o, &cfg, text, &why), 0);
		snprintf(text, sizeof(text), "%u", o->max);
		assert_int_equal(option_set(o, &cfg, text, &why), 0);
		if (o->min) {
			snprintf(text, sizeof(text), "%u", o->min - 1);
			assert_int_equal(option_set(o, &cfg, text, &why), -EINVAL);
		}
		snprintf(text, sizeof(text), "%llu", o->max + 1ull);
		assert_int_equal(option_set(o, &cfg, text, &why), -EINVAL);
		assert_non_null(strstr(err.text, "is not a number from"));
		assert_true(o->size == 4 || (o->size == 2 && o->max <= UINT16_MAX));
	}
}

/** Each option has its own place: setting one changes no other. */
static void options_do_not_overlap(void **state)
{
	const struct option *o, *p;

	(void)state;
	for (unsigned i = 0; (o = option_nth(i)); i++)
		for (unsigned k = 0; (p = option_nth(k)); k++)
			if (i != k) {
				assert_true(o->offset + o->size <= p->offset ||
					    p->offset + p->size <= o->offset);
				assert_false(strcmp(o->section, p->section) == 0 &&
					     strcmp(o->key, p->key) == 0);
			}
}

/* ---- errors ------------------------------------------------------------ */

static void errors_name_file_line_and_reason(void **state)
{
	(void)state;
	assert_error("[sip]\n\nport = 99999\n",
		     "3: sip.port: '99999' is not a number from 1 to 65535");
	assert_error("[sip]\nport = 5060 # no\n",
		     "2: sip.port: '5060 # no' is not a number from 1 to 65535");
	assert_error("[sip]\nport = -1\n",
		     "2: sip.port: '-1' is not a number from 1 to 65535");
	assert_error("[sip]\nport =\n",
		     "2: sip.port: '' is not a number from 1 to 65535");
	assert_error("[sip]\ntcp = maybe\n", "2: sip.tcp: 'maybe' is not yes or no");
	assert_error("[sip]\nbind = 127.0.0.1, localhost\n",
		     "2: sip.bind: '127.0.0.1, localhost' is not a list of IP "
		     "addresses, up to 8, by comma");
	assert_error("[sip]\naddress = example.com\n",
		     "2: sip.address: 'example.com' is not an IP address");
	assert_error("[log]\nlevel = loud\n",
		     "2: log.level: 'loud' is not error, warn, info or debug");
	assert_error("[rooms]\nunknown = x\n",
		     "2: rooms.unknown: 'x' is not prompt or 404");
	assert_error("[sip]\nbind = 1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6,"
		     "1.1.1.7,1.1.1.8,1.1.1.9\n",
		     "2: sip.bind: more than 8 addresses");
	assert_error("[sip]\nuser_agent = a\x1b[2J\n",
		     "2: sip.user_agent: has a control character in it");
	assert_error("[sip]\nuser_agent = 0123456789012345678901234567890123456789"
		     "012345678901234567890123\n",
		     "2: sip.user_agent: longer than 63 bytes");
}

static void unknown_names_are_errors_with_a_suggestion(void **state)
{
	(void)state;
	assert_error("[sip]\nprot = 5060\n",
		     "2: there is no option sip.prot; did you mean sip.port?");
	assert_error("[sip]\nptime = 20\n",
		     "2: there is no option sip.ptime; did you mean media.ptime?");
	assert_error("[media]\nport = 5060\n",
		     "2: there is no option media.port; did you mean sip.port?");
	assert_error("[sip]\nsession-expires = 1800\n", "2: there is no option "
		     "sip.session-expires; did you mean sip.session_expires?");
	assert_error("[sip]\nzebra = 1\n", "2: there is no option sip.zebra");
	assert_error("[sips]\nport = 1\n",
		     "1: there is no section [sips]; did you mean [sip]?");
	assert_error("[sip]\nport=1\n [medai] \n# nothing in it\n",
		     "3: there is no section [medai]; did you mean [media]?");
	assert_error("[voicemail]\n", "1: there is no section [voicemail]");
	assert_error("[]\n", "1: there is no section []");
	assert_error("[sip]\n"
		     "a_key_that_is_far_too_long_to_be_an_option_of_any_kind = 1\n",
		     "2: there is no option sip."
		     "a_key_that_is_far_too_long_to_be_an_option_of_any_kind");
}

static void broken_files_are_errors(void **state)
{
	static const char nul[] = "[sip]\nport = 50\0 60\ntcp = yes\n";
	char big[1200] = "[sip]\nuser_agent = ";
	size_t len = strlen(big);

	(void)state;
	assert_error("port = 5060\n", "1: port stands before the first [section]");
	assert_error("[sip]\nrubbish\n", "2: neither [section] nor KEY = VALUE");
	assert_error("[sip\nport = 1\n", "1: neither [section] nor KEY = VALUE");
	assert_error("[sip]\nrubbish\nport = 0\n",
		     "2: neither [section] nor KEY = VALUE");
	assert_error("[sip]\nport = 0\nrubbish\n",
		     "2: sip.port: '0' is not a number from 1 to 65535");
	assert_error("[sip]\nport = 5060\ntcp = yes\nport = 5061\n",
		     "4: sip.port is set in line 2 already");
	assert_int_equal(read_bytes(nul, sizeof(nul) - 1), -EINVAL);
	assert_non_null(strstr(err.text, ":2: longer than"));

	memset(big + len, 'x', sizeof(big) - len - 1);
	big[900] = '\0';
	assert_int_equal(read_text(big), -EINVAL);
	assert_non_null(strstr(err.text, ":2: sip.user_agent: longer than 63"));
	big[900] = 'x';
	memcpy(big + sizeof(big) - 8, "\n[log]\n", 8);
	assert_int_equal(read_text(big), -EINVAL);
	assert_non_null(strstr(err.text, ":2: longer than"));
}

static void files_that_cannot_be_read_are_named(void **state)
{
	(void)state;
	assert_int_equal(config_read(&cfg, "/nonexistent/confab.conf", &err), -ENOENT);
	assert_string_equal(err.text,
			    "/nonexistent/confab.conf: No such file or directory");
	assert_int_equal(config_read(&cfg, "/", &err), -EISDIR);
	assert_string_equal(err.text, "/: Is a directory");
}

static void error_leaves_the_old_config_alone(void **state)
{
	struct config before;

	(void)state;
	read_ok("[sip]\nport = 5070\n");
	before = cfg;
	assert_int_equal(read_text("[sip]\nport = 5080\ntcp = x\n"), -EINVAL);
	assert_memory_equal(&cfg, &before, sizeof(cfg));
}

static void command_line_sets_one_option(void **state)
{
	static const struct { const char *text, *why; } bad[] = {
		{ "", "'' is not SECTION.KEY=VALUE" },
		{ "port=1", "'port=1' is not SECTION.KEY=VALUE" },
		{ "sip.port", "'sip.port' is not SECTION.KEY=VALUE" },
		{ "=", "'=' is not SECTION.KEY=VALUE" },
		{ "sip.port=x", "sip.port: 'x' is not a number from 1 to 65535" },
		{ "sip.prot=1", "there is no option sip.prot; did you mean sip.port?" },
		{ "spi.port=1", "there is no section [spi]; did you mean [sip]?" },
		{ ".=", "there is no section []" },
		{ "sip.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1",
		  "'sip.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"
		  " is not SECTION.KEY=VALUE" },
	};
	struct config before;

	(void)state;
	set_ok("sip.port=5070");
	assert_int_equal(cfg.sip.port, 5070);
	before = cfg;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(config_set(&cfg, bad[i].text, &err), -EINVAL);
		assert_string_equal(err.text, bad[i].why);
		assert_memory_equal(&cfg, &before, sizeof(cfg));
	}
}

/* ---- the whole --------------------------------------------------------- */

static void what_does_not_go_together_is_refused(void **state)
{
	(void)state;
	CHECK("sip.bind: no address to listen on", "sip.bind=");
	CHECK("sip.bind: ::1 is there twice", "sip.bind=::1,127.0.0.1,::1");
	CHECK("sip.udp, sip.tcp: one of them must be yes", "sip.udp=no", "sip.tcp=no");
	CHECK(NULL, "sip.udp=no");
	CHECK("sip.min_se: 200 is over sip.session_expires, 180",
	      "sip.min_se=200", "sip.session_expires=180");
	CHECK(NULL, "sip.min_se=180", "sip.session_expires=180");
	CHECK("media.port_min, media.port_max: 20000 to 20009 hold 5 legs, less than "
	      "media.legs_max, 6", "media.port_max=20009", "media.legs_max=6");
	CHECK(NULL, "media.port_max=20009", "media.legs_max=5");
	CHECK("media.port_min, media.port_max: 30000 to 20000 hold 0 legs, less than "
	      "media.legs_max, 2000", "media.port_min=30000", "media.port_max=20000");
	CHECK("sip.port: 20000 lies among the ports for RTP, 20000 to 39998",
	      "sip.port=20000");
	CHECK("media.ptime: 25 is not a multiple of 10", "media.ptime=25");
	CHECK("rooms.join_user: empty", "rooms.join_user=");
	CHECK("rooms.join_user: 'a*b' has a character other than letters, digits and "
	      "-_.!~'()", "rooms.join_user=a*b");
	CHECK("database.journal: empty", "database.journal=");
	CHECK("sounds.dir: empty", "sounds.dir=");
	CHECK("sounds.languages: 'en,de' is no list of en, fr, es, it and ru",
	      "sounds.languages=en,de");
	CHECK("sounds.languages: '' is no list of en, fr, es, it and ru",
	      "sounds.languages=");
	CHECK(NULL, "sounds.languages=it");
	CHECK(NULL, "sounds.music=");
}

static void codecs_must_be_ours(void **state)
{
	static const char g729[] = "media.codecs: there is no codec 'G729', but "
		"opus/48000/2, G722/8000, PCMU/8000, ";

	(void)state;
	set_ok("media.codecs=PCMU, G729 ,PCMA");
	assert_int_equal(config_check(&cfg, &err), -EINVAL);
	assert_memory_equal(err.text, g729, sizeof(g729) - 1);
	CHECK("media.codecs: empty", "media.codecs= , ");
	CHECK("media.codecs: empty", "media.codecs=");
	CHECK(NULL, "media.codecs=l16/8000 ,pcma,");
}

/* ---- what is made from the table --------------------------------------- */

static char *slurp(FILE *f)
{
	char *text = NULL;
	size_t cap = 0;

	assert_non_null(f);
	rewind(f);
	if (getdelim(&text, &cap, '\0', f) < 0)
		fail_msg("empty");
	fclose(f);
	return text;
}

static char *slurp_repository(const char *name)
{
	const char *src = getenv("srcdir");
	char full[1024];

	snprintf(full, sizeof(full), "%s/%s", src ? src : ".", name);
	return slurp(fopen(full, "r"));
}

static void assert_made(void (*print)(FILE *), const char *name)
{
	FILE *f = tmpfile();
	char *have = slurp_repository(name), *want;

	print(f);
	want = slurp(f);
	if (strcmp(have, want) != 0)
		fail_msg("%s is not what the table makes: run make conf", name);
	free(have);
	free(want);
}

static void sample_file_is_made_from_the_table(void **state)
{
	(void)state;
	assert_made(config_print_sample, "conf/confab.conf.sample");
}

static void page_of_docs_is_made_from_the_table(void **state)
{
	(void)state;
	assert_made(config_print_doc, "docs/config.md");
}

/** The sample with every # before a key taken away reads as the defaults. */
static void sample_says_the_defaults(void **state)
{
	struct config before = cfg;
	char *text = slurp_repository("conf/confab.conf.sample");

	(void)state;
	for (char *p = text; (p = strstr(p, "\n#")); p++)
		if (p[2] != ' ')
			p[1] = ' ';
	read_ok(text);
	assert_memory_equal(&cfg, &before, sizeof(cfg));
	for (char *p = text; (p = strstr(p, " = ")); p++)
		memcpy(p, " =\001", 3);         /* and each one is really read */
	assert_int_equal(read_text(text), -EINVAL);
	free(text);
}

int main(int argc, char **argv)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(defaults_are_these),
		T(file_goes_over_the_defaults),
		T(empty_file_is_the_defaults),
		T(environment_names_the_database),
		T(every_value_of_a_type_is_read),
		T(numbers_have_their_range),
		T(options_do_not_overlap),
		T(errors_name_file_line_and_reason),
		T(unknown_names_are_errors_with_a_suggestion),
		T(broken_files_are_errors),
		T(files_that_cannot_be_read_are_named),
		T(error_leaves_the_old_config_alone),
		T(command_line_sets_one_option),
		T(what_does_not_go_together_is_refused),
		T(codecs_must_be_ours),
		T(sample_file_is_made_from_the_table),
		T(page_of_docs_is_made_from_the_table),
		T(sample_says_the_defaults),
	};
#undef T

	if (argc == 2 && strcmp(argv[1], "sample") == 0)
		config_print_sample(stdout);
	else if (argc == 2 && strcmp(argv[1], "doc") == 0)
		config_print_doc(stdout);
	else
		return cmocka_run_group_tests(tests, make_file, remove_file);
	return 0;
}

/*
 * test_record.c - one record: as a line of the journal, and as a statement for
 * PostgreSQL.
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

#include "db/jline.h"
#include "db/record.h"

static const char id[] = "01900000-0000-7000-8000-000000000001";

/* ---- lines ------------------------------------------------------------- */

static void crc_is_castagnoli(void **state)
{
	(void)state;
	/* RFC 3720 B.4 and the usual check value. */
	assert_int_equal(jline_crc("123456789", 9), 0xe3069283);
	assert_int_equal(jline_crc("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32),
			 0x8a9136aa);
}

static void a_line_with_any_byte_changed_is_refused(void **state)
{
	static const char json[] = "{\"id\":\"x\"}";
	char text[64], bad[64];
	struct jline line;
	size_t len = jline_print(text, 'C', json, strlen(json));

	(void)state;
	assert_int_equal(jline_parse(&line, text, len - 1), 0);
	assert_int_equal(line.type, 'C');
	assert_memory_equal(line.json, json, line.len);
	for (size_t i = 0; i < len - 1; i++) {
		for (int bit = 0; bit < 8; bit++) {
			memcpy(bad, text, len);
			bad[i] = (char)(bad[i] ^ 1 << bit);
			assert_int_equal(jline_parse(&line, bad, len - 1),
					 -EBADMSG);
		}
	}
	for (size_t i = 0; i < len - 1; i++)
		assert_int_equal(jline_parse(&line, text, i), -EBADMSG);
}

static void scrub(const char *in, const char *want)
{
	char text[64];
	size_t len = strlen(in);

	memcpy(text, in, len + 1);
	jline_scrub(text, len);
	assert_string_equal(text, want);
}

static void what_postgresql_cannot_hold_is_replaced(void **state)
{
	(void)state;
	scrub("{\"a\":\"b\"}", "{\"a\":\"b\"}");
	scrub("\"\\u0000\"", "\"\\ufffd\"");
	scrub("\"\\\\u0000\"", "\"\\\\u0000\"");        /* an escaped \ */
	scrub("\"\\\\\\u0000\"", "\"\\\\\\ufffd\"");
	scrub("\"\\n\\u0001\"", "\"\\n\\u0001\"");
	scrub("a\nb\x01", "a b ");
	scrub("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
	      "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	scrub("\xe4x", "?x");                           /* Latin-1 */
	scrub("\xc0\x80", "??");                        /* overlong */
	scrub("\xe0\x9f\xbf", "???");
	scrub("\xed\xa0\x80", "???");                   /* surrogate */
	scrub("\xf4\x90\x80\x80", "????");              /* over U+10FFFF */
	scrub("\xe2\x82", "??");                        /* cut off */
	scrub("\\\xff", "\\?");
	scrub("\\", "\\");
}

/* ---- records ----------------------------------------------------------- */

static void a_record_becomes_a_statement_of_its_columns(void **state)
{
	char json[256], why[RECORD_WHY_LEN];
	char *sql = calloc(1, RECORD_SQL_MAX);
	struct record rec;
	int n = snprintf(json, sizeof(json), "{\"id\":\"%s\",\"started\":\"x\","
			 "\"ended\":null}", id);

	(void)state;
	assert_int_equal(record_read(&rec, sql, 'L', json, (size_t)n, why), 0);
	assert_string_equal(rec.id, id);
	assert_true(rec.begins);
	assert_false(rec.ends);
	assert_string_equal(sql, "INSERT INTO leg (\"id\",\"started\",\"ended\","
		"server,position) SELECT \"id\",\"started\",\"ended\","
		"$2::uuid,$3::bigint FROM jsonb_populate_record("
		"NULL::leg,$1::jsonb) ON CONFLICT (id) DO UPDATE SET "
		"\"id\"=EXCLUDED.\"id\",\"started\"=EXCLUDED.\"started\","
		"\"ended\"=EXCLUDED.\"ended\",position=EXCLUDED.position "
		"WHERE leg.position<EXCLUDED.position");
	free(sql);
}

static void refused(const char *json)
{
	char why[RECORD_WHY_LEN] = "";
	struct record rec;

	assert_int_equal(record_read(&rec, NULL, 'L', json, strlen(json), why),
			 -EINVAL);
	assert_true(strlen(why) > 5);
}

static void a_record_that_is_none_is_refused(void **state)
{
	char json[8192];
	size_t at;

	(void)state;
	refused("");
	refused("{");
	refused("[]");
	refused("{\"id\":1}");
	refused("{\"id\":\"01900000-0000-7000-8000-00000000000\"}");
	refused("{\"id\":\"01900000-0000-7000-8000-0000000000011\"}");
	refused("{\"id\":\"01900000-0000-7000-8000-00000000000g\"}");
	refused("{\"started\":\"x\"}");
	for (int c = 1; c < 256; c++) {
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789_", c))
			continue;
		snprintf(json, sizeof(json),
			 c == '"' || c == '\\' || c < ' ' || c > 126 ?
			 "{\"id\":\"%s\",\"a\\u00%02x\":1}" :
			 "{\"id\":\"%s\",\"a%c\":1}", id, c);
		refused(json);
	}
	snprintf(json, sizeof(json), "{\"id\":\"%s\",\"position\":1}", id);
	refused(json);
	snprintf(json, sizeof(json), "{\"id\":\"%s\",\"\":1}", id);
	refused(json);
	at = (size_t)snprintf(json, sizeof(json), "{\"id\":\"%s\"", id);
	for (int i = 0; i < 64; i++)
		at += (size_t)snprintf(json + at, sizeof(json) - at,
				       ",\"c%d\":1", i);
	snprintf(json + at, sizeof(json) - at, "}");
	refused(json);
}

static void the_longest_statement_fits(void **state)
{
	char json[8192], why[RECORD_WHY_LEN];
	char *sql = calloc(1, RECORD_SQL_MAX);
	struct record rec;
	size_t at, len;

	(void)state;
	at = (size_t)snprintf(json, sizeof(json), "{\"id\":\"%s\"", id);
	for (int i = 0; i < 63; i++)
		at += (size_t)snprintf(json + at, sizeof(json) - at,
			",\"c%062d\":1", i);
	at += (size_t)snprintf(json + at, sizeof(json) - at, "}");
	assert_int_equal(record_read(&rec, sql, 'C', json, at, why), 0);
	len = strlen(sql);
	assert_string_equal(sql + len - 26, "position<EXCLUDED.position");
	free(sql);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc_is_castagnoli),
		cmocka_unit_test(a_line_with_any_byte_changed_is_refused),
		cmocka_unit_test(what_postgresql_cannot_hold_is_replaced),
		cmocka_unit_test(a_record_becomes_a_statement_of_its_columns),
		cmocka_unit_test(a_record_that_is_none_is_refused),
		cmocka_unit_test(the_longest_statement_fits)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

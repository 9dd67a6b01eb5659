/* record.c - the columns of leg and conference records, and their JSON. */
#include "record.h"

#include <assert.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/counter.h"
#include "base/log.h"
#include "json.h"

#define END_ROW(id, word, refused, cause, text) { word, refused, cause, text },
static const struct {
	const char *word, *refused;
	int cause;
	const char *text;
} ends[] = { END_REASONS(END_ROW) };
#undef END_ROW

const char *end_word(enum end_reason r)
{
	assert(r < END__MAX);
	return ends[r].word;
}

const char *end_text(enum end_reason r)
{
	assert(r < END__MAX);
	return ends[r].text;
}

int end_cause(enum end_reason r)
{
	assert(r < END__MAX);
	return ends[r].cause;
}

const char *consent_word(enum consent c)
{
	static const char *const words[] = {
		[CONSENT_UNASKED] = "", [CONSENT_ASKED] = "asked",
		[CONSENT_YES] = "yes", [CONSENT_NO] = "no", [CONSENT_NONE] = "none"
	};

	return words[c];
}

int64_t record_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

const char *record_name(const struct leg_record *rec)
{
	return *rec->invite.name ? rec->invite.name : rec->from_name;
}

/* ---- values: each takes a field and gives JSON, NULL for SQL's null ------ */

static json_t *j_text(const void *field)
{
	const char *s = field;

	return *s ? json_text(s) : NULL;
}

static json_t *j_word(const void *field)
{
	const char *const *s = field;

	return *s ? json_text(*s) : NULL;
}

static json_t *j_time(const void *field)
{
	const int64_t us = *(const int64_t *)field;

	return us ? json_time(us) : NULL;
}

static json_t *j_u32(const void *field)
{
	return json_integer(*(const uint32_t *)field);
}

static json_t *j_i64_set(const void *field)
{
	const int64_t n = *(const int64_t *)field;

	return n ? json_integer(n) : NULL;
}

/* 0 is unknown. */
static json_t *j_u32_set(const void *field)
{
	return *(const uint32_t *)field ? j_u32(field) : NULL;
}

static json_t *j_u64(const void *field)
{
	return json_integer((json_int_t)*(const uint64_t *)field);
}

static json_t *j_bool(const void *field)
{
	return json_boolean(*(const bool *)field);
}

static json_t *j_ip(const void *field)
{
	char ip[ADDR_LEN];

	return addr_is_set(field) ? json_string(addr_print_ip(field, ip)) : NULL;
}

static json_t *j_port(const void *field)
{
	return addr_is_set(field) ? json_integer(addr_port(field)) : NULL;
}

static json_t *j_role(const void *field)
{
	static const char *const words[] = { "", "member", "moderator" };

	return j_text(words[*(const enum role *)field]);
}

static json_t *j_consent(const void *field)
{
	return j_text(consent_word(*(const enum consent *)field));
}

static json_t *j_end(const void *field)
{
	return j_text(end_word(*(const enum end_reason *)field));
}

static json_t *j_refused(const void *field)
{
	return j_text(ends[*(const enum end_reason *)field].refused);
}

static json_t *j_codec(const void *field)
{
	const struct mx_codec *c = *(const struct mx_codec *const *)field;

	return c ? json_string(c->name) : NULL;
}

static json_t *j_codec_rate(const void *field)
{
	const struct mx_codec *c = *(const struct mx_codec *const *)field;

	return c ? json_integer(c->clock_hz) : NULL;
}

/* These look at the whole record: their offset is 0. */

static json_t *j_admitted_by(const void *field)
{
	static const char *const words[][2] = {
		[ADMITTED_OPEN] = { "none", "none" },
		[ADMITTED_PIN] = { "pin", "moderator_pin" },
		[ADMITTED_URI_PIN] = { "uri_pin", "uri_moderator_pin" },
		[ADMITTED_INVITE] = { "invite", "moderator_invite" },
		[ADMITTED_URI_INVITE] = { "uri_invite", "uri_moderator_invite" },
		[ADMITTED_DIALLED] = { "dialled", "dialled" }
	};
	const struct leg_record *r = field;

	if (r->role == ROLE_NONE)
		return NULL;
	return json_string(words[r->admitted][r->role == ROLE_MODERATOR]);
}

static json_t *j_leg_end_text(const void *field)
{
	const struct leg_record *r = field;

	return j_text(*r->end_text ? r->end_text : end_text(r->end_reason));
}

static json_t *j_conference_end_text(const void *field)
{
	const struct conference_record *r = field;

	return j_text(end_text(r->end_reason));
}

/* ---- the columns -------------------------------------------------------- */

struct column {
	const char *name;
	size_t offset;
	json_t *(*json)(const void *field);
	unsigned when;                  /* enum record_when, or'ed */
};

enum {
	START = RECORD_START,
	END = RECORD_END,
	ADMIT_END = RECORD_ADMIT | RECORD_END,
	ALWAYS = RECORD_START | RECORD_ADMIT | RECORD_END
};

#define LEG(member) offsetof(struct leg_record, member)
#define STAT(member) offsetof(struct leg_record, stats.member)

static const struct column leg_columns[] = {
	{ "id", LEG(id), j_text, ALWAYS },
	{ "call_id", LEG(call_id), j_text, START },
	{ "direction", LEG(direction), j_word, START },
	{ "from_uri", LEG(from_uri), j_text, START },
	{ "from_name", LEG(from_name), j_text, START },
	{ "dialled", LEG(dialled), j_text, START },
	{ "source", LEG(source), j_ip, START },
	{ "source_port", LEG(source), j_port, START },
	{ "transport", LEG(transport), j_text, START },
	{ "user_agent", LEG(user_agent), j_text, START },
	{ "started", LEG(started_us), j_time, START },
	{ "answered", LEG(answered_us), j_time, ADMIT_END },
	{ "conference_id", LEG(conference_id), j_text, ADMIT_END },
	{ "room", LEG(room), j_text, ALWAYS },
	{ "role", LEG(role), j_role, ADMIT_END },
	{ "joined_at", LEG(joined_us), j_time, ADMIT_END },
	{ "left_at", LEG(left_us), j_time, END },
	{ "admitted_at", LEG(admitted_us), j_time, ADMIT_END },
	{ "admitted_by", 0, j_admitted_by, ADMIT_END },
	{ "invite_id", LEG(invite.id), j_i64_set, ADMIT_END },
	{ "invite_name", LEG(invite.name), j_text, ADMIT_END },
	{ "tries", LEG(tries), j_u32, ADMIT_END },
	{ "refused", LEG(end_reason), j_refused, END },
	{ "ended", LEG(ended_us), j_time, END },
	{ "end_reason", LEG(end_reason), j_end, END },
	{ "end_text", 0, j_leg_end_text, END },
	{ "sip_status", LEG(sip_status), j_u32_set, END },
	{ "codec", LEG(codec), j_codec, ADMIT_END },
	{ "rate_hz", LEG(codec), j_codec_rate, ADMIT_END },
	{ "ptime_ms", LEG(ptime_ms), j_u32_set, ADMIT_END },
	{ "dtmf", LEG(dtmf), j_word, END },
	{ "muted", LEG(muted), j_bool, END },
	{ "consent", LEG(consent), j_consent, ADMIT_END },
	{ "consent_at", LEG(consent_us), j_time, ADMIT_END },
	{ "media_source", STAT(remote), j_ip, END },
	{ "media_source_port", STAT(remote), j_port, END },
	{ "rx_packets", STAT(rx_packets), j_u64, END },
	{ "rx_bytes", STAT(rx_bytes), j_u64, END },
	{ "tx_packets", STAT(tx_packets), j_u64, END },
	{ "tx_bytes", STAT(tx_bytes), j_u64, END },
	{ "rx_lost", STAT(rx_lost), j_u64, END },
	{ "rx_jitter_us", STAT(rx_jitter_us), j_u32, END },
	{ "remote_lost", STAT(remote_lost), j_u64, END },
	{ "remote_jitter_us", STAT(remote_jitter_us), j_u32, END },
	{ "rtt_us", STAT(rtt_us), j_u32_set, END },
	{ "late", STAT(late), j_u64, END },
	{ "concealed_ms", STAT(concealed_ms), j_u64, END },
	{ "fec_used", STAT(fec_used), j_u64, END },
	{ "accelerated_ms", STAT(accelerated_ms), j_u64, END },
	{ "expanded_ms", STAT(expanded_ms), j_u64, END },
	{ "delay_ms", STAT(delay_ms), j_u32, END },
	{ "talk_ms", STAT(talk_ms), j_u64, END },
	{ "stranger", STAT(stranger), j_u64, END },
	{ "bad", STAT(bad), j_u64, END }
};

#define CONF(member) offsetof(struct conference_record, member)

static const struct column conference_columns[] = {
	{ "id", CONF(id), j_text, ALWAYS },
	{ "room", CONF(room), j_text, START },
	{ "room_name", CONF(name), j_text, START },
	{ "started", CONF(started_us), j_time, START },
	{ "rate_hz", CONF(rate_hz), j_u32, START },
	{ "ended", CONF(ended_us), j_time, END },
	{ "end_reason", CONF(end_reason), j_end, END },
	{ "end_text", 0, j_conference_end_text, END },
	{ "members_max", CONF(members_max), j_u32, END },
	{ "members_total", CONF(members_total), j_u32, END },
	{ "moderators_total", CONF(moderators_total), j_u32, END }
};

#define TAPE(member) offsetof(struct recording_record, member)

static const struct column recording_columns[] = {
	{ "id", TAPE(id), j_text, ALWAYS },
	{ "conference_id", TAPE(conference_id), j_text, START },
	{ "room", TAPE(room), j_text, START },
	{ "path", TAPE(path), j_text, START },
	{ "started", TAPE(started_us), j_time, START },
	{ "started_by", TAPE(by), j_text, START },
	{ "ended", TAPE(ended_us), j_time, END },
	{ "end_reason", TAPE(end_reason), j_word, END },
	{ "end_text", TAPE(end_text), j_text, END },
	{ "length_ms", TAPE(length_ms), j_u64, END },
	{ "silence_ms", TAPE(silence_ms), j_u64, END }
};

#define AUDIT(member) offsetof(struct audit_record, member)

static const struct column audit_columns[] = {
	{ "id", AUDIT(id), j_text, ALWAYS },
	{ "at", AUDIT(at_us), j_time, START },
	{ "room", AUDIT(room), j_text, START },
	{ "conference_id", AUDIT(conference_id), j_text, START },
	{ "actor_kind", AUDIT(actor_kind), j_word, START },
	{ "actor", AUDIT(actor), j_text, START },
	{ "actor_leg", AUDIT(actor_leg), j_text, START },
	{ "action", AUDIT(action), j_word, START },
	{ "detail", AUDIT(detail), j_text, START },
	{ "target", AUDIT(target), j_text, START },
	{ "target_leg", AUDIT(target_leg), j_text, START },
	{ "old_value", AUDIT(old_value), j_word, START },
	{ "new_value", AUDIT(new_value), j_text, START }
};

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static void write_record(struct db *db, enum db_record type,
			 const struct column *columns, size_t n,
			 const void *rec, enum record_when when)
{
	json_t *obj = json_object();
	char *dump = NULL;
	int err = -1;

	for (size_t i = 0; i < n; i++) {
		const struct column *c = &columns[i];
		json_t *v;

		if (!(c->when & when))
			continue;
		v = c->json((const char *)rec + c->offset);
		if (v)
			json_object_set_new(obj, c->name, v);
	}
	dump = json_dumps(obj, JSON_COMPACT);
	json_decref(obj);
	if (dump)
		err = db_record(db, type, dump);
	else
		counter_inc(CNT_RECORD_LOST);
	if (err)
		log_error("record", "cannot be handed over, id=%s",
			  (const char *)rec);   /* id is the first member */
	free(dump);
}

_Static_assert(LEG(id) == 0 && CONF(id) == 0 && TAPE(id) == 0 && AUDIT(id) == 0,
	       "a record begins with its id");

void record_leg(struct db *db, const struct leg_record *rec,
		enum record_when when)
{
	write_record(db, DB_RECORD_LEG, leg_columns, N_OF(leg_columns), rec, when);
}

void record_conference(struct db *db, const struct conference_record *rec,
		       enum record_when when)
{
	write_record(db, DB_RECORD_CONFERENCE, conference_columns,
		     N_OF(conference_columns), rec, when);
}

void record_audit(struct db *db, const struct audit_record *rec)
{
	write_record(db, DB_RECORD_AUDIT, audit_columns, N_OF(audit_columns), rec,
		     RECORD_START);
}

void record_recording(struct db *db, const struct recording_record *rec,
		      enum record_when when)
{
	write_record(db, DB_RECORD_RECORDING, recording_columns,
		     N_OF(recording_columns), rec, when);
}

/* refusal.c - see refusal.h */
#include "refusal.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	MINUTE_S = 60,
	MINUTES_SAID_MAX = 120,         /* until a meeting begins */
	RETRY_MAX_S = 86400
};

static const struct row {
	enum end_reason why;
	int status;
	enum prompt words[2];
	bool waits;                     /* it helps to come later */
} rows[] = {
	{ END_NO_ROOM,		404, { PROMPT_INVALID_NUMBER }, false },
	{ END_NOT_YET,		480, { PROMPT_IM_SORRY, PROMPT_TRY_LATER }, true },
	{ END_OVER,		410, { PROMPT_ENDED }, false },
	{ END_NOT_RUNNING,	480, { PROMPT_IM_SORRY, PROMPT_BEGIN_LEADER }, false },
	{ END_LOCKED,		403, { PROMPT_LOCKED }, false },
	{ END_FULL,		486, { PROMPT_FULL }, false },
	{ END_WRONG_PIN,	403, { PROMPT_TOO_MANY_PINS }, false },
	{ END_NO_INPUT,		480, { PROMPT_NONE }, false },
	{ END_NOT_ALLOWED,	403, { PROMPT_NOT_AVAILABLE }, false },
	{ END_PIN_ENDED,	403, { PROMPT_INVALID_PIN }, false },
	{ END_PIN_USED,		403, { PROMPT_IM_SORRY, PROMPT_INVALID_PIN }, false },
	{ END_BLOCKED,		480, { PROMPT_PROBLEMS, PROMPT_TRY_LATER }, true },
	{ END_NO_PIN_CHECK,	503, { PROMPT_SORRY, PROMPT_TRY_LATER }, false },
	{ END_DENIED,		603, { PROMPT_IM_SORRY }, false }
};

static const struct row *row_of(enum end_reason why)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].why == why)
			return &rows[i];
	return NULL;
}

int refusal_status(enum end_reason why)
{
	const struct row *r = row_of(why);

	return r ? r->status : 480;
}

unsigned refusal_retry_s(enum end_reason why, uint32_t wait_s)
{
	const struct row *r = row_of(why);

	if (!r || !r->waits)
		return 0;
	return wait_s < RETRY_MAX_S ? wait_s : RETRY_MAX_S;
}

void refusal_say(struct say *say, enum lang lang, enum end_reason why,
		 uint32_t wait_s)
{
	const struct row *r = row_of(why);
	const uint32_t minutes = wait_s / MINUTE_S + (wait_s % MINUTE_S != 0);

	if (!r)
		return;
	for (size_t i = 0; i < sizeof(r->words) / sizeof(r->words[0]); i++)
		say_add(say, r->words[i]);
	if (!r->waits || !minutes || minutes > MINUTES_SAID_MAX)
		return;
	say_count(say, lang, minutes, SAY_MINUTES);
}

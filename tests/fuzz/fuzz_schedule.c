/*
 * fuzz_schedule.c - any text as a room's schedule: an answer that holds
 * together, in bounded time, for moments before, in and after its years.
 */
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "call/schedule.h"

const char fuzz_name[] = "schedule";

static void check(const char *lines, int64_t now_s, uint32_t early_s)
{
	struct schedule_window w = { -1, -1 };

	switch (schedule_at(lines, now_s, early_s, &w)) {
	case SCHEDULE_NOW:
		assert(w.begins_s - (int64_t)early_s <= now_s && now_s < w.ends_s);
		break;
	case SCHEDULE_BEFORE:
		assert(now_s < w.begins_s - (int64_t)early_s && w.begins_s < w.ends_s);
		break;
	case SCHEDULE_ALWAYS:
	case SCHEDULE_OVER:
		assert(w.begins_s == 0 && w.ends_s == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum { LEN_MAX = 1000 };
	static const int64_t moments[] = { 0, 1795683600, 4102444800 };
	char lines[LEN_MAX + 1];

	if (len > LEN_MAX)
		return 0;
	memcpy(lines, data, len);
	lines[len] = '\0';
	for (size_t i = 0; i < sizeof(moments) / sizeof(*moments); i++) {
		check(lines, moments[i], 0);
		check(lines, moments[i], 900);
	}
	return 0;
}

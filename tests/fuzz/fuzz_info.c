/*
 * fuzz_info.c - any INFO body of both types: a key comes out, or an error and
 * nothing.
 */
#include "fuzz.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "call/keys.h"

const char fuzz_name[] = "info";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const types[] = {
		"application/dtmf-relay", "application/dtmf"
	};

	for (size_t i = 0; i < 2; i++) {
		char key = 0;
		int err = keys_from_info(types[i], (const char *)data, len, &key);

		assert(err == 0 || err == -EBADMSG);
		assert((err == 0) == (key != 0));
		assert(!key || strchr("0123456789*#ABCDF", key));
	}
	return 0;
}

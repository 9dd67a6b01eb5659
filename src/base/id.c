/* id.c - see id.h */
#include "id.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

void id_random(void *buf, size_t len)
{
	unsigned char *p = buf;

	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0)
			abort();        /* Linux fails only for a bad buffer */
		p += n;
		len -= (size_t)n;
	}
}

uint32_t id_rand32(void)
{
	uint32_t v;

	id_random(&v, sizeof(v));
	return v;
}

void id_uuid(char out[static ID_UUID_LEN])
{
	unsigned char b[16];
	struct timespec now;
	uint64_t ms;

	id_random(b, sizeof(b));
	clock_gettime(CLOCK_REALTIME, &now);
	ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	for (int i = 0; i < 6; i++)
		b[i] = (unsigned char)(ms >> (40 - 8 * i));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x70);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(out, ID_UUID_LEN, "%02x%02x%02x%02x-%02x%02x-%02x%02x-"
		 "%02x%02x-%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7],
		 b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* cn.c - see cn.h */
#include "cn.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* RFC 3389 3.2: byte n stands for 258 (n - 127) / 32768. The one value that
 * passes 1, which is no filter, is brought in. */
static float coefficient(uint8_t n)
{
	return fminf(258.0f * ((float)n - 127) / 32768, 0.99f);
}

int mx_cn_set(struct mx_cn *cn, const uint8_t *payload, size_t len, bool clocked)
{
	const unsigned most = clocked ? MX_CN_ORDER_MAX : 0;
	unsigned level;
	float power;

	if (len == 0)
		return -EBADMSG;
	level = payload[0] & 0x7f;
	if (level < MX_CN_DBOV_MAX)
		level = MX_CN_DBOV_MAX;
	cn->order = len - 1 < most ? (unsigned)(len - 1) : most;
	/* of a square wave; white noise spread evenly has a third of it */
	power = 32767.0f * 32767.0f * powf(10, -(float)level / 10) * 3;
	for (unsigned i = 0; i < cn->order; i++) {
		cn->k[i] = coefficient(payload[1 + i]);
		power *= 1 - cn->k[i] * cn->k[i];
	}
	cn->gain = level == 127 ? 0 : sqrtf(power);
	memset(cn->b, 0, sizeof(cn->b));
	if (cn->seed == 0)
		cn->seed = 0x5eed;
	return 0;
}

static float white(struct mx_cn *cn)
{
	/* xorshift32 (Marsaglia, 2003) */
	cn->seed ^= cn->seed << 13;
	cn->seed ^= cn->seed >> 17;
	cn->seed ^= cn->seed << 5;
	return (float)cn->seed / 2147483648.0f - 1;
}

void mx_cn_make(struct mx_cn *cn, int16_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float f = cn->gain * white(cn);

		for (unsigned k = cn->order; k > 0; k--) {
			f -= cn->k[k - 1] * cn->b[k - 1];
			if (k < cn->order)
				cn->b[k] = cn->b[k - 1] + cn->k[k - 1] * f;
		}
		cn->b[0] = f;
		out[i] = (int16_t)lrintf(fmaxf(fminf(f, 32767), -32768));
	}
}

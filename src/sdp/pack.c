/*
 * pack.c - a leg's own side between two descriptions; see offer.h. Of its 7 KB,
 * most are numbers without a meaning and room behind a text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "offer.h"

struct sdp_packed {
	uint8_t head[offsetof(struct sdp_local, pt)];
	uint8_t n;              /* meanings; the text lies behind them */
	struct {
		uint8_t pt;
		struct sdp_meaning is;
	} meaning[];
};

static bool has_meaning(const struct sdp_meaning *m)
{
	return m->codec || m->clock_hz || m->foreign;
}

static char *text(struct sdp_packed *packed)
{
	return (char *)&packed->meaning[packed->n];
}

struct sdp_packed *sdp_local_pack(const struct sdp_local *local)
{
	size_t size = strlen(local->last) + 1;
	struct sdp_packed *packed;
	unsigned n = 0;

	for (unsigned pt = 0; pt < SDP_PTS; pt++)
		n += has_meaning(&local->pt[pt]);
	packed = calloc(1, sizeof(*packed) + n * sizeof(packed->meaning[0]) +
			size);
	if (!packed)
		return NULL;
	memcpy(packed->head, local, sizeof(packed->head));
	for (unsigned pt = 0; pt < SDP_PTS; pt++)
		if (has_meaning(&local->pt[pt])) {
			packed->meaning[packed->n].pt = (uint8_t)pt;
			packed->meaning[packed->n++].is = local->pt[pt];
		}
	memcpy(text(packed), local->last, size);
	return packed;
}

void sdp_local_unpack(struct sdp_local *local, const struct sdp_packed *packed)
{
	memset(local, 0, sizeof(*local));
	memcpy(local, packed->head, sizeof(packed->head));
	for (unsigned i = 0; i < packed->n; i++)
		local->pt[packed->meaning[i].pt] = packed->meaning[i].is;
	str_copy(local->last, sizeof(local->last),
		 (const char *)&packed->meaning[packed->n]);
}

/* silk.c - see silk.h. RFC 6716: 4.1 is the range decoder, 4.2 the order of
 * what is in a frame, and where the tables are from. */
#include "silk.h"

/* ---- range decoder ----------------------------------------------------- */

struct range {
	const uint8_t *next, *end;
	uint32_t rng, val;
	uint32_t rest;          /* the byte of which the last bit is to come */
};

/* Behind the end there are zeros. */
static uint32_t next_byte(struct range *d)
{
	return d->next < d->end ? *d->next++ : 0;
}

static void normalize(struct range *d)
{
	while (d->rng <= UINT32_C(1) << 23) {
		uint32_t two = d->rest << 8;

		d->rest = next_byte(d);
		two |= d->rest;
		d->rng <<= 8;
		d->val = ((d->val << 8) + (255 & ~(two >> 1))) & 0x7fffffff;
	}
}

static void begin(struct range *d, const uint8_t *data, size_t len)
{
	*d = (struct range){ .next = data, .end = data + len, .rng = 128 };
	d->rest = next_byte(d);
	d->val = 127 - (d->rest >> 1);
	normalize(d);
}

/* A bit of even odds. */
static bool take_bit(struct range *d)
{
	uint32_t half = d->rng >> 1;
	bool bit = d->val < half;

	if (!bit)
		d->val -= half;
	d->rng = bit ? half : d->rng - half;
	normalize(d);
	return bit;
}

/* table: 256 less the cumulated frequencies, 0 at its end. */
static int take_symbol(struct range *d, const uint8_t *table)
{
	uint32_t unit = d->rng >> 8, below = d->rng, at = unit * table[0];
	int symbol = 0;

	while (d->val < at) {
		below = at;
		at = unit * table[++symbol];
	}
	d->val -= at;
	d->rng = below - at;
	normalize(d);
	return symbol;
}

/* ---- the head ---------------------------------------------------------- */

/* Table 9: frame types, two quantizer offsets each. */
static const uint8_t type_quiet[] = { 230, 0 };                 /* 0, 1 */
static const uint8_t type_voice[] = { 232, 158, 10, 0 };        /* 2 to 5 */
/* Table 11: the upper three bits of a gain by type, and 12: the lower. */
static const uint8_t gain_high[3][8] = {
	{ 224, 112, 44, 15, 3, 2, 1, 0 },
	{ 254, 237, 192, 132, 70, 23, 4, 0 },
	{ 255, 252, 226, 155, 61, 11, 2, 0 },
};
static const uint8_t gain_low[] = { 224, 192, 160, 128, 96, 64, 32, 0 };
/* Tables 6 and 8: how the second channel is predicted, and whether it is there
 * at all. */
static const uint8_t predict[] = {
	249, 247, 246, 245, 244, 234, 210, 202, 201, 200, 197, 174, 82,
	59, 56, 55, 54, 46, 22, 12, 11, 10, 9, 7, 0
};
static const uint8_t third[] = { 171, 85, 0 };
static const uint8_t fifth[] = { 205, 154, 102, 51, 0 };
static const uint8_t alone[] = { 64, 0 };

/* The flags of a channel: does its first SILK frame speak? */
static bool take_flags(struct range *d, unsigned frames, struct mx_silk_head *h)
{
	bool first = false;

	for (unsigned i = 0; i < frames; i++) {
		bool voice = take_bit(d);

		first |= i == 0 && voice;
		h->voice |= voice;
	}
	h->fec |= take_bit(d);
	return first;
}

static void skip_prediction(struct range *d, bool second_speaks)
{
	take_symbol(d, predict);
	for (unsigned i = 0; i < 2; i++) {
		take_symbol(d, third);
		take_symbol(d, fifth);
	}
	if (!second_speaks)
		take_symbol(d, alone);
}

struct mx_silk_head mx_silk_head(const uint8_t *frame, size_t len,
				 unsigned silk_frames, unsigned channels)
{
	struct mx_silk_head h = { .gain = -1 };
	bool first, second = false;
	struct range d;
	int type;

	begin(&d, frame, len);
	first = take_flags(&d, silk_frames, &h);
	if (channels > 1)
		second = take_flags(&d, silk_frames, &h);
	if (h.fec)
		return h;
	if (channels > 1)
		skip_prediction(&d, second);
	type = (first ? take_symbol(&d, type_voice) + 2 :
		take_symbol(&d, type_quiet)) / 2;
	h.voiced = type == 2;
	h.gain = take_symbol(&d, gain_high[type]) << 3;
	h.gain |= take_symbol(&d, gain_low);
	return h;
}

/* adapt.c - see adapt.h */
#include "adapt.h"

enum { PATIENCE = 3 };          /* better reports, each 5 s or so */

#define PERCENT(x) ((x) * 256 / 100)

/* FEC repairs single losses; its share of the bits grows with the loss that the
 * encoder is told of. Where more than every sixth packet is lost the path is
 * most likely full, and less is sent. */
static const struct {
	uint8_t from;           /* fraction lost */
	uint8_t loss;           /* what the encoder is told, percent */
	uint8_t rate;           /* of its bit rate, percent */
} grades[MX_ADAPT_GRADES] = {
	{ 0,		0,	100 },
	{ PERCENT(2),	5,	100 },
	{ PERCENT(6),	10,	100 },
	{ PERCENT(16),	20,	75 },
};

bool mx_adapt_report(struct mx_adapt *a, uint8_t fraction)
{
	uint8_t grade = MX_ADAPT_GRADES - 1;

	while (fraction < grades[grade].from)
		grade--;
	if (grade > a->grade) {
		a->grade = grade;
		a->better = 0;
		return true;
	}
	a->better = grade < a->grade ? (uint8_t)(a->better + 1) : 0;
	if (a->better < PATIENCE)
		return false;
	a->grade--;
	a->better = 0;
	return true;
}

void mx_adapt_set(const struct mx_codec *codec, void *enc, unsigned grade)
{
	if (codec->adapt)
		codec->adapt(enc, grades[grade].loss, grades[grade].rate);
}

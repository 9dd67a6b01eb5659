/*
 * adapt.h - what a path's loss, as its far end reports it by RTCP, asks of the
 * encoder.
 *
 * Paths are sorted into few grades, from clean to bad, so that listeners on
 * paths of one grade can go on sharing an encoder. A report that is worse moves
 * a path up at once; down it goes a grade at a time, after several that are
 * better. A path begins clean: FEC for a loss that is not there costs sound.
 */
#ifndef MX_ADAPT_H
#define MX_ADAPT_H

#include <stdbool.h>
#include <stdint.h>

#include "codec.h"

enum { MX_ADAPT_GRADES = 4 };

/** A path; zero it. */
struct mx_adapt {
	uint8_t grade;          /* 0: clean */
	uint8_t better;         /* reports that were, one after the other */
};

/** Takes a report's fraction lost (of 256). True if the grade changed. */
bool mx_adapt_report(struct mx_adapt *a, uint8_t fraction);
/** Sets an encoder to paths of this grade, if its codec can. */
void mx_adapt_set(const struct mx_codec *codec, void *enc, unsigned grade);

#endif

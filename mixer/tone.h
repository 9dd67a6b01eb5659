/*
 * tone.h - makes clips of tones: join and leave signals, and what is heard in
 * place of a prompt that is missing.
 *
 * Each part is one or two sines with soft edges, then silence. Made at start,
 * not on the media path: it allocates and uses floating point.
 */
#ifndef MX_TONE_H
#define MX_TONE_H

#include <stdint.h>

#include "clip.h"

enum {
	MX_TONE_PARTS_MAX = 8,
	MX_TONE_MS_MAX = 10000          /* of a part's on or off */
};

struct mx_tone_part {
	uint16_t f1_hz, f2_hz;  /* f2 0: one sine; f1 0: silence */
	uint16_t on_ms, off_ms;
};

/** A cadence: parts up to the first with neither on_ms nor off_ms. */
struct mx_tone {
	int8_t dbfs;            /* peak of the sum, -60 to -1 */
	struct mx_tone_part parts[MX_TONE_PARTS_MAX];
};

extern const struct mx_tone mx_tone_join;       /* two notes up */
extern const struct mx_tone mx_tone_leave;      /* two notes down */
extern const struct mx_tone mx_tone_missing;    /* three short beeps */

/**
 * Makes a clip of a tone.
 *
 * @param clipp    set to the clip, for mx_tone_free(); untouched on error
 * @param rate_hz  8000, 16000, 24000, 44100 or 48000
 *
 * @return 0, -ENOMEM, or -EINVAL (empty, too long, too loud, a frequency not
 *         below half the rate)
 */
int mx_tone_new(struct mx_clip **clipp, const struct mx_tone *tone,
		uint32_t rate_hz);
/** Frees a clip of mx_tone_new(); NULL is fine. */
void mx_tone_free(struct mx_clip *clip);

#endif

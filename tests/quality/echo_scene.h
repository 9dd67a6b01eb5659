/*
 * echo_scene.h - lines with an echo, made up so that every part is known.
 *
 *   far speech -> codec -> delay, drift -> loudspeaker -> room -> loss -.
 *                                                   near speech, noise -+
 *                                             capture <- codec <--------'
 *
 * 40 s: the far side alone for 20 s, both for 10 s, the near side alone for
 * 10 s. After quality.md's bench of the peers (room: RT60 250 ms; handset:
 * 60 ms; hybrid: 12 ms, band-limited).
 */
#ifndef ECHO_SCENE_H
#define ECHO_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scene_path { PATH_NONE, PATH_HYBRID, PATH_ROOM, PATH_HANDSET };

struct scene {
	const char *name;
	enum scene_path path;
	unsigned hz;            /* 8000: PCMU both ways, 16000: Opus or clean */
	unsigned bulk_ms;
	double loss_db;         /* of the echo */
	double noise_db;        /* under the near speech */
	double drift_ppm;
	double jump_ms;         /* of the delay, at 12 s */
	double drive;           /* of a clipping loudspeaker, 0: a good one */
	unsigned opus_bps;      /* 0: no Opus */
	bool clean;             /* no codec at all */
};

struct sound {
	size_t n;
	unsigned hz;
	size_t far_end;         /* the far side is silent from then on */
	int16_t *far;           /* as sent, before the codec */
	int16_t *capture;
	double *near;           /* speech and noise in the capture ... */
	double *noise;          /* ... and of that the noise; the rest is echo */
};

enum { SCENE_S = 40, SCENE_DOUBLE_S = 20, SCENE_NEAR_S = 30, SCENE_JUMP_S = 12 };

extern const struct scene q_scenes[];
extern const unsigned q_n_scenes;

/** The speech is that of speech.h, from other places in it with other seeds. */
void scene_make(struct sound *s, const struct scene *sc, uint32_t seed);
/** Both talk all the time, for so many seconds; path NONE: without an echo. */
void scene_make_both(struct sound *s, const struct scene *sc, uint32_t seed,
		     unsigned seconds);
void sound_free(struct sound *s);

#endif

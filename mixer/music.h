/*
 * music.h - is what comes from a line music, as of a PBX that has put its user on
 * hold without saying so?
 *
 * What does it do? It tells music after 7.7 s of it from speech, noise, tones and
 * hum, and the end of it within two seconds of speech. How does it work? Notes
 * last: in the spectrum of music there is most of the time a peak that stays
 * where it is, while the harmonics of a voice glide with its pitch. That is the
 * continuous frequency activation of K. Seyerlehner, T. Pohle, M. Schedl, G.
 * Widmer, "Automatic music detection in television productions", DAFx 2007, with
 * runs of peaks in place of its binarised blocks. A frame is tonal if one of its
 * peaks is 150 ms to 2 s old: what lasts for longer is hum or a signal. Music is
 * a good part of tonal frames, of notes enough; that many would be a tone's too,
 * but always the same. Fewer than one of seven of late: it is over.
 *
 * Frames with next to no sound say nothing: a pause is neither. Low-energy
 * frames (Saunders 1996; Scheirer and Slaney 1997) were tried: of a sparse piano
 * there are as many as of fast speech, see docs/media.md.
 *
 * One thread at a time; memory is taken by mx_music_new() alone.
 */
#ifndef MX_MUSIC_H
#define MX_MUSIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mx_music;

/** 0 or -ENOMEM. */
int mx_music_new(struct mx_music **mp);
/** NULL is fine. */
void mx_music_free(struct mx_music *m);

/** Goes on where from, of the same line, is. */
void mx_music_follow(struct mx_music *m, const struct mx_music *from);
/** Listens to a frame of 10 ms, of any rate from 8 kHz on. */
void mx_music_put(struct mx_music *m, const int16_t *pcm, size_t n);
/** Is it music, as far as is known? */
bool mx_music_is(const struct mx_music *m);

#endif

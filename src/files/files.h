/*
 * files.h - sound files, decoded by GStreamer into memory.
 *
 * A file is decoded once, on the file thread, into one immutable mono clip; it
 * stays until files_free(). Asking for a clip never waits: a file that is not
 * there, or not yet, is a short tone instead, with one warning for each name.
 */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "mixer/clip.h"

struct files;
struct loop;

struct files_cfg {
	char sounds[256];       /* folder of prompts, one below it a language */
	char music[256];        /* folder of music on hold */
};

/** Starts the file thread. 0 or -errno. */
int files_new(struct files **fp, const struct files_cfg *cfg, struct loop *loop);
/** Stops it and frees every clip; nobody may play one any more. */
void files_free(struct files *f);

/**
 * Decodes names (relative to the folder of a language, "en", without ".wav"),
 * and with the first call all the music; done(missing, arg) is called on the
 * control thread when all are there or known to be missing.
 */
int files_load(struct files *f, const char *lang, const char *const names[],
	       size_t n, void (*done)(size_t missing, void *arg), void *arg);

/** A prompt by name; one that could not be read in that language is the English
 *  one, which is counted, or else a tone of 250 ms. Never NULL. */
const struct mx_clip *files_clip(struct files *f, const char *lang,
				 const char *name);
/** Did this prompt load, in that language? */
bool files_has(const struct files *f, const char *lang, const char *name);
/** Music clip i, NULL past the last; with no music at all, a quiet tone. */
const struct mx_clip *files_music(struct files *f, unsigned i);

#endif

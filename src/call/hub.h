/*
 * hub.h - the server's calls as a whole: it owns every leg and every room, and
 * is what main ties to SIP, media, files and the database.
 *
 * Order of start: media, files, hub_new(), db (with hub_db_ops), hub_set_db(),
 * sip (with hub_sip_ops). Order of stop: hub_drain() and wait for its done;
 * then sip_free(), media_free(), recorder_free(), hub_free(), streams_free(), files_free(),
 * db_free(): records are still written by hub_free() for what had to be left
 * behind.
 *
 * All of src/call runs on the control thread and never waits.
 */
#ifndef HUB_H
#define HUB_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "db/db.h"
#include "files/files.h"
#include "media/media.h"
#include "sip/sip.h"

struct hub;
struct loop;
struct recorder;
struct streams;

struct hub_cfg {
	struct loop *loop;
	const struct config *config;    /* checked and immutable; must live until
					 * hub_set_config() or hub_free() */
	struct media *media;
	struct files *files;
	struct recorder *recorder;      /* NULL: nothing can be recorded */
	struct streams *streams;        /* NULL: no music but the folder's */
};

/** For sip_new() and db_new(), both with the hub as their arg. */
extern const struct sip_ops hub_sip_ops;
extern const struct db_ops hub_db_ops;

/** Makes a hub and begins to load its prompts and music. 0, -ENOMEM, or what
 *  files_load() returned. */
int hub_new(struct hub **hubp, const struct hub_cfg *cfg);
/** Frees the hub and what is left of its legs and rooms; NULL is fine. The
 *  drain is done, or no call ever came; media and SIP are gone and call nothing
 *  back. */
void hub_free(struct hub *hub);
/** The prompts are loaded and the rooms are known: calls may come. */
bool hub_is_ready(const struct hub *hub);
/** Until this is called new calls get 503. */
void hub_set_db(struct hub *hub, struct db *db);

/** Until this is called nobody can be called. */
void hub_set_sip(struct hub *hub, struct sip *sip);

/** From now on config counts: for new calls at once, for running ones where
 *  they next ask. The old one may be freed after this. */
void hub_set_config(struct hub *hub, const struct config *config);

/**
 * Lets running calls go on for seconds at most, then ends them all with BYE;
 * new calls get 503. A second call may shorten the time, never lengthen it.
 *
 * @param done  called once from the loop, when the last leg is gone, or a few
 *              seconds after the deadline if some peer never answers its BYE
 */
void hub_drain(struct hub *hub, unsigned seconds,
	       void (*done)(void *arg), void *arg);

/** hub_drain() has been called. */
bool hub_is_draining(const struct hub *hub);

/** A prompt that could not be read, and its language, from place *at on, which is 0
 *  at first; NULL: there are no more. A tone stands in for it, or the English one. */
const char *hub_missing_sound(const struct hub *hub, size_t *at, const char **lang);

/** Legs alive, ending ones included. */
size_t hub_legs(const struct hub *hub);
/** Rooms with somebody in them. */
size_t hub_rooms(const struct hub *hub);

#endif

/* view.h - legs, rooms, workers and events as JSON objects. The new reference
 * is the caller's; NULL without memory. */
#ifndef CTL_VIEW_H
#define CTL_VIEW_H

#include <jansson.h>

#include "call/control.h"
#include "call/event.h"
#include "media/media.h"

/** One line of a list. */
json_t *view_leg(const struct leg_info *info);
json_t *view_member(const struct leg_info *info);
/** All there is. */
json_t *view_leg_whole(const struct leg_info *info);
json_t *view_room(const struct room_info *info);
json_t *view_worker(unsigned i, const struct media_worker_stats *w);
json_t *view_event(const struct event *ev);
/** Layers of mute: ["own", "moderator"], [] for none. */
json_t *view_muted(unsigned muted);

#endif

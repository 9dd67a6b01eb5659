/* json.h - values of calls as JSON, for records and for whoever is told of
 * them. The new reference is the caller's; NULL without memory. */
#ifndef CALL_JSON_H
#define CALL_JSON_H

#include <jansson.h>
#include <stdint.h>

/** JSON must be UTF-8, what comes by SIP need not be: then every byte that is
 *  not ASCII becomes a question mark. */
json_t *json_text(const char *s);
/** Microseconds of CLOCK_REALTIME as ISO 8601 in UTC. */
json_t *json_time(int64_t us);

#endif

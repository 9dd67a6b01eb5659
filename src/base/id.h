/* id.h - random numbers and identifiers. Any thread. */
#ifndef ID_H
#define ID_H

#include <stddef.h>
#include <stdint.h>

enum { ID_UUID_LEN = 37 };      /* with the NUL */

/** A time-ordered UUID (RFC 9562, version 7) in its text form. */
void id_uuid(char out[static ID_UUID_LEN]);
/** Fills buf[len] from the kernel's random source. */
void id_random(void *buf, size_t len);
uint32_t id_rand32(void);

#endif

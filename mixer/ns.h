/*
 * ns.h - noise suppression: a talker's line made quieter by up to 12 dB.
 *
 * speexdsp's preprocessor does it (a spectral gain after Ephraim and Malah),
 * 10 ms late. It costs a clean voice a little, and babble is not noise to it,
 * so it runs only on request, or by itself on a line that needs it: noise over
 * -55 dBov and speech less than 25 dB over that, for five seconds. It begins
 * and ends between words, and fades in and out.
 *
 * The states for all rates are made at once, some 100 kB, since nothing may be
 * allocated when the rate changes in mid-call. One thread at a time.
 */
#ifndef MX_NS_H
#define MX_NS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mx_ns;
struct mx_vad;

enum mx_ns_when { MX_NS_OFF, MX_NS_ON, MX_NS_AUTO };

enum { MX_NS_DB = 12 };

/** 0 or -ENOMEM. */
int mx_ns_new(struct mx_ns **nsp, enum mx_ns_when when);
void mx_ns_free(struct mx_ns *ns);
/** The next frames come at another rate. */
void mx_ns_tune(struct mx_ns *ns, uint32_t hz);
/** Works on a frame of 10 ms, at which v has looked. */
void mx_ns_run(struct mx_ns *ns, const struct mx_vad *v, int16_t *pcm, size_t n);
/** Does it run? */
bool mx_ns_is_on(const struct mx_ns *ns);

#endif

/*
 * echo_leg.h - echo control at the rates that a leg has.
 *
 *   near at its rate -> 8 or 16 kHz -> echo.h -> its rate -+-> near
 *         `-- less what went through that: above 8 kHz -- gain -'
 *   far at the room's rate -> limiter -> 8 or 16 kHz -> echo.h
 *
 * An echo above 8 kHz is turned down as far as the one right below it. While no
 * canceller runs near is not touched. Far is limited as what is sent is; that
 * it is encoded in a chain that others share makes no difference to it.
 *
 * One thread at a time; the memory comes from control and goes back to it.
 */
#ifndef MX_ECHO_LEG_H
#define MX_ECHO_LEG_H

#include <stdbool.h>
#include <stdint.h>

#include "echo.h"

struct mx_echo_leg;
struct mx_resamp_bank;

/** What memory echo control asks for; or-ed. */
enum mx_echo_need {
	MX_ECHO_NEEDS_LEG = 1,          /* to listen, for a rate */
	MX_ECHO_NEEDS_CANCELLER = 2,    /* an echo was found, or it moved */
	MX_ECHO_GIVES_CANCELLER = 4
};

/** The rate at which echo control of a leg works that decodes to this. */
static inline uint32_t mx_echo_hz(uint32_t near_hz)
{
	return near_hz < 16000 ? 8000 : 16000;
}

/** cfg->hz is mx_echo_hz() of the leg's. 0, -EINVAL or -ENOMEM. */
int mx_echo_leg_new(struct mx_echo_leg **lp, const struct mx_echo_cfg *cfg,
		    const struct mx_resamp_bank *bank);
/** With the canceller in it; NULL is fine. */
void mx_echo_leg_free(struct mx_echo_leg *l);

/** Runs on the thread of this pace from now on. */
void mx_echo_leg_settle(struct mx_echo_leg *l, struct mx_echo_pace *pace);
/** Those of echo.h, at near_hz. True if pcm was changed. */
bool mx_echo_leg_near(struct mx_echo_leg *l, uint64_t n, int16_t *pcm,
		      uint32_t near_hz, int64_t at);
/** A sum, [far_hz / 100]; NULL: silence. */
void mx_echo_leg_far(struct mx_echo_leg *l, uint64_t n, const int32_t *in,
		     uint32_t far_hz);

/** What comes is what the room may hear: no echo was found. */
bool mx_echo_leg_passes(const struct mx_echo_leg *l);
/** What was sent last was not just so late as what will be: nothing is to be
 *  learned from it. */
void mx_echo_leg_doubt(struct mx_echo_leg *l);
uint32_t mx_echo_leg_hz(const struct mx_echo_leg *l);
/** Of enum mx_echo_need, but for LEG. */
unsigned mx_echo_leg_needs(const struct mx_echo_leg *l);
/** Takes the canceller if it needs one, and gives back in its place what it
 *  has no use for: either may be NULL. */
struct mx_canceller *mx_echo_leg_change(struct mx_echo_leg *l,
					struct mx_canceller *c);
void mx_echo_leg_stats(const struct mx_echo_leg *l, struct mx_echo_stats *st);

#endif

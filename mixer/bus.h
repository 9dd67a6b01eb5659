/*
 * bus.h - the mix bus: sums the frames of one tick and gives each listener
 * the sum without his own voice.
 *
 * Samples are int16, mono, at the bus rate; one frame is mx_bus_len(bus)
 * samples. The sum is kept in int32 and only the way out makes it int16 (a
 * limiter, mixer/limit.h), so the order of the voices does not matter and
 * taking one out again is exact. That holds for up to MX_BUS_MAX_FRAMES frames
 * a tick.
 *
 * A room that spans threads has a bus in each: every bus sums its own voices,
 * then takes in the sums of the others. The bits are those of one big bus.
 *
 * A bus belongs to one thread. Nothing here allocates after mx_bus_new(),
 * takes a lock, reads a clock or logs.
 */
#ifndef MX_BUS_H
#define MX_BUS_H

#include <stddef.h>
#include <stdint.h>

struct mx_dsp;
struct mx_bus;

enum {
	MX_BUS_MAX_FRAMES = 32768,      /* 32768 * -32768 - 32767 still fits */
	MX_BUS_MAX_LEN = 5760           /* 120 ms at 48 kHz */
};

/**
 * Makes a bus for frames of len samples.
 *
 * @param busp  set to the new bus, the caller's to free; untouched on error
 * @param len   samples a frame, 1 to MX_BUS_MAX_LEN
 * @param dsp   the kernels to use, usually mx_dsp_best(); must outlive the bus
 *
 * @return 0, -EINVAL (len out of range) or -ENOMEM
 */
int mx_bus_new(struct mx_bus **busp, size_t len, const struct mx_dsp *dsp);

/** Frees a bus; NULL is fine. */
void mx_bus_free(struct mx_bus *bus);

/** Changes the samples a frame, up to what the bus was made for, between two
 *  ticks: what was summed is forgotten. */
void mx_bus_set_len(struct mx_bus *bus, size_t len);

/** Samples a frame. */
size_t mx_bus_len(const struct mx_bus *bus);

/** Starts a tick: forgets what was summed. */
void mx_bus_begin(struct mx_bus *bus);

/** Adds one frame, voice[len], to this tick's sum. */
void mx_bus_add(struct mx_bus *bus, const int16_t *voice);

/**
 * Adds what another bus summed.
 *
 * @param sum     mx_bus_sum() of the other, sum[len]
 * @param frames  mx_bus_frames() of the other
 */
void mx_bus_add_sum(struct mx_bus *bus, const int32_t *sum, unsigned frames);

/** This tick's sum so far, [len]; the bus keeps it. */
const int32_t *mx_bus_sum(const struct mx_bus *bus);

/** Frames in the sum; 0: nobody spoke, and it is all zeros. */
unsigned mx_bus_frames(const struct mx_bus *bus);

/**
 * Writes what one listener hears to out[len]: all that was added, less own.
 *
 * @param out  the exact sum, not clipped: what a limiter takes
 * @param own  the very frame this listener added in this tick, or NULL if he
 *             was silent
 */
void mx_bus_hear32(const struct mx_bus *bus, int32_t *out, const int16_t *own);

/** The same, clipped to int16: exact where one other voice alone is left. */
void mx_bus_hear(const struct mx_bus *bus, int16_t *out, const int16_t *own);

#endif

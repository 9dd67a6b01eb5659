/* bus.c - see bus.h */
#include "bus.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/dsp.h"

struct mx_bus {
	const struct mx_dsp *dsp;
	size_t len, len_max;
	unsigned frames;        /* added in this tick */
	int16_t *silence;       /* [len], what a silent listener added */
	int32_t *sum;           /* [len] */
};

int mx_bus_new(struct mx_bus **busp, size_t len, const struct mx_dsp *dsp)
{
	struct mx_bus *bus;

	if (len < 1 || len > MX_BUS_MAX_LEN)
		return -EINVAL;

	bus = calloc(1, sizeof(*bus));
	if (!bus)
		return -ENOMEM;
	bus->dsp = dsp;
	bus->len = bus->len_max = len;

	bus->silence = calloc(len, sizeof(*bus->silence));
	bus->sum = calloc(len, sizeof(*bus->sum));
	if (!bus->silence || !bus->sum) {
		mx_bus_free(bus);
		return -ENOMEM;
	}

	*busp = bus;
	return 0;
}

void mx_bus_free(struct mx_bus *bus)
{
	if (!bus)
		return;
	free(bus->sum);
	free(bus->silence);
	free(bus);
}

void mx_bus_set_len(struct mx_bus *bus, size_t len)
{
	assert(len >= 1 && len <= bus->len_max);
	bus->len = len;
	mx_bus_begin(bus);
}

size_t mx_bus_len(const struct mx_bus *bus)
{
	return bus->len;
}

void mx_bus_begin(struct mx_bus *bus)
{
	memset(bus->sum, 0, bus->len * sizeof(*bus->sum));
	bus->frames = 0;
}

/* The one place that keeps the sums inside int32. */
static void count(struct mx_bus *bus, unsigned frames)
{
	assert(frames <= MX_BUS_MAX_FRAMES - bus->frames);
	bus->frames += frames;
}

void mx_bus_add(struct mx_bus *bus, const int16_t *voice)
{
	count(bus, 1);
	bus->dsp->add(bus->sum, voice, bus->len);
}

void mx_bus_add_sum(struct mx_bus *bus, const int32_t *sum, unsigned frames)
{
	count(bus, frames);
	bus->dsp->add32(bus->sum, sum, bus->len);
}

const int32_t *mx_bus_sum(const struct mx_bus *bus)
{
	return bus->sum;
}

unsigned mx_bus_frames(const struct mx_bus *bus)
{
	return bus->frames;
}

void mx_bus_hear32(const struct mx_bus *bus, int32_t *out, const int16_t *own)
{
	if (own)
		bus->dsp->sub(out, bus->sum, own, bus->len);
	else
		memcpy(out, bus->sum, bus->len * sizeof(*out));
}

void mx_bus_hear(const struct mx_bus *bus, int16_t *out, const int16_t *own)
{
	bus->dsp->minus(out, bus->sum, own ? own : bus->silence, bus->len);
}

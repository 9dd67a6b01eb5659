/* place.c - see place.h */
#include "place.h"

/* Of a port that nothing is known of, in millionths of a second a second: what
 * a port costs where much else is well, so that the first ones are spread. */
enum { PORT_US = 100 };

static int64_t port_us(const struct place *p, unsigned n)
{
	uint64_t busy_us = 0, ports = 0;

	for (unsigned i = 0; i < n; i++) {
		busy_us += p[i].load * 1000u;
		ports += p[i].measured;
	}
	return ports > 0 && busy_us / ports > PORT_US ?
		(int64_t)(busy_us / ports) : PORT_US;
}

static int64_t expected_us(const struct place *p, int64_t each_us)
{
	int64_t us = (int64_t)p->load * 1000 +
		((int64_t)p->ports - p->measured) * each_us;

	return us > 0 ? us : 0;
}

unsigned place_choose(const struct place *p, unsigned n)
{
	int64_t each_us = port_us(p, n);
	unsigned best = 0;

	for (unsigned i = 1; i < n; i++) {
		int64_t us = expected_us(&p[i], each_us);
		int64_t best_us = expected_us(&p[best], each_us);

		if (p[i].closed != p[best].closed ? p[best].closed :
		    us != best_us ? us < best_us : p[i].ports < p[best].ports)
			best = i;
	}
	return best;
}

/* port_echo.c - a port's echo control: what it hears and says, and its memory. */
#include "dsp/dsp.h"
#include "port_priv.h"

enum { ASK_TICKS = 100 };       /* it may have been refused */

static void ask(struct mx_port *port, unsigned need, uint64_t n)
{
	struct mx_port_news news = { .what = MX_NEWS_ECHO, .need = need,
				     .hz = mx_echo_hz(port->rx_hz) };

	if (port->echo_asked > n)
		return;
	port->echo_asked = n + ASK_TICKS;
	port_tell(port, &news);
}

uint64_t port_unecho(struct mx_port *port, uint64_t n, int16_t *pcm,
		     uint64_t energy)
{
	const int64_t end = mx_jbuf_pos(port->jbuf);
	const size_t len = port->rx_hz / 100;
	unsigned need;
	bool changed;

	if (!port->mix || !port->speak || !port->hear || energy == 0)
		return energy;
	if (!port->echo ||
	    mx_echo_leg_hz(port->echo) != mx_echo_hz(port->rx_hz)) {
		ask(port, MX_ECHO_NEEDS_LEG, n);
		return energy;
	}
	changed = mx_echo_leg_near(port->echo, n, pcm, port->rx_hz,
				   end == MX_JBUF_NO_POS ? MX_ECHO_NO_TIME :
				   end - (int64_t)len);
	need = mx_echo_leg_needs(port->echo);
	if (need)
		ask(port, need, n);
	return changed ? port->cfg.dsp->energy(pcm, len) : energy;
}

void port_heard(struct mx_port *port, uint64_t n, const int32_t *in)
{
	mx_echo_leg_far(port->echo, n, in, port->hz);
	if (port->chain && port->chain->source)
		mx_echo_leg_doubt(port->echo);
}

void mx_port_unecho(struct mx_port *port, bool on, struct mx_port_kit *kit)
{
	port->unechoes = on;
	port->echo_asked = 0;
	if (on)
		return;
	kit->echo = port->echo;
	port->echo = NULL;
}

void mx_port_echo(struct mx_port *port, struct mx_port_kit *kit)
{
	struct mx_echo_leg *old = port->echo;

	if (!port->unechoes)    /* no more: it was on its way */
		return;
	if (kit->echo) {
		port->echo = kit->echo;
		kit->echo = old;
		mx_echo_leg_settle(port->echo, port->cfg.echo_pace);
	}
	if (port->echo && port->mix)
		mix_set_apart(port->mix, port);
	if (port->echo)
		kit->canceller = mx_echo_leg_change(port->echo,
						    kit->canceller);
	port->echo_asked = 0;
}

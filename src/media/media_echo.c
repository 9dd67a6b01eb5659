/* media_echo.c - see media.h: memory for the echo control of ports. It is brought
 * when it is asked for, since most legs have no echo. */
#include "base/counter.h"
#include "media_priv.h"
#include "mixer/aec.h"

static int make_kit(struct media_port *port, unsigned need, uint32_t hz,
		    struct mx_port_kit *kit)
{
	struct media *m = port->lane->m;
	const struct mx_echo_cfg cfg = {
		.dsp = m->dsp,
		.plans = m->echo_plans,
		.hz = hz,
	};
	int err = 0;

	if (need & MX_ECHO_NEEDS_LEG)
		err = mx_echo_leg_new(&kit->echo, &cfg, m->bank);
	if (!err && need & MX_ECHO_NEEDS_CANCELLER)
		err = mx_canceller_new(&kit->canceller, &mx_aec_speex,
				       m->echo_plans, hz);
	return err;
}

static void set_echoes(struct media_port *port, bool echoes)
{
	if (echoes == port->echoes)
		return;
	port->echoes = echoes;
	if (echoes)
		counter_inc(CNT_LEG_ECHO);
	if (port->ops->on_echo)
		port->ops->on_echo(port->arg, echoes);
}

/* Without memory, or room in the mailbox, the port asks again. */
void port_on_echo(struct media_port *port, const struct event *ev)
{
	struct cmd cmd = { .kind = CMD_PORT_ECHO };
	int err;

	if (!port->unechoes)    /* it has asked before it heard of it */
		return;
	err = make_kit(port, ev->echo.need, ev->echo.hz, &cmd.kit);
	if (!err)
		err = port_tell_cmd(port, &cmd);
	if (err)
		mx_port_kit_free(&cmd.kit);
	else
		set_echoes(port, ev->echo.need & MX_ECHO_NEEDS_CANCELLER);
}

int media_port_unecho(struct media_port *port, bool on)
{
	struct cmd cmd = { .kind = CMD_PORT_UNECHO, .unecho = on };
	int err;

	if (on == port->unechoes)
		return 0;
	err = port_tell_cmd(port, &cmd);
	if (err)
		return err;
	port->unechoes = on;
	if (!on)
		set_echoes(port, false);
	return 0;
}

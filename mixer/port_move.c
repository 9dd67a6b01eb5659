/* port_move.c - a port goes from one thread to another, with all that it has. */
#include <stddef.h>

#include "mix.h"
#include "port_priv.h"

void mx_port_pack(struct mx_port *port, struct mx_pool *pool,
		  struct mx_chain **chain)
{
	*chain = NULL;
	if (port->mix)
		mx_mix_del(port->mix, port);
	port_unlist_news(port);
	/* In no room it shares none: its own goes with it. */
	if (!port->chain && port->stream.codec)
		*chain = mx_chains_get(port->cfg.chains, port->stream.codec);
	if (port->jbuf)
		mx_jbuf_rehouse(port->jbuf, pool);
}

void mx_port_unpack(struct mx_port *port, const struct mx_port_home *home,
		    struct mx_chain *chain)
{
	port->cfg.chains = home->chains;
	port->cfg.news = home->news;
	port->cfg.echo_pace = home->echo_pace;
	if (port->echo)
		mx_echo_leg_settle(port->echo, home->echo_pace);
	port->cfg.id = home->id;
	if (chain)
		mx_chains_put(port->cfg.chains, chain);
	port_list_news(port);
	if (port->jbuf)
		mx_jbuf_rehouse(port->jbuf, home->pool);
}

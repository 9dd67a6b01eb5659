/* t_fake_rules.c - of t_world.h: media as far as it is about who hears whom, and menus. */
#include <stdbool.h>
#include <string.h>

#include "t_fakes.h"

int media_port_manner(struct media_port *port, const struct mx_manner *manner)
{
	must(!port->closing);
	if (world->command_error)
		return world->command_error;
	port->manner = *manner;
	return 0;
}

int media_port_except(struct media_port *port, struct media_port *who, bool on)
{
	unsigned i = 0;

	must(!port->closing && !who->closing);
	if (world->command_error)
		return world->command_error;
	while (i < port->n_odd && port->odd[i] != who)
		i++;
	must(on == (i == port->n_odd) && i < MX_RULES_ODD_MAX);
	if (on)
		port->odd[port->n_odd++] = who;
	else
		port->odd[i] = port->odd[--port->n_odd];
	return 0;
}

const struct db_menu_row *db_menus(const struct db *db, size_t *n)
{
	(void)db;
	*n = world->n_menu;
	return world->menu;
}

const struct db_menu_row *db_menu(const struct db *db, const char *name, size_t *n)
{
	(void)db;
	*n = world->n_menu;
	return world->n_menu && strcmp(world->menu[0].menu, name) == 0 ?
		world->menu : NULL;
}

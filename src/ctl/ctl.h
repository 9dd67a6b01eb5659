/*
 * ctl.h - the control interface: confabctl's other end.
 *
 * A unix socket in the control loop; a JSON object a line comes in, one goes
 * out for each, in their order. What can be asked is in spec.h; docs/confabctl.md
 * has the protocol. After "events" the client also gets an object for each
 * event, until it goes; events that it does not read in time are left out and
 * their number is said.
 */
#ifndef CTL_H
#define CTL_H

#include "config/config.h"

struct ctl;
struct db;
struct hub;
struct loop;
struct media;

/** What only main can do. None may end inside: a drain's end comes later. */
struct ctl_ops {
	const struct config *(*config)(void *arg);
	/** Reads the configuration and puts it in force. 0 or -EINVAL. */
	int (*reload)(void *arg, struct config_error *why);
	/** Only reads it. 0 or -EINVAL. */
	int (*check)(void *arg, struct config_error *why);
	/** Stops the server when its calls are over. */
	void (*drain)(void *arg, unsigned seconds);
};

struct ctl_cfg {
	struct loop *loop;
	const char *path;               /* of the socket */
	struct hub *hub;
	struct media *media;
	struct db *db;
	const struct ctl_ops *ops;
	void *arg;
};

/** Begins to listen. 0 or what lines_new() returns. */
int ctl_new(struct ctl **ctlp, const struct ctl_cfg *cfg);
/** Before the hub goes; NULL is fine. */
void ctl_free(struct ctl *ctl);

#endif

/*
 * root.c - the main loop: Sofia's su_root, with our own loop as one of the
 * descriptors that it watches.
 */
#include <errno.h>

#include "agent.h"

static int on_loop(struct sip *sip, su_wait_t *w, struct sip *arg)
{
	(void)w;
	(void)arg;
	loop_dispatch(sip->loop);
	return 0;
}

int sip_root_open(struct sip *sip)
{
	su_wait_t w[1] = { SU_WAIT_INIT };

	sip->root = su_root_create(sip);
	if (!sip->root)
		return -ENOMEM;
	/* nta is to run here, not on a thread of its own */
	su_root_threading(sip->root, 0);
	if (su_wait_create(w, loop_fd(sip->loop), SU_WAIT_IN) < 0)
		return -ENOMEM;
	sip->loop_index = su_root_register(sip->root, w, on_loop, sip, 0);
	return sip->loop_index > 0 ? 0 : -ENOMEM;
}

void sip_root_close(struct sip *sip)
{
	if (sip->loop_index > 0)
		su_root_deregister(sip->root, sip->loop_index);
	if (!sip->root)
		return;
	/* an answer that nta made up for a request of ours may be on its way
	 * to nobody: it is let go when its turn comes */
	su_root_step(sip->root, 0);
	su_root_destroy(sip->root);
	sip->root = NULL;
}

void sip_run(struct sip *sip)
{
	su_root_run(sip->root);
}

void sip_break(struct sip *sip)
{
	su_root_break(sip->root);
}

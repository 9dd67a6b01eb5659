/* name.c - see name.h */
#include "name.h"

#include <stdlib.h>

#include "base/log.h"
#include "hub_int.h"
#include "mixer/clip.h"

struct name {
	struct link in_hub;             /* the latest last */
	uint64_t leg;
	struct mx_clip *clip;
	int64_t gone_us;                /* CLOCK_MONOTONIC; 0: is still here */
};

static struct name *find(const struct hub *hub, uint64_t leg)
{
	struct name *n, *found = NULL;

	list_each(&hub->names.all, n, it, struct name, in_hub)
		if (n->leg == leg && !n->gone_us)
			found = n;
	if (found)
		return found;
	list_each(&hub->names.all, n, it, struct name, in_hub)
		if (n->leg == leg)
			found = n;
	return found;
}

static void forget(struct hub *hub, struct name *n)
{
	list_del(&hub->names.all, &n->in_hub);
	free(n->clip);
	free(n);
}

static void on_timer(void *arg)
{
	const int64_t now = loop_now_us();
	struct hub *hub = arg;
	struct name *n;
	bool more = false;

	list_each(&hub->names.all, n, it, struct name, in_hub) {
		if (n->gone_us && now - n->gone_us >= NAME_KEPT_MS * 1000LL)
			forget(hub, n);
		else
			more |= n->gone_us != 0;
	}
	if (more)
		timer_start(&hub->names.timer, NAME_KEPT_MS / 4);
}

void names_init(struct hub *hub)
{
	list_init(&hub->names.all);
	list_init(&hub->names.taps);
	timer_init(&hub->names.timer, hub->loop, on_timer, hub);
}

void names_free(struct hub *hub)
{
	struct name *n;

	timer_stop(&hub->names.timer);
	list_each(&hub->names.all, n, it, struct name, in_hub)
		forget(hub, n);
}

void name_keep(struct hub *hub, uint64_t leg, struct mx_clip *clip)
{
	struct name *n = calloc(1, sizeof(*n));

	if (!n) {
		free(clip);
		return;
	}
	name_gone(hub, leg);
	n->leg = leg;
	n->clip = clip;
	list_add(&hub->names.all, &n->in_hub);
}

const struct mx_clip *name_of(const struct hub *hub, uint64_t leg)
{
	const struct name *n = find(hub, leg);

	return n ? n->clip : NULL;
}

void name_gone(struct hub *hub, uint64_t leg)
{
	struct name *n = find(hub, leg);

	if (!n || n->gone_us)
		return;
	n->gone_us = loop_now_us();
	if (!timer_is_running(&hub->names.timer))
		timer_start(&hub->names.timer, NAME_KEPT_MS / 4);
}

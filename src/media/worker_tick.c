/* worker_tick.c - what a worker does every 10 ms. */
#include <string.h>

#include "worker_priv.h"

enum {
	CHECK_TICKS = 100, STATS_CHECKS = 5, ACCOUNT_US = 1000000,
	CATCH_UP_MAX = 20       /* ticks: more is heard as a gap anyway */
};

static uint32_t next_random(struct worker *w)
{
	/* xorshift32, Marsaglia 2003: only for the spread of RTCP */
	w->random ^= w->random << 13;
	w->random ^= w->random >> 17;
	w->random ^= w->random << 5;
	return w->random;
}

static void send_rtp(void *owner, const uint8_t *pkt, size_t len, void *arg)
{
	struct worker *w = arg;

	wport_send(owner, &w->env, pkt, len);
}

static void tick_alone(struct worker *w, const struct mx_tick *tick)
{
	struct wport *wp;

	list_each(&w->alone, wp, tmp, struct wport, alone)
		mx_port_tick(wp->port, tick);
}

/* ---- what happened ----------------------------------------------------- */

static void tell_news(struct worker *w)
{
	struct mx_port_news news;

	while (worker_can_post(w) && mx_news_take(&w->news, &news)) {
		const struct wport *wp = news.owner;
		struct event ev = { .slot = wp->slot, .gen = wp->gen };

		switch (news.what) {
		case MX_NEWS_STARTED:
			ev.kind = EV_PORT_STARTED;
			break;
		case MX_NEWS_KEY:
		case MX_NEWS_KEY_INBAND:
			ev.kind = EV_PORT_KEY;
			ev.key.key = news.key;
			ev.key.from = news.what == MX_NEWS_KEY ?
				MEDIA_KEY_EVENT : MEDIA_KEY_INBAND;
			break;
		case MX_NEWS_PLAYED:
			ev.kind = EV_PORT_PLAYED;
			ev.played.id = news.id;
			ev.played.whole = news.whole;
			break;
		case MX_NEWS_TALK_BEGUN:
		case MX_NEWS_TALK_ENDED:
			ev.kind = EV_PORT_TALKING;
			ev.talking.talks = news.what == MX_NEWS_TALK_BEGUN;
			ev.talking.ms = news.ms;
			break;
		case MX_NEWS_MUSIC:
			ev.kind = EV_PORT_MUSIC;
			ev.is_music = news.is_music;
			break;
		case MX_NEWS_ECHO:
			ev.kind = EV_PORT_ECHO;
			ev.echo.need = news.need;
			ev.echo.hz = news.hz;
			break;
		}
		worker_post_sure(w, &ev);
	}
}

static void tell_of_room(struct worker *w, uint32_t bus)
{
	struct event ev = { .kind = EV_BUS_PLAYED, .bus = bus };
	struct mx_mix *mix = w->buses[bus];

	while (worker_can_post(w) &&
	       mx_mix_played(mix, &ev.played.id, &ev.played.whole))
		worker_post_sure(w, &ev);
	ev = (struct event){ .kind = EV_BUS_DOMINANT, .bus = bus };
	if (worker_can_post(w) && mx_mix_dominant(mix, &ev.dominant))
		worker_post_sure(w, &ev);
}

/* ---- rooms ------------------------------------------------------------- */

static void announce_room(struct worker *w, uint32_t i, bool next)
{
	if (i < w->n_buses)
		mx_mix_soon(w->buses[w->busy[i]], next);
}

/* All of a room while it is in the cache. */
static void tick_rooms(struct worker *w, const struct mx_tick *tick)
{
	for (uint32_t i = 0; i < w->n_buses; i++) {
		announce_room(w, i + 2, false);
		announce_room(w, i + 1, true);
		mx_mix_tick(w->buses[w->busy[i]], tick);
		tell_of_room(w, w->busy[i]);
	}
}

/* ---- now and then ------------------------------------------------------ */

static void check_port(struct worker *w, struct wport *wp, uint64_t n)
{
	struct event ev = { .slot = wp->slot, .gen = wp->gen };

	wport_report(wp, &w->env, n, w->now_us, next_random(w));
	if (worker_can_post(w) && wport_times_out(wp, w->now_us)) {
		ev.kind = EV_PORT_TIMEOUT;
		worker_post_sure(w, &ev);
	}
	if (++wp->checks % STATS_CHECKS == 0) {
		ev.kind = EV_PORT_STATS;
		wport_stats(wp, &ev.stats);
		worker_post(w, &ev);
	}
}

/* Each port once a second, a hundredth of them each tick. In order of the ticks
 * done: of the grid's, an overloaded worker may see none but the odd ones. */
static void look_after_ports(struct worker *w, uint64_t n)
{
	for (uint32_t slot = w->step % CHECK_TICKS; slot < w->slots_end;
	     slot += CHECK_TICKS)
		if (w->slots[slot])
			check_port(w, w->slots[slot], n);
	if (w->now_us < w->account_us)
		return;
	worker_account(w);
	w->account_us = w->now_us + ACCOUNT_US;
}

/* A tick pretends to run exactly when it was due. */
static struct mx_tick tick_of(struct worker *w, uint64_t n)
{
	return (struct mx_tick){
		.n = n,
		.now_us = (int64_t)n * MX_TICK_US,
		.send_h = send_rtp,
		.arg = w,
	};
}

void worker_catch_up(struct worker *w, struct wport *wp, uint64_t first,
		     uint64_t n)
{
	if (n > first + CATCH_UP_MAX)
		first = n - CATCH_UP_MAX;
	for (; first < n; first++) {
		const struct mx_tick tick = tick_of(w, first);

		mx_port_tick(wp->port, &tick);
	}
}

void worker_tick(struct worker *w, uint64_t n)
{
	const struct mx_tick tick = tick_of(w, n);

	worker_obey(w, n);
	w->env.ops->receive(w->env.net, n, w->now_us);
	tick_rooms(w, &tick);
	tick_alone(w, &tick);
	look_after_ports(w, n);
	w->env.ops->flush(w->env.net);
	tell_news(w);
	w->step++;
}

/* mix_listen.c - a room's tick up to the sum: the rate, who speaks, who is
 * heard. */
#include "mix_priv.h"

#include "loudest.h"

/* Nobody speaks, nor is spoken to. */
static bool is_pause(const struct mx_mix *mix)
{
	for (const struct mx_port *p = mix->awake; p; p = p->next_awake)
		if (p->talk.active)
			return false;
	for (const struct mx_port *p = mix->members; p; p = p->next)
		if (p->playing)
			return false;
	return !mix_plays(mix);
}

static void follow_rate(struct mx_mix *mix, const struct mx_tick *tick)
{
	bool pause = mix->rate.wait > 0 && is_pause(mix);

	if (mx_rate_step(&mix->rate, mix->cfg.xchg, mix->cfg.part, tick->n,
			 pause))
		mix_set_rate(mix);
	mix->dip = mx_rate_dip(&mix->rate, tick->n);
}

static void follow_floor(struct mx_mix *mix, const struct mx_tick *tick)
{
	if (tick->n % MX_FLOOR_TICKS == MX_FLOOR_TICKS - 1)
		mx_floor_decide(&mix->floor, mix->awake, mix->cfg.xchg,
				mix->cfg.part);
}

/* So many voices as the room takes, of all its parts. */
static void choose_loudest(struct mx_mix *mix, const struct mx_tick *tick)
{
	struct mx_xchg *x = mix->cfg.xchg;
	const unsigned part = mix->cfg.part, most = mix->cfg.talkers;
	uint16_t voices[LOUDEST_RANKS];

	if (most == 0) {
		loudest_choose(mix->awake, LOUDEST_ALL, mix->len);
		return;
	}
	if (!x || !mx_xchg_others(x, part)) {
		mx_share_alone(&mix->share, most);
		loudest_choose(mix->awake, most, mix->len);
		return;
	}
	loudest_choose(mix->awake, mx_share_take(&mix->share, x, part, tick->n,
						 most), mix->len);
	loudest_count(mix->awake, voices);
	mx_share_tell(x, part, tick->n, voices, most);
}

static void sum_voices(struct mx_mix *mix)
{
	mx_bus_set_len(mix->bus, mix->len);
	mix->csrcs.n = 0;
	for (struct mx_port *p = mix->awake; p; p = p->next_awake) {
		if (!p->spoke)
			continue;
		mx_bus_add(mix->bus, p->voice);
		if (p->talk.active)
			mx_csrcs_add(&mix->csrcs, p->rx.ssrc, p->talk.level);
	}
}

const struct mx_csrcs *mix_csrcs(const struct mx_mix *mix)
{
	return &mix->csrcs;
}

/* Tells the others whether there is anything to expect from this part; they
 * read its last frame a tick after it. */
static void say_active(struct mx_mix *mix)
{
	bool sounds = mx_bus_frames(mix->bus) > 0;
	bool active = mix->members || sounds || mix->sounded;

	mix->sounded = sounds;
	if (active == mix->active)
		return;
	mix->active = active;
	mx_xchg_set_active(mix->cfg.xchg, mix->cfg.part, active);
}

/* Our sum goes out before the others' come in. */
static void exchange(struct mx_mix *mix, const struct mx_tick *tick)
{
	struct mx_xchg *x = mix->cfg.xchg;
	int32_t sum[MX_RESAMP_FRAME_MAX];
	uint64_t others;

	if (!x)
		return;
	say_active(mix);
	others = mx_xchg_others(x, mix->cfg.part);
	if (!others)
		return;
	mx_xchg_put(x, mix->cfg.part, tick->n, mx_bus_sum(mix->bus), mix->len,
		    mx_bus_frames(mix->bus), &mix->csrcs);
	for (; others; others &= others - 1) {
		unsigned part = (unsigned)__builtin_ctzll(others);
		unsigned frames = mx_xchg_get(x, part, tick->n - 1, sum,
					      mix->len, &mix->csrcs);

		if (frames > 0)
			mx_bus_add_sum(mix->bus, sum, frames);
	}
}

void mix_listen(struct mx_mix *mix, const struct mx_tick *tick)
{
	follow_rate(mix, tick);
	mix_listen_to(mix, tick);
	follow_floor(mix, tick);
	mix_set_aside(mix);
	choose_loudest(mix, tick);
	mix_shape(mix);
	sum_voices(mix);
	mix_sum_play(mix);
	exchange(mix, tick);
}

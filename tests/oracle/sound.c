/* sound.c - see sound.h */
#include "sound.h"

#include <math.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "mixer/mix.h"
#include "mixer/pkt.h"
#include "mixer/rules.h"
#include "t_fakes.h"

enum {
	HZ = 16000, PT = 96, PTIME = 2,
	PACKET = HZ / 100 * PTIME,
	WINDOW = 2048,                  /* samples: the bins are 7.8 Hz apart */
	FIRST_BIN = 40, BIN_STEP = 3
};

/* A seat's port, ours to the room's fake of one. */
struct seat {
	struct sound *sound;
	struct media_port *fake;
	struct mx_port *port;
	uint32_t name, next_name;
	bool speak, hear;               /* as the mixer was told */
	struct media_port *odd[MX_RULES_ODD_MAX];
	uint32_t odd_name[MX_RULES_ODD_MAX];
	unsigned n_odd;
	struct mx_manner manner;
	uint16_t seq;
	uint64_t said;                  /* samples */
	int16_t heard[WINDOW];          /* the last of it, a ring */
	unsigned at;
};

struct sound {
	const struct mx_dsp *dsp;
	struct mx_resamp_bank *bank;
	struct mx_pool *pool;
	struct mx_chains chains;
	struct mx_news_list news;
	struct mx_mix *mix;
	const struct mx_codec *codec;
	uint64_t n;
	unsigned step, seats;
	int amplitude;
	int16_t sine[WINDOW];           /* one period */
	struct seat seat[SOUND_SEATS_MAX];
};

struct sound *sound_new(unsigned seats)
{
	struct sound *s = calloc(1, sizeof(*s));
	struct mx_mix_cfg cfg = { .rate_hz = HZ, .rate_min_hz = HZ };

	must(s && seats <= SOUND_SEATS_MAX);
	s->dsp = cfg.dsp = mx_dsp_best();
	must(mx_resamp_bank_new(&s->bank, s->dsp) == 0);
	must(mx_pool_new(&s->pool, 16384) == 0);
	cfg.bank = s->bank;
	must(mx_mix_new(&s->mix, &cfg) == 0);
	s->codec = mx_codec_find("L16", HZ, 1);
	s->n = 1000;
	s->seats = seats;
	s->amplitude = 24000 / (int)seats;      /* all at once: no limiter */
	for (int i = 0; i < WINDOW; i++)
		s->sine[i] = (int16_t)lrint(s->amplitude * sin(2 * M_PI * i / WINDOW));
	for (unsigned i = 0; i < seats; i++)
		s->seat[i].sound = s;
	return s;
}

static unsigned bin_of(const struct sound *s, const struct seat *seat)
{
	return FIRST_BIN + BIN_STEP * (unsigned)(seat - s->seat);
}

/* ---- ports -------------------------------------------------------------- */

static void open_port(struct sound *s, struct seat *seat)
{
	struct mx_port_cfg cfg = {
		.dsp = s->dsp, .bank = s->bank, .chains = &s->chains,
		.news = &s->news, .owner = seat,
		.name = (uint32_t)(seat - s->seat) + 1 + seat->next_name,
	};
	struct mx_jbuf_cfg jcfg = {
		.pool = s->pool, .dsp = s->dsp, .rate_max_hz = HZ,
		.dec_size_max = s->codec->dec_size(),
	};
	struct mx_port_stream stream = {
		.codec = s->codec, .pt = PT, .ptime_ms = PTIME * 10,
		.recv = { { PT, s->codec } }, .n_recv = 1,
		.sends = true, .receives = true,
	};
	struct mx_port_kit kit = { 0 };

	seat->next_name += SOUND_SEATS_MAX;     /* nobody has a name again */
	cfg.ssrc = cfg.name;
	cfg.id = cfg.name;
	seat->name = cfg.name;
	must(mx_port_new(&seat->port, &cfg) == 0);
	must(mx_jbuf_new(&kit.jbuf, &jcfg) == 0);
	must(mx_chain_new(&kit.chain, s->codec) == 0);
	mx_port_stream(seat->port, &stream, &kit, s->step, s->n);
	mx_port_kit_free(&kit);
}

static void close_port(struct seat *seat)
{
	struct mx_port_kit kit;

	mx_port_fini(seat->port, &kit);
	mx_port_kit_free(&kit);
	mx_port_free(seat->port);
	seat->port = NULL;
	memset(&seat->manner, 0, sizeof(seat->manner));
	memset(seat->heard, 0, sizeof(seat->heard));
	seat->n_odd = 0;
}

void sound_seat(struct sound *s, unsigned i, struct media_port *fake)
{
	struct seat *seat = &s->seat[i];

	if (seat->port)
		close_port(seat);
	seat->fake = fake;
	if (fake)
		open_port(s, seat);
}

static uint32_t name_of(const struct sound *s, const struct media_port *fake)
{
	for (unsigned i = 0; i < s->seats; i++)
		if (s->seat[i].fake == fake)
			return s->seat[i].name;
	abort();                /* an exception of somebody who sits nowhere */
	return 0;
}

static bool has(struct media_port *const odd[], unsigned n, const struct media_port *who)
{
	for (unsigned i = 0; i < n; i++)
		if (odd[i] == who)
			return true;
	return false;
}

static void sync_odd(struct sound *s, struct seat *seat)
{
	const struct media_port *f = seat->fake;

	for (unsigned i = 0; i < seat->n_odd; i++)
		if (!has(f->odd, f->n_odd, seat->odd[i]))
			must(mx_port_except(seat->port, seat->odd_name[i], false) == 0);
	seat->n_odd = f->n_odd;
	for (unsigned i = 0; i < f->n_odd; i++) {
		seat->odd[i] = f->odd[i];
		seat->odd_name[i] = name_of(s, f->odd[i]);
		must(mx_port_except(seat->port, seat->odd_name[i], true) == 0);
	}
}

/* As the room told the fake of it. */
static void sync(struct sound *s, struct seat *seat)
{
	struct media_port *f = seat->fake;
	const bool in = mx_port_mix(seat->port) != NULL;

	if (memcmp(&f->manner, &seat->manner, sizeof(f->manner)) != 0)
		mx_port_manner(seat->port, &f->manner);
	seat->manner = f->manner;
	if (f->bus && !in)
		mx_mix_add(s->mix, seat->port, f->speak, f->hear);
	else if (!f->bus && in)
		mx_mix_del(s->mix, seat->port);
	else if (in && (f->speak != seat->speak || f->hear != seat->hear))
		mx_mix_voice(s->mix, seat->port, f->speak, f->hear);
	seat->speak = f->speak;
	seat->hear = f->hear;
	sync_odd(s, seat);
}

/* ---- packets ------------------------------------------------------------ */

static void say(struct sound *s, struct seat *seat)
{
	struct mx_rtp_hdr hdr = { .ssrc = 1 + seat->name, .pt = PT, .seq = seat->seq++,
				  .ts = (uint32_t)seat->said };
	struct mx_pkt *pkt = mx_pool_get(s->pool);
	const unsigned bin = bin_of(s, seat);

	must(pkt);
	mx_rtp_build(pkt->data, &hdr);
	for (unsigned i = 0; i < PACKET; i++) {
		const int16_t v = s->sine[(seat->said + i) * bin % WINDOW];

		pkt->data[MX_RTP_HDR + 2 * i] = (uint8_t)((uint16_t)v >> 8);
		pkt->data[MX_RTP_HDR + 2 * i + 1] = (uint8_t)v;
	}
	seat->said += PACKET;
	pkt->arrival_us = (int64_t)s->n * MX_TICK_US - MX_TICK_US / 2;
	must(mx_rtp_parse(pkt, MX_RTP_HDR + 2 * PACKET) == 0);
	if (mx_port_put(seat->port, pkt) != 1)
		mx_pool_put(s->pool, pkt);
}

static void hear(void *owner, const uint8_t *pkt, size_t len, void *arg)
{
	static struct mx_pkt got;
	struct seat *seat = owner;

	(void)arg;
	memcpy(got.data, pkt, len);
	must(mx_rtp_parse(&got, len) == 0);
	for (size_t i = 0; i + 1 < got.len; i += 2) {
		const uint8_t *b = got.data + got.off + i;

		seat->heard[seat->at++ % WINDOW] = (int16_t)(b[0] << 8 | b[1]);
	}
}

void sound_tick(struct sound *s)
{
	const struct mx_tick tick = { .n = s->n, .now_us = (int64_t)s->n * MX_TICK_US,
				      .send_h = hear };
	struct mx_port_news news;

	for (unsigned i = 0; i < s->seats; i++)
		if (s->seat[i].port)
			sync(s, &s->seat[i]);
	for (unsigned i = 0; i < s->seats; i++)
		if (s->seat[i].port && s->step % PTIME == 0)
			say(s, &s->seat[i]);
	mx_mix_tick(s->mix, &tick);
	for (unsigned i = 0; i < s->seats; i++)
		if (s->seat[i].port && !mx_port_mix(s->seat[i].port))
			mx_port_tick(s->seat[i].port, &tick);
	while (mx_news_take(&s->news, &news))
		;
	s->n++;
	s->step++;
}

bool sound_hears(const struct sound *s, unsigned a, unsigned b)
{
	const struct seat *from = &s->seat[a];
	const unsigned bin = bin_of(s, &s->seat[b]);
	int64_t re = 0, im = 0;
	double amplitude;

	for (unsigned i = 0; i < WINDOW; i++) {
		const int v = from->heard[(from->at + i) % WINDOW];

		re += v * s->sine[(i * bin + WINDOW / 4) % WINDOW];
		im += v * s->sine[i * bin % WINDOW];
	}
	amplitude = hypot((double)re, (double)im) * 2 / WINDOW / s->amplitude;
	/* whole, or not at all: nothing in between is ever right */
	must(amplitude < s->amplitude * 0.02 || fabs(amplitude - s->amplitude) <
	     s->amplitude * 0.02);
	return amplitude > s->amplitude / 2.0;
}

void sound_free(struct sound *s)
{
	for (unsigned i = 0; i < s->seats; i++)
		sound_seat(s, i, NULL);
	mx_mix_free(s->mix);
	must(mx_pool_used(s->pool) == 0);
	mx_pool_free(s->pool);
	mx_resamp_bank_free(s->bank);
	free(s);
}

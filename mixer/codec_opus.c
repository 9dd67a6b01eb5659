/*
 * codec_opus.c - Opus (RFC 6716, RFC 7587), libopus'. Always mono from us; a
 * stereo stream is decoded to its mean.
 *
 * libopus allocates nothing in these calls, and its states are position
 * independent and may be copied (opus.h). One table entry is for sound at
 * 48 kHz; those behind it decode the same payloads to less, at less cost.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <opus/opus.h>

#include "codec_tables.h"
#include "opus_fresh.h"
#include "silk.h"

enum {
	CLOCK = 48000,
	COMPLEXITY = 5,         /* of 10; 8 costs nearly twice as much */
	BITRATE_MIN = 6000, BITRATE_MAX = 510000,
	DTX_LEN_MAX = 2,        /* a payload so short holds no sound */
	SETTLES = 12,           /* payloads, then those of silence are alike */
	KEPT_MAX = 256,         /* they are much shorter but for cbr */
	REFRESH_MS = 400,       /* a payload so often in a pause, as libopus does */
	TOC_FRAMES = 0x03,      /* of the first byte: 0 means one frame */
	FRAMES_MAX = 48         /* 2.5 ms frames in 120 ms (RFC 6716 3.2.5) */
};

/* Bit rates at which speech is about as good as it gets (RFC 7587 3.1.1). */
static const struct band {
	uint32_t rate_hz;       /* of the sound */
	int bandwidth;
	uint32_t bitrate;
} bands[] = {
	{ 8000, OPUS_BANDWIDTH_NARROWBAND, 12000 },
	{ 12000, OPUS_BANDWIDTH_MEDIUMBAND, 16000 },
	{ 16000, OPUS_BANDWIDTH_WIDEBAND, 24000 },
	{ 24000, OPUS_BANDWIDTH_SUPERWIDEBAND, 28000 },
	{ 48000, OPUS_BANDWIDTH_FULLBAND, 32000 },
};

enum { BANDS = sizeof(bands) / sizeof(bands[0]) };

/* ---- encoder ----------------------------------------------------------- */

struct enc {
	uint32_t bitrate;       /* by its parameters: adapt() only lowers it */
	bool fec, dtx;
	bool paused;            /* the receiver knows that a pause has begun */
	unsigned rested;        /* payloads of silence() since the last encode() */
	uint16_t kept_len;      /* kept[]: the last payload with sound in it ... */
	uint16_t kept_n;        /* ... and its samples */
	uint8_t kept[KEPT_MAX];
	_Alignas(16) unsigned char opus[];
};

static OpusEncoder *encoder(struct enc *e)
{
	return (OpusEncoder *)(void *)e->opus;
}

/* Sets or gets what libopus has: it fails on our own mistakes only. */
#define CTL(E, ...) do {						\
	int set_err = opus_encoder_ctl(encoder(E), __VA_ARGS__);	\
	assert(set_err == OPUS_OK);					\
	(void)set_err;							\
} while (0)

static size_t enc_size(void)
{
	return sizeof(struct enc) + (size_t)opus_encoder_get_size(1);
}

/** The narrowest band that holds all that the receiver can use. */
static const struct band *band_of(uint32_t rate_hz)
{
	const struct band *b = bands;

	if (rate_hz == 0)
		return &bands[BANDS - 1];
	while (b < &bands[BANDS - 1] && b->rate_hz < rate_hz)
		b++;
	return b;
}

static uint32_t bitrate_of(const struct mx_codec_par *par,
			   const struct band *band)
{
	if (par->bitrate == 0 || par->bitrate > band->bitrate)
		return band->bitrate;
	return par->bitrate < BITRATE_MIN ? BITRATE_MIN : par->bitrate;
}

static void adapt(void *enc, unsigned loss, unsigned rate)
{
	struct enc *e = enc;
	uint32_t bitrate = e->bitrate * (rate < 100 ? rate : 100) / 100;

	if (bitrate < BITRATE_MIN)
		bitrate = BITRATE_MIN;
	CTL(e, OPUS_SET_BITRATE((opus_int32)bitrate));
	CTL(e, OPUS_SET_PACKET_LOSS_PERC(loss < 100 ? (opus_int32)loss : 100));
	/* What it would cost is better spent on the sound if nothing is lost. */
	CTL(e, OPUS_SET_INBAND_FEC(e->fec && loss > 0));
}

static void start_encoder(struct enc *e, const struct mx_codec_par *par,
			  uint32_t rate_hz)
{
	const struct band *band = band_of(par->rate_hz);

	mx_opus_fresh_encoder(encoder(e), rate_hz);
	e->bitrate = bitrate_of(par, band);
	e->fec = par->fec;
	e->dtx = par->dtx;
	e->paused = false;
	e->rested = 0;
	e->kept_len = 0;
	CTL(e, OPUS_SET_COMPLEXITY(COMPLEXITY));
	CTL(e, OPUS_SET_MAX_BANDWIDTH(band->bandwidth));
	CTL(e, OPUS_SET_VBR(!par->cbr));
	CTL(e, OPUS_SET_DTX(par->dtx));
	adapt(e, 0, 100);
}

/** libopus makes packets of 10, 20, 40, 60, 80, 100 and 120 ms. */
static size_t payload_max_at(size_t n, uint32_t rate_hz)
{
	size_t tens = n / (rate_hz / 100);

	if (n % (rate_hz / 100) || tens > MX_PTIME_MAX_MS / 10)
		return 0;
	return tens == 1 || (tens > 0 && tens % 2 == 0) ? MX_PAYLOAD_MAX : 0;
}

static void keep(struct enc *e, const uint8_t *payload, size_t len, size_t n)
{
	if (len <= DTX_LEN_MAX)
		return;
	e->kept_len = len <= KEPT_MAX ? (uint16_t)len : 0;
	e->kept_n = (uint16_t)n;
	memcpy(e->kept, payload, e->kept_len);
}

static int encode(void *enc, const struct mx_dsp *dsp, const int16_t *pcm,
		  size_t n, uint8_t *out, size_t max)
{
	struct enc *e = enc;
	opus_int32 rate_hz, len;

	(void)dsp;
	CTL(e, OPUS_GET_SAMPLE_RATE(&rate_hz));
	if (payload_max_at(n, (uint32_t)rate_hz) == 0 || max <= DTX_LEN_MAX)
		return -EINVAL;
	if (max > MX_PAYLOAD_MAX)
		max = MX_PAYLOAD_MAX;
	len = opus_encode(encoder(e), pcm, (int)n, out, (opus_int32)max);
	if (len <= 0)
		return -EINVAL;
	e->rested = 0;
	keep(e, out, (size_t)len, n);
	/* The first payload of a pause is sent, that it is not taken for a
	 * loss. */
	if (e->dtx && len <= DTX_LEN_MAX && e->paused)
		return 0;
	e->paused = len <= DTX_LEN_MAX;
	return len;
}

/*
 * The payload that silence was encoded to last, over and over: a decoder makes
 * silence of it, and stands as near to the encoder, which is not called, as
 * libopus' own DTX leaves it. Where nothing need be sent one comes now and then
 * all the same, and behind it a payload of one byte, that it is not waited for
 * the next.
 */
static int silence(void *enc, const struct mx_dsp *dsp, size_t n, uint8_t *out,
		   size_t max)
{
	struct enc *e = enc;
	opus_int32 rate_hz;

	(void)dsp;
	CTL(e, OPUS_GET_SAMPLE_RATE(&rate_hz));
	if (e->kept_len == 0 || e->kept_n != n || e->kept_len > max ||
	    (e->dtx && e->kept[0] & TOC_FRAMES))
		return -EINVAL;
	if (e->dtx && e->rested++ % ((unsigned)rate_hz * REFRESH_MS / 1000 / n)) {
		if (e->paused)
			return 0;
		e->paused = true;
		out[0] = e->kept[0];
		return 1;
	}
	e->paused = false;
	memcpy(out, e->kept, e->kept_len);
	return e->kept_len;
}

/** Is the sound of a payload of one channel, no wider than asked for, and no
 *  dearer? An encoder of ours could be told of losses, so who needs that is
 *  not to be asked for here. */
static bool suits(const uint8_t *payload, size_t len,
		  const struct mx_codec_par *par)
{
	int n = opus_packet_get_nb_samples(payload, (opus_int32)len, CLOCK);
	const struct band *b = bands;

	if (n <= 0 || par->cbr || opus_packet_get_nb_channels(payload) != 1)
		return false;
	if (par->bitrate > 0 && len * 8 * CLOCK / (size_t)n > par->bitrate)
		return false;
	while (b->bandwidth != opus_packet_get_bandwidth(payload))
		b++;
	return par->rate_hz == 0 || b->rate_hz <= par->rate_hz;
}

/* ---- decoder ----------------------------------------------------------- */

static size_t dec_size(void)
{
	return (size_t)opus_decoder_get_size(1);
}

static int samples_at(const uint8_t *payload, size_t len, uint32_t rate_hz)
{
	int n = opus_packet_get_nb_samples(payload, (opus_int32)len,
					   (opus_int32)rate_hz);

	return n > 0 ? n : -EINVAL;
}

static int decode(void *dec, const struct mx_dsp *dsp, const uint8_t *payload,
		  size_t len, int16_t *out, size_t max)
{
	int n;

	(void)dsp;
	if (len == 0)           /* it would be concealed */
		return -EINVAL;
	n = opus_decode(dec, payload, (opus_int32)len, out, (int)max, 0);
	return n > 0 ? n : -EINVAL;
}

static size_t rate_of(void *dec)
{
	opus_int32 rate_hz;
	int err = opus_decoder_ctl(dec, OPUS_GET_SAMPLE_RATE(&rate_hz));

	assert(err == OPUS_OK);
	(void)err;
	return (size_t)rate_hz;
}

static bool is_gap(size_t n, size_t rate_hz)
{
	return n > 0 && n % (rate_hz / 400) == 0 &&
	       n <= rate_hz / 1000 * MX_PTIME_MAX_MS;
}

static int conceal(void *dec, int16_t *out, size_t n)
{
	if (!is_gap(n, rate_of(dec)) ||
	    opus_decode(dec, NULL, 0, out, (int)n, 0) != (int)n)
		return -EINVAL;
	return 0;
}

/* ---- what payloads say ------------------------------------------------- */

/** How the parts of a payload are laid out. */
struct layout {
	const unsigned char *frame[FRAMES_MAX];
	opus_int16 len[FRAMES_MAX];
	int frames;
	unsigned silk;          /* SILK frames in each; 0: none, CELT only */
	unsigned channels;
};

static bool lay_out(struct layout *l, const uint8_t *payload, size_t len)
{
	unsigned ms;

	l->frames = opus_packet_parse(payload, (opus_int32)len, NULL, l->frame,
				      l->len, NULL);
	if (l->frames <= 0)
		return false;
	ms = (unsigned)opus_packet_get_samples_per_frame(payload, CLOCK) /
		(CLOCK / 1000);
	l->silk = payload[0] & 0x80 ? 0 : ms <= 20 ? 1 : ms / 20;
	l->channels = (unsigned)opus_packet_get_nb_channels(payload);
	return true;
}

/*
 * A SILK layer begins with, for each channel, a bit for each SILK frame that is
 * set if it is voice, and one if there is FEC (RFC 6716 4.2.3). They are coded
 * with even odds, so they lie at the top of the first byte as they are.
 */
static unsigned header_bits(const struct layout *l, int i, unsigned channel)
{
	unsigned bits = l->silk + 1;

	return l->len[i] > 0 ? (unsigned)l->frame[i][0] << channel * bits & 0xff :
			       0;
}

static enum mx_activity activity_of(const struct layout *l)
{
	if (l->silk == 0)
		return MX_ACTIVITY_UNKNOWN;
	for (int i = 0; i < l->frames; i++)
		for (unsigned c = 0; c < l->channels; c++)
			if (header_bits(l, i, c) >> (8 - l->silk))
				return MX_ACTIVITY_VOICE;
	return MX_ACTIVITY_QUIET;
}

static enum mx_activity activity(const uint8_t *payload, size_t len)
{
	struct layout l;

	if (!lay_out(&l, payload, len))
		return MX_ACTIVITY_UNKNOWN;
	return len <= DTX_LEN_MAX ? MX_ACTIVITY_PAUSE : activity_of(&l);
}

/* ---- how loud ---------------------------------------------------------- */

enum {
	QUIET_BITS = 4,         /* an average of quiet gains, in 1/16 */
	OTHER_GAIN = 2,         /* steps from it that noise does not make */
	VOICE_RUN = 3,          /* packets of noise in a row are seldom voice */
	/* A gain of 0 is about so much below full scale, or more: found by
	 * trial with noise. */
	GAIN_ZERO_DB = 89
};

static uint8_t loud_of_gain(int gain)
{
	int db = MX_LOUD_MAX - GAIN_ZERO_DB + gain * MX_SILK_GAIN_CDB / 100;

	return (uint8_t)(db < MX_LOUD_SPEECH ? db : MX_LOUD_SPEECH - 1);
}

static void learn_quiet(struct mx_codec_ear *ear, int gain)
{
	int now = gain << QUIET_BITS;

	ear->low = (int16_t)(ear->low ? ear->low + (now - ear->low) / 8 :
			     now + 1);          /* 0: nothing yet */
}

/* Much noise is said to be voice now and then. It is believed if there is a
 * pitch, or the gain is none that this line's noise has, or it goes on. */
static bool is_speech(const struct mx_codec_ear *ear,
		      const struct mx_silk_head *h)
{
	int apart = h->gain * (1 << QUIET_BITS) - ear->low;

	return h->gain < 0 || h->voiced || ear->low == 0 ||
		ear->run >= VOICE_RUN || apart >= OTHER_GAIN << QUIET_BITS ||
		apart <= -(OTHER_GAIN << QUIET_BITS);
}

/* A CELT frame of digital silence begins with a flag that is next to never set,
 * coded as 15 ones (RFC 6716 4.3). */
static bool is_celt_silence(const struct layout *l)
{
	for (int i = 0; i < l->frames; i++)
		if (l->len[i] > 1 && (l->frame[i][0] != 0xff ||
				      l->frame[i][1] < 0xfe))
			return false;
	return true;
}

static uint8_t loud(struct mx_codec_ear *ear, const uint8_t *payload,
		    size_t len)
{
	struct mx_silk_head h;
	struct layout l;

	if (len <= DTX_LEN_MAX || !lay_out(&l, payload, len)) {
		ear->run = 0;
		return 0;
	}
	if (l.silk == 0)
		return is_celt_silence(&l) ? 0 : MX_LOUD_SPEECH;
	h = mx_silk_head(l.frame[0], (size_t)l.len[0], l.silk, l.channels);
	h.voice = activity_of(&l) == MX_ACTIVITY_VOICE;
	ear->run = h.voice ? (uint8_t)(ear->run + (ear->run < VOICE_RUN)) : 0;
	if (h.voice && is_speech(ear, &h))
		return MX_LOUD_SPEECH;
	if (h.gain >= 0) {
		learn_quiet(ear, h.gain);
		ear->loud = loud_of_gain(h.gain);
	}
	return ear->loud;
}

static size_t fec_at(const uint8_t *payload, size_t len, uint32_t rate_hz)
{
	struct layout l;
	bool has = false;

	if (!lay_out(&l, payload, len) || l.silk == 0)
		return 0;
	for (unsigned c = 0; c < l.channels; c++)
		has |= header_bits(&l, 0, c) & 0x80u >> l.silk;
	return has ? (size_t)opus_packet_get_samples_per_frame(payload,
						(opus_int32)rate_hz) : 0;
}

static int recover(void *dec, const uint8_t *next, size_t len, int16_t *out,
		   size_t n)
{
	size_t rate_hz = rate_of(dec);

	if (!is_gap(n, rate_hz))
		return -EINVAL;
	/* libopus, too, would conceal without FEC, but not with a bad payload */
	if (fec_at(next, len, (uint32_t)rate_hz) == 0)
		return conceal(dec, out, n);
	return opus_decode(dec, next, (opus_int32)len, out, (int)n, 1) ==
		(int)n ? 0 : -EINVAL;
}

/* ---- the table --------------------------------------------------------- */

/* What depends on the rate and has no state to ask. */
#define AT(HZ)								\
static void dec_init_##HZ(void *dec)					\
{									\
	mx_opus_fresh_decoder(dec, HZ);					\
}									\
static void enc_init_##HZ(void *enc, const struct mx_codec_par *par)	\
{									\
	start_encoder(enc, par, HZ);					\
}									\
static int samples_##HZ(const uint8_t *payload, size_t len)		\
{									\
	return samples_at(payload, len, HZ);				\
}									\
static size_t fec_##HZ(const uint8_t *payload, size_t len)		\
{									\
	return fec_at(payload, len, HZ);				\
}									\
static size_t payload_max_##HZ(size_t n)				\
{									\
	return payload_max_at(n, HZ);					\
}

#define OPUS(HZ) {							\
	.name = "opus", .clock_hz = CLOCK, .rate_hz = (HZ), .channels = 2, \
	.pt = MX_PT_NONE, .rates = rates,				\
	.dec_size = dec_size, .enc_size = enc_size,			\
	.dec_init = dec_init_##HZ, .enc_init = enc_init_##HZ,		\
	.samples = samples_##HZ, .decode = decode,			\
	.payload_max = payload_max_##HZ, .encode = encode,		\
	.look_back = 5, .anew = true,					\
	.conceal = conceal, .fec = fec_##HZ,				\
	.recover = recover, .activity = activity, .loud = loud,		\
	.adapt = adapt, .silence = silence, .settles = SETTLES,		\
	.suits = suits,							\
}

AT(8000)
AT(16000)
AT(24000)
AT(48000)

static const struct mx_codec opus_24000, opus_16000, opus_8000;
static const struct mx_codec *const rates[] = {
	&mx_codec_opus, &opus_24000, &opus_16000, &opus_8000, NULL
};

const struct mx_codec mx_codec_opus = OPUS(48000);
static const struct mx_codec opus_24000 = OPUS(24000);
static const struct mx_codec opus_16000 = OPUS(16000);
static const struct mx_codec opus_8000 = OPUS(8000);

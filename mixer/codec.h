/*
 * codec.h - what a codec is: one const table entry.
 *
 * A decoder and an encoder are flat blocks of memory of dec_size() and
 * enc_size() bytes in the caller's keeping, aligned as malloc() does it, set
 * up by init and copied with memcpy: a copy goes on exactly where the original
 * stands (that is how a listener who starts to talk takes over the shared
 * encoder's state without a seam). Nothing here allocates.
 */
#ifndef MX_CODEC_H
#define MX_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mx_dsp;

enum {
	MX_PT_CN = 13,                  /* comfort noise (RFC 3551), see cn.h */
	MX_PT_NONE = 0xff,              /* no static payload type */
	MX_PTIME_MAX_MS = 120,
	MX_CODEC_AROUND = 24,
	MX_RATE_MAX_HZ = 48000,
	MX_FRAME_MAX = MX_RATE_MAX_HZ / 1000 * MX_PTIME_MAX_MS,
	MX_PAYLOAD_MAX = 1452           /* what we send fits an Ethernet frame */
};

/**
 * What the receiver of a stream asks of its encoder, compiled from fmtp. Zeros
 * ask for nothing. Without holes: encoders with the same parameters by
 * memcmp() make the same of the same sound, so that they can be one.
 */
struct mx_codec_par {
	uint32_t rate_hz;       /* he can use sound of this sample rate, 0: any */
	uint32_t bitrate;       /* bit/s, no more on average; 0: our choice */
	uint8_t fec;            /* he can use in-band FEC */
	uint8_t dtx;            /* he likes to get nothing for silence */
	uint8_t cbr;            /* he wants a constant bit rate */
	uint8_t cn;             /* he knows comfort noise (RFC 3389) */
};

/** What a payload says of its sound without being decoded. */
enum mx_activity {
	MX_ACTIVITY_UNKNOWN,
	MX_ACTIVITY_PAUSE,      /* the sender has stopped sending (DTX) */
	MX_ACTIVITY_QUIET,      /* background only, as the sender judges it */
	MX_ACTIVITY_VOICE
};

enum {
	MX_LOUD_MAX = 127,              /* dB; a full-scale square wave */
	/* What speaks, or cannot be told from it, is as loud as this at least. */
	MX_LOUD_SPEECH = MX_LOUD_MAX - 26
};

/** What loud() remembers of a stream. All zeros: nothing. */
struct mx_codec_ear {
	int16_t low, high;      /* steps of adaptive quantizers */
	uint8_t run;            /* packets in a row that are said to be voice */
	uint8_t loud;           /* the last one that could be told */
};

struct mx_codec {
	const char *name;       /* SDP encoding name, as in a=rtpmap */
	uint32_t clock_hz;      /* RTP clock, as in a=rtpmap */
	uint32_t rate_hz;       /* samples a second in and out */
	uint8_t channels;       /* as in a=rtpmap; PCM in and out is mono */
	uint8_t pt;             /* static payload type (RFC 3551) or MX_PT_NONE */
	/** The same on the wire at other rates, this one among them, highest
	 *  first, NULL at the end. NULL: there is this one alone. Only the
	 *  highest one is in the lists below. */
	const struct mx_codec *const *rates;

	/** Bytes; 0: there is no state, and init does nothing. */
	size_t (*dec_size)(void), (*enc_size)(void);
	void (*dec_init)(void *dec);
	/** par: what the codec does not have is ignored. */
	void (*enc_init)(void *enc, const struct mx_codec_par *par);

	/** Samples that a payload of len bytes holds; -EINVAL if the codec has
	 *  no such payload. */
	int (*samples)(const uint8_t *payload, size_t len);
	/** Decodes a payload into out[max]. Samples written, or -EINVAL. */
	int (*decode)(void *dec, const struct mx_dsp *dsp,
		      const uint8_t *payload, size_t len,
		      int16_t *out, size_t max);
	/** Bytes of the longest payload that encode makes of n samples; 0 if it
	 *  makes none of so many. */
	size_t (*payload_max)(size_t n);
	/** Encodes pcm[n] into out[max]. Bytes written; 0 if nothing need be
	 *  sent for it (DTX); or -EINVAL. */
	int (*encode)(void *enc, const struct mx_dsp *dsp,
		      const int16_t *pcm, size_t n, uint8_t *out, size_t max);

	/** A decoder that has missed packets is right again after so many; 0: it
	 *  has no state. */
	uint8_t look_back;
	/** Better so if it begins anew. */
	bool anew;

	/* The rest is NULL in codecs that do not have it. */

	/** Brings a decoder to where it would be had it decoded n samples that
	 *  sound like pcm, which was played for payloads that are missing.
	 *  MX_CODEC_AROUND samples before pcm and after its end are read, too. */
	void (*follow)(void *dec, const int16_t *pcm, size_t n);

	/** Makes up n samples, whole units of 2.5 ms and no more than
	 *  MX_PTIME_MAX_MS, for a payload that is missing; in a pause, the
	 *  background. 0, or -EINVAL. */
	int (*conceal)(void *dec, int16_t *out, size_t n);
	/** Samples before a payload that FEC in it is for; 0: it has none. */
	size_t (*fec)(const uint8_t *payload, size_t len);
	/** As conceal, but what the payload behind the gap has FEC for is not
	 *  made up. That payload is to be decoded next all the same. */
	int (*recover)(void *dec, const uint8_t *next, size_t len,
		       int16_t *out, size_t n);
	enum mx_activity (*activity)(const uint8_t *payload, size_t len);
	/**
	 * Makes a payload of n samples of silence without encoding them: for an
	 * encoder that has encoded silence, `settles` payloads of it, and stands
	 * afterwards as if it had made this one as well. Bytes; 0 if nothing
	 * need be sent for it (DTX); or negative: it must be encoded.
	 */
	int (*silence)(void *enc, const struct mx_dsp *dsp, size_t n,
		       uint8_t *out, size_t max);
	uint8_t settles;
	/** May a payload made by another encoder be passed on as it is to who
	 *  asks for par? NULL: any may, if it is as long. */
	bool (*suits)(const uint8_t *payload, size_t len,
		      const struct mx_codec_par *par);
	/** See mx_codec_loud(); for those with a decoder state. */
	uint8_t (*loud)(struct mx_codec_ear *ear, const uint8_t *payload,
			size_t len);
	/** Adapts an encoder to a path that loses loss percent of what is sent,
	 *  and carries rate percent, up to 100, of its bit rate. */
	void (*adapt)(void *enc, unsigned loss, unsigned rate);
};

/** Codec i in order of preference, NULL past the last. */
const struct mx_codec *mx_codec_nth(unsigned i);
/** By rtpmap: name (any case), clock and channels; NULL if we have none. */
const struct mx_codec *mx_codec_find(const char *name, uint32_t clock_hz,
				     unsigned channels);
/** By a name of len bytes as a list in a config file has it, any case: "PCMU",
 *  "L16/16000", "L16/44100/2"; clock and channels may be missing, and then the
 *  first codec of that name in order of preference is meant. NULL if none. */
const struct mx_codec *mx_codec_by_name(const char *name, size_t len);
/** By static payload type, for an m= line without rtpmap; NULL if none. */
const struct mx_codec *mx_codec_by_pt(uint8_t pt);

/** The entry for the same on the wire with the least rate_hz that is not under
 *  rate_hz, or the highest there is. */
const struct mx_codec *mx_codec_at(const struct mx_codec *codec,
				   uint32_t rate_hz);
/** Are these entries for the same on the wire? */
bool mx_codec_is_like(const struct mx_codec *a, const struct mx_codec *b);
/** What activity() says, UNKNOWN where a codec has none. */
enum mx_activity mx_codec_activity(const struct mx_codec *codec,
				   const uint8_t *payload, size_t len);
/** How loud a payload is, from 0 to MX_LOUD_MAX, without the decoder's state:
 *  its loudest 10 ms, or a guess that follows these. To be asked of all payloads
 *  of a stream, or nearly all. */
uint8_t mx_codec_loud(const struct mx_codec *codec, struct mx_codec_ear *ear,
		      const struct mx_dsp *dsp, const uint8_t *payload,
		      size_t len);
/** The longest packet time up to ms, in tens, of which the codec makes
 *  payloads of no more than max bytes; 0 if not even 10 ms will do. */
unsigned mx_codec_fit_ms(const struct mx_codec *codec, unsigned ms, size_t max);

#endif

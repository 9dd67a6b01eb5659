/*
 * codec.h - what a codec is: one const table entry.
 *
 * A decoder and an encoder are flat blocks of memory of dec_size and enc_size
 * bytes in the caller's keeping, set up by init and copied with memcpy: a copy
 * goes on exactly where the original stands (that is how a listener who
 * starts to talk takes over the shared encoder's state without a seam).
 * Nothing here allocates.
 */
#ifndef MX_CODEC_H
#define MX_CODEC_H

#include <stddef.h>
#include <stdint.h>

struct mx_dsp;

enum {
	MX_PT_NONE = 0xff,              /* no static payload type */
	MX_PTIME_MAX_MS = 120,
	MX_RATE_MAX_HZ = 48000,
	MX_FRAME_MAX = MX_RATE_MAX_HZ / 1000 * MX_PTIME_MAX_MS,
	MX_PAYLOAD_MAX = 1452           /* what we send fits an Ethernet frame */
};

struct mx_codec {
	const char *name;       /* SDP encoding name, as in a=rtpmap */
	uint32_t clock_hz;      /* RTP clock, as in a=rtpmap */
	uint32_t rate_hz;       /* samples a second in and out */
	uint8_t channels;       /* as in a=rtpmap; PCM in and out is mono */
	uint8_t pt;             /* static payload type (RFC 3551) or MX_PT_NONE */
	size_t dec_size, enc_size;      /* 0: there is no state */

	void (*dec_init)(void *dec);
	void (*enc_init)(void *enc);

	/** Samples that a payload of len bytes holds; -EINVAL if the codec has
	 *  no such payload. */
	int (*samples)(const uint8_t *payload, size_t len);
	/** Decodes a payload into out[max]. Samples written, or -EINVAL. */
	int (*decode)(void *dec, const struct mx_dsp *dsp,
		      const uint8_t *payload, size_t len,
		      int16_t *out, size_t max);
	/** Encodes pcm[n] into out[max]. Bytes written, or -EINVAL. */
	int (*encode)(void *enc, const struct mx_dsp *dsp,
		      const int16_t *pcm, size_t n, uint8_t *out, size_t max);
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

#endif

/* fmtp.h - parameters of codecs (a=fmtp), read and said; for this folder. */
#ifndef SDP_FMTP_H
#define SDP_FMTP_H

#include <stdbool.h>

#include "mixer/codec.h"

/** What a peer's fmtp asks of us as senders to it. A value that cannot be is
 *  as if it were not there. */
void sdp_fmtp_read(struct mx_codec_par *par, const struct mx_codec *codec,
		   const char *fmtp);

/** What we ask of a peer; "" nothing. dtx: that it send nothing in pauses. */
const char *sdp_fmtp_ours(const struct mx_codec *codec, bool dtx);

#endif

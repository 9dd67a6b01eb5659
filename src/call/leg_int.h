/* leg_int.h - the inside of a leg, for leg.c, leg_sdp.c and leg_say.c. */
#ifndef LEG_INT_H
#define LEG_INT_H

#include "base/hash.h"
#include "base/list.h"
#include "base/loop.h"
#include "keys.h"
#include "leg.h"
#include "music.h"
#include "sdp/offer.h"

/* A picture of these is in README. */
enum leg_state {
	LEG_NEW,                /* nothing answered yet */
	LEG_RINGING,            /* 180 sent, the answer waits for its time */
	LEG_ANSWERED,           /* 200 sent, no ACK yet or no answer to our offer */
	LEG_UP,
	LEG_LEAVING,            /* has no owner, a last prompt is being said */
	LEG_ENDING,             /* waits for SIP and media to let go */
	LEG_GONE
};

enum {
	LEG_SETUP_MS = 40000,   /* 200 to ACK; longer than SIP's own 32 s */
	LEG_SAY_SPARE_MS = 5000 /* a prompt is over this long after its length */
};

/* What is being said: a list, cut into plays of what media takes at once. */
struct speech {
	struct say list;
	uint8_t next;           /* first of list that has not been sent */
	uint32_t id;            /* of the newest play; older ones are ignored */
	bool saying;            /* the list is not over */
	bool music;             /* comes after the list */
	char source[DB_MUSIC_MAX];     /* of it, see music.h ... */
	uint8_t quieter_db;             /* ... and how much quieter it is */
	struct music heard;
	struct timer guard;     /* it is over even if media never says so */
};

struct leg {
	struct hub *hub;
	struct link in_hub;             /* hub->legs, then hub->gone */
	struct hash_node by_tag;
	uint64_t number;
	char tag[28];
	enum leg_state state;

	const struct leg_ops *ops;      /* NULL: no owner */
	void *owner;

	struct sip_session *sess;       /* NULL: over */
	bool out;                       /* we called */
	bool confirmed;                 /* ACK came */
	bool talking;                   /* in a room, as media last said */
	bool told_hold;                 /* what the owner knows of hold */
	bool recorded;                  /* the end of the record is written */
	union addr signalling;          /* where SIP comes from */
	struct timer timer;             /* of RINGING and ANSWERED */

	struct media_port *port;        /* NULL: not open, or closed for good */
	struct mx_voice_opts sound;     /* what is done to his ... */
	bool unechoes;                  /* ... and is the room's kept out */
	struct sdp_packed *local;       /* NULL: no port yet */
	struct sdp_audio audio;         /* what was agreed; codec NULL: nothing */

	enum lang lang;                 /* that he is spoken to in ... */
	bool lang_asked;                /* ... since he asked for it */
	struct speech speech;
	struct keys keys;
	struct leg_record rec;
	char *sdp;                      /* our latest description, or NULL */
};

/* leg.c */
void leg_set_state(struct leg *leg, enum leg_state state);
const char *leg_state_word(const struct leg *leg);
extern const struct media_port_ops leg_port_ops;
extern const struct sip_session_ops leg_session_ops;
/** A leg without a session, in the hub; NULL: no memory. */
struct leg *leg_make(struct hub *hub);

/* leg_sdp.c */

/** What to say to a peer whose description is no good, and why. */
struct sdp_refusal {
	int status, warning;
	enum end_reason why;
};
struct sdp_refusal sdp_refusal(int err);
/** Opens the port and sets up leg->local. 0 or -errno. */
int leg_open_media(struct leg *leg, const union addr *reached,
		   const struct media_bus *near);
/** Answers an offer into leg->sdp (or, without one, makes an offer), and sets
 *  the media stream. 0 or -errno; then nothing has changed. */
int leg_answer_sdp(struct leg *leg, const char *sdp, size_t len);
/** The stream again, with RTP now. 0 or -errno. */
int leg_begin_to_send(struct leg *leg);
/** Tells media of leg->sound. */
int leg_set_sound(struct leg *leg);
/** Starts the time-out of RTP anew. */
void leg_wait_for_rtp_again(struct leg *leg);
/** Takes the answer to our offer. 0 or -errno. */
int leg_accept_sdp(struct leg *leg, const char *sdp, size_t len);

/* leg_out.c */

/** The one who was called has answered. */
void leg_answered(struct leg *leg);

/* leg_say.c */
void speech_init(struct leg *leg);
void speech_fini(struct leg *leg);
void speech_played(struct leg *leg, uint32_t id, bool whole);
/** The list is over: leg.c tells whom it concerns. */
void leg_said(struct leg *leg);

#endif

/*
 * media.h - the media engine as the control thread sees it.
 *
 * A port is one leg's sound: a pair of sockets, a jitter buffer, a decoder, an
 * encoder. A bus is one room's mix. Workers (threads) own all that runs; what
 * control holds are handles, and every function here only sends a message (or
 * opens a socket) and returns. Reports come back through the handlers, on the
 * control thread, out of the loop given to media_new().
 *
 * Commands of one thread to one port or bus take effect in their order, each
 * between two ticks. Nothing here waits; -EAGAIN means that a worker does not
 * keep up and the command was not sent (the caller answers 5xx).
 */
#ifndef MEDIA_H
#define MEDIA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "mixer/clip.h"
#include "mixer/codec.h"
#include "mixer/echo.h"
#include "mixer/rules.h"
#include "mixer/voice.h"
#include "sdp/offer.h"

struct box;
struct loop;
struct media;
struct media_port;
struct media_bus;

enum { MEDIA_CLIPS_MAX = 16, MEDIA_HIST = 16 };

enum media_io {
	MEDIA_IO_AUTO,                  /* the best that the kernel offers */
	MEDIA_IO_PLAIN,                 /* recvmmsg and send */
	MEDIA_IO_URING                  /* io_uring, or fail */
};

struct media_cfg {
	enum media_io io;
	unsigned workers;               /* 0: one a core */
	bool realtime;                  /* ask for SCHED_FIFO */
	bool pin;                       /* tie worker n to core n */
	uint16_t port_min, port_max;    /* RTP ports; even ones carry RTP */
	union addr bind4, bind6;        /* local addresses, unset: any */
	uint32_t legs_max;              /* sizes pools and tables */
	unsigned busy_limit;            /* percent of a tick that a worker may
					 * need and still takes new ports; 0:
					 * any */
	bool forward;                   /* what one alone says in a room is
					 * passed on as it came */
	bool spread;                    /* a port never moves to its room's worker,
					 * nor is opened there: for tests */
	bool comfort_noise;             /* where silence would be digital */
	unsigned talkers;               /* voices mixed in a room; 0: all */
};

/** Starts the workers. 0 or -errno; *mp is the caller's to free. */
int media_new(struct media **mp, const struct media_cfg *cfg,
	      struct loop *loop);
/** Stops the workers and frees; every port and bus must be closed. */
void media_free(struct media *m);

/** One worker's own account; times in microseconds. */
struct media_worker_stats {
	uint32_t ports, buses;
	uint64_t ticks, skipped;        /* done; left out as the grid had passed */
	uint64_t busy_us;               /* inside ticks */
	uint32_t tick_p90_us, tick_p99_us;      /* what these took, of those of
					 * the last second */
	uint32_t late_max_us;           /* latest begin of a tick so far */
	uint64_t late_hist[MEDIA_HIST]; /* [i]: late by < 2^i * 16 us */
	uint64_t busy_hist[MEDIA_HIST];
	uint64_t rx, tx, stranger, bad; /* packets */
	uint64_t encodes;               /* calls of encoders */
	uint64_t tx_forwarded;          /* packets sent as another sent them */
	uint64_t tx_silent;             /* packets of silence, not encoded */
	bool realtime;                  /* SCHED_FIFO was granted */
	bool over;                      /* takes no more, see media_is_over() */
};

unsigned media_workers(const struct media *m);
/** The I/O scheme in use: "plain" or "io_uring". */
const char *media_io_name(const struct media *m);
/** Is every worker over its busy limit? Then new calls are to be refused;
 *  what is there goes on, and nothing here refuses it. */
bool media_is_over(const struct media *m);
/** Another limit, see media_cfg. */
void media_set_busy_limit(struct media *m, unsigned percent);
/** As of the last second. */
const struct media_worker_stats *media_worker_stats(const struct media *m,
						    unsigned worker);

/* ---- ports ------------------------------------------------------------- */

/** A leg's media figures, a snapshot. */
struct media_stats {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t rx_lost;               /* RFC 3550 A.3, by sequence number */
	uint32_t rx_jitter_us;          /* RFC 3550 A.8 */
	uint64_t remote_lost;           /* as the peer's last RR says */
	uint32_t remote_jitter_us;
	uint32_t rtt_us;                /* 0: unknown */
	uint64_t late, concealed_ms, accelerated_ms, expanded_ms;
	uint64_t resampled_ms;          /* at the pace of the peer's clock, ... */
	int32_t drift_ppm;              /* ... so much faster than ours */
	uint64_t fec_used;              /* lost packets made good by the next */
	uint32_t delay_ms, delay_target_ms;
	uint64_t stranger, bad;         /* datagrams not from our peer; no RTP */
	uint32_t level_dbov;            /* of the last second, 0 (loud) to 127 */
	uint64_t talk_ms;               /* spoken in rooms, what goes on not
					 * counted */
	struct mx_voice_stats voice;    /* all zeros: nothing is done to it */
	struct mx_echo_stats echo;      /* all zeros: it is not looked for */
	union addr remote;              /* where RTP comes from; unset: never came */
};

enum media_key_from { MEDIA_KEY_EVENT, MEDIA_KEY_INBAND };

struct media_port_ops {
	/** The first packet of an agreed codec came. */
	void (*on_started)(void *arg);
	/** A key was pressed. */
	void (*on_key)(void *arg, char key, enum media_key_from from);
	/** The sound started by media_port_play() with this id has been played
	 *  to its end, or was stopped or replaced. */
	void (*on_played)(void *arg, uint32_t id, bool whole);
	/** Speaks on a bus, where it may; and does so no more, after so many
	 *  ms, be it for a pause, mute, hold, missing RTP or as it left. One
	 *  end for each begin, but a close ends it silently. */
	void (*on_talking)(void *arg, bool talks, uint32_t ms);
	/** The room's sound comes back from it, and is kept out of the room
	 *  from now on; and does so no more. */
	void (*on_echo)(void *arg, bool echoes);
	/** Music comes from it on a bus where it speaks, if its sound is listened
	 *  to for that; and does so no more. */
	void (*on_music)(void *arg, bool is_music);
	/** No RTP for the stream's time-out; said once until some comes. */
	void (*on_timeout)(void *arg);
	/** Once in five seconds. */
	void (*on_stats)(void *arg, const struct media_stats *st);
	/** The last call after media_port_close(). */
	void (*on_closed)(void *arg, const struct media_stats *st);
};

/**
 * Opens a port with a pair of sockets; it is silent until given a stream.
 *
 * @param family  AF_INET or AF_INET6
 * @param near    a bus that the port will likely join, to be placed beside it;
 *                NULL: the least loaded worker
 * @return 0, -EADDRINUSE (no free ports), -ENOMEM, -EAGAIN or another -errno
 */
int media_port_open(struct media *m, int family, const struct media_bus *near,
		    const struct media_port_ops *ops, void *arg,
		    struct media_port **portp);

/** The local ports to write into SDP. */
uint16_t media_port_rtp(const struct media_port *port);
uint16_t media_port_rtcp(const struct media_port *port);

struct media_stream {
	struct sdp_audio audio;         /* what was agreed on */
	bool inband_dtmf;               /* listen for keys in the sound, until
					 * there is a telephone-event */
	bool csrc;                      /* name those whom it hears, asked or
					 * not */
	bool latch;                     /* take the source of the first good
					 * packet as the peer (RFC 7362), inside
					 * a window of 10 s from now */
	union addr signalling;          /* the IP that SIP comes from: preferred
					 * when latching */
	uint32_t timeout_ms;            /* 0: never; not counted while on hold */
};

/** Sets or changes the stream: new codec, address, direction. 0 or -EAGAIN. */
int media_port_stream(struct media_port *port, const struct media_stream *s);

struct media_play {
	uint32_t id;                    /* handed back in on_played() */
	bool loop;                      /* over and over, until stopped */
	bool gap;                       /* a second of silence between rounds */
	uint8_t duck_db;                /* of a bus: voices are turned down by so
					 * much meanwhile, 0 to 40 */
	uint8_t quieter_db;             /* than the clips are */
	uint8_t n;
	const struct mx_clip *clips[MEDIA_CLIPS_MAX];
};

/** Plays clips one after the other to this port alone, in place of what it
 *  played before; over the room's sound if it has joined one. 0 or -EAGAIN. */
int media_port_play(struct media_port *port, const struct media_play *play);
int media_port_stop(struct media_port *port);

/** Joins a bus. speak: its voice goes in; hear: the mix goes out. 0, -EAGAIN. */
int media_port_join(struct media_port *port, struct media_bus *bus,
		    bool speak, bool hear);
/** Changes speak and hear while joined. */
int media_port_voice(struct media_port *port, bool speak, bool hear);
/** How it speaks and hears on any bus, see rules.h. 0, -EAGAIN. */
int media_port_manner(struct media_port *port, const struct mx_manner *manner);
/** Makes who an exception of what this port hears, or no more: of the two the
 *  one does not hear the other, or does though he is kept aside. It holds on
 *  whatever bus both are until one of them closes; while it does, a port joins
 *  its room's own worker only, where it is brought with a gap of some 20 ms if
 *  it is elsewhere. 0, -EAGAIN, -ENOMEM; -ENOSPC: that would be more than
 *  MX_RULES_ODD_MAX exceptions, nothing changes. Not twice the same; and who is
 *  no more an exception before he closes. */
int media_port_except(struct media_port *port, struct media_port *who, bool on);
/** What is done to its sound on the way to a bus, from now on. 0, -EAGAIN or
 *  -ENOMEM. */
int media_port_sound(struct media_port *port, const struct mx_voice_opts *opts);
/** Keeps the room's own sound that comes back from it out of the room, or does
 *  so no more; not until this is called. 0, -EAGAIN or -ENOMEM. */
int media_port_unecho(struct media_port *port, bool on);
int media_port_leave(struct media_port *port);

/**
 * Opens a port that hears a room for somebody in this process: what would go to
 * a leg as L16 goes into a box of struct mx_tap_frame. Frames that find it full
 * are lost. It is closed like any port; after on_closed() nothing is put into
 * the box any more. Where this fails and *portp, NULL before, is set, there is a
 * port to be closed all the same.
 *
 * @return 0, -ENOMEM or -EAGAIN
 */
int media_tap_open(struct media *m, struct media_bus *bus, struct box *frames,
		   const struct media_port_ops *ops, void *arg,
		   struct media_port **portp);

/** Closes the port: RTCP BYE, sockets closed; on_closed() comes later, and
 *  nothing else does. Never fails. */
void media_port_close(struct media_port *port);

/* ---- buses ------------------------------------------------------------- */

struct media_bus_ops {
	void (*on_played)(void *arg, uint32_t id, bool whole);
	/** Another one holds the floor; NULL: nobody. */
	void (*on_dominant)(void *arg, const struct media_port *port);
	void (*on_closed)(void *arg);
};

/** Opens a bus at rate_hz (8000, 16000, 24000, 48000), or less while no two
 *  ports on it can use as much. Ports on any worker may
 *  join it. 0, -EINVAL, -ENOMEM or -EAGAIN. */
int media_bus_open(struct media *m, uint32_t rate_hz,
		   const struct media_bus_ops *ops, void *arg,
		   struct media_bus **busp);
/** Plays clips to all in the room; a second one waits for the first (up to 8,
 *  then -ENOSPC). One that would go on for ever (loop) is -EINVAL. */
int media_bus_play(struct media_bus *bus, const struct media_play *play);
/** Plays music to all beside that, over and over, until it is told otherwise;
 *  NULL: no more. 0, -ENOMEM or -EAGAIN. */
int media_bus_music(struct media_bus *bus, const struct media_play *play);
/** Closes a bus; ports still joined are made to leave. */
void media_bus_close(struct media_bus *bus);

#endif

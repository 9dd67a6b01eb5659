/*
 * keys.h - keys that callers press, by whichever way they come.
 *
 * A phone may send one press in several ways at once: as an RFC 4733 event, as
 * INFO, as sound. Each way by itself reports a press once (the event's RTP
 * timestamp, the INFO's transaction and the tone detector see to that), so two
 * reports of one key by the SAME way are two presses, however fast. Reports of
 * one key by DIFFERENT ways within KEYS_SAME_US of the first are one press:
 * each report is paired with the oldest press that its way has not reported
 * yet. "11" pressed quickly and sent both ways is event, INFO, event, INFO or
 * event, event, INFO, INFO, and either comes out as two.
 *
 * The first event and the first INFO of a leg may come later, after what was
 * heard in the sound: some gateways send them when the key is up again. From
 * the first event on the sound is not listened to (mixer/port.h).
 *
 * Plain data: embed and zero. Time is an argument.
 */
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_from { KEY_EVENT, KEY_INBAND, KEY_INFO };

enum { KEYS_RING = 8, KEYS_SAME_US = 250000, KEYS_FIRST_US = 2000000 };

struct keys {
	struct key_press {
		char key;               /* 0: none */
		uint8_t from;           /* a bit for each way that reported it */
		int64_t at_us;          /* first report */
	} ring[KEYS_RING];
	uint8_t next;                   /* the oldest, to be overwritten */
	uint8_t ways;                   /* by which keys have come, a bit each */
};

/** Is this report a new press? False: one already counted. */
bool keys_put(struct keys *k, char key, enum key_from from, int64_t now_us);

/**
 * Reads a key out of an INFO body: application/dtmf-relay ("Signal=5",
 * "Duration=160") or application/dtmf ("5"). Signals 10 to 16 are * # A to D
 * and flash ('F'), as some gateways write them.
 *
 * @param type  Content-Type with or without parameters; NULL counts as ""
 * @return 0 and *key; -EPROTONOSUPPORT (another type: 415), -EBADMSG (400)
 */
int keys_from_info(const char *type, const char *body, size_t len, char *key);

#endif

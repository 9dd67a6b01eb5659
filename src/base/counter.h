/*
 * counter.h - what the server counts: one table of names, one number each.
 *
 * Every kind of bad input and every refusal has its counter. They may be
 * raised from any thread but the media ones, which send theirs by message.
 */
#ifndef COUNTER_H
#define COUNTER_H

#include <stdint.h>

#define COUNTERS(X) \
	X(SIP_BAD_REQUEST, "sip_bad_request", \
	  "SIP requests refused as malformed or hostile") \
	X(SIP_GARBAGE, "sip_garbage", \
	  "datagrams and stream bytes that are no SIP") \
	X(SIP_TOO_LARGE, "sip_too_large", \
	  "SIP messages over the size limit") \
	X(SIP_METHOD, "sip_method", \
	  "requests with a method not supported here") \
	X(SIP_BODY_TYPE, "sip_body_type", \
	  "bodies of a type not understood") \
	X(SIP_EXTENSION, "sip_extension", \
	  "Require: of an extension not supported") \
	X(SIP_OVERLOAD, "sip_overload", \
	  "new calls refused: too many, or shutting down") \
	X(SIP_FLOOD, "sip_flood", \
	  "requests within a call refused: too many") \
	X(SIP_UNACKED, "sip_unacked", \
	  "new calls refused: too many of that source lack their ACK") \
	X(SIP_CONNECTION, "sip_connection", \
	  "TCP connections refused: too many") \
	X(SIP_INVITE, "sip_invite", \
	  "new INVITEs") \
	X(SDP_BAD, "sdp_bad", \
	  "SDP that does not parse") \
	X(SDP_NO_CODEC, "sdp_no_codec", \
	  "offers without a usable codec") \
	X(LEG_ECHO, "leg_echo", \
	  "legs that gave the room's own sound back") \
	X(LEG_TIMEOUT, "leg_timeout", \
	  "legs ended for want of RTP") \
	X(LEG_EXPIRED, "leg_expired", \
	  "legs ended by their session timer") \
	X(LEG_NO_ACK, "leg_no_ack", \
	  "answered legs that never sent ACK") \
	X(LEG_NO_MEDIA, "leg_no_media", \
	  "legs refused for want of ports or memory") \
	X(PIN_WRONG, "pin_wrong", \
	  "wrong PINs") \
	X(PIN_LIMITED, "pin_limited", \
	  "PINs not looked at: too many wrong ones from there") \
	X(PIN_UNKNOWN, "pin_unknown", \
	  "PINs that could not be checked") \
	X(ROOM_UNKNOWN, "room_unknown", \
	  "calls to rooms that are not there") \
	X(ROOM_REFUSED, "room_refused", \
	  "calls refused: full or locked") \
	X(MUSIC_FAILED, "music_failed", \
	  "sources of music that could not be opened, or broke off") \
	X(PROMPT_MISSING, "prompt_missing", \
	  "prompts that could not be read") \
	X(PROMPT_FALLBACK, "prompt_fallback", \
	  "prompts said in English for want of one in the caller's language") \
	X(RECORD_WRITTEN, "record_written", \
	  "records put into the journal") \
	X(RECORD_STORED, "record_stored", \
	  "records that reached PostgreSQL") \
	X(RECORD_REJECTED, "record_rejected", \
	  "records that PostgreSQL refused, set aside in a file") \
	X(RECORD_LOST, "record_lost", \
	  "records that could not be written anywhere") \
	X(DB_DOWN, "db_down", \
	  "times the database went away") \
	X(RTP_STRANGER, "rtp_stranger", \
	  "RTP packets from an unexpected source") \
	X(RTP_BAD, "rtp_bad", \
	  "datagrams on RTP ports that are no RTP") \
	X(RTP_PT, "rtp_pt", \
	  "RTP packets of a payload type not agreed on") \
	X(RTP_SIZE, "rtp_size", \
	  "RTP payloads of a size the codec cannot have") \
	X(RTCP_BAD, "rtcp_bad", \
	  "datagrams on RTCP ports that are no RTCP") \
	X(MEDIA_LATE, "media_late", \
	  "ticks that began more than 10 ms late") \
	X(MEDIA_SKIPPED, "media_skipped", \
	  "ticks left out because the grid had passed") \
	X(MEDIA_OVER, "media_over", \
	  "times a media worker got over its busy limit") \
	X(MEDIA_EVENT_LOST, "media_event_lost", \
	  "media events dropped by a full mailbox") \
	X(LOG_LOST, "log_lost", \
	  "log lines dropped by a full ring")

#define COUNTER_ENUM(id, name, help) CNT_##id,
enum counter { COUNTERS(COUNTER_ENUM) CNT__MAX };
#undef COUNTER_ENUM

void counter_add(enum counter c, uint64_t n);
uint64_t counter_get(enum counter c);
const char *counter_name(enum counter c);
const char *counter_help(enum counter c);

static inline void counter_inc(enum counter c)
{
	counter_add(c, 1);
}

#endif

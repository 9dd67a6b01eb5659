/*
 * audit.h - who did what to whom, as records.
 *
 * Every act of control.h tells of itself by an event (event.h); what somebody
 * did, and what changes who is heard, is written down here, by one table of
 * event types. event.c is the only caller.
 */
#ifndef AUDIT_H
#define AUDIT_H

struct event;
struct hub;
struct leg_record;
struct room;

/** room NULL: about a call that is in none; whom NULL: about the room. */
void audit_event(struct hub *hub, struct room *room,
		 const struct leg_record *whom, const struct event *ev);

#endif

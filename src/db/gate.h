/*
 * gate.h - what a PIN is good for, after crypt(3): invitees, and those who guess.
 *
 * Both are in PostgreSQL alone, asked for each PIN, so that all servers and all
 * runs know the same. While it is away a room's own PINs let in for all that.
 */
#ifndef GATE_H
#define GATE_H

#include "db.h"
#include "pin.h"

struct query;

/** ops->on_pin() follows, perhaps before this returns. */
void gate_pin(struct query *q, const struct pin_verdict *v,
	      const struct db_ops *ops, void *arg);
/** ops->on_claim() follows. 0, -EAGAIN or -ENOMEM. */
int gate_claim(struct query *q, int64_t invite, const char *leg_id, uint64_t leg,
	       const struct db_ops *ops, void *arg);
void gate_unclaim(struct query *q, int64_t invite, const char *leg_id);

#endif

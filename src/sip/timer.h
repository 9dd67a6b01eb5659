/*
 * timer.h - the session timer (RFC 4028): a session whose refreshes stop coming
 * is over, even if neither side ever said so. We take part if the peer does, and
 * look now and then whether it is there if it does not.
 */
#ifndef SIP_TIMER_H
#define SIP_TIMER_H

#include "session.h"

enum { TIMER_TEXT_LEN = 48 };

/** Is the Session-Expires of a request long enough? 0, or 422 and the Min-SE
 *  to tell. */
int timer_check(const struct sip_cfg *cfg, const sip_t *s, uint32_t *min_se_s);

void timer_setup(struct sip_session *ss);
/** Reads the wishes of a request that timer_check() let pass into ss->next. */
void timer_propose(struct sip_session *ss, const sip_t *s);
/** The value of Session-Expires in our 2xx to that request; NULL: no header. */
const char *timer_answer_text(const struct sip_session *ss,
			      char out[static TIMER_TEXT_LEN]);
/** Must that 2xx say Require: timer? (The peer refreshes.) */
bool timer_answer_requires(const struct sip_session *ss);
/** That 2xx went out: what was proposed is in force. */
void timer_agree(struct sip_session *ss);
/** A 2xx to a refresh or an offer of ours came in. */
void timer_confirmed(struct sip_session *ss, const sip_t *s);
/** Where no timer was agreed on: asks the peer in a while whether it is there. */
void timer_look_again(struct sip_session *ss);
/** No more refreshes: the session ends. */
void timer_end(struct sip_session *ss);

#endif

/*
 * sofia.h - the one place where Sofia-SIP's headers come in.
 *
 * Sofia hands an object of ours to each of its callbacks; of what type is said
 * by macros before the include, the same everywhere in this folder.
 */
#ifndef SIP_SOFIA_H
#define SIP_SOFIA_H

struct sip;
struct sip_session;

#define SU_ROOT_MAGIC_T struct sip
#define SU_WAKEUP_ARG_T struct sip
#define NTA_AGENT_MAGIC_T struct sip
#define NTA_LEG_MAGIC_T struct sip_session
#define NTA_INCOMING_MAGIC_T struct sip_session
#define NTA_OUTGOING_MAGIC_T struct sip_session
#define NTA_RELIABLE_MAGIC_T struct sip_session

/* Its inline functions do not hold to our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include <sofia-sip/su_wait.h>
#include <sofia-sip/nta.h>
#include <sofia-sip/nta_stateless.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/tport.h>
#include <sofia-sip/nta_tport.h>
#include <sofia-sip/tport_tag.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_tagarg.h>
#include <sofia-sip/su_time.h>
#pragma GCC diagnostic pop

#endif

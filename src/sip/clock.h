/* clock.h - makes Sofia's timers follow CLOCK_MONOTONIC. */
#ifndef SIP_CLOCK_H
#define SIP_CLOCK_H

/** To be called before any other Sofia function. */
void sip_clock_install(void);

#endif

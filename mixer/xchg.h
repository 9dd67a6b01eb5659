/*
 * xchg.h - how the parts of one room on several threads hear each other.
 *
 * What does it do? Each part publishes the int32 sum of its own voices once a
 * tick, and takes in what the others published one tick earlier. Integer sums
 * know no order, so the bits are those of one bus that heard everybody, the
 * others' voices 10 ms late. How does it work? Four frames a part in turn,
 * each with the number of its tick: a reader looks one tick back while the
 * writer is two frames away from coming round again; should it be overtaken
 * all the same, it sees so by the number and hears silence. No lock, nobody
 * waits. What does it cost? A room on one thread: one load a tick.
 *
 * mx_xchg_new, _add and _free are for one controlling thread; every other
 * function for the thread of the part that it names first.
 */
#ifndef MX_XCHG_H
#define MX_XCHG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mx_csrcs;
struct mx_xchg;

enum {
	MX_XCHG_PARTS_MAX = 64,
	MX_XCHG_LIST_MAX = 32           /* words */
};

/* floor.h, rate.h, rules.h */
enum mx_xchg_about { MX_XCHG_FLOOR, MX_XCHG_RATE, MX_XCHG_DUCK, MX_XCHG_ABOUTS };

/** An exchange without parts, for frames of up to len_max samples. 0, -EINVAL
 *  or -ENOMEM. */
int mx_xchg_new(struct mx_xchg **xp, size_t len_max);
/** When no thread uses it any more; NULL is fine. */
void mx_xchg_free(struct mx_xchg *x);
/** Adds a part, before its thread hears of the exchange. 0, -EINVAL, -EEXIST
 *  or -ENOMEM. */
int mx_xchg_add(struct mx_xchg *x, unsigned part);

/** Says whether a part takes part at present; at first it does not. */
void mx_xchg_set_active(struct mx_xchg *x, unsigned part, bool active);
/** The active parts but this one, a bit each; 0: nobody to share with. */
uint64_t mx_xchg_others(const struct mx_xchg *x, unsigned part);
/** Is it the first of the active parts? If there is none, each is. */
bool mx_xchg_leads(const struct mx_xchg *x, unsigned part);
/** That part; 0 if there is none. */
unsigned mx_xchg_first(const struct mx_xchg *x);
/** Publishes a word about something beside the frames. */
void mx_xchg_say(struct mx_xchg *x, enum mx_xchg_about about, unsigned part,
		 uint64_t word);
/** The word that a part published last, 0 at first. */
uint64_t mx_xchg_said(const struct mx_xchg *x, enum mx_xchg_about about,
		      unsigned other);
/** Publishes up to MX_XCHG_LIST_MAX words as the part's tick, see share.h. */
void mx_xchg_list(struct mx_xchg *x, unsigned part, uint64_t tick,
		  const uint32_t *word, unsigned n);
/** Reads what a part, be it this one, published as its tick. How many words;
 *  -ENOENT: it is not there, and word is whatever it is. */
int mx_xchg_listed(const struct mx_xchg *x, unsigned other, uint64_t tick,
		   uint32_t word[MX_XCHG_LIST_MAX]);
/** Publishes sum[len] of so many voices, and who they are, as the part's
 *  tick. */
void mx_xchg_put(struct mx_xchg *x, unsigned part, uint64_t tick,
		 const int32_t *sum, size_t len, unsigned frames,
		 const struct mx_csrcs *who);
/**
 * Reads what another part published as its tick.
 *
 * @param who  those whose voices they are are added to it
 * @return the voices in sum[len]; 0: silence, or it is not there or of another
 *         length, and sum is whatever it is
 */
unsigned mx_xchg_get(const struct mx_xchg *x, unsigned other, uint64_t tick,
		     int32_t *sum, size_t len, struct mx_csrcs *who);

#endif

#ifndef FARSCALE_SCHEDULE_FOLD_H
#define FARSCALE_SCHEDULE_FOLD_H

/*
 * How any number of members becomes a power of two, as MPICH does it (Thakur, Rabenseifner, Gropp 2005): with
 * r members too many, the first 2r pair up, the even one hands its buffer to the odd one and sits out. The
 * odd ones of the pairs, and then all other members, are the participants 0 .. 2^k - 1.
 */

#include <stdint.h>

/** Largest power of two that is no more than size. */
uint32_t fs_fold_participants(uint32_t size);

/** The participant that `member` is, or FS_NOBODY if it sits out. */
int64_t fs_fold_participant(uint32_t size, uint32_t member);

/** The member that participant `participant` is. */
uint32_t fs_fold_member(uint32_t size, uint32_t participant);

#endif

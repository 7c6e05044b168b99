#ifndef FARSCALE_COST_MESSAGE_H
#define FARSCALE_COST_MESSAGE_H

/*
 * What the software adds to the messages of a collective. Rings and trees send one message at a time and get
 * what a tier's efficiency says; in an all-to-all every chip has all others as peers at once. It gets a part
 * of that (alltoall_efficiency), and a message holds its ports for some time besides its bytes: LogGP's o
 * (Alexandrov et al. 1995), alltoall_peer_us. The kernels of an expert exchange walk all their tokens once
 * for every peer: that time grows with the collective's bytes, not with the message's.
 */

#include "kernels/work.h"
#include "schedule/schedule.h"

struct fs_stack;

struct fs_message_cost {
	double timed_bytes; /* in place of the collective's bytes wherever messages are timed */
	double message_s;   /* both ports are held for so long per message, besides its bytes; not 0 only
	                       where all chips send and receive in every iteration */
};

/** Of a collective of `bytes` bytes as nccl-tests counts them. buffer: tells an expert exchange from a bare
 * all-to-all. Pure. */
struct fs_message_cost fs_message_cost(const struct fs_stack *stack, enum fs_collective collective,
                                       struct fs_buffer buffer, double bytes);

/** Bytes of one message of iteration s of a step, as it is timed, of a collective whose timed_bytes are
 * given: what a library hides behind other levels' messages is left out. */
double fs_message_bytes(const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s,
                        double timed_bytes);

#endif

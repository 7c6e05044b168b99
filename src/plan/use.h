#ifndef FARSCALE_PLAN_USE_H
#define FARSCALE_PLAN_USE_H

/* How much of its ports a collective needs: what two of them that are in flight at once have to share. */

#include "plan/program.h"

/** use[k]: the part of its time, which alone is `alone_s`, in which a collective holds a chip's port of tier
 * k: the mean over its chips. Of a step whose iterations differ only in distance, some iterations are looked
 * at. */
void fs_use_of_ports(const struct fs_system *system, struct fs_group group,
                     const struct fs_schedule *schedule, double bytes, double alone_s,
                     double use[FS_MAX_TIERS]);

/** While `other` is in flight too, `op` takes so many times as long, 1 or more. Where a message of the one
 * meets one of the other at a port, each has half of it; the one finds the other there for as large a part of
 * its messages' time as the other holds the port at all: 1 + u * u', summed over tiers. (So it is in a closed
 * network of queues with two customers and a processor that they share, by the arrival theorem: Reiser,
 * Lavenberg, "Mean-value analysis of closed multichain queuing networks", J. ACM 27 (1980).) Where links are
 * shared besides ports, the shares are those of plan/beside.h instead of halves. */
double fs_use_stretch(const struct fs_program *program, const struct fs_op *op, const struct fs_op *other);

#endif

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

/** Two collectives that are in flight at once take so many times as long, 1 or more: as much as together they
 * need more of some tier's port than there is. */
double fs_use_stretch(const struct fs_op *a, const struct fs_op *b);

#endif

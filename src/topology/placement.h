#ifndef FARSCALE_TOPOLOGY_PLACEMENT_H
#define FARSCALE_TOPOLOGY_PLACEMENT_H

/*
 * Where a job's chips lie. Chip i of a job is not chip i of the machine: schedulers give a job whole, equally
 * filled domains, as far as its size allows (jobs on NVL72 take 64 chips of each rack of 72), because
 * collectives are slowed by their smallest part.
 */

#include "topology/system.h"

/** The system as a job of `chips` chips sees it: each tier's group is the number of the job's chips that it
 * joins. From the innermost tier outwards that is the largest divisor of `chips` that fits; where that would
 * leave more than half of a group empty, groups are filled up instead and the last one is uneven. A view: it
 * borrows the system's texts and is not destroyed. */
struct fs_system fs_system_place(const struct fs_system *system, uint64_t chips);

/** The machine's number of a chip of a placed job: groups that the job does not fill leave gaps. */
uint64_t fs_placed_chip(const struct fs_system *placed, uint64_t chip);

/** How many ports of a tier the job's chips in a group of tier `inner` (-1: one chip) use at most: fewer than
 * chips where chips share ports. */
double fs_placed_ports(const struct fs_system *placed, int tier, int inner);

#endif

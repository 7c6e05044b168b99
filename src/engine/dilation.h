#ifndef FARSCALE_ENGINE_DILATION_H
#define FARSCALE_ENGINE_DILATION_H

/*
 * How much slower than chip time a wall run has to go: so much that the shortest message lasts long against
 * what ranks wake up late and what their hosts' clocks are wrong, and that the chips' own work gets done in
 * time.
 */

#include "engine/host_clocks.h"

struct fs_error;
struct fs_outcome;
struct fs_program;
struct fs_system;

/** The part of its share of a core that a rank may keep busy; the rest is for all that is not a kernel. */
static const double FS_BUSY_SHARE = 0.7;

/** Wall seconds that the shortest message must last where `sharing` ranks share a core (1 or more) and clocks
 * may be bound_s wrong: 20 times both together. Pure. */
double fs_dilation_resolved_s(double sharing, double bound_s);

/** The least dilation, 1 or more: by the program's shortest message, and by work_wall_s, the wall seconds
 * that a step of a chip's own work takes. Pure. */
double fs_dilation_least(const struct fs_system *system, const struct fs_program *program, double resolved_s,
                         double work_wall_s);

/** The least, or what was asked for (0: nothing); -1 with an error if that is less. Pure. */
int fs_dilation_choose(double asked, double least, int ranks, const struct fs_host_clocks *clocks,
                       double *chosen, struct fs_error *error);

/** Whether hosts' clocks stayed together as the dilation was chosen for: what they may have been wrong at the
 * end is at most a 10th of the shortest message, twice what is allowed at the start. -1 with an error that
 * says so. Pure. */
int fs_dilation_check_clocks(const struct fs_outcome *outcome, struct fs_error *error);

#endif

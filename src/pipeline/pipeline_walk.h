#ifndef FARSCALE_PIPELINE_PIPELINE_WALK_H
#define FARSCALE_PIPELINE_PIPELINE_WALK_H

/* How long a schedule takes, turn by turn: every turn starts when its stage is free and what it needs is
 * there. Pure. */

#include "layout/layout.h"
#include "pipeline/turn.h"

/** Seconds of one micro-batch in one of a stage's chunks. */
struct fs_chunk_time {
	double forward, backward;
	double weight; /* of `backward`: gradients of weights */
	double beside; /* dualpipe: a forward pass here beside a backward pass through the stage's other chunk
	                */
};

struct fs_pipeline_times {
	double *end;                  /* [stage], the caller's: when its last turn ends */
	double turn_s[FS_TURN_KINDS]; /* of the first stage: sums over its turns of each kind */
};

/** chunk: [stage * chunks of a stage + chunk]. transfer: seconds between neighbours; overlap_pp=0: in which
 * the sender does nothing else. More than 4 pp micro-batches go on as the last pp of these did. */
void fs_pipeline_walk(const struct fs_layout *layout, const struct fs_chunk_time *chunk, double transfer,
                      struct fs_pipeline_times *times);

#endif

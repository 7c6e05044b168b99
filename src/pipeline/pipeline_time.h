#ifndef FARSCALE_PIPELINE_PIPELINE_TIME_H
#define FARSCALE_PIPELINE_PIPELINE_TIME_H

/* How long a pipeline takes whose stages need not be alike. Pure. */

#include "layout/layout.h"

/** One micro-batch on one stage: all of its chunks. */
struct fs_stage_time {
	double forward, backward;
	double weight; /* of `backward`: gradients of weights, which zb1p puts off */
};

/** Fills end[stage] with when the stage's last backward pass ends, and returns the latest.
 *
 * transfer: seconds between neighbours; overlap_pp=0: in which the sender does nothing else.
 * 1f1b: every pass starts when its stage is free and what it needs has arrived; with more than 4 pp
 *   micro-batches as it goes on after 4 pp. With stages alike (m + pp - 1) (f + b) (Narayanan et al. 2021).
 * zb1p: the same, gradients of weights filling the gaps. With stages alike and m >= pp a bubble of (pp - 1)
 *   (F + B - W), B without W (Qi et al. 2023, table 1).
 * interleaved: m micro-batches on the slowest stage, and a vpp-th of the other stages' passes to fill and
 * drain (Narayanan et al. 2021, sec. 2.2.2). Not of dualpipe: pipeline/pipeline_walk.h. */
double fs_pipeline_time_s(const struct fs_layout *layout, const struct fs_stage_time *stage, double transfer,
                          double *end);

#endif

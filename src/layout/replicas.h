#ifndef FARSCALE_LAYOUT_REPLICAS_H
#define FARSCALE_LAYOUT_REPLICAS_H

/* Parameters on a chip, and the chips that hold the same: cp * ep * dp of a dense one, cp * dp of an
 * expert's. */

#include "layout/layout.h"
#include "model/parameters.h"

/** Numbers, or bytes, of parameters on one chip: their replicas differ. */
struct fs_held {
	double dense, experts;
};

/** Parameters of one such part on a chip; of the sequences that the layout says (tables of positions are as
 * long). */
struct fs_held fs_held_of_part(const struct fs_layout *layout, const struct fs_model *model,
                               enum fs_part part);

/** The chips that hold the same dense weights, or the same experts, as one group or, where a dimension of
 * other experts lies in between, as two, inner first. Returns how many have more than one chip: 0 .. 2. */
int fs_replica_groups(const struct fs_layout *layout, bool experts, struct fs_group group[2]);

#endif

#include "layout/replicas.h"

#include <math.h>

static double share(const struct fs_layout *layout, const struct fs_model *model,
                    const struct fs_weight *weight)
{
	double tp = layout->tp;
	switch (weight->split) {
	case FS_WHOLE:
		break;
	case FS_BY_TENSOR:
		return 1 / tp;
	case FS_BY_KV:
		return 1 / fmin(tp, model->kv_heads);
	case FS_BY_VOCABULARY:
		return ceil(model->vocabulary / tp) / model->vocabulary;
	case FS_BY_EXPERT:
		return 1 / (tp * layout->ep);
	}
	return 1;
}

struct fs_held fs_held_of_part(const struct fs_layout *layout, const struct fs_model *plain,
                               enum fs_part part)
{
	struct fs_model model = *plain;
	struct fs_weight weight[FS_MAX_WEIGHTS];
	model.sequence = layout->seq;
	int count = fs_part_weights(&model, part, weight);
	struct fs_held held = {0};
	for (int i = 0; i < count; i++) {
		double here = (weight[i].matrix + weight[i].table) * share(layout, &model, &weight[i]);
		*(weight[i].split == FS_BY_EXPERT ? &held.experts : &held.dense) += here;
	}
	return held;
}

int fs_replica_groups(const struct fs_layout *layout, bool experts, struct fs_group group[2])
{
	static const enum fs_dimension all[] = {FS_CONTEXT, FS_DATA, FS_EXPERT};
	int count = 0;
	if (fs_layout_joint_group(layout, all, experts ? 2 : 3, &group[0]))
		return group[0].size > 1;
	for (int i = 0; i < FS_DIMENSIONS; i++)
		if (layout->order[i] == FS_CONTEXT || layout->order[i] == FS_DATA)
			group[count++] = fs_layout_group(layout, layout->order[i]);
	return count;
}

#ifndef FARSCALE_TESTS_KERNELS_CLUSTER_H
#define FARSCALE_TESTS_KERNELS_CLUSTER_H

/* A few trainers in one process, with the collectives between them done by plain loops: what the engine does
 * with messages. The chips form one expert group (or several groups of one) and one data group. */

#include "testing.h"

#include "kernels/train.h"

#include <string.h>

enum { MAX_CHIPS = 4 };

struct cluster {
	int chips;
	struct fs_trainer_shape shape; /* of chip 0 */
	struct fs_trainer *trainer[MAX_CHIPS];
};

/* `chips` chips that share the experts if spread, or else each hold all of them. */
static inline struct cluster cluster_create(int chips, bool spread, struct fs_trainer_shape shape)
{
	struct cluster cluster = {.chips = chips};

	shape.data_group = chips;
	shape.expert_group = spread ? chips : 1;
	cluster.shape = shape;
	for (int i = 0; i < chips; i++) {
		shape.chip = (uint64_t)i;
		shape.expert_index = spread ? i : 0;
		cluster.trainer[i] = fs_trainer_create(&shape);
		assert_non_null(cluster.trainer[i]);
	}
	return cluster;
}

static inline void cluster_destroy(struct cluster *cluster)
{
	for (int i = 0; i < cluster->chips; i++)
		fs_trainer_destroy(cluster->trainer[i]);
}

static inline void cluster_next_batch(struct cluster *cluster)
{
	for (int i = 0; i < cluster->chips; i++)
		fs_trainer_next_batch(cluster->trainer[i]);
}

static inline void cluster_work(struct cluster *cluster, enum fs_work_part part, bool backward, int layer)
{
	for (int i = 0; i < cluster->chips; i++)
		fs_trainer_work(cluster->trainer[i], (struct fs_work){part, backward, layer});
}

/* Where slot `slot` of `chip` goes. Two digits, if the shape has two levels. */
static inline int destination(const struct fs_trainer_shape *shape, int chip, int slot)
{
	int inner = shape->expert_levels == 2 ? shape->expert_level_size[0] : shape->expert_group;
	int outer = shape->expert_group / inner;

	return (chip % inner + slot % inner) % inner + (chip / inner + slot / inner) % outer * inner;
}

/* Slot j of every chip goes to the chip at distance j and lands in its slot j. */
static inline void cluster_all_to_all(struct cluster *cluster, enum fs_buffer_kind kind, bool backward,
                                      int layer)
{
	struct fs_buffer which = {.kind = kind, .index = layer, .backward = backward};
	int group = cluster->shape.expert_group;
	float *before[MAX_CHIPS];
	size_t floats = 0;

	if (group == 1)
		return;
	for (int i = 0; i < group; i++) {
		const float *buffer = fs_trainer_buffer(cluster->trainer[i], which, &floats);

		before[i] = malloc(floats * sizeof(float));
		assert_non_null(before[i]);
		memcpy(before[i], buffer, floats * sizeof(float));
	}
	size_t slot_floats = floats / (size_t)group;
	for (int i = 0; i < group; i++)
		for (int slot = 0; slot < group; slot++) {
			int to = destination(&cluster->shape, i, slot);
			size_t at = (size_t)slot * slot_floats;

			memcpy(fs_trainer_buffer(cluster->trainer[to], which, &floats) + at, before[i] + at,
			       slot_floats * sizeof(float));
		}
	for (int i = 0; i < group; i++)
		free(before[i]);
}

static inline void cluster_forward(struct cluster *cluster)
{
	cluster_work(cluster, FS_WORK_EMBED, false, 0);
	for (int layer = 0; layer < cluster->shape.layers; layer++) {
		cluster_work(cluster, FS_WORK_QKV, false, layer);
		cluster_work(cluster, FS_WORK_ATTENTION, false, layer);
		cluster_work(cluster, FS_WORK_PROJECTION, false, layer);
		if (cluster->shape.experts) {
			cluster_work(cluster, FS_WORK_ROUTER, false, layer);
			cluster_all_to_all(cluster, FS_BUFFER_DISPATCH, false, layer);
			cluster_work(cluster, FS_WORK_EXPERTS, false, layer);
			cluster_all_to_all(cluster, FS_BUFFER_COMBINE, false, layer);
			cluster_work(cluster, FS_WORK_COMBINE, false, layer);
		} else {
			cluster_work(cluster, FS_WORK_FFN_UP, false, layer);
			cluster_work(cluster, FS_WORK_FFN_DOWN, false, layer);
		}
	}
	cluster_work(cluster, FS_WORK_HEAD, false, 0);
}

static inline void cluster_backward(struct cluster *cluster)
{
	cluster_work(cluster, FS_WORK_HEAD, true, 0);
	for (int layer = cluster->shape.layers - 1; layer >= 0; layer--) {
		if (cluster->shape.experts) {
			cluster_work(cluster, FS_WORK_COMBINE, true, layer);
			cluster_all_to_all(cluster, FS_BUFFER_COMBINE, true, layer);
			cluster_work(cluster, FS_WORK_EXPERTS, true, layer);
			cluster_all_to_all(cluster, FS_BUFFER_DISPATCH, true, layer);
			cluster_work(cluster, FS_WORK_ROUTER, true, layer);
		} else {
			cluster_work(cluster, FS_WORK_FFN_DOWN, true, layer);
			cluster_work(cluster, FS_WORK_FFN_UP, true, layer);
		}
		cluster_work(cluster, FS_WORK_PROJECTION, true, layer);
		cluster_work(cluster, FS_WORK_ATTENTION, true, layer);
		cluster_work(cluster, FS_WORK_QKV, true, layer);
	}
	cluster_work(cluster, FS_WORK_EMBED, true, 0);
}

/* Every chip's buffer becomes the sum over all chips. */
static inline void cluster_allreduce_buffer(struct cluster *cluster, struct fs_buffer which)
{
	size_t floats;
	float *sum = fs_trainer_buffer(cluster->trainer[0], which, &floats);

	for (int i = 1; i < cluster->chips; i++) {
		const float *part = fs_trainer_buffer(cluster->trainer[i], which, &floats);

		for (size_t j = 0; j < floats; j++)
			sum[j] += part[j];
	}
	for (int i = 1; i < cluster->chips; i++)
		memcpy(fs_trainer_buffer(cluster->trainer[i], which, &floats), sum, floats * sizeof *sum);
}

/* Dense gradients over all chips; those of experts where every chip holds the same. */
static inline void cluster_allreduce(struct cluster *cluster)
{
	int layers = cluster->shape.layers;

	for (int i = 0; i <= layers + 1; i++)
		cluster_allreduce_buffer(cluster, (struct fs_buffer){.kind = FS_BUFFER_GRADIENT, .index = i});
	if (cluster->shape.experts && cluster->shape.expert_group == 1)
		for (int i = 0; i < layers; i++)
			cluster_allreduce_buffer(
			        cluster, (struct fs_buffer){.kind = FS_BUFFER_EXPERT_GRADIENT, .index = i});
}

static inline void cluster_step(struct cluster *cluster)
{
	cluster_next_batch(cluster);
	cluster_forward(cluster);
	cluster_backward(cluster);
	cluster_allreduce(cluster);
	cluster_work(cluster, FS_WORK_OPTIMIZER, false, 0);
}

static inline double cluster_loss(const struct cluster *cluster)
{
	double sum = 0.0;

	for (int i = 0; i < cluster->chips; i++)
		sum += fs_trainer_loss(cluster->trainer[i]);
	return sum / cluster->chips;
}

#endif

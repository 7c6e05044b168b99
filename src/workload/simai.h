#ifndef FARSCALE_WORKLOAD_SIMAI_H
#define FARSCALE_WORKLOAD_SIMAI_H

/*
 * Workload files of SimAI (Wang et al., "SimAI: unifying architecture design and performance tuning for
 * large-scale LLM training", NSDI 2025), as AICB writes them: a line of sizes, a number of rows, and rows of
 * twelve fields: name, -1, and nanoseconds, collective, bytes of the forward pass, of the gradients of inputs
 * and of those of weights, and an update's time. A row is what each chip of one pipeline stage does.
 *
 * A collective without a suffix is of the tensor-parallel group (model_parallel_NPU_group chips), that of
 * weights' gradients of the data-parallel one; _EP and _DP_EP are the experts' and that of equal experts.
 * Chips are numbered as Megatron-LM does: tensor, expert, data, pipeline from the inside out. Bytes are all
 * that a chip holds before or after, as nccl-tests counts them.
 *
 * A micro-batch begins with each row "embedding_layer", of which there are `ga`, and reaches to the last row
 * but those named cross_entropy or optimizer, which with the rows before the first come once a step. Stages
 * take forward and backward passes of micro-batches in turn (1F1B), whatever vpp says, and pass pp_comm
 * bytes on. Collectives of both passes are waited for at once, those of weights' gradients at the end.
 */

#include "workload/workload.h"

/** chips: what there must be, 0: what the file says. Errors name file and line. */
int fs_simai_read(const char *path, uint64_t chips, struct fs_workload **workload, struct fs_error *error);

#endif

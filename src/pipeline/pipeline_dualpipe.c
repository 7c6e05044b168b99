/*
 * DualPipe (DeepSeek-V3, arXiv 2412.19437, sec. 3.2.1, fig. 5), in the eight steps of its authors'
 * description (github.com/deepseek-ai/DualPipe): micro-batches enter at both ends, and a forward pass of the
 * one direction goes on together with a backward pass of the other. `near` is the direction that enters at
 * the nearer end.
 */

#include "pipeline/pipeline_build.h"

struct stage {
	struct fs_pipeline_list *list;
	uint32_t near, half;                /* the chunk; micro-batches of a direction */
	uint32_t forwards[2], backwards[2]; /* done, by chunk */
	uint32_t weighed;                   /* turns before this one owe no gradients of weights */
};

static uint32_t microbatch(const struct stage *stage, uint32_t chunk, uint32_t i)
{
	return chunk * stage->half + i;
}

static void forward(struct stage *stage, uint32_t chunk)
{
	fs_pipeline_add(stage->list, FS_PASS_FORWARD, chunk,
	                microbatch(stage, chunk, stage->forwards[chunk]++));
}

static void backward(struct stage *stage, uint32_t chunk, enum fs_pass pass)
{
	fs_pipeline_add(stage->list, pass, chunk, microbatch(stage, chunk, stage->backwards[chunk]++));
}

static void pair(struct stage *stage, uint32_t chunk)
{
	forward(stage, chunk);
	stage->list->turn[stage->list->turns - 1].paired = true;
	backward(stage, 1 - chunk, FS_PASS_BACKWARD);
}

/* The gradients of weights that have waited longest: the first torn backward pass in the list without them.
 */
static void weights(struct stage *stage)
{
	uint32_t i = stage->weighed;
	while (stage->list->turn[i].pass != FS_PASS_BACKWARD_INPUT)
		i++;
	struct fs_pipeline_turn torn = stage->list->turn[i];
	stage->weighed = i + 1;
	fs_pipeline_add(stage->list, FS_PASS_BACKWARD_WEIGHT, torn.chunk, torn.microbatch);
}

static void begin(struct stage *stage, uint32_t inner, uint32_t outer)
{
	uint32_t near = stage->near, far = 1 - near;
	for (uint32_t i = 0; i < 2 * inner; i++)
		forward(stage, near);
	for (uint32_t i = 0; i < outer; i++) {
		forward(stage, near);
		forward(stage, far);
	}
	for (uint32_t i = 0; i < inner; i++) {
		backward(stage, far, FS_PASS_BACKWARD_INPUT);
		weights(stage);
		forward(stage, far);
	}
}

static void middle(struct stage *stage, uint32_t inner, uint32_t rounds)
{
	uint32_t near = stage->near, far = 1 - near;
	for (uint32_t i = 0; i < rounds; i++) {
		if (i == 0 &&
		    inner == 0) { /* the middle stages have nothing to pair yet: each other's first */
			forward(stage, near);
			backward(stage, far, FS_PASS_BACKWARD);
		} else {
			pair(stage, near);
		}
		pair(stage, far);
	}
	for (uint32_t i = 0; i < inner; i++) {
		backward(stage, far, FS_PASS_BACKWARD);
		pair(stage, far);
	}
}

static void end(struct stage *stage, uint32_t inner, uint32_t outer)
{
	uint32_t near = stage->near, far = 1 - near;
	for (uint32_t i = 0; i < 2 * outer; i++) /* the second half of them is torn */
		backward(stage, i % 2 ? near : far, i < outer ? FS_PASS_BACKWARD : FS_PASS_BACKWARD_INPUT);
	for (uint32_t i = 0; i < inner; i++) {
		weights(stage);
		backward(stage, near, FS_PASS_BACKWARD_INPUT);
	}
	for (uint32_t i = 0; i < outer; i++)
		weights(stage);
}

void fs_pipeline_dualpipe(const struct fs_layout *layout, uint32_t stage, struct fs_pipeline_list *list)
{
	uint32_t pp = layout->pp, mirrored = pp - 1 - stage, from_end = stage < mirrored ? stage : mirrored;
	uint32_t inner = pp / 2 - 1 - from_end, outer = from_end + 1;
	struct stage made = {.list = list, .near = stage > mirrored, .half = layout->microbatches / 2};
	begin(&made, inner, outer);
	middle(&made, inner, made.half - pp + outer);
	end(&made, inner, outer);
}

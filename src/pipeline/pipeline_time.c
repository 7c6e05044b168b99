#include "pipeline/pipeline_time.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Of one stage under 1F1B, or ZB-H1, which has the same order of passes: how far it has come, and when its
 * passes' results are at its neighbours. */
struct lane {
	double free;
	uint32_t forwards, backwards, weights;
	double *forward, *backward; /* of micro-batch i */
};

struct race {
	const struct fs_layout *layout;
	const struct fs_stage_time *stage;
	double transfer;
	uint32_t microbatches;
	struct lane *lane;
};

/* Warm-up passes, then forward and backward in turn. */
static bool next_is_forward(const struct race *race, uint32_t p)
{
	const struct lane *lane = &race->lane[p];
	uint32_t ahead = race->layout->pp - p;
	return lane->forwards < least(race->microbatches, lane->backwards + ahead);
}

/* zb1p: gradients of weights fill the time until the next pass is ready, and are put off by no more
 * micro-batches than there are stages before (Qi et al. 2023, sec. 2.2). */
static void fill_gap(const struct race *race, uint32_t p, double ready)
{
	struct lane *lane = &race->lane[p];
	double weight = race->stage[p].weight;
	if (race->layout->schedule != FS_ZB1P)
		return;
	while (lane->weights < lane->backwards &&
	       (lane->free + weight <= ready || lane->backwards - lane->weights > p)) {
		lane->free += weight;
		lane->weights++;
	}
}

static double pass_s(const struct race *race, uint32_t p, bool forward)
{
	const struct fs_stage_time *stage = &race->stage[p];
	if (forward)
		return stage->forward;
	return stage->backward - (race->layout->schedule == FS_ZB1P ? stage->weight : 0);
}

/* Starts the stage's next pass if what it needs is there. */
static bool advance(struct race *race, uint32_t p)
{
	struct lane *lane = &race->lane[p];
	bool forward = next_is_forward(race, p), last = p == race->layout->pp - 1;
	uint32_t i = forward ? lane->forwards : lane->backwards;
	if (!forward && i == race->microbatches)
		return false;
	double ready = 0;
	if (forward && p > 0) {
		if (lane[-1].forwards <= i)
			return false;
		ready = lane[-1].forward[i];
	} else if (!forward && !last) {
		if (lane[1].backwards <= i)
			return false;
		ready = lane[1].backward[i];
	}
	fill_gap(race, p, ready);
	double end = (lane->free > ready ? lane->free : ready) + pass_s(race, p, forward);
	double there = end + ((forward ? !last : p > 0) ? race->transfer : 0);
	lane->free = race->layout->overlap_pp ? end : there;
	*(forward ? &lane->forward[i] : &lane->backward[i]) = there;
	(*(forward ? &lane->forwards : &lane->backwards))++;
	return true;
}

/* Runs so many micro-batches through all stages; end[] as in the header. */
static void run(struct race *race, uint32_t microbatches, double *end)
{
	uint32_t pp = race->layout->pp;
	race->microbatches = microbatches;
	double *times = fs_allocate(2ul * pp * microbatches * sizeof *times);
	race->lane = fs_allocate_zeroed(pp, sizeof *race->lane);
	for (uint32_t p = 0; p < pp; p++) {
		race->lane[p].forward = times + 2ul * p * microbatches;
		race->lane[p].backward = race->lane[p].forward + microbatches;
	}
	/* Forward down the stages, back up: either way something is ready until all is done. */
	for (bool moved = true; moved;) {
		moved = false;
		for (uint32_t p = 0; p < pp; p++)
			while (advance(race, p))
				moved = true;
		for (uint32_t p = pp; p-- > 0;)
			while (advance(race, p))
				moved = true;
	}
	for (uint32_t p = 0; p < pp; p++) {
		fill_gap(race, p, INFINITY);
		end[p] = race->lane[p].free;
	}
	free(race->lane);
	free(times);
}

static void one_forward_one_backward(const struct fs_layout *layout, const struct fs_stage_time *stage,
                                     double transfer, double *end)
{
	struct race race = {layout, stage, transfer, 0, NULL};
	uint32_t pp = layout->pp, all = layout->microbatches, enough = 4 * pp;
	run(&race, least(all, enough), end);
	if (all <= enough)
		return;
	double *before = fs_allocate(pp * sizeof *before);
	run(&race, enough - pp, before);
	for (uint32_t p = 0; p < pp; p++)
		end[p] += (end[p] - before[p]) / pp * (all - enough);
	free(before);
}

/* Interleaved: every other stage adds a vpp-th of its passes while the pipeline fills and drains. */
static void closed_form(const struct fs_layout *layout, const struct fs_stage_time *stage, double transfer,
                        double *end)
{
	uint32_t pp = layout->pp, vpp = layout->vpp;
	double slowest = 0, filling = 0, before = 0;
	for (uint32_t p = 0; p < pp; p++) {
		double both = stage[p].forward + stage[p].backward;
		filling += both / vpp;
		slowest = fmax(slowest, both);
	}
	double each = slowest + (layout->overlap_pp ? 0 : 2 * vpp * transfer);
	double all = layout->microbatches * each + filling - slowest / vpp + 2 * (pp - 1) * transfer;
	for (uint32_t p = 0; p < pp; p++) {
		end[p] = all - before;
		before += stage[p].backward / vpp + transfer;
	}
}

double fs_pipeline_time_s(const struct fs_layout *layout, const struct fs_stage_time *stage, double transfer,
                          double *end)
{
	if (layout->schedule == FS_1F1B || layout->schedule == FS_ZB1P)
		one_forward_one_backward(layout, stage, transfer, end);
	else
		closed_form(layout, stage, transfer, end);
	double last = 0;
	for (uint32_t p = 0; p < layout->pp; p++)
		last = fmax(last, end[p]);
	return last;
}

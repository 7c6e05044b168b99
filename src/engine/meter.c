#include "engine/meter.h"

#include "base/clock.h"
#include "plan/work.h"

#include <stddef.h>

/* What a kernel on a chip costs next to a chip-step, where its jitter is drawn and where not. Only the
 * evenness of the progress within a training step hangs on it: the next step is like this one. */
static const double DRAWN_KERNEL = 12, PLAIN_KERNEL = 3;

/* The clock is looked at after so many chip-steps. An iteration counts for LEAST at least: over few chips, it
 * is finding its links that takes time. */
static const double LOOK_EVERY = 1 << 16, LEAST = 1 << 10;

static const double REPORT_EVERY_S = 0.05;

static double kernel_effort(const struct fs_engine_options *options)
{
	return options->jitter || options->compute == FS_COMPUTE_BLAS ? DRAWN_KERNEL : PLAIN_KERNEL;
}

double fs_virtual_effort(const struct fs_program *program, const struct fs_engine_options *options)
{
	struct fs_program_work step = fs_program_work(program);
	double steps = (double)options->warmup + options->steps;
	return steps * (step.chip_steps + kernel_effort(options) * step.chip_kernels);
}

void fs_meter_start(struct fs_meter *meter, const struct fs_program *program,
                    const struct fs_engine_options *options, bool speaks)
{
	double steps = (double)options->warmup + options->steps;
	*meter = (struct fs_meter){
	        .report = speaks ? options->progress : NULL,
	        .context = options->progress_context,
	        .kernel_effort = kernel_effort(options),
	        .of_effort = fs_virtual_effort(program, options),
	        .of_chip_steps = steps * fs_program_work(program).chip_steps,
	        .reported_s = fs_clock_s(),
	};
}

static void report(const struct fs_meter *meter)
{
	struct fs_progress progress = {.share = meter->of_effort > 0 ? meter->effort / meter->of_effort : 1,
	                               .chip_steps = meter->chip_steps,
	                               .of_chip_steps = meter->of_chip_steps};
	meter->report(meter->context, &progress);
}

static void look(struct fs_meter *meter)
{
	double now_s = fs_clock_s();
	meter->unseen = 0;
	if (now_s - meter->reported_s < REPORT_EVERY_S)
		return;
	meter->reported_s = now_s;
	report(meter);
}

static void count(struct fs_meter *meter, double effort)
{
	meter->effort += effort;
	meter->unseen += effort > LEAST ? effort : LEAST;
	if (meter->report && meter->unseen >= LOOK_EVERY)
		look(meter);
}

void fs_meter_iteration(struct fs_meter *meter, uint64_t chips)
{
	meter->chip_steps += (double)chips;
	count(meter, (double)chips);
}

void fs_meter_kernel(struct fs_meter *meter, uint64_t chips)
{
	count(meter, meter->kernel_effort * (double)chips);
}

void fs_meter_end(struct fs_meter *meter)
{
	if (meter->report)
		report(meter);
}

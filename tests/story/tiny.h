#ifndef FARSCALE_TESTS_TINY_H
#define FARSCALE_TESTS_TINY_H

/*
 * Clusters small enough to follow by hand, told operation by operation.
 *
 * Round numbers: 1 KB takes 1 us at 1 GB/s; a kernel takes as long as the story says; nothing jitters. Each
 * tiny_* call below appends one operation to the program and carries it out at once, so that a story can look
 * at every chip's clocks in between.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/cluster.h"
#include "engine/team.h"
#include "plan/build.h"
#include "unit/config/scratch.h"

enum { TINY_CHIPS = 4, TINY_TIERS = 2 };

struct tiny_tier {
	int group;
	double GBps, latency_us;
	double reduction, reduction_latency_us; /* its switches reduce; 0: they do not */
};

/* launch_us and slowdown as the stack's launch_us and overlap_slowdown. Tiers end with a group of 0. */
struct tiny_plan {
	int chips;
	struct tiny_tier tier[TINY_TIERS];
	double launch_us, slowdown;
};

struct tiny {
	struct fs_system *system;
	struct fs_program *program;
	struct fs_team *team;
	struct fs_engine_options options;
	struct fs_cluster cluster;
	int issued[FS_STREAMS]; /* the number of the last operation on a stream, from 1 on */
};

/* A collective to issue. bytes as nccl-tests counts them; group.size 0: one group of everyone. */
struct tiny_call {
	enum fs_collective collective;
	const char *algorithm;
	double bytes;
	enum fs_stream stream;
	struct fs_group group;
};

static inline double KB(double count)
{
	return count * 1000;
}

static const char tiny_head[] = "schema: farscale-system/1\n"
                                "name: tiny\n"
                                "label: A tiny cluster\n"
                                "trust: E\n"
                                "source: story\n"
                                "deployed_chips: 4\n"
                                "chip: {name: toy, label: A toy chip, unit: package, peak_bf16_TFLOPS: 1,\n"
                                "       memory_GB: 1, memory_TBps: 1, power_W: 1}\n"
                                "sources: {story: made up}\n";

static const char tiny_stack[] = "stack:\n"
                                 "  name: toyware\n"
                                 "  label: Toy software\n"
                                 "  launch_us: %g\n"
                                 "  overlap_slowdown: %g\n"
                                 "  jitter: none\n"
                                 "  kernels:\n"
                                 "    - chip: default\n"
                                 "      min_kernel_us: 0\n"
                                 "      memory_efficiency: 1\n"
                                 "      gemm: {log10_flop: [6], efficiency: [1]}\n"
                                 "tiers:\n";

static inline void tiny_write(const struct tiny_plan *plan, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "%s", tiny_head);
	used += (size_t)snprintf(text + used, size - used, tiny_stack, plan->launch_us, plan->slowdown);
	for (int k = 0; k < TINY_TIERS && plan->tier[k].group; k++)
		used += (size_t)snprintf(text + used, size - used,
		                         "  - {name: tier%d, kind: scale_up, group: %d, bandwidth_GBps: %g, "
		                         "efficiency: 1, latency_us: %g, reduction: %g, "
		                         "reduction_latency_us: %g}\n",
		                         k, plan->tier[k].group, plan->tier[k].GBps, plan->tier[k].latency_us,
		                         plan->tier[k].reduction, plan->tier[k].reduction_latency_us);
	assert_true(used < size);
}

static inline void tiny_load(const struct tiny_plan *plan, struct fs_system **loaded)
{
	struct scratch scratch;
	struct fs_error error;
	char text[2048];
	tiny_write(plan, text, sizeof text);
	scratch_create(&scratch);
	if (fs_system_load(scratch_write(&scratch, "tiny.yaml", text), NULL, NULL, 0, loaded, &error))
		fail_msg("%s", error.text);
	scratch_destroy(&scratch);
}

static inline void tiny_create(struct tiny *tiny, struct tiny_plan plan)
{
	struct fs_error error;
	assert_true(plan.chips <= TINY_CHIPS);
	*tiny = (struct tiny){.options = {.compute = FS_COMPUTE_MODEL, .steps = 1}};
	tiny_load(&plan, &tiny->system);
	tiny->program = fs_build_start((uint64_t)plan.chips);
	tiny->team = fs_team_alone();
	assert_int_equal(fs_cluster_create(&tiny->cluster, tiny->team, tiny->system, tiny->program,
	                                   &tiny->options, &error),
	                 0);
}

static inline void tiny_destroy(struct tiny *tiny)
{
	fs_cluster_destroy(&tiny->cluster);
	fs_team_destroy(tiny->team);
	fs_program_destroy(tiny->program);
	fs_system_destroy(tiny->system);
}

/* Whatever it did before, this chip gets to the next operation `us` later than it would have. */
static inline void tiny_late(struct tiny *tiny, int chip, double us)
{
	tiny->cluster.compute[chip] += us * 1e-6;
}

/* Every chip computes for `us`. */
static inline void tiny_compute(struct tiny *tiny, double us)
{
	struct fs_work nothing = {FS_WORK_NONE, false, 0};
	fs_build_compute(tiny->program, tiny->system, "kernel", FS_KERNEL_GEMM, us * 1e6, 0, nothing);
	struct fs_view view = fs_cluster_view(&tiny->cluster, FS_ALL_STAGES);
	fs_cluster_compute(&tiny->cluster, &view, &tiny->program->op[tiny->program->ops - 1], 0, 0);
}

static inline const struct fs_op *tiny_append(struct tiny *tiny, struct tiny_call call)
{
	struct fs_error error;
	struct fs_group everyone = {.size = (uint32_t)tiny->program->chips, .stride = 1};
	struct fs_group group = call.group.size ? call.group : everyone;
	if (fs_build_collective(tiny->program, tiny->system, "story", call.stream, call.collective, group,
	                        call.bytes, call.algorithm, (struct fs_buffer){0}, &error))
		fail_msg("%s", error.text);
	return &tiny->program->op[tiny->program->ops - 1];
}

/* The program has grown, and may lie elsewhere: what is in flight is found anew. */
static inline void tiny_run(struct tiny *tiny, const struct fs_op *op)
{
	for (int s = 0; s < FS_STREAMS; s++)
		tiny->cluster.last[s] = tiny->issued[s] ? &tiny->program->op[tiny->issued[s] - 1] : NULL;
	struct fs_view view = fs_cluster_view(&tiny->cluster, FS_ALL_STAGES);
	fs_cluster_collective(&tiny->cluster, &view, op);
}

/* Every chip issues the collective and goes on. */
static inline void tiny_issue(struct tiny *tiny, struct tiny_call call)
{
	tiny_run(tiny, tiny_append(tiny, call));
	tiny->issued[call.stream] = tiny->program->ops;
}

static inline void tiny_wait(struct tiny *tiny, enum fs_stream stream)
{
	fs_build_wait(tiny->program, stream);
	struct fs_view view = fs_cluster_view(&tiny->cluster, FS_ALL_STAGES);
	fs_cluster_wait(&tiny->cluster, &view, &tiny->program->op[tiny->program->ops - 1]);
}

static inline void tiny_assert(const struct tiny *tiny, const char *what, const double *clock,
                               const double *us)
{
	for (uint64_t i = 0; i < tiny->program->chips; i++)
		if (fabs(clock[i] * 1e6 - us[i]) > 1e-9)
			fail_msg("%s: chip %d is at %.10g us, expected %.10g us", what, (int)i,
			         clock[i] * 1e6, us[i]);
}

/* Where each chip's compute stream or communication stream is now, and the sums of its kernels and waits, in
 * us. */
static inline void assert_compute(const struct tiny *tiny, const double us[])
{
	tiny_assert(tiny, "compute", tiny->cluster.compute, us);
}

static inline void assert_stream(const struct tiny *tiny, enum fs_stream stream, const double us[])
{
	tiny_assert(tiny, "stream", tiny->cluster.stream[stream], us);
}

static inline void assert_busy(const struct tiny *tiny, const double us[])
{
	tiny_assert(tiny, "busy", tiny->cluster.busy, us);
}

static inline void assert_waited(const struct tiny *tiny, const double us[])
{
	tiny_assert(tiny, "waited", tiny->cluster.waited, us);
}

static inline int tiny_rounds(const struct fs_schedule *schedule)
{
	uint32_t rounds = 0;
	for (int i = 0; i < schedule->steps; i++)
		rounds += schedule->step[i].repeat;
	return (int)rounds;
}

/* The schedule's first `rounds` rounds, as a schedule of the program's. */
static inline const struct fs_schedule *tiny_cut(struct tiny *tiny, const struct fs_schedule *schedule,
                                                 uint32_t rounds)
{
	struct fs_program *program = tiny->program;
	struct fs_schedule *cut = fs_allocate(sizeof *cut);
	*cut = *schedule;
	for (int i = 0; i < cut->steps; i++) {
		struct fs_step *step = &cut->step[i];
		step->repeat = step->repeat < rounds ? step->repeat : rounds;
		rounds -= step->repeat;
		if (step->repeat == 0)
			cut->steps = i;
	}
	program->schedule = fs_reallocate(program->schedule, (unsigned long)(program->schedules + 1) *
	                                                             sizeof *program->schedule);
	program->schedule[program->schedules++] = cut;
	return cut;
}

/* Carries out the first `rounds` rounds of a collective, looks at the clocks, and turns them back. */
static inline void tiny_look(struct tiny *tiny, const struct fs_op *op, int rounds, const double *us)
{
	struct fs_op part = *op;
	double before[TINY_CHIPS];
	char what[32];
	size_t size = tiny->program->chips * sizeof *before;
	part.schedule = tiny_cut(tiny, op->schedule, (uint32_t)rounds);
	memcpy(before, tiny->cluster.stream[op->stream], size);
	tiny_run(tiny, &part);
	snprintf(what, sizeof what, "after round %d", rounds);
	tiny_assert(tiny, what, tiny->cluster.stream[op->stream], us);
	memcpy(tiny->cluster.stream[op->stream], before, size);
}

/* Issues the collective, which has as many rounds as `us` has rows: where each chip's stream is after each of
 * them. */
static inline void tiny_issue_by_rounds(struct tiny *tiny, struct tiny_call call, int rounds,
                                        const double us[][TINY_CHIPS])
{
	const struct fs_op *op = tiny_append(tiny, call);
	assert_int_equal(tiny_rounds(op->schedule), rounds);
	for (int round = 1; round <= rounds; round++)
		tiny_look(tiny, op, round, us[round - 1]);
	tiny_run(tiny, op);
	tiny->issued[call.stream] = tiny->program->ops;
	assert_stream(tiny, call.stream, us[rounds - 1]);
}

#endif

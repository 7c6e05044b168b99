/*
 * Published measurements of collectives against the virtual clock, without jitter. What is predicted with
 * stands in topologies/; here are the measured values and the sizes. All rows are printed, failed or not:
 * results/published.md. It also says what was left out, and why.
 *
 * The rows of a series rise in size or in ranks. Its shape is right where the prediction falls with what was
 * measured, rises with it, and stays where it stays.
 */

#include "unit/plan/stopwatch.h"

#include "plan/build.h"

#include <stdio.h>
#include <string.h>

enum { MOST_ROWS = 8 };

/* A change of less than this is the noise between two runs of the same; the prediction may move by a bar. */
static const double noise = 0.05;

/* Measured against predicted of one series, as it goes. */
struct comparison {
	const char *title;
	double bar, measured, predicted; /* of the row before; 0: none */
	bool failed;
};

static void check_shape(struct comparison *so_far, double measured, double predicted)
{
	double change = measured / so_far->measured - 1, predicted_change = predicted / so_far->predicted - 1;
	bool level = fabs(change) < noise;
	if (level ? fabs(predicted_change) > so_far->bar : predicted_change * change <= 0) {
		printf("%s: measured %+.1f %% from the row before, predicted %+.1f %%\n", so_far->title,
		       100 * change, 100 * predicted_change);
		so_far->failed = true;
	}
}

static void compare(struct comparison *so_far, const char *what, double measured, double predicted)
{
	double error = predicted / measured - 1;
	bool wrong = fabs(error) > so_far->bar;
	printf("| %s | %s | %.1f | %.1f | %+.1f %% |%s\n", so_far->title, what, measured, predicted,
	       100 * error, wrong ? " above the bar" : "");
	if (so_far->measured > 0)
		check_shape(so_far, measured, predicted);
	so_far->measured = measured;
	so_far->predicted = predicted;
	so_far->failed |= wrong;
}

/* A rack of NVL72 and two: busbw of nccl-tests, out of place, NCCL 2.26.2.
 * github.com/coreweave/nccl-tests at 0120901a, README.md. For sizes like these NCCL takes the ring. */
struct allreduce_series {
	const char *title, *system;
	uint32_t chips;
	double bar;
	struct {
		double MiB, GBps;
	} row[MOST_ROWS];
};

static const struct allreduce_series allreduces[] = {
        {"GB200, 72 in a rack",
         "nvl72-gb200",
         72,
         0.08,
         {{512, 586.06}, {1024, 681.17}, {2048, 757.78}, {4096, 839.16}, {8192, 834.57}}},
        {"GB200, 144 in two racks",
         "nvl72-gb200",
         144,
         0.08,
         {{512, 493.94}, {1024, 596.10}, {2048, 680.30}, {4096, 743.09}, {8192, 793.06}, {16384, 810.41}}},
};

static double busbw_GBps(const struct fs_system *system, uint32_t chips, double bytes)
{
	struct fs_system placed = fs_system_place(system, chips);
	struct fs_program *program = collective_program(&placed, FS_ALLREDUCE, chips, bytes, "ring");
	double seconds = step_s(&placed, program);
	fs_program_destroy(program);
	return fs_collective_busbw_factor(FS_ALLREDUCE, chips) * bytes / seconds * 1e-9;
}

static void check_allreduce(void **state)
{
	const struct allreduce_series *series = *state;
	struct fs_system *system = load_system(series->system);
	struct comparison so_far = {.title = series->title, .bar = series->bar};
	for (int i = 0; i < MOST_ROWS && series->row[i].MiB > 0; i++) {
		char what[32];
		snprintf(what, sizeof what, "%g MiB", series->row[i].MiB);
		compare(&so_far, what, series->row[i].GBps,
		        busbw_GBps(system, series->chips, series->row[i].MiB * (1 << 20)));
	}
	fs_system_destroy(system);
	assert_false(so_far.failed);
}

/* Bytes of a token of DeepSeek-V3, 7168 wide, as DeepEP's tests count them. */
static const double BF16 = 7168 * 2, FP8 = 7168 + 7168 / 128 * 4;

/* Dispatch and combine of experts. The benchmarks divide all that they count by the time: `copies` of each
 * token, what stays on the rank (or on its node) among them. So does nccl-tests' algbw of an alltoall. */
struct exchange_series {
	const char *title, *system;
	double tokens;      /* of a rank */
	double copies;      /* of a token at most: no more than the group has members */
	double token_bytes; /* in dispatch; 16 bits in combine */
	uint32_t share; /* ranks that are one member of an exchange, and chips between two members: 8 where
	                   the GPUs of the same place on every node exchange among themselves */
	uint32_t stride;
	double bar;
	struct {
		uint32_t ranks;
		double dispatch_GBps, combine_GBps;
	} row[MOST_ROWS];
};

static const struct exchange_series exchanges[] = {
        /* github.com/deepseek-ai/DeepEP, README.md, H800. Within a node a copy for each GPU: 8 experts are on
         * 5.3 of 8 on average. */
        {"DeepEP in a node, 2025-02", "h800-deepseek", 4096, 5.3, FP8, 1, 1, 0.15, {{8, 153, 158}}},
        /* Between nodes a copy for each node, 4 at most, to the GPU of the same place there. */
        {"DeepEP, 2025-02", "h800-deepseek", 4096, 4, FP8, 8, 8, 0.15, {{64, 46, 45}}},
        {"DeepEP, 2025-04-21", "h800-deepseek", 4096, 4, FP8, 8, 8, 0.15, {{32, 59, 60}, {64, 49, 51}}},
        {"DeepEP, 2025-04-22", "h800-deepseek", 4096, 4, FP8, 8, 8, 0.15, {{32, 58, 57}, {64, 51, 50}}},
        {"DeepEP V2, 2026-04", "h800-deepseek", 8192, 4, FP8, 8, 8, 0.15, {{16, 90, 81}, {32, 61, 61}}},
        /* arXiv 2505.09343, Fig. 7. Which bar is which is not certain in the text; these are the highest that
         * the NIC allows, 50 GB/s * 16/15, and the lowest of all. */
        {"DeepEP, Fig. 7, high and low", "h800-deepseek", 4096, 4, FP8, 8, 8, 0.15, {{128, 50.58, 41.6}}},
        /* A copy for each expert, and all by the NICs: as if every rank had a node of its own. */
        {"DeepEP low latency, 2025-02",
         "h800-deepseek",
         128,
         8,
         FP8,
         1,
         8,
         0.15,
         {{8, 46, 46}, {16, 43, 44}, {32, 41, 41}, {64, 40, 41}, {128, 39, 39}, {256, 39, 40}}},
        /* github.com/sgl-project/sgl-kernel-npu at f425bdf1, README.md: a copy for each expert, counted in 16
         * bits both ways. */
        {"DeepEP-Ascend on A3",
         "cloudmatrix-384",
         4096,
         8,
         BF16,
         1,
         1,
         0.15,
         {{8, 146, 125}, {16, 107, 103}, {32, 102, 95}, {64, 81, 91}, {128, 57, 81}}},
};

static double counted_GBps(const struct fs_system *system, struct fs_group group, enum fs_buffer_kind kind,
                           double bytes)
{
	uint64_t chips = (uint64_t)group.size * group.stride;
	struct fs_system placed = fs_system_place(system, chips);
	struct fs_program *program = fs_build_start(chips);
	struct fs_error error;
	if (fs_build_collective(program, &placed, "exchange", FS_STREAM_EXPERT, FS_ALLTOALL, group, bytes,
	                        "direct", (struct fs_buffer){.kind = kind}, &error))
		fail_msg("%s", error.text);
	program->op[0].launch_s = 0; /* they time the kernel */
	fs_build_wait(program, FS_STREAM_EXPERT);
	double seconds = step_s(&placed, program);
	fs_program_destroy(program);
	return bytes / seconds * 1e-9;
}

/* DeepSeek's own stack has a number from two of these rows; NCCL's has none, so that all are predicted. */
static struct fs_system *load_unfitted(const char *name)
{
	struct fs_system *system;
	struct fs_error error;
	const char *stack = strcmp(name, "h800-deepseek") == 0 ? "nccl" : NULL;
	if (fs_system_load(name, stack, NULL, 0, &system, &error))
		fail_msg("%s", error.text);
	return system;
}

static void check_exchange(const struct exchange_series *series, enum fs_buffer_kind kind)
{
	bool dispatch = kind == FS_BUFFER_DISPATCH;
	struct fs_system *system = load_unfitted(series->system);
	struct comparison so_far = {.title = series->title, .bar = series->bar};
	for (int i = 0; i < MOST_ROWS && series->row[i].ranks; i++) {
		struct fs_group group = {series->row[i].ranks / series->share, series->stride};
		double copies = series->tokens * fmin(series->copies, group.size);
		char what[32];
		snprintf(what, sizeof what, "%s EP%u", dispatch ? "dispatch" : "combine",
		         series->row[i].ranks);
		compare(&so_far, what, dispatch ? series->row[i].dispatch_GBps : series->row[i].combine_GBps,
		        counted_GBps(system, group, kind, copies * (dispatch ? series->token_bytes : BF16)));
	}
	fs_system_destroy(system);
	assert_false(so_far.failed);
}

static void check_dispatch(void **state)
{
	check_exchange(*state, FS_BUFFER_DISPATCH);
}

static void check_combine(void **state)
{
	check_exchange(*state, FS_BUFFER_COMBINE);
}

enum {
	ALLREDUCES = sizeof allreduces / sizeof *allreduces,
	EXCHANGES = sizeof exchanges / sizeof *exchanges
};

int main(void)
{
	struct CMUnitTest tests[ALLREDUCES + 2 * EXCHANGES];
	size_t count = 0;
	for (int i = 0; i < ALLREDUCES; i++)
		tests[count++] = (struct CMUnitTest){allreduces[i].title, check_allreduce, NULL, NULL,
		                                     (void *)&allreduces[i]};
	for (int i = 0; i < EXCHANGES; i++) {
		tests[count++] = (struct CMUnitTest){exchanges[i].title, check_dispatch, NULL, NULL,
		                                     (void *)&exchanges[i]};
		tests[count++] = (struct CMUnitTest){exchanges[i].title, check_combine, NULL, NULL,
		                                     (void *)&exchanges[i]};
	}
	printf("| series | row | measured GB/s | predicted GB/s | error |\n|---|---|---|---|---|\n");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

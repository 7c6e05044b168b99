/* Steps by hand: on a toy system, of toy models. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "layout/memory.h"
#include "model/model.h"
#include "phase/phase.h"
#include "plan/estimate.h"
#include "unit/given.h"
#include "unit/plan/toy_system.h"

#include <math.h>
#include <stdio.h>

static struct fs_estimate estimate(const struct fs_system *system, const struct fs_model *model,
                                   const char *text, uint64_t chips)
{
	struct fs_error error;
	struct fs_layout layout = given_layout(model, text, chips);
	struct fs_estimator *estimator = fs_estimator_create(system, model, chips, &error);
	struct fs_estimate result;
	fs_estimate(estimator, &layout, &result);
	fs_estimator_destroy(estimator);
	return result;
}

static void near(double value, double expected, double tolerance)
{
	if (!(fabs(value / expected - 1) <= tolerance))
		fail_msg("%.12g, not %.12g", value, expected);
}

/* Layers of 12 * 1024^2 weights, nearly no vocabulary. */
static const char two_layers[] = "custom:layers=2,hidden=1024,heads=8,ffn=4096,vocabulary=8,sequence=1024";
static const char four_layers[] = "custom:layers=4,hidden=1024,heads=8,ffn=4096,vocabulary=8,sequence=1024";

static double kernels_of(const struct fs_system *system, const struct fs_model *model,
                         const struct fs_layout *layout, enum fs_part part, enum fs_pass pass)
{
	struct fs_phase phase = {0};
	double sum = 0;
	fs_phase_of_part(model, layout, part, pass, &phase);
	for (int i = 0; i < phase.actions; i++)
		sum += fs_kernel_s(system, &phase.action[i].kernel);
	fs_phase_release(&phase);
	return sum;
}

/* One chip: kernels of all parts, forward and backward, of each micro-batch; then the optimizer: gradients
 * read for their norm, read and written to clip them, and set to zero (16 bytes a parameter), Adam 28,
 * copy 6. */
static void test_one_chip_adds_up(void **state)
{
	(void)state;
	struct fs_system *system = toy_system(0, 0);
	struct fs_model model = given_model(two_layers);
	struct fs_layout layout = given_layout(&model, "dp=1,gbs=3", 1);
	struct fs_estimate step = estimate(system, &model, "dp=1,gbs=3", 1);
	double kernels = 0;
	for (enum fs_part part = 0; part < FS_PARTS; part++)
		for (enum fs_pass pass = FS_PASS_FORWARD; pass <= FS_PASS_BACKWARD; pass++)
			kernels +=
			        fs_part_count(&model, part) * kernels_of(system, &model, &layout, part, pass);
	near(step.kernels_s, 3 * kernels, 1e-12);
	near(step.optimizer_s, 50 * fs_model_parameters(&model) / 1e12, 1e-12);
	near(step.step_s, step.kernels_s + step.optimizer_s, 1e-12);
	fs_system_destroy(system);
}

/* Two stages of two layers, four micro-batches: a bubble of (p - 1) / m = 1 / 4, and two transfers of 1024 *
 * 1024 elements of 2 bytes, that each wait for another in turn. The ends of the pipeline are light. */
static void test_two_stages_four_micro_batches(void **state)
{
	(void)state;
	struct fs_system *system = toy_system(0, 0);
	system->tier[0].bandwidth_GBps.value = 1e6; /* transfers of a few microseconds */
	struct fs_model model = given_model(four_layers);
	struct fs_estimate step = estimate(system, &model, "pp=2,gbs=4", 2);
	near(step.pipeline_s / step.kernels_s, 1 / 4.0, 2e-3);
	near(step.step_s, step.kernels_s + step.pipeline_s + step.optimizer_s, 1e-12);
	/* Interleaved, two chunks a stage: half of it. */
	step = estimate(system, &model, "pp=2,vpp=2,gbs=4", 2);
	near(step.pipeline_s / step.kernels_s, 1 / 8.0, 2e-3);
	fs_system_destroy(system);
}

/* Two more layers, on two tensor-parallel chips without sp or overlap: each waits for four allreduces of 2
 * MiB, of two chips in two rounds of 1 us and half of the bytes at 1 GB/s. */
static void test_tensor_parallel_waits(void **state)
{
	(void)state;
	struct fs_system *system = toy_system(0, 0);
	struct fs_model two = given_model(two_layers), four = given_model(four_layers);
	const char *layout = "tp=2,sp=0,overlap_tp=0,gbs=5";
	double more =
	        estimate(system, &four, layout, 2).tensor_s - estimate(system, &two, layout, 2).tensor_s;
	near(more, 5 * 2 * 4 * (2e-6 + 2097152e-9), 1e-9);
	fs_system_destroy(system);
}

/* Gradients of 4 bytes over two replicas, in buckets of 1 MB: two latencies each, all bytes at 1 GB/s. With
 * overlap one bucket, all others are done before the last backward pass is, or, over a link half as fast,
 * what that does not hide. With zero=1 a reduce_scatter of half as much, and weights of 2 bytes come back:
 * half of 4, half of 2. */
static void test_replicas_wait(void **state)
{
	(void)state;
	struct fs_system *system = toy_system(0, 0);
	struct fs_model model = given_model(two_layers);
	struct fs_layout layout = given_layout(&model, "dp=2,gbs=2", 2);
	double parameters = fs_model_parameters(&model), buckets = ceil(4 * parameters / 1e6);
	struct fs_estimate alone = estimate(system, &model, "dp=2,overlap_dp=0,bucket_MB=1", 2);
	near(alone.data_s, 2e-6 * buckets + 4e-9 * parameters, 1e-9);
	double backward = kernels_of(system, &model, &layout, FS_EMBEDDING, FS_PASS_BACKWARD) +
	                  2 * kernels_of(system, &model, &layout, FS_DENSE_LAYER, FS_PASS_BACKWARD) +
	                  kernels_of(system, &model, &layout, FS_HEAD, FS_PASS_BACKWARD);
	near(estimate(system, &model, "dp=2,bucket_MB=1", 2).data_s, alone.data_s / buckets, 1e-9);
	system->tier[0].bandwidth_GBps.value = 0.5;
	near(estimate(system, &model, "dp=2,bucket_MB=1", 2).data_s,
	     2e-6 * buckets + 8e-9 * parameters - backward, 1e-9);
	system->tier[0].bandwidth_GBps.value = 1;
	near(estimate(system, &model, "dp=2,overlap_dp=0,bucket_MB=1,zero=1", 2).data_s,
	     2e-6 * buckets + (2e-9 + 1e-9) * parameters, 1e-9);
	/* zero=2 sums every micro-batch's. */
	near(estimate(system, &model, "dp=2,overlap_dp=0,bucket_MB=1,zero=2,gbs=6", 2).data_s,
	     (3 + 1) * 1e-6 * buckets + (3 * 2e-9 + 1e-9) * parameters, 1e-9);
	fs_system_destroy(system);
}

/* The parts make the step, whatever the layout. */
static void test_parts_add_up(void **state)
{
	static const struct {
		const char *model, *layout;
		uint64_t chips;
	} cases[] = {
	        {"gpt3-175b", "tp=8,pp=2", 16},
	        {"gpt3-175b", "tp=2,pp=8,schedule=zb1p,gbs=64", 16},
	        {"deepseek-v3", "pp=2,ep=4,cp=2,schedule=dualpipe,gbs=64", 16},
	        {"llama3-8b", "dp=8,zero=3", 8},
	        {"mixtral-8x7b", "pp=4,vpp=4,ep=4,zero=1", 16},
	};
	(void)state;
	struct fs_system *system = toy_system(3, 0.1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fs_model model = given_model(cases[i].model);
		struct fs_estimate step = estimate(system, &model, cases[i].layout, cases[i].chips);
		const double parts[] = {step.kernels_s,  step.tensor_s, step.context_s,  step.expert_s,
		                        step.pipeline_s, step.data_s,   step.optimizer_s};
		double sum = 0;
		for (int k = 0; k < 7; k++) {
			assert_true(parts[k] >= -1e-9 * step.step_s);
			sum += parts[k];
		}
		near(sum, step.step_s, 1e-12);
	}
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_one_chip_adds_up),
	        cmocka_unit_test(test_two_stages_four_micro_batches),
	        cmocka_unit_test(test_tensor_parallel_waits),
	        cmocka_unit_test(test_replicas_wait),
	        cmocka_unit_test(test_parts_add_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

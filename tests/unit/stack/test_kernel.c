#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "stack/kernel_time.h"
#include "topology/system.h"
#include "unit/config/scratch.h"

#include <math.h>

/* The shipped chips and stacks against what was measured on them. */

static const char node[] = "schema: farscale-system/1\nname: node\nlabel: A node\ntrust: E\nsource: s\n"
                           "deployed_chips: 8\nchip: %s\nstack: %s\n"
                           "tiers:\n  - {name: node, kind: scale_up, group: 8, bandwidth_GBps: 100,\n"
                           "     efficiency: 1, latency_us: 1}\nsources: {s: None is needed}\n";

static struct fs_system *load(const char *chip, const char *stack)
{
	struct scratch scratch;
	struct fs_system *system;
	struct fs_error error;
	char text[1024];
	snprintf(text, sizeof text, node, chip, stack);
	scratch_create(&scratch);
	if (fs_system_load(scratch_write(&scratch, "node.yaml", text), NULL, NULL, 0, &system, &error))
		fail_msg("%s", error.text);
	scratch_destroy(&scratch);
	system->stack.kernel.sustained.value = 1; /* what was measured was short */
	return system;
}

struct product {
	const char *chip, *stack;
	double element, m, n, k;
	double measured; /* TFLOPS */
	double allowed;  /* error of the time, in log */
};

/* Shapes of training, large and small, square and not. */
static const struct product products[] = {
        /* aiconfigurator's table of the H100 */
        {"h100-sxm", "nccl", 2, 1024, 1024, 1024, 352.0, 0.10},
        {"h100-sxm", "nccl", 2, 2048, 1024, 1024, 493.0, 0.10},
        {"h100-sxm", "nccl", 2, 16384, 1024, 1024, 674.5, 0.10},
        {"h100-sxm", "nccl", 2, 2048, 2048, 2048, 685, 0.10},
        {"h100-sxm", "nccl", 2, 1024, 4096, 4096, 757.8, 0.10},
        {"h100-sxm", "nccl", 2, 2048, 4096, 4096, 781.3, 0.10},
        {"h100-sxm", "nccl", 2, 4096, 4096, 4096, 788.6, 0.10},
        {"h100-sxm", "nccl", 2, 16384, 4096, 4096, 788.2, 0.10},
        {"h100-sxm", "nccl", 2, 4096, 8192, 8192, 817.2, 0.10},
        {"h100-sxm", "nccl", 2, 8192, 8192, 8192, 782.7, 0.10},
        {"h100-sxm", "nccl", 2, 32768, 8192, 8192, 786.0, 0.10},
        {"h100-sxm", "nccl", 2, 4096, 16384, 16384, 756, 0.10},
        {"h100-sxm", "nccl", 2, 1, 51200, 65536, 2.9, 0.10}, /* its weights have to be read */
        /* the same, in 8 bits, from Azure's cuBLASLt; casts of the operand are not in it */
        {"h100-sxm", "nccl", 1, 8192, 8192, 8192, 1290.1, 0.10},
        {"h100-sxm", "nccl", 1, 16384, 16384, 16384, 1377.3, 0.10},
        {"h100-sxm", "nccl", 1, 32768, 32768, 32768, 1382.2, 0.10},
        {"h100-sxm", "nccl", 1, 6144, 12288, 12288, 1351.4, 0.10},
        /* Azure's A100 */
        {"a100-sxm", "nccl", 2, 1024, 1024, 1024, 119.4, 0.15},
        {"a100-sxm", "nccl", 2, 2048, 2048, 2048, 221.8, 0.15},
        {"a100-sxm", "nccl", 2, 4096, 4096, 4096, 228.0, 0.05},
        {"a100-sxm", "nccl", 2, 8192, 8192, 8192, 253.7, 0.05},
        {"a100-sxm", "nccl", 2, 16384, 16384, 16384, 256.5, 0.05},
        {"a100-sxm", "nccl", 2, 6144, 12288, 12288, 250.8, 0.05},
        {"a100-sxm", "nccl", 2, 802816, 192, 768, 157.8, 0.10},
        /* the die of a 910, aiconfigurator-npu */
        {"ascend-910c-die", "cann", 2, 1024, 1024, 1024, 142, 0.10},
        {"ascend-910c-die", "cann", 2, 2048, 2048, 2048, 293, 0.20},
        {"ascend-910c-die", "cann", 2, 8192, 2048, 2048, 307, 0.10},
        {"ascend-910c-die", "cann", 2, 1024, 4096, 4096, 258, 0.20},
        {"ascend-910c-die", "cann", 2, 2048, 4096, 4096, 293, 0.10},
        {"ascend-910c-die", "cann", 2, 4096, 4096, 4096, 314, 0.10},
        {"ascend-910c-die", "cann", 2, 16384, 4096, 4096, 316, 0.10},
        {"ascend-910c-die", "cann", 2, 4096, 7168, 7168, 318, 0.10},
        {"ascend-910c-die", "cann", 2, 2048, 8192, 8192, 300, 0.10},
        {"ascend-910c-die", "cann", 2, 8192, 8192, 8192, 312, 0.10},
        {"ascend-910c-die", "cann", 2, 16384, 8192, 8192, 312, 0.10},
};

static void no_casts(struct fs_system *system)
{
	system->stack.kernel.gemm_8bit.cast_bytes.value = 0;
}

static struct fs_kernel gemm(double element, double m, double n, double k)
{
	return (struct fs_kernel){
	        .kind = FS_KERNEL_GEMM, .count = 1, .m = m, .n = n, .k = k, .element = element};
}

static void products_take_what_was_measured(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
		const struct product *row = &products[i];
		struct fs_system *system = load(row->chip, row->stack);
		struct fs_kernel kernel = gemm(row->element, row->m, row->n, row->k);
		no_casts(system);
		double found = fs_kernel_flop(&kernel) / fs_kernel_s(system, &kernel) * 1e-12;
		if (fabs(log(found / row->measured)) > row->allowed)
			fail_msg("%s %gx%gx%g: %.1f TFLOPS, measured %.1f", row->chip, row->m, row->n, row->k,
			         found, row->measured);
		fs_system_destroy(system);
	}
}

struct attention {
	const char *chip;
	double width; /* of a head; 2048 in all of 16,384 tokens */
	bool causal, backward;
	double length[6], measured[6]; /* TFLOPS, forward or forward and backward */
	double allowed;
};

#define LENGTHS                                                                                              \
	{                                                                                                    \
		512, 1024, 2048, 4096, 8192, 16384                                                           \
	}

/* Dao 2023 (FlashAttention-2 on A100), Shah et al. 2024 (cuDNN on H100). */
static const struct attention attentions[] = {
        {"a100-sxm", 128, true, true, LENGTHS, {99, 133, 155, 173, 182, 189}, 0.03},
        {"a100-sxm", 128, false, true, LENGTHS, {151, 173, 187, 196, 201, 203}, 0.03},
        {"a100-sxm", 64, true, true, LENGTHS, {88, 119, 140, 156, 165, 171}, 0.03},
        {"h100-sxm", 128, true, false, LENGTHS, {315, 410, 484, 518, 529, 539}, 0.05},
};

static double attention_TFLOPS(const struct fs_system *system, const struct attention *row, double length)
{
	struct fs_kernel kernel = {.kind = FS_KERNEL_ATTENTION, .element = 2, .flash = true};
	kernel.count = 16384 / length * (2048 / row->width);
	kernel.m = kernel.n = length;
	kernel.k = kernel.v = row->width;
	kernel.causal = row->causal;
	double flop = fs_kernel_flop(&kernel), time = fs_kernel_s(system, &kernel);
	if (row->backward) {
		kernel.backward = true;
		flop += fs_kernel_flop(&kernel);
		time += fs_kernel_s(system, &kernel);
	}
	return flop / time * 1e-12;
}

static void attention_takes_what_was_measured(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof attentions / sizeof *attentions; i++) {
		const struct attention *row = &attentions[i];
		struct fs_system *system = load(row->chip, "nccl");
		for (int j = 0; j < 6; j++) {
			double found = attention_TFLOPS(system, row, row->length[j]);
			if (fabs(log(found / row->measured[j])) > row->allowed)
				fail_msg("%s, %g of %g: %.0f TFLOPS, measured %.0f", row->chip,
				         row->length[j], row->width, found, row->measured[j]);
		}
		fs_system_destroy(system);
	}
}

/* Experts of 8 bits, DeepGEMM's contiguous layout on an H800: TFLOPS of 2025-03-25. */
static void experts_take_what_was_measured(void **state)
{
	(void)state;
	static const double rows[][5] = {{4, 8192, 4096, 7168, 1346},
	                                 {4, 8192, 7168, 2048, 1214},
	                                 {8, 4096, 4096, 7168, 1346},
	                                 {8, 4096, 7168, 2048, 1214}};
	struct fs_system *system = load("h800-sxm", "nccl");
	no_casts(system);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_kernel kernel = gemm(1, rows[i][1], rows[i][2], rows[i][3]);
		kernel.kind = FS_KERNEL_GROUPED_GEMM;
		kernel.count = rows[i][0];
		double found = fs_kernel_flop(&kernel) / fs_kernel_s(system, &kernel) * 1e-12;
		assert_true(fabs(log(found / rows[i][4])) < 0.10);
	}
	fs_system_destroy(system);
}

static const char *const pairs[][2] = {
        {"a100-sxm", "nccl"}, {"h100-sxm", "nccl"},        {"h200-sxm", "nccl"},     {"h800-sxm", "nccl"},
        {"b200-sxm", "nccl"}, {"gb200", "nccl"},           {"tpu-v4", "xla"},        {"tpu-v4", "nccl"},
        {"gb200", "cann"},    {"ascend-910c-die", "cann"}, {"ascend-950dt", "cann"}, {"ascend-960", "cann"},
};

static void assert_possible(const struct fs_system *system, const struct fs_kernel *kernel)
{
	const struct fs_chip *chip = &system->chip;
	double peak = chip->peak_bf16_TFLOPS.value;
	if (kernel->element < 2 && kernel->kind != FS_KERNEL_ATTENTION)
		peak = fmax(peak, chip->peak_fp8_TFLOPS.value);
	double time = fs_kernel_s(system, kernel);
	assert_true(time >= fs_kernel_flop(kernel) / (peak * 1e12));
	assert_true(time >= fs_kernel_bytes(kernel) / (chip->memory_TBps.value * 1e12));
	assert_true(time >= system->stack.kernel.min_kernel_us.value * 1e-6);
	assert_true(isfinite(time));
}

/* Sizes from 1 to 100,000, as unlike as can be, none of them a power of two. */
static void nothing_beats_the_chip(void **state)
{
	(void)state;
	static const double sizes[] = {1, 67, 130, 700, 4099, 30011, 100003};
	enum { SIZES = sizeof sizes / sizeof *sizes };
	for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
		struct fs_system *system = load(pairs[p][0], pairs[p][1]);
		for (int i = 0; i < 2 * SIZES * SIZES * SIZES; i++) {
			struct fs_kernel kernel =
			        gemm(1 + i % 2, sizes[i / 2 % SIZES], sizes[i / 2 / SIZES % SIZES],
			             sizes[i / 2 / SIZES / SIZES]);
			assert_possible(system, &kernel);
			kernel.kind = FS_KERNEL_GROUPED_GEMM;
			kernel.count = 7;
			assert_possible(system, &kernel);
			kernel.kind = FS_KERNEL_ATTENTION;
			kernel.v = 64;
			kernel.k = 64;
			for (int way = 0; way < 8; way++) {
				kernel.causal = way & 1;
				kernel.flash = way & 2;
				kernel.backward = way & 4;
				assert_possible(system, &kernel);
			}
		}
		fs_system_destroy(system);
	}
}

static void assert_no_less(const struct fs_system *system, const struct fs_kernel *kernel, double *before)
{
	double time = fs_kernel_s(system, kernel);
	assert_true(time >= *before * (1 - 1e-12));
	*before = time;
}

/* More rows, more columns, longer sequences. (Not k: from 1,024 on it may be cut among idle cores.) */
static void more_of_the_same_never_takes_less(void **state)
{
	(void)state;
	for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
		struct fs_system *system = load(pairs[p][0], pairs[p][1]);
		double rows = 0, columns = 0, keys = 0;
		bool shapes = system->stack.kernel.gemm_16bit.efficiency.value > 0;
		for (double size = 1; shapes && size < 40000; size = ceil(size * 1.03)) {
			struct fs_kernel kernel = gemm(2, size, 3000, 2500);
			assert_no_less(system, &kernel, &rows);
			kernel = gemm(2, 3000, size, 700);
			assert_no_less(system, &kernel, &columns);
			kernel.kind = FS_KERNEL_ATTENTION;
			kernel.k = kernel.v = 128;
			kernel.flash = kernel.causal = true;
			assert_no_less(system, &kernel, &keys);
		}
		fs_system_destroy(system);
	}
}

/* Without flash the scores of 16 heads of 2048 x 2048 in 16 bits, 134 MB, pass memory; with it they do not.
 */
static void scores_that_leave_the_chip_cost_their_traffic(void **state)
{
	(void)state;
	struct fs_system *system = load("a100-sxm", "nccl");
	struct fs_kernel kernel = {
	        .kind = FS_KERNEL_ATTENTION, .count = 16, .m = 2048, .n = 2048, .element = 2};
	kernel.k = kernel.v = 128;
	double scores = 16 * 2048.0 * 2048.0 * 2;
	double bandwidth = 2.0e12 * 0.8;
	double traffic = 4 * scores / bandwidth;
	double unfused = fs_kernel_s(system, &kernel);
	assert_true(unfused > traffic + 2 * scores / bandwidth); /* both products pass them once more */
	system->stack.kernel.attention.score_passes.value = 6;
	assert_true(fabs(fs_kernel_s(system, &kernel) - unfused - 2 * scores / bandwidth) < 1e-9);
	kernel.flash = true;
	assert_true(fs_kernel_s(system, &kernel) < unfused / 2);
	fs_system_destroy(system);
}

/* How often a host can launch is told beside, as it does so ahead. */
static void the_chip_bounds_short_kernels(void **state)
{
	(void)state;
	struct fs_system *system = load("h100-sxm", "nccl");
	struct fs_kernel small = {.kind = FS_KERNEL_STREAM, .bytes = 1e5};
	system->stack.kernel_launch_us.value = 9;
	assert_true(fs_kernel_s(system, &small) == system->stack.kernel.min_kernel_us.value * 1e-6);
	assert_true(fs_kernel_launch_s(system) == 9e-6);
	fs_system_destroy(system);
}

/* Half of the clock under load: products take twice as long, but for their start and their traffic; attention
 * and memory do not know. */
static void load_slows_products(void **state)
{
	(void)state;
	struct fs_system *system = load("h100-sxm", "nccl");
	struct fs_kernel product[] = {gemm(2, 8192, 8192, 8192), gemm(1, 8192, 8192, 8192)};
	struct fs_kernel stream = {.kind = FS_KERNEL_STREAM, .bytes = 1e9};
	struct fs_kernel attention = {.kind = FS_KERNEL_ATTENTION, .count = 16, .m = 4096, .n = 4096};
	attention.k = attention.v = 128;
	attention.element = 2;
	attention.flash = true;
	double before[] = {fs_kernel_s(system, &product[0]), fs_kernel_s(system, &product[1]),
	                   fs_kernel_s(system, &stream), fs_kernel_s(system, &attention)};
	system->stack.kernel.sustained.value = 0.5;
	for (int i = 0; i < 2; i++) {
		double ratio = fs_kernel_s(system, &product[i]) / before[i];
		assert_true(ratio > 1.9 && ratio < 2.1);
	}
	assert_true(fs_kernel_s(system, &stream) == before[2]);
	assert_true(fs_kernel_s(system, &attention) == before[3]);
	fs_system_destroy(system);
}

/* 1024 rows of 3072 columns are 4 x 12 tiles of 256 x 256, or 96 of 256 x 128: less than one wave of 132
 * cores; in four pieces there are four waves. */
static void pieces_fill_the_cores_one_by_one(void **state)
{
	(void)state;
	struct fs_system *system = load("h100-sxm", "nccl");
	struct fs_kernel whole = gemm(2, 1024, 3072, 4096), piece = gemm(2, 256, 3072, 4096), cut = whole;
	cut.pieces = 4;
	double one = fs_kernel_s(system, &piece);
	assert_true(fabs(fs_kernel_s(system, &cut) / (4 * one) - 1) < 1e-12);
	assert_true(fs_kernel_s(system, &cut) > 1.1 * fs_kernel_s(system, &whole));
	assert_true(fs_kernel_flop(&cut) == fs_kernel_flop(&whole));
	cut.pieces = 1;
	assert_true(fs_kernel_s(system, &cut) == fs_kernel_s(system, &whole));
	fs_system_destroy(system);
}

/* 910C dies have no fp8, and 8-bit operands of theirs take as long as others. */
static void a_chip_without_fp8_computes_in_16_bits(void **state)
{
	(void)state;
	struct fs_system *system = load("ascend-910c-die", "cann");
	struct fs_kernel wide = gemm(2, 8192, 8192, 8192), narrow = gemm(1, 8192, 8192, 8192);
	assert_true(fabs(fs_kernel_s(system, &narrow) / fs_kernel_s(system, &wide) - 1) < 0.01);
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(products_take_what_was_measured),
	        cmocka_unit_test(attention_takes_what_was_measured),
	        cmocka_unit_test(experts_take_what_was_measured),
	        cmocka_unit_test(nothing_beats_the_chip),
	        cmocka_unit_test(more_of_the_same_never_takes_less),
	        cmocka_unit_test(scores_that_leave_the_chip_cost_their_traffic),
	        cmocka_unit_test(the_chip_bounds_short_kernels),
	        cmocka_unit_test(load_slows_products),
	        cmocka_unit_test(pieces_fill_the_cores_one_by_one),
	        cmocka_unit_test(a_chip_without_fp8_computes_in_16_bits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

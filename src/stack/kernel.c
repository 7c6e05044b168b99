#include "stack/kernel_time.h"

#include "stack/attention_time.h"
#include "stack/gemm_time.h"
#include "topology/system.h"

#include <math.h>

static double product_flop(const struct fs_kernel *kernel)
{
	return 2 * kernel->m * kernel->n * kernel->k * kernel->count;
}

static double attention_flop(const struct fs_kernel *kernel)
{
	double scores = 2 * kernel->m * kernel->n * (kernel->causal ? 0.5 : 1) * kernel->count;
	if (!kernel->backward)
		return scores * (kernel->k + kernel->v);
	return scores * (2 * kernel->k + 2 * kernel->v + (kernel->flash ? kernel->k : 0));
}

double fs_kernel_flop(const struct fs_kernel *kernel)
{
	if (kernel->kind == FS_KERNEL_GEMM || kernel->kind == FS_KERNEL_GROUPED_GEMM)
		return product_flop(kernel);
	return kernel->kind == FS_KERNEL_ATTENTION ? attention_flop(kernel) : 0;
}

/* Both operands are read, the result is written in 16 bits. */
static double product_bytes(const struct fs_kernel *kernel)
{
	double operands = kernel->m * kernel->k + kernel->k * kernel->n;
	return (operands * kernel->element + 2 * kernel->m * kernel->n) * kernel->count;
}

/* Queries, keys, values and the result; backward their gradients, too. Without flash the scores go to memory
 * and back before and after the softmax. */
static double attention_bytes(const struct fs_kernel *kernel)
{
	double vectors = kernel->m * (kernel->k + kernel->v) + kernel->n * (kernel->k + kernel->v);
	double passes = kernel->backward ? 2 : 1;
	double scores = kernel->flash ? 0 : 4 * kernel->m * kernel->n;
	return passes * kernel->element * kernel->count * (vectors + scores);
}

double fs_kernel_bytes(const struct fs_kernel *kernel)
{
	if (kernel->kind == FS_KERNEL_GEMM || kernel->kind == FS_KERNEL_GROUPED_GEMM)
		return kernel->bytes + product_bytes(kernel);
	return kernel->bytes + (kernel->kind == FS_KERNEL_ATTENTION ? attention_bytes(kernel) : 0);
}

static double memory_s(const struct fs_system *system, double bytes)
{
	return bytes / (system->chip.memory_TBps.value * 1e12 * system->stack.kernel.memory_efficiency.value);
}

/* The device's least. */
static double at_least_s(const struct fs_system *system, double time_s)
{
	return fmax(time_s, 1e-6 * system->stack.kernel.min_kernel_us.value);
}

/* Arithmetic and memory traffic overlap, but not wholly where both take long: their 4-norm. */
static double overlapped_s(double compute_s, double memory)
{
	double a = compute_s * compute_s, b = memory * memory;
	return sqrt(sqrt(a * a + b * b));
}

double fs_kernel_cores(const struct fs_system *system)
{
	return fmax(1, system->chip.cores.value - system->stack.communication_cores.value);
}

/* 8-bit operands where chip and stack know them, else 16 bits. */
static struct fs_gemm_chip arithmetic(const struct fs_system *system, bool narrow)
{
	const struct fs_kernel_curve *stack = &system->stack.kernel;
	const struct fs_chip *chip = &system->chip;
	double peak = narrow ? chip->peak_fp8_TFLOPS.value : chip->peak_bf16_TFLOPS.value;
	double cores = fs_kernel_cores(system);
	return (struct fs_gemm_chip){narrow ? &stack->gemm_8bit : &stack->gemm_16bit,
	                             peak * 1e12 * stack->sustained.value * (cores / chip->cores.value),
	                             cores};
}

static bool is_narrow(const struct fs_system *system, const struct fs_kernel *kernel)
{
	return kernel->element < 2 && system->chip.peak_fp8_TFLOPS.value > 0 &&
	       system->stack.kernel.gemm_8bit.efficiency.value > 0;
}

static double product_s(const struct fs_system *system, const struct fs_kernel *kernel)
{
	bool narrow = is_narrow(system, kernel);
	struct fs_gemm_chip chip = arithmetic(system, narrow);
	double compute = fs_gemm_compute_s(&chip, kernel->count, kernel->m, kernel->n, kernel->k);
	double cast = narrow ? chip.model->cast_bytes.value * kernel->count * kernel->m * kernel->k : 0;
	if (kernel->kind == FS_KERNEL_GROUPED_GEMM)
		compute /= chip.model->grouped.value;
	double time = overlapped_s(compute, memory_s(system, fs_kernel_bytes(kernel)));
	return at_least_s(system, chip.model->start_us.value * 1e-6 + time + memory_s(system, cast));
}

/* Rows that come from, or go to, other chips one after the other: each lot fills the cores for itself. */
static double in_pieces_s(const struct fs_system *system, const struct fs_kernel *kernel)
{
	double pieces = fmax(1, kernel->pieces);
	struct fs_kernel piece = *kernel;
	piece.m /= pieces;
	piece.bytes /= pieces;
	return pieces * product_s(system, &piece);
}

static double flash_s(const struct fs_system *system, const struct fs_kernel *kernel)
{
	double memory = memory_s(system, fs_kernel_bytes(kernel));
	double start = system->stack.kernel.gemm_16bit.start_us.value * 1e-6;
	return at_least_s(system, start + fmax(fs_attention_compute_s(system, kernel), memory));
}

/* A product of m x k with k x n for each head. */
static double heads_s(const struct fs_system *system, const struct fs_kernel *heads, double m, double n,
                      double k)
{
	struct fs_kernel product = {.kind = FS_KERNEL_GEMM, .count = heads->count, .element = heads->element};
	product.m = m;
	product.n = n;
	product.k = k;
	return product_s(system, &product);
}

/* Batched products, and softmax, mask and dropout as kernels of their own between them, which pass the
 * scores. A mask does not spare them anything. Backward: two products for each of the forward ones, as much
 * traffic.
 */
static double unfused_s(const struct fs_system *system, const struct fs_kernel *kernel)
{
	double m = kernel->m, n = kernel->n, k = kernel->k, v = kernel->v;
	double score_bytes = kernel->element * kernel->count * m * n;
	double passes = system->stack.kernel.attention.score_passes.value;
	double between = at_least_s(system, memory_s(system, kernel->bytes + passes * score_bytes));
	if (!kernel->backward)
		return heads_s(system, kernel, m, n, k) + between + heads_s(system, kernel, m, v, n);
	return heads_s(system, kernel, m, n, v) + heads_s(system, kernel, n, v, m) + between +
	       heads_s(system, kernel, m, k, n) + heads_s(system, kernel, n, k, m);
}

/* A stack that knows no shapes has a curve by flop alone. */
static double by_flop_s(const struct fs_system *system, const struct fs_kernel *kernel)
{
	return at_least_s(system, fs_kernel_time_s(system, fs_kernel_flop(kernel), fs_kernel_bytes(kernel)));
}

double fs_kernel_s(const struct fs_system *system, const struct fs_kernel *kernel)
{
	const struct fs_kernel_curve *stack = &system->stack.kernel;
	bool shapes = stack->gemm_16bit.efficiency.value > 0 && system->chip.cores.value > 0;
	bool product = kernel->kind == FS_KERNEL_GEMM || kernel->kind == FS_KERNEL_GROUPED_GEMM;
	if (product)
		return shapes ? in_pieces_s(system, kernel) : by_flop_s(system, kernel);
	if (kernel->kind != FS_KERNEL_ATTENTION)
		return at_least_s(system, memory_s(system, kernel->bytes));
	if (kernel->flash)
		return stack->attention.efficiency.value > 0 ? flash_s(system, kernel)
		                                             : by_flop_s(system, kernel);
	return shapes ? unfused_s(system, kernel) : by_flop_s(system, kernel);
}

double fs_kernel_launch_s(const struct fs_system *system)
{
	return system->stack.kernel_launch_us.value * 1e-6;
}

#include "stack/kernel_time.h"

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
 * and back around each of the steps between the two products. */
static double attention_bytes(const struct fs_kernel *kernel)
{
	double vectors = kernel->m * (kernel->k + kernel->v) + kernel->n * (kernel->k + kernel->v);
	double passes = kernel->backward ? 2 : 1;
	double scores = kernel->flash ? 0 : 2 * kernel->m * kernel->n;
	return passes * kernel->element * kernel->count * (vectors + scores);
}

double fs_kernel_bytes(const struct fs_kernel *kernel)
{
	if (kernel->kind == FS_KERNEL_GEMM || kernel->kind == FS_KERNEL_GROUPED_GEMM)
		return kernel->bytes + product_bytes(kernel);
	return kernel->bytes + (kernel->kind == FS_KERNEL_ATTENTION ? attention_bytes(kernel) : 0);
}

double fs_kernel_s(const struct fs_system *system, const struct fs_kernel *kernel)
{
	return fs_kernel_time_s(system, fs_kernel_flop(kernel), fs_kernel_bytes(kernel));
}

#ifndef FARSCALE_STACK_KERNEL_TIME_H
#define FARSCALE_STACK_KERNEL_TIME_H

/* How long a kernel takes on a chip, before jitter: rule 1 of the rules of time. */

#include "kernels/work.h"

#include <stdint.h>

struct fs_system;

/** A kernel by its shape.
 *   GEMM, GROUPED_GEMM   `count` products of m x k with k x n at once
 *   ATTENTION            `count` heads (of all sequences together): m queries of k elements meet n keys and
 *                        values of v elements; causal: half of the scores are not needed
 *   STREAM               reads and writes `bytes` of memory */
struct fs_kernel {
	enum fs_kernel_kind kind;
	const char *label; /* static text */
	double count, m, n, k, v;
	double element; /* bytes of an operand: 2, or 1 for fp8 */
	bool causal;
	bool flash;      /* attention: scores stay on the chip */
	bool backward;   /* attention: its gradients (the scores are computed again where flash) */
	double bytes;    /* STREAM: all; else added to what the shape says */
	uint32_t pieces; /* products: so many launches, one after the other, each with as many of the rows; 0:
	                    one */
};

/** 2 m n k a product; attention 2 m n (k + v) a head forward, and 2 m n (2 k + 2 v) backward, k more where
 * the scores are computed again; half of it if causal. */
double fs_kernel_flop(const struct fs_kernel *kernel);

/** What it reads and writes at least. */
double fs_kernel_bytes(const struct fs_kernel *kernel);

/** Seconds on the system's chip with its stack: products by gemm_time.h, flash attention by attention_time.h;
 * without flash as batched products and, between them, traffic of the scores. Arithmetic and memory traffic
 * of one kernel overlap; none is shorter than the stack's shortest, and the host may need longer to launch
 * it. A stack or chip that says nothing of shapes: fs_kernel_time_s. Operands of less than 2 bytes: at the
 * fp8 peak, where chip and stack have one; attention always at the 16-bit peak. Products, and what takes
 * fs_kernel_time_s, get the stack's `sustained` part of either. Pure; 10 million calls a
 * second.
 */
double fs_kernel_s(const struct fs_system *system, const struct fs_kernel *kernel);

/** Cores that kernels get: the chip's, but for those that communication keeps for itself. At least one. */
double fs_kernel_cores(const struct fs_system *system);

/** What the host needs to launch one kernel: it launches one after the other, ahead of the chip where that
 * needs longer.
 */
double fs_kernel_launch_s(const struct fs_system *system);

/** flop and bytes of one kernel of unknown shape -> seconds: max(shortest kernel, flop / (peak *
 * efficiency(flop)), bytes / (memory bandwidth * efficiency)). */
double fs_kernel_time_s(const struct fs_system *system, double flop, double bytes);

#endif

#ifndef FARSCALE_STACK_KERNEL_TIME_H
#define FARSCALE_STACK_KERNEL_TIME_H

/* How long a kernel takes on a chip, before jitter. Rule 1 of the rules of time:
 * t = max(shortest kernel, flop / (peak * efficiency(flop)), bytes / (memory bandwidth * efficiency)). */

struct fs_system;

/** flop and bytes of one kernel -> seconds. */
double fs_kernel_time_s(const struct fs_system *system, double flop, double bytes);

#endif

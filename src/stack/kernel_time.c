#include "stack/kernel_time.h"

#include "base/random.h"
#include "topology/system.h"

#include <assert.h>
#include <math.h>

static const double inverse_ln_10 = 0.43429448190325182765;

/* Between the points of the curve linear in log10(flop), beyond them as at its ends. */
static double gemm_efficiency(const struct fs_kernel_curve *curve, double flop)
{
	double x = fs_log(flop) * inverse_ln_10;
	int last = curve->points - 1, i = 1;
	if (x <= curve->log10_flop[0])
		return curve->efficiency[0];
	if (x >= curve->log10_flop[last])
		return curve->efficiency[last];
	while (x > curve->log10_flop[i])
		i++;
	double part = (x - curve->log10_flop[i - 1]) / (curve->log10_flop[i] - curve->log10_flop[i - 1]);
	return curve->efficiency[i - 1] + part * (curve->efficiency[i] - curve->efficiency[i - 1]);
}

double fs_kernel_time_s(const struct fs_system *system, double flop, double bytes)
{
	const struct fs_kernel_curve *curve = &system->stack.kernel;
	double time = curve->min_kernel_us.value * 1e-6;
	assert(flop >= 0 && bytes >= 0);
	if (flop > 0)
		time = fmax(time, flop / (system->chip.peak_bf16_TFLOPS.value * 1e12 *
		                          curve->sustained.value * gemm_efficiency(curve, flop)));
	return fmax(time, bytes / (system->chip.memory_TBps.value * 1e12 * curve->memory_efficiency.value));
}

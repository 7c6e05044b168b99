#include "stack/attention_time.h"

#include "stack/kernel_time.h"
#include "topology/system.h"

#include <math.h>

static const double queries = 128; /* of a tile */

/* Of peak. */
static double efficiency_of(const struct fs_attention_model *model, const struct fs_kernel *kernel)
{
	return model->efficiency.value * (kernel->causal ? model->causal.value : 1) *
	       (kernel->backward ? model->backward.value : 1);
}

/* Multiply-adds of one query with one key, the softmax counted as such. */
static double widths(const struct fs_attention_model *model, const struct fs_kernel *kernel)
{
	double products = kernel->k + kernel->v;
	double all = kernel->backward ? 2 * products + kernel->k : products;
	return all * (1 + 2 * model->softmax.value / products);
}

double fs_attention_compute_s(const struct fs_system *system, const struct fs_kernel *kernel)
{
	const struct fs_attention_model *model = &system->stack.kernel.attention;
	double cores = fs_kernel_cores(system), all = fmax(system->chip.cores.value, 1);
	double tiles = ceil(kernel->m / queries) * kernel->count;
	double keys = kernel->causal ? kernel->n / 2 + queries / 2 : kernel->n;
	double flop = 2 * queries * (keys + model->fill.value) * widths(model, kernel);
	return fmax(tiles, cores) * flop /
	       (system->chip.peak_bf16_TFLOPS.value * 1e12 * (cores / all) * efficiency_of(model, kernel));
}

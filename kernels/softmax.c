#include "kernels/softmax.h"

#include "kernels/exponential.h"
#include "kernels/hot.h"

static float largest(const float *row, size_t count)
{
	float best = row[0];

	for (size_t i = 1; i < count; i++)
		best = row[i] > best ? row[i] : best;
	return best;
}

FS_HOT void fs_softmax(float *row, size_t count, float scale)
{
	float best = largest(row, count);
	float sum = 0.0f;

	for (size_t i = 0; i < count; i++)
		row[i] = fs_expf(scale * (row[i] - best));
	for (size_t i = 0; i < count; i++)
		sum += row[i];
	for (size_t i = 0; i < count; i++)
		row[i] /= sum;
}

FS_HOT void fs_softmax_backward(const float *p, float *gradient, size_t count, float scale)
{
	float mean = 0.0f;

	for (size_t i = 0; i < count; i++)
		mean += p[i] * gradient[i];
	for (size_t i = 0; i < count; i++)
		gradient[i] = scale * p[i] * (gradient[i] - mean);
}

/* gemm, grouped gemm and linear layers against plain loops. */

#include "testing.h"

#include "kernels/gemm.h"
#include "kernels/grouped_gemm.h"
#include "kernels/linear.h"

#include <string.h>

struct gemm_case {
	enum fs_gemm_form form;
	int m, n, k;
	float beta;
};

static const struct gemm_case cases[] = {
        {FS_GEMM_NN, 1, 1, 1, 0.0f},    {FS_GEMM_NN, 5, 7, 3, 0.0f},    {FS_GEMM_NN, 64, 33, 129, 1.0f},
        {FS_GEMM_NT, 5, 7, 3, 0.0f},    {FS_GEMM_NT, 17, 64, 31, 1.0f}, {FS_GEMM_TN, 5, 7, 3, 0.0f},
        {FS_GEMM_TN, 64, 17, 90, 0.5f}, {FS_GEMM_TN, 1, 40, 2, 2.0f},
};
enum { CASES = sizeof cases / sizeof *cases };

static void naive(const struct gemm_case *of, const float *a, const float *b, float *c)
{
	for (int i = 0; i < of->m; i++)
		for (int j = 0; j < of->n; j++) {
			double sum = 0.0;

			for (int l = 0; l < of->k; l++) {
				float left = of->form == FS_GEMM_TN ? a[l * of->m + i] : a[i * of->k + l];
				float right = of->form == FS_GEMM_NT ? b[j * of->k + l] : b[l * of->n + j];

				sum += (double)left * (double)right;
			}
			c[i * of->n + j] = (float)(sum + (double)of->beta * (double)c[i * of->n + j]);
		}
}

static void gemm_is_the_triple_loop(void **state)
{
	(void)state;
	for (int i = 0; i < CASES; i++) {
		const struct gemm_case *of = &cases[i];
		size_t size = (size_t)(of->m * of->n);
		float *a = random_array((size_t)(of->m * of->k), 1),
		      *b = random_array((size_t)(of->k * of->n), 2);
		float *c = random_array(size, 3), *expected = random_array(size, 3);

		fs_gemm(of->form, of->m, of->n, of->k, a, b, of->beta, c);
		naive(of, a, b, expected);
		assert_all_close(c, expected, size, 1e-5);
		free(a), free(b), free(c), free(expected);
	}
}

static void grouped_gemm_is_one_product_per_group(void **state)
{
	(void)state;
	enum { GROUPS = 3 };

	for (int i = 0; i < CASES; i++) {
		const struct gemm_case *of = &cases[i];
		size_t a_size = (size_t)(of->m * of->k), b_size = (size_t)(of->k * of->n);
		size_t c_size = (size_t)(of->m * of->n);
		float *a = random_array(GROUPS * a_size, 1), *b = random_array(GROUPS * b_size, 2);
		float *c = random_array(GROUPS * c_size, 3), *expected = random_array(GROUPS * c_size, 3);

		fs_grouped_gemm(of->form, GROUPS, of->m, of->n, of->k, a, b, of->beta, c);
		for (size_t g = 0; g < GROUPS; g++)
			naive(of, a + g * a_size, b + g * b_size, expected + g * c_size);
		assert_all_close(c, expected, GROUPS * c_size, 1e-5);
		free(a), free(b), free(c), free(expected);
	}
}

/* A linear layer of 4 rows, 3 in, 5 out; the loss weights its output. */
struct layer {
	struct fs_linear shape;
	float *x, *weight, *y, *y_gradient;
};

static double layer_loss(void *context)
{
	struct layer *layer = context;

	fs_linear_forward(layer->shape, layer->x, layer->weight, layer->y);
	return weighted_sum(layer->y, layer->y_gradient, 4 * 5);
}

static void linear_backward_is_the_gradient(void **state)
{
	(void)state;
	struct layer layer = {{4, 3, 5},
	                      random_array(12, 1),
	                      random_array(15, 2),
	                      random_array(20, 3),
	                      random_array(20, 4)};
	float x_gradient[12], weight_gradient[15];

	fs_linear_backward(layer.shape, layer.x, layer.weight, layer.y_gradient, weight_gradient, x_gradient);
	assert_is_gradient(layer_loss, &layer, layer.x, x_gradient, 12, 0.1f, 1e-5, 1e-5);
	assert_is_gradient(layer_loss, &layer, layer.weight, weight_gradient, 15, 0.1f, 1e-5, 1e-5);
	free(layer.x), free(layer.weight), free(layer.y), free(layer.y_gradient);
}

static void forward_add_adds_to_what_is_there(void **state)
{
	(void)state;
	struct fs_linear shape = {4, 3, 5};
	float *x = random_array(12, 1), *weight = random_array(15, 2), y[20], sum[20];

	fs_linear_forward(shape, x, weight, y);
	memcpy(sum, y, sizeof sum);
	fs_linear_forward_add(shape, x, weight, sum);
	for (int i = 0; i < 20; i++)
		assert_close((double)sum[i], 2.0 * (double)y[i], 1e-6, 0.0);
	free(x), free(weight);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(gemm_is_the_triple_loop),
	        cmocka_unit_test(grouped_gemm_is_one_product_per_group),
	        cmocka_unit_test(linear_backward_is_the_gradient),
	        cmocka_unit_test(forward_add_adds_to_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The kernels that pass over rows of floats: e^x, softmax, layer norm, GELU, SGD, reduction. */

#include "testing.h"

#include "kernels/exponential.h"
#include "kernels/norm.h"
#include "kernels/reduce.h"
#include "kernels/softmax.h"
#include "kernels/stream.h"

#include <string.h>

enum { ROWS = 3, WIDTH = 21, COUNT = ROWS * WIDTH };

static void exponential_is_right_to_a_few_units_in_the_last_place(void **state)
{
	(void)state;
	for (float x = -87.0f; x <= 88.0f; x += 0.01f)
		assert_close((double)fs_expf(x), exp((double)x), 0.0, 3e-7);
	assert_true(fs_expf(0.0f) == 1.0f);
	assert_true(fs_expf(-1e30f) > 0.0f && fs_expf(-1e30f) < 1e-37f);
	assert_true(fs_expf(1e30f) > 1e38f && isfinite(fs_expf(1e30f)));
}

static void reduction_adds_every_element_for_any_length(void **state)
{
	(void)state;
	for (size_t count = 0; count <= 70; count++) {
		float *a = random_array(count + 1, 1), *b = random_array(count + 1, 2);
		float *before = random_array(count + 1, 1);

		fs_reduce_add(a, b, count);
		for (size_t i = 0; i < count; i++)
			assert_true(a[i] == before[i] + b[i]);
		assert_true(a[count] == before[count]);
		free(a), free(b), free(before);
	}
}

static void softmax_is_positive_sums_to_one_and_survives_large_values(void **state)
{
	(void)state;
	float row[4] = {1e4f, 1e4f - 1.0f, -1e4f, 1e4f};
	double sum = 2.0 + exp(-0.5);

	fs_softmax(row, 4, 0.5f);
	assert_close((double)row[0], 1.0 / sum, 1e-6, 0.0);
	assert_close((double)row[1], exp(-0.5) / sum, 1e-6, 0.0);
	assert_close((double)row[2], 0.0, 1e-30, 0.0);
	assert_close((double)row[3], 1.0 / sum, 1e-6, 0.0);
}

struct setting {
	float *in, *gain, *bias, *out, *out_gradient;
	struct fs_norm_kept kept;
};

static struct setting begin(void)
{
	return (struct setting){random_array(COUNT, 1), random_array(WIDTH, 2),
	                        random_array(WIDTH, 3), random_array(COUNT, 4),
	                        random_array(COUNT, 5), {random_array(COUNT, 6), random_array(ROWS, 7)}};
}

static void end(struct setting *of)
{
	free(of->in), free(of->gain), free(of->bias), free(of->out), free(of->out_gradient);
	free(of->kept.normal), free(of->kept.inverse_deviation);
}

static double softmax_loss(void *context)
{
	struct setting *of = context;

	memcpy(of->out, of->in, COUNT * sizeof *of->out);
	fs_softmax(of->out, COUNT, 1.5f);
	return weighted_sum(of->out, of->out_gradient, COUNT);
}

static void softmax_backward_is_the_gradient(void **state)
{
	(void)state;
	struct setting of = begin();
	float gradient[COUNT];

	softmax_loss(&of);
	memcpy(gradient, of.out_gradient, sizeof gradient);
	fs_softmax_backward(of.out, gradient, COUNT, 1.5f);
	assert_is_gradient(softmax_loss, &of, of.in, gradient, COUNT, 1e-2f, 2e-6, 1e-3);
	end(&of);
}

static void norm_of(struct setting *of)
{
	fs_norm_forward(ROWS, WIDTH, of->in, of->gain, of->bias, &of->kept, of->out);
}

static void normalised_rows_have_mean_0_and_deviation_1(void **state)
{
	(void)state;
	struct setting of = begin();

	for (int i = 0; i < WIDTH; i++)
		of.in[i] = 5.0f; /* even a constant row stays finite */
	norm_of(&of);
	for (int row = 1; row < ROWS; row++) {
		const float *normal = of.kept.normal + row * WIDTH;
		double sum = 0.0;

		for (int i = 0; i < WIDTH; i++)
			sum += (double)normal[i];
		assert_close(sum, 0.0, 1e-5, 0.0);
		assert_close(weighted_sum(normal, normal, WIDTH), WIDTH, 2e-3, 0.0);
	}
	for (int i = 0; i < COUNT; i++)
		assert_close((double)of.out[i],
		             (double)of.gain[i % WIDTH] * (double)of.kept.normal[i] +
		                     (double)of.bias[i % WIDTH],
		             1e-6, 0.0);
	assert_true(of.kept.normal[0] == 0.0f);
	end(&of);
}

static double norm_loss(void *context)
{
	struct setting *of = context;

	norm_of(of);
	return weighted_sum(of->out, of->out_gradient, COUNT);
}

static void norm_backward_is_the_gradient(void **state)
{
	(void)state;
	struct setting of = begin();
	float in_gradient[COUNT], gain_gradient[WIDTH], bias_gradient[WIDTH];

	for (int i = 0; i < COUNT; i++)
		in_gradient[i] = 1.0f; /* of the residual branch: is added to */
	norm_of(&of);
	fs_norm_backward(ROWS, WIDTH, &of.kept, of.gain, of.out_gradient, in_gradient, gain_gradient,
	                 bias_gradient);
	for (int i = 0; i < COUNT; i++)
		in_gradient[i] -= 1.0f;
	assert_is_gradient(norm_loss, &of, of.in, in_gradient, COUNT, 1e-2f, 3e-4, 1e-3);
	assert_is_gradient(norm_loss, &of, of.gain, gain_gradient, WIDTH, 0.1f, 1e-5, 1e-4);
	assert_is_gradient(norm_loss, &of, of.bias, bias_gradient, WIDTH, 0.1f, 1e-5, 1e-4);
	end(&of);
}

static void gelu_is_the_tanh_form(void **state)
{
	(void)state;
	for (float x = -12.0f; x <= 12.0f; x += 0.037f) {
		double in = (double)x, out;
		float result;

		out = 0.5 * in * (1.0 + tanh(sqrt(2.0 / acos(-1.0)) * (in + 0.044715 * in * in * in)));
		fs_stream_gelu(&x, &result, 1);
		assert_close((double)result, out, 1e-6, 1e-6);
	}
}

static double gelu_loss(void *context)
{
	struct setting *of = context;

	fs_stream_gelu(of->in, of->out, COUNT);
	return weighted_sum(of->out, of->out_gradient, COUNT);
}

static void gelu_backward_is_the_gradient(void **state)
{
	(void)state;
	struct setting of = begin();
	float gradient[COUNT];

	for (int i = 0; i < COUNT; i++)
		of.in[i] *= 4.0f;
	memcpy(gradient, of.out_gradient, sizeof gradient);
	fs_stream_gelu_backward(of.in, gradient, COUNT);
	assert_is_gradient(gelu_loss, &of, of.in, gradient, COUNT, 1e-2f, 1e-4, 1e-3);
	end(&of);
}

/* Two steps by hand: gradient 4 halved is 2; velocity 2, then 0.5 * 2 + 2 = 3; weight 1 - 0.2, then - 0.3. */
static void sgd_follows_its_velocity(void **state)
{
	(void)state;
	struct fs_sgd sgd = {.rate = 0.1f, .momentum = 0.5f, .scale = 0.5f};
	float weight = 1.0f, velocity = 0.0f, gradient = 4.0f;

	fs_stream_sgd(sgd, &weight, &velocity, &gradient, 1);
	assert_close((double)weight, 0.8, 1e-7, 0.0);
	fs_stream_sgd(sgd, &weight, &velocity, &gradient, 1);
	assert_close((double)weight, 0.5, 1e-7, 0.0);
	assert_true(velocity == 3.0f && gradient == 4.0f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(exponential_is_right_to_a_few_units_in_the_last_place),
	        cmocka_unit_test(reduction_adds_every_element_for_any_length),
	        cmocka_unit_test(softmax_is_positive_sums_to_one_and_survives_large_values),
	        cmocka_unit_test(softmax_backward_is_the_gradient),
	        cmocka_unit_test(normalised_rows_have_mean_0_and_deviation_1),
	        cmocka_unit_test(norm_backward_is_the_gradient),
	        cmocka_unit_test(gelu_is_the_tanh_form),
	        cmocka_unit_test(gelu_backward_is_the_gradient),
	        cmocka_unit_test(sgd_follows_its_velocity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Attention against the formula written out, and its backward pass against finite differences. */

#include "testing.h"

#include "kernels/attention.h"

static const struct fs_attention_shape shapes[] = {
        {.tokens = 1, .hidden = 4, .heads = 1},
        {.tokens = 5, .hidden = 8, .heads = 2},
        {.tokens = 7, .hidden = 6, .heads = 6},
        {.tokens = 33, .hidden = 24, .heads = 3},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

struct setting {
	struct fs_attention_shape shape;
	size_t scores, outputs;
	float *qkv, *probabilities, *out, *out_gradient;
};

static struct setting begin(const struct fs_attention_shape *shape)
{
	struct setting of = {.shape = *shape};

	of.scores = (size_t)(shape->heads * shape->tokens * shape->tokens);
	of.outputs = (size_t)(shape->tokens * shape->hidden);
	of.qkv = random_array(3 * of.outputs, 1);
	of.probabilities = random_array(of.scores, 2);
	of.out = random_array(of.outputs, 3);
	of.out_gradient = random_array(of.outputs, 4);
	return of;
}

static void end(struct setting *of)
{
	free(of->qkv), free(of->probabilities), free(of->out), free(of->out_gradient);
}

/* The weight that the query of token t gives to the key of token s <= t, not yet normalised. */
static double attention_weight(const struct setting *of, int head, int t, int s)
{
	int hidden = of->shape.hidden, size = hidden / of->shape.heads;
	const float *query = of->qkv + t * 3 * hidden + head * size;
	const float *key = of->qkv + s * 3 * hidden + hidden + head * size;

	return exp(weighted_sum(query, key, (size_t)size) / sqrt((double)size));
}

static double naive_output(const struct setting *of, int t, int column)
{
	int hidden = of->shape.hidden, head = column / (hidden / of->shape.heads);
	double sum = 0.0, weights = 0.0;

	for (int s = 0; s <= t; s++) {
		double weight = attention_weight(of, head, t, s);

		sum += weight * (double)of->qkv[s * 3 * hidden + 2 * hidden + column];
		weights += weight;
	}
	return sum / weights;
}

static void forward_is_the_formula(void **state)
{
	(void)state;
	for (int i = 0; i < SHAPES; i++) {
		struct setting of = begin(&shapes[i]);
		int hidden = of.shape.hidden;

		fs_attention_forward(&of.shape, of.qkv, of.probabilities, of.out);
		for (int t = 0; t < of.shape.tokens; t++)
			for (int column = 0; column < hidden; column++)
				assert_close((double)of.out[t * hidden + column],
				             naive_output(&of, t, column), 2e-6, 0.0);
		end(&of);
	}
}

static void no_token_sees_the_future(void **state)
{
	(void)state;
	struct setting of = begin(&shapes[1]);
	int tokens = of.shape.tokens;

	fs_attention_forward(&of.shape, of.qkv, of.probabilities, of.out);
	for (int head = 0; head < of.shape.heads; head++)
		for (int t = 0; t < tokens; t++)
			for (int s = 0; s < tokens; s++) {
				float p = of.probabilities[(head * tokens + t) * tokens + s];

				assert_true(s <= t ? p > 0.0f : p == 0.0f);
			}
	end(&of);
}

static double loss_of(void *context)
{
	struct setting *of = context;

	fs_attention_forward(&of->shape, of->qkv, of->probabilities, of->out);
	return weighted_sum(of->out, of->out_gradient, of->outputs);
}

static void backward_is_the_gradient(void **state)
{
	(void)state;
	for (int i = 0; i < SHAPES; i++) {
		struct setting of = begin(&shapes[i]);
		float *gradient = random_array(3 * of.outputs, 5), *scratch = random_array(of.scores, 6);

		fs_attention_forward(&of.shape, of.qkv, of.probabilities, of.out);
		fs_attention_backward(&of.shape, of.qkv, of.probabilities, of.out_gradient, gradient,
		                      scratch);
		assert_is_gradient(loss_of, &of, of.qkv, gradient, 3 * of.outputs, 1e-2f, 2e-4, 1e-3);
		free(gradient), free(scratch);
		end(&of);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(forward_is_the_formula),
	        cmocka_unit_test(no_token_sees_the_future),
	        cmocka_unit_test(backward_is_the_gradient),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

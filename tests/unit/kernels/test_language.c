/* The synthetic language: a chain with three successors per symbol. */

#include "testing.h"

#include "kernels/language.h"

#include <string.h>

enum { VOCABULARY = 50, LENGTH = 20000, SUCCESSORS = 3 };

static const struct fs_language language = {.seed = 11, .vocabulary = VOCABULARY};

static void texts_repeat_exactly_and_differ_from_each_other(void **state)
{
	(void)state;
	int one[100], again[100], other[100];

	fs_language_write(&language, 1, one, 100);
	fs_language_write(&language, 1, again, 100);
	fs_language_write(&language, 2, other, 100);
	assert_memory_equal(one, again, sizeof one);
	assert_memory_not_equal(one, other, sizeof one);
}

/* H = -sum p(a, b) log2 p(b | a) over the pairs of a long text: 1.5 bits, a little less where two of a
 * symbol's successors happen to be the same. */
static void a_symbol_has_three_successors_and_one_and_a_half_bits(void **state)
{
	(void)state;
	static int text[LENGTH], pairs[VOCABULARY][VOCABULARY], count[VOCABULARY];
	double bits = 0.0;

	fs_language_write(&language, 3, text, LENGTH);
	for (int i = 0; i + 1 < LENGTH; i++) {
		assert_in_range(text[i], 0, VOCABULARY - 1);
		pairs[text[i]][text[i + 1]]++;
		count[text[i]]++;
	}
	for (int a = 0; a < VOCABULARY; a++) {
		int different = 0;

		for (int b = 0; b < VOCABULARY; b++) {
			if (pairs[a][b] == 0)
				continue;
			different++;
			bits -= pairs[a][b] / (double)LENGTH * log2(pairs[a][b] / (double)count[a]);
		}
		assert_true(different <= SUCCESSORS);
	}
	assert_true(bits > 1.3 && bits < 1.51);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(texts_repeat_exactly_and_differ_from_each_other),
	        cmocka_unit_test(a_symbol_has_three_successors_and_one_and_a_half_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

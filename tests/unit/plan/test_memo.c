/* What was put in is found again, however much there is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/memo.h"

static void test_thousands_of_keys(void **state)
{
	enum { KEYS = 10000 };
	struct fs_memo *memo = fs_memo_create(2, sizeof(double));
	int known;
	(void)state;
	for (int round = 0; round < 2; round++)
		for (uint64_t i = 0; i < KEYS; i++) {
			const uint64_t key[] = {i % 100, i / 100 << 32};
			double *value = fs_memo_at(memo, key, &known);
			assert_int_equal(known, round);
			assert_true(*value == (round ? (double)i : 0));
			*value = (double)i;
		}
	fs_memo_destroy(memo);
	fs_memo_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_thousands_of_keys)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

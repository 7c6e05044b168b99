/* Numbers that a fit may choose: how they are written, which systems have them, what they may be. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "topology/free_number.h"

static void texts_into_numbers(void **state)
{
	(void)state;
	struct fs_free_numbers numbers = {0};
	struct fs_error error;
	char name[256];
	assert_int_equal(fs_free_numbers_parse("a.b=0.5..1", &numbers, &error), 0);
	assert_int_equal(fs_free_numbers_parse("h100:a.b=.5...75,c=-1..1e-3", &numbers, &error), 0);
	assert_int_equal(numbers.count, 3);
	assert_string_equal(numbers.item[0].path, "a.b");
	assert_string_equal(numbers.item[0].where, "");
	assert_true(numbers.item[0].low == 0.5 && numbers.item[0].high == 1);
	assert_string_equal(fs_free_number_name(&numbers.item[1], name, sizeof name), "h100:a.b");
	assert_true(numbers.item[1].low == 0.5 && numbers.item[1].high == 0.75);
	assert_true(numbers.item[2].low == -1 && numbers.item[2].high == 1e-3);
}

static void bad_texts(void **state)
{
	(void)state;
	static const char shape[] = "[WHERE:]PATH=LOW..HIGH is needed";
	static const struct {
		const char *text, *says;
	} rows[] = {
	        {"", shape},
	        {"a", shape},
	        {"a=1", shape},
	        {"a=1..", shape},
	        {"a=..1", shape},
	        {"=1..2", shape},
	        {":a=1..2", shape},
	        {"a=1..inf", shape},
	        {"a=1..2..3", shape},
	        {"a=1..2,", shape},
	        {"a=2..1", "must rise"},
	        {"a=1..1", "must rise"},
	        {"a=1..2,a=2..3", "a is given twice"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_free_numbers numbers = {0};
		struct fs_error error = {""};
		if (fs_free_numbers_parse(rows[i].text, &numbers, &error) != -1 ||
		    !strstr(error.text, rows[i].says))
			fail_msg("'%s': %s", rows[i].text, error.text);
	}
}

static void no_more_than_there_is_room_for(void **state)
{
	(void)state;
	struct fs_free_numbers numbers = {0};
	struct fs_error error;
	char text[32];
	for (int i = 0; i < FS_MOST_FREE; i++) {
		snprintf(text, sizeof text, "a%d=1..2", i);
		assert_int_equal(fs_free_numbers_parse(text, &numbers, &error), 0);
	}
	assert_int_equal(fs_free_numbers_parse("b=1..2", &numbers, &error), -1);
	assert_string_equal(error.text, "more than 16 numbers");
}

static void joined_bounds_are_the_wider_ones(void **state)
{
	(void)state;
	struct fs_free_numbers numbers = {0}, more = {0};
	struct fs_error error;
	fs_free_numbers_parse("a=1..2,b=1..2", &numbers, &error);
	fs_free_numbers_parse("b=0.5..1.5,c=1..2,x:a=3..4", &more, &error);
	assert_int_equal(fs_free_numbers_join(&numbers, &more, &error), 0);
	assert_int_equal(numbers.count, 4); /* a b c x:a */
	assert_true(numbers.item[1].low == 0.5 && numbers.item[1].high == 2);
	assert_true(numbers.item[0].low == 1 && numbers.item[0].high == 2);
}

static struct fs_free_number one(const char *text)
{
	struct fs_free_numbers numbers = {0};
	struct fs_error error;
	assert_int_equal(fs_free_numbers_parse(text, &numbers, &error), 0);
	return numbers.item[0];
}

static void of_a_system(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool concerns;
		const char *says; /* NULL: it can be read */
	} rows[] = {
	        {"stack.kernel.memory_efficiency=0.5..1", true, NULL},
	        {"hgx-h200:stack.kernel.memory_efficiency=0.5..1", true, NULL},
	        {"nemo-2025:stack.kernel.memory_efficiency=0.5..1", true, NULL},
	        {"a100:stack.kernel.memory_efficiency=0.5..1", false, NULL},
	        {"stack.kernel.memory_eficiency=0.5..1", true,
	         "stack.kernel.memory_eficiency: hgx-h200 has no such number; did you mean "
	         "stack.kernel.memory_efficiency?"},
	        {"stack.kernel.memory_efficiency=0.5..1.5", true,
	         "0.5..1.5: a number between 0.001 and 1 is needed"},
	        {"chip.cores=10..20", true, "chip.cores: a number that may have a fraction is needed"},
	        {"tier.nvlink4.fabric.kind=1..2", true, "a single number is needed, not a word"},
	};
	struct fs_system *system;
	struct fs_error error;
	assert_int_equal(fs_system_load("hgx-h200", NULL, NULL, 0, &system, &error), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_free_number number = one(rows[i].text);
		double value = 0;
		assert_true(fs_free_number_concerns(&number, system) == rows[i].concerns);
		int result = fs_free_number_read(&number, system, &value, &error);
		if (rows[i].says ? result != -1 || !strstr(error.text, rows[i].says) : result != 0)
			fail_msg("%s: %s", rows[i].text, result ? error.text : "could be read");
		if (!rows[i].says)
			assert_true(value == system->stack.kernel.memory_efficiency.value);
	}
	fs_system_destroy(system);
}

static void writing_keeps_to_what_is_possible(void **state)
{
	(void)state;
	struct fs_free_number number = one("stack.kernel.memory_efficiency=0.5..0.75");
	struct fs_system *system;
	struct fs_error error;
	assert_int_equal(fs_system_load("hgx-h200", NULL, NULL, 0, &system, &error), 0);
	const struct fs_quantity *quantity = &system->stack.kernel.memory_efficiency;
	assert_true(fs_free_number_write(&number, system, 0.25)); /* bounds are the fit's affair */
	assert_true(quantity->value == 0.25);
	assert_false(fs_free_number_write(&number, system, 1.25)); /* no part can be more than all */
	assert_true(quantity->value == 0.25);
	assert_true(fs_system_is_sound(system));
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(texts_into_numbers),
	        cmocka_unit_test(bad_texts),
	        cmocka_unit_test(no_more_than_there_is_room_for),
	        cmocka_unit_test(joined_bounds_are_the_wider_ones),
	        cmocka_unit_test(of_a_system),
	        cmocka_unit_test(writing_keeps_to_what_is_possible),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

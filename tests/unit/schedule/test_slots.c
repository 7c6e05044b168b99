/*
 * Sets of slots, and slots of buffers.
 */

#include "unit/schedule/replay.h"

static void sets_by_hand(void **state)
{
	(void)state;
	static const struct {
		struct fs_slots set; /* base, unit, first, stride, count, modulus */
		uint64_t slots, length, slot[6];
	} rows[] = {
	        {{0, 1, 3, 1, 1, 4}, 4, 1, {3}},             /* one slot */
	        {{0, 1, 3, 1, 3, 5}, 5, 3, {3, 4, 0}},       /* a range that wraps */
	        {{0, 1, 5, 4, 2, 8}, 8, 2, {5, 1}},          /* every fourth, wrapped */
	        {{6, 2, 1, 1, 2, 3}, 12, 4, {8, 9, 10, 11}}, /* runs of two, inside a part */
	        {{0, 2, 1, 2, 2, 4}, 7, 3, {2, 3, 6}},       /* the last run is cut */
	        {{0, 1, 0, 0, 0, 1}, 7, 0, {0}},             /* nothing */
	        {{0, 3, 0, 0, 1, 1}, 3, 3, {0, 1, 2}},       /* everything */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t slot[6];
		struct replay_list list = {.slot = slot, .capacity = 6};
		fs_slots_each(&rows[i].set, rows[i].slots, replay_list_add, &list);
		assert_int_equal(list.length, rows[i].length);
		assert_memory_equal(slot, rows[i].slot, list.length * sizeof *slot);
	}
}

/* Slots follow each other, cover the buffer, and their lengths differ by one element at most. */
static void slots_cut_any_count_of_elements(void **state)
{
	(void)state;
	static const struct {
		uint64_t slots, elements;
	} rows[] = {{1, 0}, {8, 0}, {1, 5}, {8, 3}, {3, 8}, {7, 7}, {7, 1000}, {1000, 999}, {384, 1 << 20}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t slots = rows[i].slots, elements = rows[i].elements, begin = 0;
		assert_int_equal(fs_slot_begin(0, slots, elements), 0);
		for (uint64_t slot = 1; slot <= slots; slot++) {
			uint64_t end = fs_slot_begin(slot, slots, elements);
			assert_int_equal(end, slot * elements / slots);
			assert_in_range(end - begin, elements / slots, elements / slots + 1);
			begin = end;
		}
		assert_int_equal(begin, elements);
	}
}

static void no_product_overflows(void **state)
{
	(void)state;
	uint64_t slots = FS_MAX_GROUP, elements = UINT64_C(3) << 60; /* 3 * 2^36 elements a slot */
	assert_int_equal(fs_slot_begin(slots - 1, slots, elements), elements - (UINT64_C(3) << 36));
	assert_int_equal(fs_slot_begin(slots, slots, elements), elements);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sets_by_hand),
	        cmocka_unit_test(slots_cut_any_count_of_elements),
	        cmocka_unit_test(no_product_overflows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

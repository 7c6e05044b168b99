/*
 * Names of collectives, and nccl-tests' bus bandwidth.
 */

#include "unit/schedule/replay.h"

static const struct {
	enum fs_collective collective;
	const char *name;
	double factor_of_8; /* nccl-tests, doc/PERFORMANCE.md, for 8 ranks */
} rows[] = {
        {FS_ALLREDUCE, "allreduce", 1.75},
        {FS_ALLGATHER, "allgather", 0.875},
        {FS_REDUCE_SCATTER, "reduce_scatter", 0.875},
        {FS_ALLTOALL, "alltoall", 0.875},
        {FS_BROADCAST, "broadcast", 1},
        {FS_SENDRECV, "sendrecv", 1},
};

static void names_and_factors(void **state)
{
	(void)state;
	assert_int_equal(sizeof rows / sizeof *rows, FS_COLLECTIVES);
	for (int i = 0; i < FS_COLLECTIVES; i++) {
		struct fs_error error;
		enum fs_collective parsed;
		assert_string_equal(fs_collective_name(rows[i].collective), rows[i].name);
		assert_int_equal(fs_collective_parse(rows[i].name, &parsed, &error), 0);
		assert_int_equal(parsed, rows[i].collective);
		assert_true(fs_collective_busbw_factor(rows[i].collective, 8) == rows[i].factor_of_8);
	}
}

static void an_unknown_name_lists_the_known(void **state)
{
	(void)state;
	struct fs_error error;
	enum fs_collective collective = FS_SENDRECV;
	assert_int_equal(fs_collective_parse("all_reduce", &collective, &error), -1);
	assert_string_equal(error.text, "unknown collective 'all_reduce'; known: allreduce, allgather, "
	                                "reduce_scatter, alltoall, broadcast, sendrecv");
	assert_int_equal(collective, FS_SENDRECV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(names_and_factors),
	        cmocka_unit_test(an_unknown_name_lists_the_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

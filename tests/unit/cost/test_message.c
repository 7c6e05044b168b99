#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cost/message.h"
#include "topology/system.h"

#include <math.h>

/* Half the bandwidth; 3 us a message; per MB 2 us to the experts and 1 us back. */
static const struct fs_stack stack = {
        .alltoall_efficiency = {.value = 0.5},
        .alltoall_peer_us = {.value = 3},
        .dispatch_peer_us_per_MB = {.value = 2},
        .combine_peer_us_per_MB = {.value = 1},
};

struct row {
	enum fs_collective collective;
	struct fs_buffer buffer;
	double timed_MB, message_us; /* of 10 MB */
};

static const struct row rows[] = {
        {FS_ALLREDUCE, {FS_BUFFER_GRADIENT, 0, true, 1}, 10, 0},
        {FS_ALLGATHER, {FS_BUFFER_NONE, 0, false, 0}, 10, 0},
        {FS_ALLTOALL, {FS_BUFFER_NONE, 0, false, 0}, 20, 3},
        {FS_ALLTOALL, {FS_BUFFER_DISPATCH, 0, false, 0}, 20, 23},
        {FS_ALLTOALL, {FS_BUFFER_COMBINE, 0, false, 0}, 20, 13},
        /* Gradients go the other way. */
        {FS_ALLTOALL, {FS_BUFFER_DISPATCH, 0, true, 0}, 20, 13},
        {FS_ALLTOALL, {FS_BUFFER_COMBINE, 0, true, 0}, 20, 23},
};

static void an_exchange_costs_more_than_its_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_message_cost cost =
		        fs_message_cost(&stack, rows[i].collective, rows[i].buffer, 10e6);
		if (fabs(cost.timed_bytes - rows[i].timed_MB * 1e6) > 1e-6 ||
		    fabs(cost.message_s - rows[i].message_us * 1e-6) > 1e-15)
			fail_msg("row %d: %g MB, %g us a message", (int)i, cost.timed_bytes * 1e-6,
			         cost.message_s * 1e6);
	}
}

static void a_stack_of_zeros_adds_nothing(void **state)
{
	(void)state;
	struct fs_message_cost cost =
	        fs_message_cost(&(struct fs_stack){.name = "none"}, FS_ALLTOALL,
	                        (struct fs_buffer){FS_BUFFER_DISPATCH, 0, false, 0}, 10e6);
	assert_true(cost.timed_bytes == 10e6);
	assert_true(cost.message_s == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_exchange_costs_more_than_its_bytes),
	        cmocka_unit_test(a_stack_of_zeros_adds_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

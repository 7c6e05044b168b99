#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "fabric/contention.h"
#include "fabric/posted.h"
#include "unit/fabric/joined.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int64_t further_on(uint64_t chip, uint32_t s, const void *context)
{
	return (int64_t)((chip + s + 1) % *(const uint64_t *)context);
}

struct alltoall_row {
	const char *kind;
	int dimensions;
	double dimension[3];
	double links; /* messages that each link passes in all */
	double of;    /* links of a port */
};

/* Everybody to everybody. Mesh of n: a link's own message. 4 x 4: its own, and of 3 of the other row or
 * column one half each at its beginning and its end. Torus of n (even): n n / 4 links for all from each chip
 * in its dimension, over two. */
static const struct alltoall_row alltoall_rows[] = {
        {"full_mesh", 1, {8}, 1, 7},
        {"full_mesh", 2, {4, 4}, 1 + 3, 6},
        {"torus", 1, {8}, 8. * 8 / 4 / 2, 2},
        {"torus", 3, {4, 4, 4}, 16 * 4. * 4 / 4 / 2, 6},
};

static void messages_posted_at_once_use_all_links(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof alltoall_rows / sizeof *alltoall_rows; i++) {
		const struct alltoall_row *row = &alltoall_rows[i];
		struct fs_system system = joined(row->kind, "adaptive", row->dimensions, row->dimension);
		uint64_t chips = (uint64_t)system.tier[0].group.value;
		struct fs_contention *contention;
		struct fs_error error;
		if (fs_contention_create(&system, chips, &contention, &error))
			fail_msg("%s", error.text);
		struct fs_posting posting = {
		        .to = further_on, .context = &chips, .rounds = (uint32_t)chips - 1, .unit = 1};
		const struct fs_posted *posted = fs_contention_post(contention, &posting);
		double GBps = 1e-9 / posted->beta_s[0], expected = (double)(chips - 1) / row->links / row->of;
		if (fabs(GBps / expected - 1) > 1e-6)
			fail_msg("%s, row %d: %g GB/s, expected %g", row->kind, (int)i, GBps, expected);
		assert_ptr_equal(fs_contention_post(contention, &posting), posted);
		fs_contention_destroy(contention);
	}
}

/* Of as many messages that not all are looked at: 16 x 16 x 16, 4 links in each dimension on average. */
static void some_rounds_stand_for_all(void **state)
{
	(void)state;
	const double cube[] = {16, 16, 16};
	struct fs_system system = joined("torus", "adaptive", 3, cube);
	uint64_t chips = 4096;
	struct fs_contention *contention;
	struct fs_error error;
	assert_int_equal(fs_contention_create(&system, chips, &contention, &error), 0);
	struct fs_posting posting = {.to = further_on, .context = &chips, .rounds = 4095, .unit = 1};
	double found = fs_contention_post(contention, &posting)->beta_s[0] * 1e9,
	       expected = 4. * 3 * 4096 / 4095;
	if (fabs(found / expected - 1) > 0.02)
		fail_msg("%g, expected %g", found, expected);
	fs_contention_destroy(contention);
}

static void elsewhere_rounds_are_looked_at_one_by_one(void **state)
{
	(void)state;
	const double eight[] = {8};
	struct fs_system system = joined("full_mesh", "dimension_order", 1, eight);
	uint64_t chips = 8;
	struct fs_contention *contention;
	struct fs_error error;
	assert_int_equal(fs_contention_create(&system, chips, &contention, &error), 0);
	struct fs_posting posting = {.to = further_on, .context = &chips, .rounds = 7, .unit = 1};
	assert_null(fs_contention_post(contention, &posting));
	assert_null(fs_contention_post(NULL, &posting));
	fs_contention_destroy(contention);
}

/* Nodes of `node` chips on a switch of 8 GB/s, all 36 on a Clos of 1 GB/s: six leaves of 6 ports down, 2 up.
 */
static struct fs_system on_clos(double node)
{
	struct fs_system system = {.tiers = 2};
	for (int k = 0; k < 2; k++) {
		struct fs_tier *tier = &system.tier[k];
		tier->group.value = k ? 36 : node;
		tier->bandwidth_GBps.value = k ? 1 : 8;
		tier->efficiency.value = tier->oversubscription.value = 1;
	}
	snprintf(system.tier[1].fabric.kind, FS_NAME, "clos");
	system.tier[1].fabric.radix.value = 8;
	system.tier[1].oversubscription.value = 3;
	return system;
}

struct clos_row {
	double node;
	double port_s; /* of a chip's messages over the Clos, and the time that those in its node leave of its
	                  uplink's */
};

/* The 30 messages of each of a leaf's six chips that leave it take 90 over two uplinks. A chip sends 35 over
 * the Clos (33 if three are in a node): on average they take 90 in all; less what its two messages in the
 * node take, at an eighth each. */
static const struct clos_row clos_rows[] = {{1, 90. / 35}, {3, (90 - 2. / 8) / 33}};

static void a_clos_is_bound_by_its_bisection(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof clos_rows / sizeof *clos_rows; i++) {
		struct fs_system system = on_clos(clos_rows[i].node);
		uint64_t chips = 36;
		struct fs_contention *contention;
		struct fs_error error;
		assert_int_equal(fs_contention_create(&system, chips, &contention, &error), 0);
		struct fs_posting posting = {.to = further_on,
		                             .context = &chips,
		                             .rounds = 35,
		                             .unit = 1,
		                             .beta_s = {1e-9 / 8, 1e-9}};
		double found = fs_contention_post(contention, &posting)->beta_s[1] * 1e9;
		if (fabs(found / clos_rows[i].port_s - 1) > 1e-9)
			fail_msg("nodes of %g: %.12g, expected %.12g", clos_rows[i].node, found,
			         clos_rows[i].port_s);
		fs_contention_destroy(contention);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(messages_posted_at_once_use_all_links),
	        cmocka_unit_test(some_rounds_stand_for_all),
	        cmocka_unit_test(elsewhere_rounds_are_looked_at_one_by_one),
	        cmocka_unit_test(a_clos_is_bound_by_its_bisection),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

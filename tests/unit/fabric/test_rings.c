#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "fabric/contention.h"
#include "unit/fabric/joined.h"
#include "topology/placement.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Chips that are joined directly; a port passes 1 GB/s, evenly over its links. */
struct members {
	uint64_t chips, stride, span; /* those `stride` apart in each block of `span` */
};

static int64_t next_on_ring(uint64_t chip, const void *context, uint64_t *count)
{
	const struct members *ring = context;
	*count = 1;
	uint64_t begin = chip - chip % ring->span;
	return (int64_t)(begin + (chip - begin + ring->stride) % ring->span);
}

struct ring_row {
	const char *what, *kind, *routing;
	int dimensions;
	double dimension[3];
	struct members ring;
	double GBps; /* of the slowest message */
};

/* Where every chip has as many links to members, rings get that many. */
static const struct ring_row ring_rows[] = {
        {"all of a line, both ways round", "torus", "adaptive", 1, {8}, {8, 1, 8}, 1},
        {"the same as one ring", "torus", "dimension_order", 1, {8}, {8, 1, 8}, 1. / 2},
        {"all that are joined", "full_mesh", "adaptive", 1, {8}, {8, 1, 8}, 1},
        {"the same as one ring", "full_mesh", "dimension_order", 1, {8}, {8, 1, 8}, 1. / 7},
        {"half a row: 3 of 7 links", "full_mesh", "adaptive", 1, {8}, {8, 1, 4}, 3. / 7},
        {"rows of a mesh: 3 of 6", "full_mesh", "adaptive", 2, {4, 4}, {16, 1, 4}, 3. / 6},
        {"columns", "full_mesh", "adaptive", 2, {4, 4}, {16, 4, 16}, 3. / 6},
        {"all of a mesh", "full_mesh", "adaptive", 2, {4, 4}, {16, 1, 16}, 1},
        {"two rows of four: 3 + 1", "full_mesh", "adaptive", 2, {4, 4}, {16, 1, 8}, 4. / 6},
        {"7 of 16: a chip of the second row has 2 + 1",
         "full_mesh",
         "adaptive",
         2,
         {4, 4},
         {7, 1, 7},
         3. / 6},
        {"planes of a torus: 4 of 6", "torus", "adaptive", 3, {4, 4, 4}, {64, 1, 16}, 4. / 6},
        {"lines across: 2 of 6", "torus", "adaptive", 3, {4, 4, 4}, {64, 16, 64}, 2. / 6},
        {"half a line has ends: 1 of 2", "torus", "adaptive", 1, {8}, {4, 1, 4}, 1. / 2},
        /* members that are not joined: one ring, over one link or two */
        {"across rows", "full_mesh", "adaptive", 2, {4, 4}, {16, 2, 16}, 1. / 6},
};

static double slowest_GBps(const struct ring_row *row)
{
	struct fs_system whole = joined(row->kind, row->routing, row->dimensions, row->dimension);
	struct fs_system system = fs_system_place(&whole, row->ring.chips);
	struct fs_contention *contention;
	struct fs_error error;
	if (fs_contention_create(&system, row->ring.chips, &contention, &error))
		fail_msg("%s", error.text);
	struct fs_round round = {.to = next_on_ring,
	                         .context = &row->ring,
	                         .unit = row->ring.span,
	                         .ring_stride = row->ring.stride,
	                         .ring_span = row->ring.span};
	struct fs_shares shares;
	double most = 0;
	fs_contention_solve(contention, &round, &shares);
	for (uint64_t i = 0; i < shares.period; i++)
		most = fmax(most, shares.beta_s[i]);
	fs_contention_destroy(contention);
	return 1e-9 / most;
}

static void rings_go_by_all_links_between_members(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof ring_rows / sizeof *ring_rows; i++) {
		double found = slowest_GBps(&ring_rows[i]);
		if (fabs(found / ring_rows[i].GBps - 1) > 1e-6)
			fail_msg("%s, %s %s: %g GB/s, expected %g", ring_rows[i].what, ring_rows[i].kind,
			         ring_rows[i].routing, found, ring_rows[i].GBps);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(rings_go_by_all_links_between_members),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

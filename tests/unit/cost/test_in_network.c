/*
 * Switches that reduce: what was measured of NCCL's NVLS inside a node, which tiers are one tree, and when it
 * is chosen.
 */

#include "unit/plan/stopwatch.h"

static double busbw_GBps(const struct fs_system *system, uint32_t chips, double bytes, const char *algorithm)
{
	struct fs_system placed = fs_system_place(system, chips);
	struct fs_program *program = collective_program(&placed, FS_ALLREDUCE, chips, bytes, algorithm);
	double GBps = bytes / step_s(&placed, program) * 1e-9;
	fs_program_destroy(program);
	return GBps * fs_collective_busbw_factor(FS_ALLREDUCE, chips);
}

/* The file's number comes from the first row. The others show that (1 + 1/n) S passes a port: with 5 GPUs
 * instead of 8 a ring has the same bus bandwidth, and NVLS 12 % less. Sources as in the system's file; the
 * H200 has the H100's NVLink. */
static void nvls_inside_a_node_is_as_published(void **state)
{
	(void)state;
	static const struct {
		uint32_t chips;
		double bytes, busbw_GBps;
	} rows[] = {
	        {8, 16.0 * (1 << 30), 479.9}, /* H100, NVIDIA DGX Cloud benchmarking */
	        {8, 4.0 * (1 << 30), 473.1},  /* H200, S. Bekman */
	        {7, 4.0 * (1 << 30), 460.0},  {6, 4.0 * (1 << 30), 435.6}, {5, 4.0 * (1 << 30), 414.2},
	};
	struct fs_system *system = load_system("dgx-h100-superpod");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		double busbw = busbw_GBps(system, rows[i].chips, rows[i].bytes, NULL);
		if (fabs(busbw / rows[i].busbw_GBps - 1) > 0.03)
			fail_msg("%u GPUs: %.1f GB/s, published %.1f GB/s", rows[i].chips, busbw,
			         rows[i].busbw_GBps);
		assert_true(busbw == busbw_GBps(system, rows[i].chips, rows[i].bytes, "in_network"));
	}
	fs_system_destroy(system);
}

/* alpha + the switches' own + (1 + 1/n) S / (B * reduction), from the file's own numbers. */
static void an_allreduce_is_its_closed_form(void **state)
{
	(void)state;
	struct fs_system *system = load_bare_system("dgx-h100-superpod");
	const struct fs_tier *nvlink = &system->tier[0];
	double alpha = (nvlink->latency_us.value + nvlink->reduction_latency_us.value) * 1e-6;
	double rate = nvlink->bandwidth_GBps.value * 1e9 * nvlink->reduction.value;
	for (uint32_t n = 2; n <= 8; n++)
		for (double bytes = 8; bytes <= 1 << 30; bytes *= 8) {
			double expected = alpha + (1 + 1.0 / n) * bytes / rate;
			double seconds = bytes * fs_collective_busbw_factor(FS_ALLREDUCE, n) * 1e-9 /
			                 busbw_GBps(system, n, bytes, "in_network");
			assert_true(fabs(seconds / expected - 1) < 1e-12);
		}
	fs_system_destroy(system);
}

static const struct {
	const char *kinds[3];
	double reduction[3];
	struct fs_group group;
	int domains;
	int tree[3];
} tree_rows[] = {
        {{"scale_up", "scale_out", "scale_out"}, {1, 0, 0}, {64, 1}, 2, {1, 0, 0}},
        {{"scale_up", "scale_out", "scale_out"}, {1, 0, 0}, {8, 1}, 0, {1}},
        {{"scale_up", "scale_out", "scale_out"}, {1, 1, 1}, {64, 1}, 2, {1, 2, 2}},
        {{"scale_up", "scale_out", "scale_out"}, {0, 1, 1}, {64, 1}, 2, {0, 2, 2}},
        {{"scale_up", "scale_out", "scale_out"}, {0, 1, 0}, {64, 1}, 2, {0, 2, 0}},
        {{"scale_up", "scale_up", "scale_up"}, {1, 0, 1}, {64, 1}, 2, {1, 0, 3}},
        {{"scale_up", "scale_up", "scale_up"}, {1, 1, 1}, {64, 1}, 2, {1, 1, 1}},
        /* one chip of each node: leaves of 4 members, then the spine */
        {{"scale_up", "scale_out", "scale_out"}, {1, 1, 1}, {8, 8}, 1, {2, 2}},
        /* groups of 3 in nodes of 8: some lie in two nodes, so that only the spine surely joins each */
        {{"scale_up", "scale_out", "scale_out"}, {1, 1, 0}, {3, 1}, 0, {0}},
        {{"scale_up", "scale_out", "scale_out"}, {0, 0, 1}, {3, 1}, 0, {3}},
};

static void neighbouring_tiers_of_a_kind_are_one_tree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof tree_rows / sizeof *tree_rows; i++) {
		struct fs_system system = {.tiers = 3};
		struct fs_schedule_request request = {.size = tree_rows[i].group.size};
		for (int k = 0; k < 3; k++) {
			strcpy(system.tier[k].kind, tree_rows[i].kinds[k]);
			system.tier[k].reduction.value = tree_rows[i].reduction[k];
			system.tier[k].group.value = (const double[]){8, 32, 64}[k];
		}
		fs_cost_domains(&system, tree_rows[i].group, &request);
		assert_int_equal(request.domains, tree_rows[i].domains);
		for (int k = 0; k <= request.domains; k++)
			if (request.tree[k] != tree_rows[i].tree[k])
				fail_msg("row %d: domain %d has tree %d, expected %d", (int)i, k,
				         request.tree[k], tree_rows[i].tree[k]);
	}
}

/* A SHARP tree in the fabric pays where a node has many chips, and small messages go straight through it.
 * (The largest go around a ring, which leaves each node once, by all its ports.) */
static void a_tree_across_nodes_is_chosen_for_what_it_is_good_at(void **state)
{
	(void)state;
	struct fs_system *system = load_bare_system("dgx-h100-superpod");
	static const struct {
		double bytes;
		const char *algorithm;
	} rows[] = {{8, "in_network"}, {1 << 26, "hierarchical_in_network"}};
	system->tier[1].reduction.value = system->tier[2].reduction.value = 0.9;
	struct fs_system placed = fs_system_place(system, 512);
	for (int i = 0; i < 2; i++) {
		struct fs_program *program =
		        collective_program(&placed, FS_ALLREDUCE, 512, rows[i].bytes, NULL);
		assert_string_equal(program->op[0].schedule->algorithm, rows[i].algorithm);
		fs_program_destroy(program);
	}
	fs_system_destroy(system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nvls_inside_a_node_is_as_published),
	        cmocka_unit_test(an_allreduce_is_its_closed_form),
	        cmocka_unit_test(neighbouring_tiers_of_a_kind_are_one_tree),
	        cmocka_unit_test(a_tree_across_nodes_is_chosen_for_what_it_is_good_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

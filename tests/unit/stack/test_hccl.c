/*
 * What HCCL sees, believes, takes and adds; checked by hand on CloudMatrix, whose servers have 16 dies, and
 * on H100 nodes of 8.
 */

#include "unit/plan/stopwatch.h"

#include "stack/hccl.h"

static struct fs_system *load(const char *name, const char *stack)
{
	struct fs_system *system;
	struct fs_error error;
	if (fs_system_load(name, stack, NULL, 0, &system, &error))
		fail_msg("%s", error.text);
	return system;
}

static void servers_are_the_largest_scale_up_groups_that_are_no_larger(void **state)
{
	(void)state;
	static const struct {
		const char *system;
		uint32_t size, stride, server;
	} rows[] = {
	        {"cloudmatrix-384", 8, 1, 8},    {"cloudmatrix-384", 32, 1, 16},
	        {"cloudmatrix-384", 96, 8, 2}, /* every eighth die: two to a server */
	        {"cloudmatrix-384", 48, 16, 1},  {"cloudmatrix-384", 12, 64, 1},
	        {"dgx-h100-superpod", 64, 1, 8}, {"nvl72-gb200", 72, 1, 72}, /* a rack is one */
	        {"atlas-950", 128, 1, 64},       {"tpu-v4-pod", 64, 1, 1},   /* a torus is none */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_system *system = load(rows[i].system, "cann");
		assert_int_equal(fs_hccl_server(system, rows[i].size, rows[i].stride), rows[i].server);
		assert_int_equal(fs_library_server(system, rows[i].size, rows[i].stride), rows[i].server);
		fs_system_destroy(system);
	}
}

/* alpha 60 us a round and 12 GB/s, of 12 MB: 1 ms for the bytes alone. */
static void beliefs_are_rounds_and_bytes(void **state)
{
	(void)state;
	static const struct {
		const char *algorithm;
		enum fs_collective collective;
		uint32_t p;
		double us;
	} rows[] = {
	        {"ring", FS_ALLGATHER, 4, 3 * 60 + 750},
	        {"nhr", FS_ALLGATHER, 4, 2 * 60 + 750},
	        {"ring", FS_ALLREDUCE, 5, 8 * 60 + 1600},
	        {"nhr", FS_ALLREDUCE, 5, 6 * 60 + 1600},
	        {"halving_doubling", FS_ALLREDUCE, 4, 4 * 60 + 1500},
	        {"halving_doubling", FS_ALLREDUCE, 5, 6 * 60 + 1500 + 2000}, /* folds to 4 */
	};
	struct fs_hccl hccl = {.step_us.value = 60, .net_GBps.value = 12};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		double us = 1e6 *
		            fs_hccl_believed_s(&hccl, rows[i].algorithm, rows[i].collective, rows[i].p, 12e6);
		if (fabs(us - rows[i].us) > 1e-6)
			fail_msg("row %d: %g us", (int)i, us);
	}
}

static const double KiB = 1024, MiB = 1024 * 1024;

static void the_rule_and_the_cliffs(void **state)
{
	(void)state;
	const struct {
		const char *system;
		enum fs_collective collective;
		uint32_t size, stride;
		double part; /* of one rank */
		const char *algorithm, *protocol;
	} rows[] = {
	        /* one server: a mesh; vector cores up to 512 KiB, 1 MiB where something is added up */
	        {"cloudmatrix-384", FS_ALLGATHER, 8, 1, 512 * KiB, "mesh", "AIV"},
	        {"cloudmatrix-384", FS_ALLGATHER, 8, 1, 513 * KiB, "mesh", "SDMA"},
	        {"cloudmatrix-384", FS_REDUCE_SCATTER, 16, 1, MiB, "mesh", "AIV"},
	        {"cloudmatrix-384", FS_ALLREDUCE, 16, 1, MiB, "mesh", "AIV"},
	        {"cloudmatrix-384", FS_ALLREDUCE, 16, 1, 2 * MiB, "mesh", "SDMA"},
	        /* two and three servers: 2 and 4 rounds of a ring, as many of NHR; the ring comes first */
	        {"cloudmatrix-384", FS_ALLGATHER, 32, 1, 32 * KiB, "mesh_ring", "AIV"},
	        {"cloudmatrix-384", FS_ALLGATHER, 32, 1, 33 * KiB, "mesh_ring", "SDMA"},
	        {"cloudmatrix-384", FS_ALLREDUCE, 32, 1, 190 * KiB, "mesh_ring", "AIV"},
	        {"cloudmatrix-384", FS_ALLREDUCE, 32, 1, 191 * KiB, "mesh_ring", "SDMA"},
	        /* three servers are no power of two: never vector cores */
	        {"cloudmatrix-384", FS_ALLREDUCE, 48, 1, 64, "mesh_ring", "SDMA"},
	        {"cloudmatrix-384", FS_ALLREDUCE, 64, 1, MiB, "mesh_nhr", "SDMA"},
	        /* one die of each of 4 servers: no mesh */
	        {"cloudmatrix-384", FS_ALLREDUCE, 4, 16, MiB, "nhr", "SDMA"},
	        /* over RoCE: by network cards; between supernodes an allreduce has three levels */
	        {"cloudmatrix-384", FS_ALLREDUCE, 1536, 1, 64, "hierarchical", "RDMA"},
	        {"cloudmatrix-384", FS_ALLGATHER, 1536, 1, 64, "mesh_nhr", "RDMA"},
	        {"cloudmatrix-384", FS_ALLTOALL, 32, 1, MiB, "direct", "AIV"},
	        {"cloudmatrix-384", FS_ALLTOALL, 1536, 1, MiB, "pairwise", "RDMA"},
	        /* a rack is a mesh of 8 by 8 */
	        {"atlas-950", FS_ALLREDUCE, 64, 1, 4 * MiB, "hierarchical", "SDMA"},
	        {"atlas-950", FS_ALLREDUCE, 8192, 1, 4 * MiB, "hierarchical", "SDMA"},
	        {"atlas-950", FS_ALLGATHER, 8192, 1, 4 * MiB, "mesh_nhr", "SDMA"},
	        {"dgx-h100-superpod", FS_ALLREDUCE, 8, 1, 64, "mesh", "AIV"},
	        {"dgx-h100-superpod", FS_ALLREDUCE, 16, 1, 64, "mesh_ring", "RDMA"},
	        {"dgx-h100-superpod", FS_ALLREDUCE, 32, 1, 64, "mesh_nhr", "RDMA"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_system *system = load(rows[i].system, "cann");
		struct fs_call call = fs_library_call(system, rows[i].collective, rows[i].size,
		                                      rows[i].stride, rows[i].part * rows[i].size);
		struct fs_choice choice[FS_MAX_CHOICES];
		assert_true(fs_library_choices(system, &call, choice) >= 1);
		if (strcmp(choice[0].algorithm, rows[i].algorithm) != 0 ||
		    strcmp(choice[0].transport.protocol, rows[i].protocol) != 0)
			fail_msg("row %d: %s over %s", (int)i, choice[0].algorithm,
			         choice[0].transport.protocol);
		fs_system_destroy(system);
	}
}

static void it_knows_no_torus(void **state)
{
	(void)state;
	struct fs_system *system = load("tpu-v4-pod", "cann");
	struct fs_call call = fs_library_call(system, FS_ALLREDUCE, 64, 1, 1e6);
	struct fs_choice choice[FS_MAX_CHOICES];
	assert_int_equal(fs_library_choices(system, &call, choice), 0);
	fs_system_destroy(system);
}

/* Round numbers in place of the fitted ones. */
static void set_numbers(struct fs_hccl *hccl)
{
	hccl->kernel_us.value = 3;
	hccl->flag_us.value = 0.5;
	hccl->copy_GBps.value = 100;
	hccl->half_peers.value = 3;
	hccl->dispatch_us.value = 100;
	hccl->engine_GBps.value = 100;
	hccl->reduce_efficiency.value = 0.8;
}

static void what_it_adds(void **state)
{
	(void)state;
	static const struct {
		enum fs_collective collective;
		uint32_t size;
		double part, base_us, rate;
	} rows[] = {
	        /* vector cores: 3 us and 0.5 us for each of 3 peers; 3 of 3 + 3 peers' 100 GB/s, on links
	         * of 200 GB/s */
	        {FS_ALLGATHER, 4, 1e3, 4.5, 0.25},
	        {FS_ALLREDUCE, 4, 1e3, 6, 0.25},
	        /* copy engines, 3 x 60 MB at 200 GB/s take 900 us: nothing is left of the dispatch */
	        {FS_ALLGATHER, 4, 60e6, 3, 1},
	        {FS_REDUCE_SCATTER, 4, 60e6, 3, 0.8},
	        {FS_ALLREDUCE, 4, 60e6, 3, 2 / (1 + 1.25)},
	        /* 3 x 4 MB take 60 us, half of which hide dispatch: 100 - 30 are left */
	        {FS_ALLGATHER, 4, 4e6, 73, 1},
	        /* one peer: one engine's 100 GB/s; 4 MB take 40 us */
	        {FS_ALLGATHER, 2, 4e6, 83, 0.5},
	        /* two servers: two levels wait for each other, unless the inner one is copied */
	        {FS_ALLGATHER, 32, 60e6, 203, 1},
	        {FS_ALLGATHER, 32, 100e3, 103, 1},
	        {FS_ALLREDUCE, 32, 60e6, 403, 2 / (1 + 1.25)},
	};
	struct fs_system *system = load("cloudmatrix-384", NULL);
	set_numbers(&system->stack.hccl);
	for (int k = 0; k < 3; k++) {
		system->tier[k].bandwidth_GBps.value = 200;
		system->tier[k].efficiency.value = 1;
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_call call = fs_library_call(system, rows[i].collective, rows[i].size, 1,
		                                      rows[i].part * rows[i].size);
		struct fs_hccl_view view = fs_hccl_view(system, &call);
		struct fs_transport transport = fs_hccl_transport(system, &call, &view);
		if (fabs(transport.base_s * 1e6 - rows[i].base_us) > 1e-6 ||
		    fabs(transport.rate - rows[i].rate) > 1e-9)
			fail_msg("row %d: %g us, rate %g", (int)i, transport.base_s * 1e6, transport.rate);
	}
	fs_system_destroy(system);
}

/* The engine's time of a mesh is what the library adds, one latency, and the messages one after the other. */
static void a_mesh_takes_what_its_parts_take(void **state)
{
	(void)state;
	struct fs_system *system = load("cloudmatrix-384", NULL);
	struct fs_hccl *hccl = &system->stack.hccl;
	set_numbers(hccl);
	for (int k = 0; k < 3; k++) {
		system->tier[k].bandwidth_GBps.value = 200;
		system->tier[k].efficiency.value = 1;
		system->tier[k].latency_us.value = 1;
	}
	struct fs_program *program = collective_program(system, FS_ALLGATHER, 4, 4 * 4e6, NULL);
	assert_string_equal(program->op[0].schedule->algorithm, "mesh");
	assert_true(fabs(step_s(system, program) * 1e6 - (73 + 1 + 60)) < 1e-6);
	fs_program_destroy(program);
	fs_system_destroy(system);
}

/* Software and hardware are separate: any pair works, for all collectives, never below the bound, and what
 * is sent takes longer the more it is, but for the small gaps at a change of protocol. */
static void any_stack_runs_on_any_hardware(void **state)
{
	(void)state;
	static const char *const stacks[] = {"nccl", "cann", "xla"};
	static const uint32_t chips[] = {2, 8, 24, 72, 768};
	for (int s = 0; s < SHIPPED_SYSTEMS; s++)
		for (int k = 0; k < 3; k++) {
			struct fs_system *system = load(shipped_systems[s], stacks[k]);
			for (int c = 0; c < FS_COLLECTIVES; c++)
				for (size_t i = 0; i < sizeof chips / sizeof *chips; i++) {
					struct fs_system placed = fs_system_place(system, chips[i]);
					double small = 0;
					for (double bytes = 1024; bytes < 2e9; bytes *= 1 << 20) {
						struct fs_program *program =
						        collective_program(&placed, (enum fs_collective)c,
						                           chips[i], bytes, NULL);
						double seconds = step_s(&placed, program);
						double bound = fs_cost_bound_s(&placed,
						                               (struct fs_group){chips[i], 1},
						                               (enum fs_collective)c, bytes);
						assert_true(seconds >= bound * (1 - 1e-9));
						assert_true(seconds > small);
						small = seconds;
						fs_program_destroy(program);
					}
				}
			fs_system_destroy(system);
		}
}

/* What software costs on the same links: small allreduces in a node and a large one across nodes, both stacks
 * within an order of magnitude of each other and not alike. */
static void stacks_differ_on_the_same_hardware(void **state)
{
	(void)state;
	static const char *const systems[] = {"cloudmatrix-384", "dgx-h100-superpod"};
	static const double sizes[] = {1024, 1 << 30};
	for (int s = 0; s < 2; s++)
		for (int i = 0; i < 2; i++) {
			double seconds[2];
			for (int k = 0; k < 2; k++) {
				struct fs_system *system = load(systems[s], k ? "cann" : "nccl");
				struct fs_program *program =
				        collective_program(system, FS_ALLREDUCE, i ? 64 : 8, sizes[i], NULL);
				seconds[k] = step_s(system, program);
				fs_program_destroy(program);
				fs_system_destroy(system);
			}
			double ratio = seconds[1] / seconds[0];
			if (ratio < 0.1 || ratio > 10 || fabs(ratio - 1) < 1e-6)
				fail_msg("%s, %g bytes: cann %g us, nccl %g us", systems[s], sizes[i],
				         seconds[1] * 1e6, seconds[0] * 1e6);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(servers_are_the_largest_scale_up_groups_that_are_no_larger),
	        cmocka_unit_test(beliefs_are_rounds_and_bytes),
	        cmocka_unit_test(the_rule_and_the_cliffs),
	        cmocka_unit_test(it_knows_no_torus),
	        cmocka_unit_test(what_it_adds),
	        cmocka_unit_test(a_mesh_takes_what_its_parts_take),
	        cmocka_unit_test(any_stack_runs_on_any_hardware),
	        cmocka_unit_test(stacks_differ_on_the_same_hardware),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

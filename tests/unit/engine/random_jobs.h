#ifndef FARSCALE_TESTS_RANDOM_JOBS_H
#define FARSCALE_TESTS_RANDOM_JOBS_H

/* Jobs of few chips on networks of all kinds, drawn at random but always the same. */

#include "unit/plan/stopwatch.h"

#include "base/random.h"
#include "plan/build.h"

#include <stdio.h>

/* Networks of few ports. */
struct net {
	const char *what;
	double ports, over;
	struct fs_fabric fabric;
	bool adaptive_clos;
};

static const struct net nets[] = {
        {"switch", 12, 1, {.kind = "switch"}},
        {"switch, oversubscribed", 12, 3, {.kind = "switch"}},
        {"switch, shared ports", 12, 1, {.kind = "switch", .chips_per_port = {.value = 2}}},
        {"full Clos", 16, 1, {.kind = "clos", .radix = {.value = 8}}, true},
        {"3:1 Clos", 24, 3, {.kind = "clos", .radix = {.value = 8}}, true},
        {"3:1 Clos of leaves that are not full", 20, 3, {.kind = "clos", .radix = {.value = 8}}, true},
        {"3-level Clos",
         32,
         1,
         {.kind = "clos",
          .radix = {.value = 8},
          .levels = {.value = 3},
          .upper_oversubscription = {3},
          .upper_oversubscriptions = 1},
         true},
        {"Clos on rails", 24, 3, {.kind = "clos", .radix = {.value = 8}, .rails = {.value = 2}}, true},
        {"Clos in planes", 24, 3, {.kind = "clos", .radix = {.value = 8}, .planes = {.value = 2}}, true},
        {"Clos, shared ports",
         24,
         3,
         {.kind = "clos", .radix = {.value = 8}, .chips_per_port = {.value = 2}},
         true},
        {"Clos, ecmp",
         24,
         1,
         {.kind = "clos", .radix = {.value = 8}, .routing = "ecmp", .ecmp_seed = {.value = 3}}},
        {"Clos in planes, ecmp",
         16,
         1,
         {.kind = "clos", .radix = {.value = 8}, .planes = {.value = 2}, .routing = "ecmp"}},
        {"ring", 9, 1, {.kind = "ring", .dimensions = 1, .dimension = {9}}},
        {"torus", 24, 1, {.kind = "torus", .dimensions = 3, .dimension = {2, 3, 4}}},
        {"torus, adaptive",
         24,
         1,
         {.kind = "torus", .dimensions = 2, .dimension = {4, 6}, .routing = "adaptive"}},
        {"full mesh", 16, 1, {.kind = "full_mesh", .dimensions = 2, .dimension = {4, 4}}},
        {"full mesh, adaptive",
         18,
         1,
         {.kind = "full_mesh", .dimensions = 3, .dimension = {3, 2, 3}, .routing = "adaptive"}},
        {"dragonfly",
         18,
         1,
         {.kind = "dragonfly",
          .router_ports = {.value = 2},
          .group_routers = {.value = 3},
          .global_links = {.value = 1}}},
        {"dragonfly, ecmp",
         18,
         1,
         {.kind = "dragonfly",
          .router_ports = {.value = 2},
          .group_routers = {.value = 3},
          .global_links = {.value = 2},
          .routing = "ecmp"}},
};

enum { NETS = sizeof nets / sizeof *nets };

static inline uint64_t below(uint64_t *random, uint64_t bound)
{
	return (*random = fs_mix64(*random + 1)) % bound;
}

/* Between, evenly in the logarithm. */
static inline double between(uint64_t *random, double low, double high)
{
	return low * pow(high / low, (double)below(random, 1000) / 1000);
}

static inline struct fs_tier tier(uint64_t *random, const char *name, double group)
{
	struct fs_tier made = {.group = {.value = group},
	                       .bandwidth_GBps = {.value = between(random, 10, 500)},
	                       .efficiency = {.value = 0.9},
	                       .latency_us = {.value = between(random, 0.1, 10)},
	                       .oversubscription = {.value = 1},
	                       .reduction = {.value = 0.6}};
	snprintf(made.name, sizeof made.name, "%s", name);
	snprintf(made.kind, sizeof made.kind, "scale_out");
	return made;
}

/* Nodes of one to four chips on the network. */
static inline struct fs_system machine_on(const struct net *net, uint64_t *random)
{
	struct fs_system system = {.name = "random"};
	double node = (double)(1 << below(random, 3));
	if ((uint64_t)net->ports % (uint64_t)node)
		node = 1;
	if (node > 1) {
		system.tier[system.tiers++] = tier(random, "node", node);
		if (below(random, 2)) {
			struct fs_fabric *fabric = &system.tier[0].fabric;
			snprintf(fabric->kind, sizeof fabric->kind, "full_mesh");
			fabric->dimensions = 1;
			fabric->dimension[0] = node;
		}
	}
	struct fs_tier *outer = &system.tier[system.tiers++];
	*outer = tier(random, "net", net->ports * fmax(1, net->fabric.chips_per_port.value));
	outer->oversubscription.value = net->over;
	if (system.tiers > 1) { /* as everywhere: what is further is neither sooner nor wider */
		const struct fs_tier *inner = &system.tier[0];
		outer->latency_us.value += inner->latency_us.value;
		outer->bandwidth_GBps.value = fmin(outer->bandwidth_GBps.value, inner->bandwidth_GBps.value);
	}
	outer->fabric = net->fabric;
	outer->fabric.hop_us.value = below(random, 2) ? 0.3 : 0;
	return system;
}

/* What is drawn: a job, and a collective of groups of it. */
struct job {
	struct fs_system machine;
	uint64_t chips;
	struct fs_group group;
	const struct fs_algorithm *algorithm;
	double bytes;
};

static inline uint64_t divisor(uint64_t *random, uint64_t of)
{
	uint64_t at = 1 + below(random, of);
	while (of % at)
		at--;
	return at;
}

static inline struct job draw_job(const struct net *net, const struct fs_algorithm *algorithm,
                                  uint64_t *random)
{
	struct job job = {.machine = machine_on(net, random), .algorithm = algorithm};
	uint64_t room = (uint64_t)job.machine.tier[job.machine.tiers - 1].group.value;
	uint64_t node = job.machine.tiers > 1 ? (uint64_t)job.machine.tier[0].group.value : 1;
	job.chips = below(random, 2) ? room : node * (1 + below(random, room / node));
	job.chips = job.chips < 2 ? room : job.chips;
	uint64_t stride = below(random, 2) ? 1 : divisor(random, job.chips), size = job.chips / stride;
	if (below(random, 3) == 0)
		size = divisor(random, size);
	job.group = (struct fs_group){(uint32_t)size, (uint32_t)stride};
	job.bytes = between(random, 8, 1e9);
	return job;
}

/* The collective on the virtual clock; a negative number where the algorithm does not suit the groups. */
static inline double run(const struct job *job, const struct fs_system *machine, double *bound_s)
{
	struct fs_system placed = fs_system_place(machine, job->chips);
	struct fs_program *program = fs_build_start(job->chips);
	struct fs_error error;
	double seconds = -1;
	if (fs_build_networks(program, &placed, &error))
		fail_msg("%s", error.text);
	if (fs_build_collective(program, &placed, "random", FS_STREAM_DATA, job->algorithm->collective,
	                        job->group, job->bytes, job->algorithm->name, (struct fs_buffer){0},
	                        &error) == 0) {
		program->op[0].launch_s = 0;
		fs_build_wait(program, FS_STREAM_DATA);
		seconds = step_s(&placed, program);
		*bound_s = fs_cost_bound_s(&placed, job->group, job->algorithm->collective, job->bytes);
	}
	fs_program_destroy(program);
	return seconds;
}

static inline struct fs_system twice_as_wide(const struct fs_system *machine)
{
	struct fs_system wider = *machine;
	for (int k = 0; k < wider.tiers; k++)
		wider.tier[k].bandwidth_GBps.value *= 2;
	return wider;
}

static inline void tell(const struct job *job, const struct net *net, const char *what, double a, double b)
{
	fail_msg("%s: %s %s of %g bytes, %d chips in groups of %d, stride %d: %.17g s, and %.17g s", what,
	         net->what, job->algorithm->name, job->bytes, (int)job->chips, (int)job->group.size,
	         (int)job->group.stride, a, b);
}

#endif

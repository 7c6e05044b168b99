/*
 * HCCL's choice. In a server, level 0: a mesh, always. Between servers, level 1: ring, NHR or recursive
 * halving and doubling (H-D_R), whichever its cost model says: alpha + n beta with one alpha for all rounds
 * on all networks, 60 us, ring before NHR before H-D_R where they tie. As NHR has no more rounds than the
 * others and no more bytes, that is the ring up to 3 servers and NHR beyond. github.com/yzh1703456/cann-hccl
 * at 9aeddc05 (code) and Huawei's HCCL documentation; the choice of Ascend 950, NHR alone, takes as long: up
 * to 3 servers both have the same rounds.
 */

#include "stack/hccl.h"

#include "stack/rules.h"

#include <math.h>
#include <string.h>

/* Can its members all send to each other at once without going through each other? */
static bool joins_all(const struct fs_tier *tier)
{
	return strcmp(tier->fabric.kind, "torus") != 0 && strcmp(tier->fabric.kind, "ring") != 0;
}

/* The tier whose groups are servers, -1: none. Where the innermost joins more than a server has (a rack of
 * Atlas 950, a 2D mesh), it is one all the same. */
static int server_tier(const struct fs_system *system)
{
	int found = -1;
	for (int k = 0; k < system->tiers && strcmp(system->tier[k].kind, "scale_up") == 0; k++) {
		const struct fs_tier *tier = &system->tier[k];
		if (tier->group.value <= system->stack.hccl.server_chips.value || k == 0)
			found = joins_all(tier) ? k : found;
	}
	return found;
}

uint32_t fs_hccl_server(const struct fs_system *system, uint32_t size, uint32_t stride)
{
	int tier = server_tier(system);
	uint64_t members = tier < 0 ? 1 : (uint64_t)system->tier[tier].group.value / stride;
	if (members < 1)
		return 1;
	return members < size ? (uint32_t)members : size;
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

struct fs_hccl_view fs_hccl_view(const struct fs_system *system, const struct fs_call *call)
{
	/* As the schedules cut it (schedule/mesh.c). */
	uint32_t server = common_divisor(call->ranks, fs_hccl_server(system, call->ranks, call->stride));
	uint64_t extent = server > 1 ? (uint64_t)server * call->stride : (uint64_t)call->ranks * call->stride;
	int tier = fs_system_tier_between(system, 0, extent - 1);
	return (struct fs_hccl_view){
	        .server = server,
	        .servers = call->ranks / server,
	        .near = call->nodes == 1,
	        .server_Bps = 1 / fs_tier_beta_s(&system->tier[tier]),
	        .part_bytes = call->bytes / call->ranks,
	};
}

static double log2_up(uint32_t p)
{
	return ceil(log2(p));
}

double fs_hccl_believed_s(const struct fs_hccl *hccl, const char *algorithm, enum fs_collective collective,
                          uint32_t p, double bytes)
{
	double beta = 1 / (hccl->net_GBps.value * 1e9), phases = collective == FS_ALLREDUCE ? 2 : 1;
	double rounds = phases * log2_up(p), volume = phases * (p - 1) / p;
	if (strcmp(algorithm, "ring") == 0)
		rounds = phases * (p - 1);
	if (strcmp(algorithm, "halving_doubling") == 0 && (p & (p - 1)) != 0) {
		double power = exp2(floor(log2(p)));
		rounds = phases * floor(log2(p)) + 2;
		volume = phases * (power - 1) / power + 2;
	}
	return rounds * hccl->step_us.value * 1e-6 + volume * bytes * beta;
}

/* What goes between servers, in the order in which HCCL takes them where they tie. */
static const struct {
	const char *between, *in_servers, *alone;
} known[] = {
        {"ring", "mesh_ring", "ring"},
        {"nhr", "mesh_nhr", "nhr"},
        {"halving_doubling", NULL, "halving_doubling"},
};

static int of_servers(const struct fs_system *system, const struct fs_call *call,
                      const struct fs_hccl_view *view, struct fs_choice choice[])
{
	int count = 0;
	double bytes = call->bytes / view->server;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const char *algorithm = view->server > 1 ? known[i].in_servers : known[i].alone;
		bool is_there = algorithm && (call->collective == FS_ALLREDUCE || i < 2);
		if (is_there)
			choice[count++] = (struct fs_choice){
			        .algorithm = algorithm,
			        .believed_s = fs_hccl_believed_s(&system->stack.hccl, known[i].between,
			                                         call->collective, view->servers, bytes)};
	}
	return count;
}

/* Supernodes of several servers: level 2, so that a rank sends no more between supernodes than its part of
 * what they hold; and a rack that is a mesh of lines, not of all pairs, has a level for each of its
 * dimensions. Such levels are those of `hierarchical`, which only an allreduce has. */
static bool has_more_levels(const struct fs_system *system, const struct fs_call *call,
                            const struct fs_hccl_view *view)
{
	int tier = server_tier(system);
	bool lines = tier >= 0 && view->server > 1 && system->tier[tier].fabric.dimensions > 1;
	bool supernodes = call->nodes > 1 && call->nodes < view->servers;
	return call->collective == FS_ALLREDUCE && (lines || supernodes);
}

int fs_hccl_choices(const struct fs_system *system, const struct fs_call *call,
                    struct fs_choice choice[FS_MAX_CHOICES])
{
	struct fs_hccl_view view = fs_hccl_view(system, call);
	int count = 0;
	if (call->inside_Bps > 0 && !joins_all(&system->tier[call->inside]))
		return 0; /* it knows no torus */
	switch (call->collective) {
	case FS_ALLREDUCE:
	case FS_ALLGATHER:
	case FS_REDUCE_SCATTER:
		if (has_more_levels(system, call, &view))
			choice[count++] = (struct fs_choice){.algorithm = "hierarchical"};
		else if (view.servers == 1)
			choice[count++] = (struct fs_choice){.algorithm = "mesh"};
		else
			count = of_servers(system, call, &view, choice);
		break;
	case FS_ALLTOALL:
		choice[count++] = (struct fs_choice){.algorithm = view.near ? "direct" : "pairwise"};
		break;
	case FS_SENDRECV:
		choice[count++] = (struct fs_choice){.algorithm = "direct"};
		break;
	default: /* broadcast: no rule of it was read */
		break;
	}
	for (int i = 0; i < count; i++)
		choice[i].transport = fs_hccl_transport(system, call, &view);
	return count;
}

void fs_hccl_default(const struct fs_system *system, const struct fs_call *call,
                     struct fs_transport *transport)
{
	struct fs_hccl_view view = fs_hccl_view(system, call);
	*transport = fs_hccl_transport(system, call, &view);
}

/*
 * What no schedule can beat.
 */

#include "cost/cost.h"
#include "topology/placement.h"

#include <math.h>
#include <string.h>

/* Bytes that a part of `members` out of n must receive or send through its ports, whichever is more, divided
 * by `bytes`. Where switches outside the part reduce, an allreduce may cost it no more than its own sums out
 * and everybody's in. */
static double forced_traffic(enum fs_collective collective, double n, double members, bool reduced)
{
	double parts = n / members;
	switch (collective) {
	case FS_ALLREDUCE:
		return fmin(2 * (parts - 1) / parts, reduced ? 1 : INFINITY);
	case FS_ALLGATHER:
	case FS_REDUCE_SCATTER:
		return (parts - 1) / parts;
	case FS_ALLTOALL:
		return members * (parts - 1) / parts;
	case FS_BROADCAST:
	case FS_SENDRECV:
	default:
		return 1;
	}
}

/* The least time per byte that a port of the tier takes, however it is used. */
static double fastest_beta_s(const struct fs_tier *tier)
{
	double beta = fs_tier_beta_s(tier);
	return fs_tier_reduces(tier) ? fmin(beta, fs_tier_reduction_beta_s(tier)) : beta;
}

/* The same of all ports of tier `out` that `members` in a group of tier k have: at most one each. */
static double fastest_of_part_s(const struct fs_system *system, int out, int k, double members)
{
	return fastest_beta_s(&system->tier[out]) / fmin(members, fs_placed_ports(system, out, k));
}

/* The same over all tiers from k to the outermost. Where a library has several levels of a hierarchy at work
 * at once, a chip sends by its port inside the node and by that between nodes at the same time; else by one.
 */
static double fastest_way_s(const struct fs_system *system, int k, int outermost, double members)
{
	double inside_Bps = 0, between_Bps = 0;
	for (int out = k; out <= outermost; out++) {
		double Bps = 1 / fastest_of_part_s(system, out, k - 1, members);
		if (strcmp(system->tier[out].kind, "scale_up") == 0)
			inside_Bps = fmax(inside_Bps, Bps);
		else
			between_Bps = fmax(between_Bps, Bps);
	}
	bool both = system->stack.has_nccl && system->stack.nccl.chunk_bytes.value > 0;
	return 1 / (both ? inside_Bps + between_Bps : fmax(inside_Bps, between_Bps));
}

/* The members that share one group of a tier. */
static double members_inside(const struct fs_tier *tier, struct fs_group group)
{
	double members = floor(tier->group.value / group.stride);
	return members < 1 ? 1 : members;
}

double fs_cost_bound_s(const struct fs_system *system, struct fs_group group, enum fs_collective collective,
                       double bytes)
{
	if (group.size < 2)
		return 0;
	uint64_t last = (uint64_t)(group.size - 1) * group.stride;
	int outermost = fs_system_tier_between(system, 0, last);
	double bound = 0;
	bool reduced = false;
	/* A part holds `inside` members; to leave it, a message takes tier k or one further out. */
	for (int k = outermost; k >= 0; k--) {
		reduced |= fs_tier_reduces(&system->tier[k]);
		double inside = k ? members_inside(&system->tier[k - 1], group) : 1;
		if (inside >= group.size)
			continue;
		double traffic = forced_traffic(collective, group.size, inside, reduced);
		bound = fmax(bound, traffic * bytes * fastest_way_s(system, k, outermost, inside));
	}
	bool reaches_all = collective != FS_SENDRECV;
	int tier = reaches_all ? outermost : fs_system_tier_between(system, 0, group.stride);
	return fmax(bound, fs_tier_alpha_s(&system->tier[tier]));
}

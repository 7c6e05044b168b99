#include "stack/library.h"

#include "stack/hccl.h"
#include "stack/rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct library {
	fs_library_rule *choices;
	fs_library_carrier *carrier;
};

static const struct library nccl = {fs_nccl_choices, fs_nccl_default};
static const struct library hccl = {fs_hccl_choices, fs_hccl_default};

/* The stack's, or NULL. */
static const struct library *library_of(const struct fs_stack *stack)
{
	if (stack->has_nccl)
		return &nccl;
	return stack->hccl.server_chips.value > 0 ? &hccl : NULL;
}

/* The outermost tier of a node, -1 if every chip is one. */
static int node_tier(const struct fs_system *system)
{
	int node = -1;
	for (int k = 0; k < system->tiers; k++)
		if (strcmp(system->tier[k].kind, "scale_up") == 0)
			node = k;
	return node;
}

static uint32_t ranks_of_node(const struct fs_system *system, int node, uint32_t size, uint32_t stride)
{
	uint64_t chips = node < 0 ? 1 : (uint64_t)system->tier[node].group.value;
	uint64_t ranks = chips / stride;
	if (ranks < 1)
		ranks = 1;
	return ranks < size ? (uint32_t)ranks : size;
}

/* The slowest tier from `first` to `last` decides, and says what its data sheet has. */
static double slowest_Bps(const struct fs_system *system, int first, int last, double *nominal_Bps)
{
	double Bps = INFINITY;
	for (int k = first; k <= last; k++) {
		double tiers_Bps = 1 / fs_tier_beta_s(&system->tier[k]);
		if (tiers_Bps < Bps)
			*nominal_Bps = tiers_Bps / system->tier[k].efficiency.value;
		Bps = fmin(Bps, tiers_Bps);
	}
	return Bps;
}

struct fs_call fs_library_call(const struct fs_system *system, enum fs_collective collective, uint32_t size,
                               uint32_t stride, double bytes)
{
	int node = node_tier(system);
	uint32_t inside = ranks_of_node(system, node, size, stride);
	struct fs_call call = {
	        .collective = collective,
	        .bytes = bytes,
	        .ranks = size,
	        .stride = stride,
	        .nodes = (size + inside - 1) / inside,
	        .inside = fs_system_tier_between(system, 0, (uint64_t)(inside - 1) * stride),
	        .between = fs_system_tier_between(system, 0, (uint64_t)(size - 1) * stride),
	};
	if (inside > 1) {
		call.inside_Bps = slowest_Bps(system, call.inside, call.inside, &call.nominal_inside_Bps);
		call.reduces = fs_tier_reduces(&system->tier[call.inside]);
	}
	if (call.nodes > 1) {
		call.between_Bps =
		        inside * slowest_Bps(system, node + 1, call.between, &call.nominal_between_Bps);
		call.nominal_between_Bps *= inside;
		call.reduces_between = fs_tier_reduces(&system->tier[call.between]);
	}
	return call;
}

uint32_t fs_library_server(const struct fs_system *system, uint32_t size, uint32_t stride)
{
	return library_of(&system->stack) == &hccl ? fs_hccl_server(system, size, stride) : 0;
}

/* Ties: as the rule named them, which the sort below keeps. */
static void order(struct fs_choice *choice, int count)
{
	for (int i = 1; i < count; i++) {
		struct fs_choice moved = choice[i];
		int at = i;
		for (; at > 0 && choice[at - 1].believed_s > moved.believed_s; at--)
			choice[at] = choice[at - 1];
		choice[at] = moved;
	}
}

int fs_library_choices(const struct fs_system *system, const struct fs_call *call,
                       struct fs_choice choice[FS_MAX_CHOICES])
{
	const struct library *library = library_of(&system->stack);
	int count = library && call->ranks > 1 ? library->choices(system, call, choice) : 0;
	order(choice, count);
	return count;
}

bool fs_library_default(const struct fs_system *system, const struct fs_call *call,
                        struct fs_transport *transport)
{
	const struct library *library = library_of(&system->stack);
	if (!library || call->ranks < 2)
		return false;
	library->carrier(system, call, transport);
	return true;
}

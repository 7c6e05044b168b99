/*
 * NCCL's choice among its algorithms and protocols, by its own tuning model (NVIDIA NCCL 2.30.7,
 * src/graph/tuning.cc): for each of them a latency and an algorithm bandwidth, time = latency + bytes /
 * bandwidth, and the least wins. It knows nothing of the network's real latencies; its constants stand in the
 * stack's file. What the choice then takes is told by its transport: nccl_transport.c.
 */

#include "stack/nccl.h"

#include "stack/rules.h"

#include <math.h>

/* Columns of what depends on the number of nodes. */
static int column(const struct fs_call *call)
{
	return call->nodes < 3 ? (int)call->nodes - 1 : 2;
}

static double per_node(const struct fs_call *call)
{
	return (double)call->ranks / call->nodes;
}

/* GB/s believed of a ring, or tree, through all members: that of the slower of the node and its way out. */
static double links_GBps(const struct fs_stack *stack, const struct fs_call *call)
{
	double slowest = INFINITY;
	if (call->inside_Bps > 0)
		slowest = call->nominal_inside_Bps * stack->nccl_chip.link_rate.value;
	if (call->between_Bps > 0)
		slowest = fmin(slowest, call->nominal_between_Bps);
	return slowest * 1e-9;
}

static double ring_steps(const struct fs_call *call)
{
	if (call->collective == FS_BROADCAST)
		return call->ranks;
	return (call->collective == FS_ALLREDUCE ? 2.0 : 1.0) * (call->ranks - 1);
}

static double ring_GBps(const struct fs_stack *stack, const struct fs_call *call, int protocol)
{
	const struct fs_nccl_chip *chip = &stack->nccl_chip;
	double GBps = links_GBps(stack, call) * stack->nccl.ring_rate.value[protocol];
	if (protocol == FS_LL)
		GBps = fmin(GBps, chip->LL_max_GBps.value[column(call)]);
	if (protocol == FS_LL128)
		GBps = fmin(GBps, chip->channels.value * chip->ring_LL128_GBps.value[column(call)]);
	return GBps * call->ranks / ring_steps(call);
}

/* Large messages of many ranks: NCCL counts the latency of Simple 1.4 times from 64 bytes a rank and channel
 * on. */
static double patience(const struct fs_stack *stack, const struct fs_call *call, int protocol)
{
	bool large = call->bytes / (stack->nccl_chip.channels.value * call->ranks) >= 64;
	bool slow = call->collective == FS_ALLREDUCE && protocol == FS_SIMPLE && call->nodes > 1;
	return slow && large ? 1.4 : 1;
}

static double ring_us(const struct fs_stack *stack, const struct fs_call *call, int protocol)
{
	const struct fs_nccl *nccl = &stack->nccl;
	double hops = ring_steps(call);
	double between = call->nodes > 1 ? hops / (call->ranks - 1) * (call->nodes - 1) : 0;
	double latency = nccl->ring_base_us.value[protocol] +
	                 (hops - between) * nccl->ring_nvlink_us.value[protocol] +
	                 between * nccl->ring_net_us.value[protocol];
	return latency * patience(stack, call, protocol) +
	       call->bytes / ring_GBps(stack, call, protocol) * 1e-3;
}

enum { TREE_SIZES = 24 };

/* treeCorrectionFactor: what NCCL's trees get of their bandwidth at 64 bytes, 128, ... 512 MiB. */
static const double tree_correction[FS_NCCL_PROTOCOLS][TREE_SIZES] = {
        {1,   1,   1,   1,   0.9, 0.8, 0.7, 0.7, 0.7, 0.7, 0.6, 0.5,
         0.4, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1,   1,   1,   1,   1},
        {1,   1,   1,   1,   1,   0.9, 0.8, 0.8, 0.8, 0.7, 0.6, 0.6,
         0.6, 0.6, 0.6, 0.6, 0.8, 0.9, 0.9, 0.9, 0.9, 1,   1,   1},
        {0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.8, 0.7, 0.6, 0.6, 0.5,
         0.5, 0.5, 0.5, 0.6, 0.7, 0.8, 0.7, 0.7, 0.8, 0.9, 0.9, 0.9},
};

static double corrected(double bytes, int protocol)
{
	double size = floor(log2(fmax(bytes, 64) / 64));
	return size < TREE_SIZES ? tree_correction[protocol][(int)size] : 1;
}

static double tree_us(const struct fs_stack *stack, const struct fs_call *call, int protocol)
{
	const struct fs_nccl *nccl = &stack->nccl;
	const struct fs_nccl_chip *chip = &stack->nccl_chip;
	int nodes = column(call);
	double GBps =
	        fmin(links_GBps(stack, call) * 0.92, chip->channels.value * chip->tree_GBps.value[nodes]);
	GBps *= nccl->tree_rate.value[protocol];
	if (protocol == FS_LL)
		GBps = fmin(GBps, chip->LL_max_GBps.value[nodes]);
	if (protocol == FS_LL128)
		GBps = fmin(GBps, chip->channels.value * chip->tree_LL128_GBps.value[nodes]);
	GBps *= 0.5 * corrected(call->bytes, protocol);
	double latency = nccl->tree_base_us.value[protocol] +
	                 2 * ((per_node(call) - 1) * nccl->tree_nvlink_us.value[protocol] +
	                      log2(call->nodes) * nccl->tree_net_us.value[protocol]);
	return latency + call->bytes / GBps * 1e-3;
}

/* Through the switches of one node. A port passes (1 + 1/n) of the bytes each way. */
static double nvls_GBps(const struct fs_stack *stack, const struct fs_call *call)
{
	double n = per_node(call);
	const struct fs_nccl_chip *chip = &stack->nccl_chip;
	double links_GBps = call->nominal_inside_Bps * 1e-9 * chip->link_rate.value;
	return links_GBps * chip->nvls_efficiency.value * n / (n + 1);
}

/* One node: NVLS. Several: NVLSTree; of two nodes each sends all once, of more, on average, twice. */
static double nvls_us(const struct fs_stack *stack, const struct fs_call *call)
{
	const struct fs_nccl *nccl = &stack->nccl;
	if (call->nodes == 1)
		return nccl->nvls_us.value + call->bytes / nvls_GBps(stack, call) * 1e-3;
	double times = call->nodes == 2 || call->reduces_between ? 1 : 2;
	double GBps = fmin(nvls_GBps(stack, call), call->nominal_between_Bps * 1e-9 / times);
	return nccl->nvls_us.value + 2 * log2(call->nodes) * nccl->nvls_tree_net_us.value +
	       call->bytes / GBps * 1e-3;
}

struct menu {
	const struct fs_system *system;
	const struct fs_call *call;
	struct fs_choice *choice;
	int count;
};

static void add(struct menu *menu, const char *algorithm, struct fs_transport transport, double us)
{
	menu->choice[menu->count++] = (struct fs_choice){algorithm, transport, us * 1e-6};
}

static void add_protocols(struct menu *menu, const char *algorithm,
                          double us(const struct fs_stack *, const struct fs_call *, int protocol))
{
	for (int protocol = 0; protocol < FS_NCCL_PROTOCOLS; protocol++)
		add(menu, algorithm, fs_nccl_transport(menu->system, menu->call, protocol),
		    us(&menu->system->stack, menu->call, protocol));
}

static void add_allreduces(struct menu *menu)
{
	const struct fs_call *call = menu->call;
	bool worth = call->reduces && menu->system->stack.nccl_chip.nvls_efficiency.value > 0 &&
	             per_node(call) > 2;
	add_protocols(menu, "ring", ring_us);
	if (call->nodes > 1)
		add_protocols(menu, "tree", tree_us);
	if (worth)
		add(menu, call->nodes == 1 ? "in_network" : "hierarchical_in_network",
		    fs_nccl_switch_transport(menu->system, call), nvls_us(&menu->system->stack, call));
}

/* Grouped sends and receives have one algorithm; small messages go in LL. */
static void add_peers(struct menu *menu)
{
	const struct fs_call *call = menu->call;
	double parts = call->collective == FS_ALLTOALL ? call->ranks : 1;
	bool small = call->bytes / parts <= menu->system->stack.nccl.peer_LL_bytes.value;
	add(menu, "direct", fs_nccl_peer_transport(menu->system, call, small ? FS_LL : FS_SIMPLE), 0);
}

int fs_nccl_choices(const struct fs_system *system, const struct fs_call *call,
                    struct fs_choice choice[FS_MAX_CHOICES])
{
	struct menu menu = {system, call, choice, 0};
	switch (call->collective) {
	case FS_ALLREDUCE:
		add_allreduces(&menu);
		break;
	case FS_ALLTOALL:
	case FS_SENDRECV:
		add_peers(&menu);
		break;
	case FS_BROADCAST:
		/* NCCL sends chunk after chunk along a ring; the pipeline here that is nearest is a tree's.
		 */
		add_protocols(&menu, "tree", ring_us);
		break;
	case FS_ALLGATHER:
	case FS_REDUCE_SCATTER:
	default:
		add_protocols(&menu, "ring", ring_us);
	}
	return menu.count;
}

void fs_nccl_default(const struct fs_system *system, const struct fs_call *call,
                     struct fs_transport *transport)
{
	*transport = fs_nccl_transport(system, call, FS_SIMPLE);
}

/*
 * What NCCL's protocols add to the network. LL and LL128 write data and flag together: a hop is short, and
 * the flags cost bandwidth. Simple writes data, then a flag after a fence. Besides, a collective's kernel
 * starts and stops once, and what a rank keeps for itself passes its memory alone.
 */

#include "stack/nccl.h"

#include <math.h>
#include <string.h>

static const char *const names[FS_NCCL_PROTOCOLS] = {"LL", "LL128", "Simple"};

static double hop_us(const struct fs_stack *stack, const struct fs_tier *tier, enum fs_nccl_protocol protocol)
{
	if (strcmp(tier->kind, "scale_up") == 0)
		return stack->nccl_chip.hop_us.value[protocol];
	/* Not measured by protocol: what NCCL believes. The tier's latency is that of the fastest. */
	const struct fs_triple *net = &stack->nccl.ring_net_us;
	return net->value[protocol] - net->value[FS_LL];
}

static struct fs_transport common(const struct fs_system *system, enum fs_nccl_protocol protocol)
{
	const struct fs_stack *stack = &system->stack;
	struct fs_transport transport = {
	        .protocol = names[protocol], .base_s = stack->nccl_chip.base_us.value * 1e-6, .rate = 1};
	for (int k = 0; k < system->tiers; k++)
		transport.hop_s[k] = fmax(0, hop_us(stack, &system->tier[k], protocol)) * 1e-6;
	return transport;
}

/* Seconds that a rank's own part of a collective takes: 1/n of all bytes, at a fraction of what a message of
 * that size takes. */
static double own_part_s(const struct fs_system *system, const struct fs_call *call, double rate)
{
	const struct fs_nccl *nccl = &system->stack.nccl;
	double part = 0;
	if (call->collective == FS_ALLREDUCE)
		part = nccl->own_reduction.value;
	if (call->collective == FS_ALLGATHER || call->collective == FS_REDUCE_SCATTER)
		part = nccl->own_copy.value;
	if (call->collective == FS_ALLTOALL)
		part = nccl->own_peer.value;
	int tier = call->inside_Bps > 0 ? call->inside : call->between;
	return part * call->bytes / call->ranks * fs_tier_beta_s(&system->tier[tier]) / rate;
}

static struct fs_transport of_protocol(const struct fs_system *system, enum fs_nccl_protocol protocol)
{
	const struct fs_nccl *nccl = &system->stack.nccl;
	struct fs_transport transport = common(system, protocol);
	transport.rate = nccl->rate.value[protocol];
	transport.base_s += nccl->extra_us.value[protocol] * 1e-6;
	return transport;
}

struct fs_transport fs_nccl_transport(const struct fs_system *system, const struct fs_call *call,
                                      enum fs_nccl_protocol protocol)
{
	struct fs_transport transport = of_protocol(system, protocol);
	transport.base_s += own_part_s(system, call, transport.rate);
	return transport;
}

struct fs_transport fs_nccl_switch_transport(const struct fs_system *system, const struct fs_call *call)
{
	struct fs_transport transport = of_protocol(system, FS_SIMPLE);
	if (call->nodes == 1)
		return transport;
	transport.chunk_bytes = system->stack.nccl.chunk_bytes.value;
	/* Trees pass all bytes up and down, rings 2 (m - 1) / m of them; two nodes exchange. */
	bool tree = call->nodes > 2 && !call->reduces_between;
	transport.between = tree ? call->nodes / (call->nodes - 1.0) : 1;
	return transport;
}

/* All peers' messages are under way at once, each over channels of its own that carry so much at most. */
struct fs_transport fs_nccl_peer_transport(const struct fs_system *system, const struct fs_call *call,
                                           enum fs_nccl_protocol protocol)
{
	const struct fs_nccl *nccl = &system->stack.nccl;
	struct fs_transport transport = common(system, FS_LL);
	double peers = call->collective == FS_ALLTOALL ? call->ranks - 1 : 1;
	double GBps = protocol == FS_LL ? nccl->peer_LL_GBps.value : nccl->peer_GBps.value;
	int tier = call->nodes > 1 ? call->between : call->inside;
	transport.protocol = names[protocol];
	double part = call->collective == FS_ALLTOALL ? system->stack.alltoall_efficiency.value : 1;
	transport.rate = fmin(1, peers * GBps * 1e9 * fs_tier_beta_s(&system->tier[tier]) / part);
	transport.base_s += own_part_s(system, call, 1);
	if (protocol == FS_SIMPLE)
		transport.base_s += nccl->peer_extra_us.value * 1e-6;
	return transport;
}

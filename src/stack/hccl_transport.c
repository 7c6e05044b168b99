/*
 * How HCCL carries a collective, in two ways that differ by a cliff.
 *
 * Small parts are copied by vector cores ("AIV"): one kernel on each chip, which waits for a flag of every
 * peer and reads its memory. The fewer peers, the fewer copies are in flight: p peers give
 * copy * p / (p + half).
 *
 * All else is moved by copy engines (SDMA; RDMA between supernodes), whose tasks a CPU dispatches. Within one
 * level transfers begin while it still does, at half their pace: max(transfer, dispatch + transfer / 2).
 * Levels wait for each other: with two, each pays its dispatch in full, but for parts that vector cores copy
 * inside the servers. An engine has one peer at a time; a mesh keeps as many of them busy as it has peers.
 * Adding up what arrives takes longer than storing it.
 */

#include "stack/hccl.h"

#include <math.h>

static double GBps(struct fs_quantity rate)
{
	return rate.value * 1e9;
}

static double us(struct fs_quantity time)
{
	return time.value * 1e-6;
}

static bool reduces(enum fs_collective collective)
{
	return collective == FS_ALLREDUCE || collective == FS_REDUCE_SCATTER;
}

/* A reduce-scatter and an allgather make an allreduce. */
static double phases_of(enum fs_collective collective)
{
	return collective == FS_ALLREDUCE ? 2 : 1;
}

static double flags_s(const struct fs_hccl *hccl, const struct fs_call *call)
{
	return us(hccl->kernel_us) + phases_of(call->collective) * (call->ranks - 1) * us(hccl->flag_us);
}

static struct fs_transport copied(const struct fs_hccl *hccl, const struct fs_call *call,
                                  const struct fs_hccl_view *view)
{
	double peers = call->ranks - 1;
	double rate = GBps(hccl->copy_GBps) * peers / (peers + hccl->half_peers.value);
	return (struct fs_transport){
	        .protocol = "AIV",
	        .base_s = flags_s(hccl, call),
	        .rate = fmin(1, rate / view->server_Bps),
	};
}

/* The part of a plain transfer's rate that a collective gets: half of an allreduce adds up. */
static double reduce_rate(const struct fs_hccl *hccl, enum fs_collective collective)
{
	double slower = reduces(collective) ? 1 / hccl->reduce_efficiency.value : 1;
	return collective == FS_ALLREDUCE ? 2 / (1 + slower) : 1 / slower;
}

/* The largest part of a rank that vector cores copy. */
static double most_copied(const struct fs_hccl *hccl, enum fs_collective collective, bool in_server)
{
	if (reduces(collective))
		return in_server ? hccl->copied_reduce_bytes.value : hccl->copied_reduce_bytes_between.value;
	return in_server ? hccl->copied_gather_bytes.value : hccl->copied_gather_bytes_between.value;
}

/* Of a phase, besides its transfer. */
static double dispatches_s(const struct fs_hccl *hccl, const struct fs_call *call,
                           const struct fs_hccl_view *view, double transfer_s)
{
	double dispatch_s = us(hccl->dispatch_us);
	if (view->server == 1 || view->servers == 1)
		return fmax(0, dispatch_s - transfer_s / 2);
	bool also_inside = view->part_bytes > most_copied(hccl, call->collective, true);
	return also_inside ? 2 * dispatch_s : dispatch_s;
}

static struct fs_transport moved(const struct fs_hccl *hccl, const struct fs_call *call,
                                 const struct fs_hccl_view *view)
{
	double peers = view->server > 1 ? view->server - 1 : 1;
	double rate = fmin(1, GBps(hccl->engine_GBps) * peers / view->server_Bps);
	rate *= reduce_rate(hccl, call->collective);
	double transfer_s = (call->ranks - 1) * view->part_bytes / (view->server_Bps * rate);
	return (struct fs_transport){
	        .protocol = view->near ? "SDMA" : "RDMA",
	        .base_s = us(hccl->kernel_us) +
	                  phases_of(call->collective) * dispatches_s(hccl, call, view, transfer_s),
	        .rate = rate,
	};
}

/* Between servers vector cores only serve numbers of servers that are powers of two; and they do where that
 * is faster to begin with. */
static bool is_copied(const struct fs_hccl *hccl, const struct fs_call *call, const struct fs_hccl_view *view)
{
	if (!view->near || (view->servers & (view->servers - 1)) != 0)
		return false;
	bool begins_faster = flags_s(hccl, call) < moved(hccl, call, view).base_s;
	return begins_faster && view->part_bytes <= most_copied(hccl, call->collective, view->servers == 1);
}

struct fs_transport fs_hccl_transport(const struct fs_system *system, const struct fs_call *call,
                                      const struct fs_hccl_view *view)
{
	const struct fs_hccl *hccl = &system->stack.hccl;
	if (call->collective == FS_ALLTOALL && view->near) /* what it gets of the tiers: cost/message.h */
		return (struct fs_transport){
		        .protocol = "AIV", .base_s = us(hccl->alltoall_kernel_us), .rate = 1};
	if (call->collective == FS_ALLTOALL)
		return (struct fs_transport){.protocol = "RDMA", .base_s = us(hccl->dispatch_us), .rate = 1};
	if (call->collective == FS_SENDRECV)
		return (struct fs_transport){.protocol = view->near ? "SDMA" : "RDMA",
		                             .base_s = us(hccl->kernel_us),
		                             .rate = fmin(1, GBps(hccl->engine_GBps) / view->server_Bps)};
	return is_copied(hccl, call, view) ? copied(hccl, call, view) : moved(hccl, call, view);
}

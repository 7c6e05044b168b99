#include "cost/message.h"

#include "stack/library.h"
#include "topology/system.h"

/* Gradients go the other way: those of what came back go out to the experts. */
static bool goes_to_experts(struct fs_buffer buffer)
{
	return (buffer.kind == FS_BUFFER_DISPATCH) != buffer.backward;
}

static double walk_us_per_MB(const struct fs_stack *stack, struct fs_buffer buffer)
{
	if (buffer.kind != FS_BUFFER_DISPATCH && buffer.kind != FS_BUFFER_COMBINE)
		return 0;
	return goes_to_experts(buffer) ? stack->dispatch_peer_us_per_MB.value
	                               : stack->combine_peer_us_per_MB.value;
}

struct fs_message_cost fs_message_cost(const struct fs_stack *stack, enum fs_collective collective,
                                       struct fs_buffer buffer, double bytes)
{
	if (collective != FS_ALLTOALL)
		return (struct fs_message_cost){.timed_bytes = bytes};
	/* A stack of zeros adds nothing. */
	double efficiency = stack->alltoall_efficiency.value > 0 ? stack->alltoall_efficiency.value : 1;
	double us = stack->alltoall_peer_us.value + walk_us_per_MB(stack, buffer) * bytes * 1e-6;
	return (struct fs_message_cost){bytes / efficiency, us * 1e-6};
}

double fs_message_bytes(const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s,
                        double timed_bytes)
{
	double hidden = schedule->transport ? schedule->transport->hidden[step->level] : 0;
	return timed_bytes * (1 - hidden) * (double)fs_step_slots(schedule, step, s) /
	       (double)schedule->slots;
}

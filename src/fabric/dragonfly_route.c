/*
 * Minimal ways through a dragonfly: to the router that has the cable, over it, to the router of the receiver.
 */

#include "fabric/dragonfly.h"

struct message {
	const struct fs_network *network;
	uint32_t plane, from, to; /* routers of the network */
	uint32_t group[2], offset;
};

/* The router of one end's group at which a cable is. */
static uint32_t router_at(const struct message *message, int end, uint32_t copy)
{
	const struct fs_dragonfly *fly = message->network->shape;
	uint32_t offset = end == 0 ? message->offset : fly->groups - message->offset;
	return message->group[end] * fly->routers + fs_dragonfly_global(fly, copy, offset) / fly->globals;
}

/* A local link between two routers, unless they are one. Links of one message come in order of their
 * routers, so that parts over the same one meet here. */
static void add_local(const struct message *message, uint32_t a, uint32_t b, double share,
                      struct fs_uses *uses)
{
	if (a == b)
		return;
	uint32_t link = fs_dragonfly_local_link(message->network, message->plane, a, b);
	struct fs_use *last = uses->count > 0 ? &uses->use[uses->count - 1] : NULL;
	if (last && last->link == link)
		last->share += (float)share;
	else
		fs_uses_add(uses, link, share);
}

static bool local_is_up(const struct message *message, uint32_t a, uint32_t b)
{
	return a == b || fs_link_is_up(message->network,
	                               fs_dragonfly_local_link(message->network, message->plane, a, b));
}

static uint32_t global_link(const struct message *message, uint32_t copy)
{
	return fs_dragonfly_global_link(message->network, message->plane, message->group[0],
	                                fs_dragonfly_global(message->network->shape, copy, message->offset));
}

static bool copy_is_up(const struct message *message, uint32_t copy)
{
	return fs_link_is_up(message->network, global_link(message, copy)) &&
	       local_is_up(message, message->from, router_at(message, 0, copy)) &&
	       local_is_up(message, router_at(message, 1, copy), message->to);
}

/* Evenly over `ways` cables, those of [first, end) that are up. Returns the links of the longest way. */
static int add_ways(const struct message *message, uint32_t first, uint32_t end, uint32_t ways,
                    struct fs_uses *uses)
{
	int most = 0;
	for (int part = 0; part < 3; part++)
		for (uint32_t copy = first; copy < end; copy++) {
			uint32_t out = router_at(message, 0, copy), in = router_at(message, 1, copy);
			int links = 1 + (out != message->from) + (in != message->to);
			if (!copy_is_up(message, copy))
				continue;
			most = links > most ? links : most;
			if (part == 0)
				add_local(message, message->from, out, 1.0 / ways, uses);
			else if (part == 1)
				fs_uses_add(uses, global_link(message, copy), 1.0 / ways);
			else
				add_local(message, in, message->to, 1.0 / ways, uses);
		}
	return most;
}

/* The cable that the hash picks, or the next that is up; `cables` if none is. */
static uint32_t pick(const struct message *message, uint64_t hash, uint32_t cables)
{
	uint32_t first = fs_ecmp_pick(hash, 0, cables);
	for (uint32_t i = 0; i < cables; i++)
		if (copy_is_up(message, (first + i) % cables))
			return (first + i) % cables;
	return cables;
}

static int between_groups(const struct message *message, uint64_t hash, struct fs_uses *uses)
{
	const struct fs_dragonfly *fly = message->network->shape;
	uint32_t ways = 0;
	if (message->network->routing == FS_ECMP) {
		uint32_t copy = pick(message, hash, fly->cables);
		return copy < fly->cables ? add_ways(message, copy, copy + 1, 1, uses) : -1;
	}
	for (uint32_t copy = 0; copy < fly->cables; copy++)
		ways += copy_is_up(message, copy);
	return ways > 0 ? add_ways(message, 0, fly->cables, ways, uses) : -1;
}

int fs_dragonfly_route(const struct fs_network *network, uint32_t plane, uint32_t from, uint32_t to,
                       struct fs_uses *uses)
{
	const struct fs_dragonfly *fly = network->shape;
	struct message message = {network, plane, from / fly->router_ports, to / fly->router_ports};
	int links = -1;
	message.group[0] = message.from / fly->routers;
	message.group[1] = message.to / fly->routers;
	message.offset = (message.group[1] + fly->groups - message.group[0]) % fly->groups;
	if (message.offset != 0) {
		links = between_groups(&message, fs_ecmp_hash(network, plane, from, to), uses);
	} else if (local_is_up(&message, message.from, message.to)) {
		add_local(&message, message.from, message.to, 1, uses);
		links = message.from != message.to;
	}
	return links >= 0 ? links : fs_detour(network, plane, message.from, message.to, uses);
}

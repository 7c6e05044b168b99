/*
 * Ways around what is down. Distances are counted from the message's end, so that every node knows which of
 * its links come nearer; cables are down both ways, so that a link can be tried from either side.
 */

#include "fabric/kind.h"

#include "base/error.h"

#include <stdlib.h>

struct search {
	const struct fs_network *network;
	uint32_t plane, count;
	uint64_t hash;
	uint32_t *queue, *distance; /* distance + 1; 0: not reached */
	double *share;              /* of the message that passes the node */
};

static uint32_t next_from(const struct search *search, uint32_t node, uint32_t i, uint32_t *link)
{
	uint32_t next = search->network->kind->neighbour(search->network, node, i, link);
	*link += search->plane * search->network->links;
	return next;
}

/* Nodes in the order of their distance to `to`, until `from` is found. */
static bool spread(struct search *search, uint32_t from, uint32_t to)
{
	search->queue[search->count++] = to;
	search->distance[to] = 1;
	for (uint32_t head = 0; head < search->count && !search->distance[from]; head++)
		for (uint32_t i = 0; i < search->network->degree; i++) {
			uint32_t link, node = search->queue[head], next = next_from(search, node, i, &link);
			if (next == node || search->distance[next] || !fs_link_is_up(search->network, link))
				continue;
			search->distance[next] = search->distance[node] + 1;
			search->queue[search->count++] = next;
		}
	return search->distance[from] > 0;
}

static bool nearer(const struct search *search, uint32_t node, uint32_t i, uint32_t *next, uint32_t *link)
{
	*next = next_from(search, node, i, link);
	return *next != node && search->distance[*next] == search->distance[node] - 1 &&
	       fs_link_is_up(search->network, *link);
}

/* What passes `node` goes on over all links that come nearer, or over one of them. */
static void pass_on(struct search *search, uint32_t node, struct fs_uses *uses)
{
	uint32_t choices = 0, choice = 0, next, link;
	bool all = search->network->routing == FS_ADAPTIVE;
	for (uint32_t i = 0; i < search->network->degree; i++)
		choices += nearer(search, node, i, &next, &link);
	uint32_t picked = search->network->routing == FS_ECMP ? fs_ecmp_pick(search->hash, node, choices) : 0;
	for (uint32_t i = 0; i < search->network->degree; i++) {
		if (!nearer(search, node, i, &next, &link) || (choice++ != picked && !all))
			continue;
		double share = all ? search->share[node] / choices : search->share[node];
		search->share[next] += share;
		fs_uses_add(uses, link, share);
	}
}

int fs_detour(const struct fs_network *network, uint32_t plane, uint32_t from, uint32_t to,
              struct fs_uses *uses)
{
	struct search search = {
	        .network = network,
	        .plane = plane,
	        .hash = fs_ecmp_hash(network, plane, from, to),
	        .queue = fs_allocate(network->nodes * sizeof *search.queue),
	        .distance = fs_allocate_zeroed(network->nodes, sizeof *search.distance),
	        .share = fs_allocate_zeroed(network->nodes, sizeof *search.share),
	};
	int length = -1;
	if (spread(&search, from, to)) {
		length = (int)search.distance[from] - 1;
		search.share[from] = 1;
		for (uint32_t i = search.count; i-- > 1;)
			if (search.share[search.queue[i]] > 0 && search.queue[i] != to)
				pass_on(&search, search.queue[i], uses);
	}
	free(search.queue);
	free(search.distance);
	free(search.share);
	return length;
}

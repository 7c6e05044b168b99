/*
 * Ways through a Clos: up to the lowest level at which both ends are in one pod, and down again. At each
 * level below, both ends pass switches of the same index in their pods.
 */

#include "fabric/clos.h"

struct way {
	const struct fs_network *network;
	uint32_t plane;
	uint64_t hash;
	int top;                                /* the level at which it turns */
	uint32_t pod[2][FS_MAX_CLOS_LEVELS];    /* of both ends, below the top */
	uint32_t uplink[2][FS_MAX_CLOS_LEVELS]; /* what was found: numbered through the level */
};

/* The uplink of one end's switch, if it is up; recorded. */
static bool take(struct way *way, int end, int level, uint32_t index, uint32_t u)
{
	const struct fs_clos *clos = way->network->shape;
	uint32_t uplink = fs_clos_uplink(clos, level, way->pod[end][level], index, u);
	way->uplink[end][level] = uplink;
	return fs_cable_is_up(way->network, way->plane, clos->cables[level] + uplink);
}

static uint32_t start(const struct way *way, uint32_t draw, uint32_t choices)
{
	return way->network->routing == FS_ECMP ? fs_ecmp_pick(way->hash, draw, choices) : 0;
}

/* The other end's uplink to the same switch above; one of several at the top. */
static bool meet(struct way *way, int level, uint32_t index, uint32_t u)
{
	const struct fs_clos *clos = way->network->shape;
	if (level < clos->levels - 2 || clos->trunk == 1)
		return take(way, 1, level, index, u);
	uint32_t first = u / clos->trunk * clos->trunk, left = clos->up[level] - first,
	         choices = left < clos->trunk ? left : clos->trunk,
	         from = start(way, (uint32_t)(FS_MAX_CLOS_LEVELS + level), choices);
	for (uint32_t i = 0; i < choices; i++)
		if (take(way, 1, level, index, first + (from + i) % choices))
			return true;
	return false;
}

/* From the switches `index` of both ends' pods of a level, by the uplink that the hash picks, or the next
 * that is up and leads to the other end. */
static bool climb(struct way *way, int level, uint32_t index)
{
	const struct fs_clos *clos = way->network->shape;
	uint32_t up = clos->up[level], from = start(way, (uint32_t)level, up);
	if (level == way->top)
		return true;
	for (uint32_t i = 0; i < up; i++) {
		uint32_t u = from + i < up ? from + i : from + i - up;
		if (take(way, 0, level, index, u) && meet(way, level, index, u) &&
		    climb(way, level + 1, index * up + u))
			return true;
	}
	return false;
}

static void append(const struct way *way, bool pools, struct fs_uses *uses)
{
	const struct fs_network *network = way->network;
	for (int level = 0; level < way->top; level++)
		fs_uses_add(uses,
		            fs_link_at(network, way->plane, fs_clos_up(level),
		                       pools ? way->pod[0][level] : way->uplink[0][level]),
		            1);
	for (int level = way->top; level-- > 0;)
		fs_uses_add(uses,
		            fs_link_at(network, way->plane, fs_clos_down(level),
		                       pools ? way->pod[1][level] : way->uplink[1][level]),
		            1);
}

int fs_clos_route(const struct fs_network *network, uint32_t plane, uint32_t from, uint32_t to,
                  struct fs_uses *uses)
{
	const struct fs_clos *clos = network->shape;
	bool ecmp = network->routing == FS_ECMP;
	struct way way;
	way.network = network, way.plane = plane, way.top = 0;
	for (uint32_t a = fs_clos_leaf(clos, from), b = fs_clos_leaf(clos, to); a != b; way.top++) {
		way.pod[0][way.top] = a, way.pod[1][way.top] = b;
		a /= clos->down[way.top + 1], b /= clos->down[way.top + 1];
	}
	if (way.top > 0 && (ecmp || network->broken)) {
		way.hash = ecmp ? fs_ecmp_hash(network, plane, from, to) : 0;
		if (!climb(&way, 0, 0))
			return -1;
	}
	append(&way, !ecmp, uses);
	return 2 * way.top;
}

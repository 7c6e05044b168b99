/*
 * Ways through a grid: the dimensions in which the ports differ, one after the other, in each rotation of
 * their order.
 */

#include "fabric/grid.h"

struct message {
	const struct fs_network *network;
	uint32_t plane, from, to;
	int moves; /* the dimensions that differ, and by how much */
	const struct fs_axis *axis[FS_MAX_DIMENSIONS];
	uint32_t offset[FS_MAX_DIMENSIONS];
};

/* `steps` links, each to `offset`; appends them where all are up. */
static bool walk(const struct message *message, const struct fs_axis *axis, uint32_t port, uint32_t offset,
                 uint32_t steps, double share, struct fs_uses *uses)
{
	uint32_t first = uses->count;
	for (uint32_t i = 0; i < steps; i++) {
		uint32_t link = fs_grid_link(message->network, message->plane, axis, port, offset);
		if (!fs_link_is_up(message->network, link)) {
			uses->count = first;
			return false;
		}
		fs_uses_add(uses, link, share);
		port = fs_grid_move(axis, port, offset);
	}
	return true;
}

/* Both ways around a circle are equally long: half each, or all over the one that is up. */
static bool walk_both(const struct message *message, const struct fs_axis *axis, uint32_t port,
                      uint32_t steps, struct fs_uses *uses)
{
	uint32_t first = uses->count;
	bool up = walk(message, axis, port, 1, steps, 1, uses),
	     down = walk(message, axis, port, axis->size - 1, steps, 1, uses);
	if (up && down)
		fs_uses_scale(uses, first, 0.5);
	return up || down;
}

static bool walk_axis(const struct message *message, int move, uint32_t port, struct fs_uses *uses)
{
	const struct fs_axis *axis = message->axis[move];
	uint32_t up = message->offset[move], down = axis->size - up;
	if (((const struct fs_grid *)message->network->shape)->mesh)
		return walk(message, axis, port, up, 1, 1, uses);
	if (up == down && axis->links > 1 && message->network->routing == FS_ADAPTIVE)
		return walk_both(message, axis, port, up, uses);
	return up <= down ? walk(message, axis, port, 1, up, 1, uses)
	                  : walk(message, axis, port, axis->size - 1, down, 1, uses);
}

/* The dimensions in order, from the `first` of those that differ on. */
static bool walk_all(const struct message *message, int first, struct fs_uses *uses)
{
	uint32_t port = message->from;
	for (int i = 0, move = first; i < message->moves; i++, move = (move + 1) % message->moves) {
		if (!walk_axis(message, move, port, uses))
			return false;
		port = fs_grid_move(message->axis[move], port, message->offset[move]);
	}
	return true;
}

/* Fills in the moves; returns the links of a shortest way. */
static int differ(struct message *message)
{
	const struct fs_grid *grid = message->network->shape;
	int links = 0;
	message->moves = 0;
	for (const struct fs_axis *axis = grid->axis; axis < grid->axis + grid->axes; axis++) {
		uint32_t a = fs_grid_coordinate(axis, message->from),
		         b = fs_grid_coordinate(axis, message->to), up = a <= b ? b - a : b + axis->size - a,
		         down = axis->size - up;
		if (up == 0)
			continue;
		message->axis[message->moves] = axis;
		message->offset[message->moves++] = up;
		links += grid->mesh ? 1 : (int)(up < down ? up : down);
	}
	return links;
}

int fs_grid_route(const struct fs_network *network, uint32_t plane, uint32_t from, uint32_t to,
                  struct fs_uses *uses)
{
	struct message message = {.network = network, .plane = plane, .from = from, .to = to};
	uint32_t first = uses->count;
	int ways = 0, links = differ(&message);
	for (int i = 0; i < message.moves && (ways == 0 || network->routing == FS_ADAPTIVE); i++) {
		uint32_t before = uses->count;
		if (walk_all(&message, i, uses))
			ways++;
		else
			uses->count = before;
	}
	if (ways == 0)
		links = fs_detour(network, plane, from, to, uses);
	else if (ways > 1)
		fs_uses_scale(uses, first, 1.0 / ways);
	return links < 0 ? -1 : links - 1;
}

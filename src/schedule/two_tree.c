/*
 * The first tree has its nodes in order: node x in 1 .. nodes has height h = (trailing zeros of x) and its
 * subtree is what lies less than 2^h from it. Odd nodes are leaves, even nodes are not. The second tree is
 * the mirror image: member at node x of the first is at node nodes + 1 - x of the second, which turns odd
 * into even. When `nodes` is odd, the last one is kept out of the mirror: it is a leaf of both trees, under
 * nodes - 1, which has room for a second child. Node 0 stands for the root above both trees, if there is one.
 *
 * Colours. The edge above node x has colour(x) in the first tree and the other colour in the second. Edges to
 * two children differ, hence colour(left) != colour(right). The two edges above a member differ, hence
 * colour(x) = colour(mirror of x): the leaves' colours are those of even nodes. Let P = nodes / 2. Even nodes
 * are again an in-order tree over 1 .. P, and what the leaves' siblings demand of their mirror images is that
 * neighbours in it differ: 1 and 2, 3 and 4, ... if P is even, or 2 and 3, 4 and 5, ... if P is odd. Both
 * demands are met when a child has its parent's colour, but the left one (P even) or the right one (P odd)
 * has the other: by induction over the heights, as the pairs of one height are the siblings of the height
 * below, halved.
 */

#include "schedule/two_tree.h"

#include <assert.h>
#include <stdbool.h>

/* The root above both trees, and what a node that does not exist is called. */
enum { ABOVE = 0, NONE = 0 };

static uint32_t height(uint32_t node)
{
	return (uint32_t)__builtin_ctz(node);
}

static uint32_t root(uint32_t nodes)
{
	return 1u << (31 - __builtin_clz(nodes));
}

static uint32_t parent(uint32_t nodes, uint32_t node)
{
	uint32_t bit = node & -node;
	uint32_t up = (node ^ bit) | (bit << 1);
	return up <= nodes ? up : node ^ bit; /* ABOVE for the root */
}

static uint32_t left_child(uint32_t node)
{
	return node % 2 ? NONE : node - (1u << height(node)) / 2;
}

static uint32_t right_child(uint32_t nodes, uint32_t node)
{
	uint32_t reach = (1u << height(node)) / 2;
	while (node + reach > nodes)
		reach /= 2;
	return reach ? node + reach : NONE;
}

/* Where the node is in the other tree. */
static uint32_t mirror(uint32_t nodes, uint32_t node)
{
	bool outside = node == ABOVE || (nodes % 2 == 1 && node == nodes);
	return outside ? node : (nodes & ~1u) + 1 - node;
}

static uint32_t even_node_colour(uint32_t nodes, uint32_t node)
{
	bool left_differs = nodes / 2 % 2 == 0;
	uint32_t colour = 0;
	for (uint32_t up = parent(nodes, node); up != ABOVE; node = up, up = parent(nodes, node))
		colour ^= (node < up) == left_differs;
	return colour;
}

/* Colour of the edge above the node in the first tree; the second tree has the other one. */
static uint32_t colour(uint32_t nodes, uint32_t node)
{
	if (node % 2 == 0)
		return even_node_colour(nodes, node);
	if (node < nodes || nodes % 2 == 0)
		return even_node_colour(nodes, mirror(nodes, node));
	return nodes == 1 ? 0 : 1 ^ colour(nodes, left_child(nodes - 1)); /* the other child of its parent */
}

/* Height of the topmost node that has an edge above it. */
static uint32_t top(uint32_t nodes, uint32_t above)
{
	uint32_t highest = height(root(nodes));
	return above ? highest : highest - 1;
}

uint32_t fs_two_tree_rounds(uint32_t size, uint32_t above, uint32_t chunks)
{
	return 2 * (top(size - above, above) + chunks);
}

/* One member's view of one tree in one round. */
struct view {
	const struct fs_schedule *schedule;
	const struct fs_step *step;
	uint32_t s, tree, above, nodes;
};

/* The slot that the edge above `node` carries in this round, or FS_NOBODY. Data climbs one height in two
 * rounds, and so do the chunks follow each other. */
static int64_t slot_on_edge_above(const struct view *view, uint32_t node)
{
	if ((view->s ^ view->tree ^ colour(view->nodes, node)) & 1)
		return FS_NOBODY;
	uint32_t climbed = height(node);
	int64_t before =
	        view->step->pattern == FS_TREE_UP ? climbed : top(view->nodes, view->above) - climbed;
	int64_t chunk = (int64_t)(view->s / 2) - before;
	if (chunk < 0 || chunk >= view->schedule->chunks)
		return FS_NOBODY;
	return (int64_t)view->tree * view->schedule->chunks + chunk;
}

static int64_t digit_at(const struct view *view, uint32_t node)
{
	uint32_t in_first_tree = view->tree ? mirror(view->nodes, node) : node;
	return (int64_t)in_first_tree - 1 + view->above;
}

/* The edge above `child`, as whoever is at its lower or at its upper end sees it. */
static void use_edge(const struct view *view, uint32_t child, bool at_lower_end, struct fs_move *move)
{
	int64_t slot = slot_on_edge_above(view, child);
	if (slot == FS_NOBODY)
		return;
	int64_t peer = digit_at(view, at_lower_end ? parent(view->nodes, child) : child);
	struct fs_slots one_slot = {.base = (uint64_t)slot, .unit = 1, .count = 1, .modulus = 1};
	if (at_lower_end == (view->step->pattern == FS_TREE_UP)) {
		assert(move->to == FS_NOBODY);
		move->to = peer;
		move->sent = one_slot;
	} else {
		assert(move->from == FS_NOBODY);
		move->from = peer;
		move->received = one_slot;
	}
}

static void use_edges_at(const struct view *view, uint32_t node, struct fs_move *move)
{
	if (node == ABOVE) {
		use_edge(view, root(view->nodes), false, move);
		return;
	}
	uint32_t left = left_child(node), right = right_child(view->nodes, node);
	if (parent(view->nodes, node) != ABOVE || view->above)
		use_edge(view, node, true, move);
	if (left != NONE)
		use_edge(view, left, false, move);
	if (right != NONE)
		use_edge(view, right, false, move);
}

void fs_two_tree_move(const struct fs_schedule *schedule, const struct fs_step *step, uint32_t s,
                      uint32_t digit, struct fs_move *move)
{
	struct view view = {.schedule = schedule, .step = step, .s = s, .above = (uint32_t)step->distance};
	view.nodes = schedule->level_size[step->level] - view.above;
	uint32_t node = digit + 1 - view.above;
	use_edges_at(&view, node, move);
	view.tree = 1;
	use_edges_at(&view, mirror(view.nodes, node), move);
}

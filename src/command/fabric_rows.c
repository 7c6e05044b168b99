#include "command/fabric_rows.h"

#include <math.h>
#include <string.h>

enum { PORTS_SHOWN = 48, LONE_PORTS_SHOWN = 32, DOWN_SHOWN = 8 };

/* What must be shown, by level and by row. */
struct musts {
	struct fs_pick pods[FS_MAX_CLOS_LEVELS], row[FS_MAX_ROWS];
};

static void add_parts(struct fs_rows *rows)
{
	struct fs_outline *outline = &rows->outline;
	uint64_t part_ports = rows->of->part_ports, parts = outline->parts;
	rows->parts = parts > 0;
	if (!rows->parts)
		return;
	outline->levels = 2;
	outline->level[1] = (struct fs_outline_level){"switch", 1, 1, 1, parts, 0};
	outline->level[0] = (struct fs_outline_level){"part", parts, parts, 1, part_ports, 1};
	outline->bundles = 2;
	outline->bundle[1] = (struct fs_bundle){
	        .end = {"part", "switch"},
	        .cables = parts,
	        .Bps = outline->uplink_Bps,
	        .oversubscription = (double)part_ports * outline->bundle[0].Bps / outline->uplink_Bps};
}

uint64_t fs_rows_up(const struct fs_rows *rows, int row)
{
	return row > 0 ? rows->outline.level[row - 1].up : 1;
}

struct fs_outline_cable fs_rows_cable(const struct fs_rows *rows, int row, uint64_t from, uint64_t u)
{
	if (rows->parts && row > 0)
		return (struct fs_outline_cable){.end = {from, 0}};
	struct fs_outline_cable cable =
	        fs_network_cable(rows->of->network, rows->plane,
	                         rows->outline.bundle[row].first + from * fs_rows_up(rows, row) + u);
	if (rows->parts)
		cable.end[1] = from / rows->outline.level[0].down;
	return cable;
}

uint64_t fs_rows_leaf(const struct fs_rows *rows, uint64_t port)
{
	return fs_rows_cable(rows, 0, port, 0).end[1];
}

/* A switch is shown with its pod, and that with the pods it is in. */
static void demand(const struct fs_outline *outline, int row, uint64_t id, struct musts *musts)
{
	fs_pick_add(&musts->row[row], id);
	if (row == 0)
		return;
	uint64_t pod = id / outline->level[row - 1].of_pod;
	for (int l = row - 1; l < outline->levels - 1; l++) {
		fs_pick_add(&musts->pods[l], pod);
		pod /= outline->level[l + 1].down;
	}
}

static void demand_down(const struct fs_rows *rows, struct musts *musts)
{
	const struct fs_outline *outline = &rows->outline;
	uint64_t number = fs_network_next_down(rows->of->network, rows->plane, 0);
	for (int i = 0; i < DOWN_SHOWN && number != UINT64_MAX; i++) {
		int row = rows->parts ? 0 : outline->bundles - 1; /* no part's uplink can be down */
		while (outline->bundle[row].first > number)
			row--;
		struct fs_outline_cable cable = fs_network_cable(rows->of->network, rows->plane, number);
		demand(outline, row, cable.end[0], musts);
		demand(outline, row + 1, row == 0 ? fs_rows_leaf(rows, cable.end[0]) : cable.end[1], musts);
		number = fs_network_next_down(rows->of->network, rows->plane, number + 1);
	}
}

/* Pods of a level that are shown in all: leaves as many as fit, of others so few that leaves fit. */
static uint64_t pods_shown(const struct fs_outline *outline, int level)
{
	if (level == 0)
		return FS_MOST_IN_ROW;
	return outline->levels == 3 ? 3 : level == 1 ? 4 : 2;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t one_at_least(uint64_t number)
{
	return number > 0 ? number : 1;
}

static void choose_pods(struct fs_rows *rows, int level, const struct fs_pick *must)
{
	const struct fs_outline *outline = &rows->outline;
	const struct fs_row *above = &rows->pods[level + 1];
	uint64_t down = outline->level[level + 1].down,
	         each = one_at_least(pods_shown(outline, level) / (uint64_t)above->pick.count);
	for (int i = 0; i < above->pick.count; i++) {
		struct fs_pick pick = {0};
		uint64_t first = above->pick.id[i] * down,
		         end = least(first + down, outline->level[level].pods);
		double half = above->slot[i] / 2 - (level > 0 || outline->levels == 2 ? 0 : 8);
		fs_pick_spread(&pick, first, end, each);
		for (int k = 0; k < must->count; k++)
			if (must->id[k] / down == above->pick.id[i])
				fs_pick_add(&pick, must->id[k]);
		fs_row_place(&rows->pods[level], &pick, first, end, above->x[i] - half, above->x[i] + half,
		             level > 0 ? 0.5 : 1.8);
	}
}

/* Which switches of a pod of each level: those to which the ones below lead, a few each. */
static void choose_indices(const struct fs_rows *rows, int level, const struct fs_pick *below,
                           struct fs_pick *index)
{
	const struct fs_outline *outline = &rows->outline;
	uint64_t fan = outline->level[level].of_pod / outline->level[level - 1].of_pod,
	         most = FS_MOST_IN_ROW / (uint64_t)rows->pods[level].pick.count,
	         each = one_at_least(most / (uint64_t)below->count);
	for (int i = 0; i < below->count; i++)
		fs_pick_spread(index, below->id[i] * fan, (below->id[i] + 1) * fan, each);
}

static void place_switches(struct fs_rows *rows, int level, const struct fs_pick *index,
                           const struct fs_pick *must)
{
	const struct fs_row *pods = &rows->pods[level];
	uint64_t of_pod = rows->outline.level[level].of_pod;
	for (int i = 0; i < pods->pick.count; i++) {
		struct fs_pick pick = {0};
		uint64_t first = pods->pick.id[i] * of_pod;
		for (int k = 0; k < index->count; k++)
			fs_pick_add(&pick, first + index->id[k]);
		for (int k = 0; k < must->count; k++)
			if (must->id[k] / of_pod == pods->pick.id[i])
				fs_pick_add(&pick, must->id[k]);
		fs_row_place(&rows->row[level + 1], &pick, first, first + of_pod,
		             pods->x[i] - pods->slot[i] / 2, pods->x[i] + pods->slot[i] / 2, 1.8);
	}
}

/* The first ones of a leaf. */
static void pick_ports(const struct fs_rows *rows, uint64_t leaf, uint64_t most, const struct fs_pick *must,
                       struct fs_pick *pick)
{
	const struct fs_outline *outline = &rows->outline;
	for (uint64_t j = 0; j < most; j++)
		if (fs_outline_port(outline, leaf, j) < outline->ports)
			fs_pick_add(pick, fs_outline_port(outline, leaf, j));
	for (int i = 0; i < must->count; i++)
		if (fs_rows_leaf(rows, must->id[i]) == leaf)
			fs_pick_add(pick, must->id[i]);
}

/* Below their leaf; with rails, where neighbours are on different leaves, in one row. */
static void place_ports_of_leaves(struct fs_rows *rows, const struct fs_pick *must, double left, double right)
{
	const struct fs_outline *outline = &rows->outline;
	const struct fs_row *leaves = &rows->row[1];
	struct fs_pick all = {0};
	uint64_t down = outline->level[0].down,
	         each = least(8, one_at_least(PORTS_SHOWN / (uint64_t)leaves->pick.count));
	for (int i = 0; i < leaves->pick.count; i++) {
		struct fs_pick pick = {0};
		uint64_t first = leaves->pick.id[i] * down;
		double half = leaves->slot[i] / 2 - 2;
		pick_ports(rows, leaves->pick.id[i], each, must, outline->rails > 1 ? &all : &pick);
		fs_row_place(&rows->row[0], &pick, first, least(first + down, outline->ports),
		             leaves->x[i] - half, leaves->x[i] + half, 0.9);
	}
	if (outline->rails > 1)
		fs_row_place(&rows->row[0], &all, 0, outline->ports, left, right, 1.8);
}

static void place_ports_of_one(struct fs_rows *rows, const struct fs_pick *must, double left, double right)
{
	struct fs_pick pick = {0};
	fs_pick_spread(&pick, 0, rows->outline.ports, LONE_PORTS_SHOWN);
	for (int i = 0; i < must->count; i++)
		fs_pick_add(&pick, must->id[i]);
	fs_row_place(&rows->row[0], &pick, 0, rows->outline.ports, left, right, 1.8);
}

void fs_rows_choose(const struct fs_tier_survey *of, uint64_t plane, double left, double right,
                    struct fs_rows *rows)
{
	const struct fs_pick whole = {1, {0}};
	struct fs_pick index = whole;
	struct musts musts = {0};
	*rows = (struct fs_rows){.of = of, .plane = plane, .outline = of->outline};
	add_parts(rows);
	demand_down(rows, &musts);
	int top = rows->outline.levels - 1;
	fs_row_place(&rows->pods[top], &whole, 0, 1, left, right, 0);
	for (int level = top - 1; level >= 0; level--)
		choose_pods(rows, level, &musts.pods[level]);
	place_switches(rows, 0, &index, &musts.row[1]);
	for (int level = 1; level <= top; level++) {
		struct fs_pick next = {0};
		choose_indices(rows, level, &index, &next);
		place_switches(rows, level, &next, &musts.row[level + 1]);
		index = next;
	}
	if (top > 0)
		place_ports_of_leaves(rows, &musts.row[0], left, right);
	else
		place_ports_of_one(rows, &musts.row[0], left, right);
}

#include "command/fabric_draw.h"

#include "base/error.h"
#include "command/fabric_rows.h"
#include "report/plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Switches in rows, the top level above, and the ports below. */

enum { DENSE = 200 }; /* so many lines between two rows are drawn finer, and the rows further apart */

static const double BOX = 22, PORT = 15, ROW_GAP = 84, DENSE_GAP = 122, PORT_GAP = 58, BRACKET = 24;

/* All cables between two things that are shown. */
struct edge {
	double x[2];
	uint64_t up, down; /* cables */
};

struct levels {
	struct fs_panel *panel;
	struct fs_rows rows;
	double y[FS_MAX_ROWS]; /* of each row's top */
	int edges[FS_MAX_ROWS];
	struct edge *edge[FS_MAX_ROWS]; /* from a row to the one above */
};

/* A lone switch is as wide as what hangs on it. */
static bool is_lone(const struct levels *levels, int row)
{
	return row > 0 && levels->rows.outline.level[row - 1].switches == 1;
}

static struct edge *find_edge(struct levels *levels, int row, double from, double to)
{
	struct edge *edges = levels->edge[row];
	for (int i = 0; i < levels->edges[row]; i++)
		if (edges[i].x[0] == from && edges[i].x[1] == to)
			return &edges[i];
	edges[levels->edges[row]] = (struct edge){.x = {from, to}};
	return &edges[levels->edges[row]++];
}

static void collect_edges(struct levels *levels, int row)
{
	const struct fs_row *lower = &levels->rows.row[row], *upper = lower + 1;
	uint64_t each = fs_rows_up(&levels->rows, row);
	levels->edge[row] =
	        fs_allocate_zeroed((unsigned long)FS_MOST_PICKED * FS_MOST_PICKED, sizeof *levels->edge[row]);
	for (int i = 0; i < lower->pick.count; i++)
		for (uint64_t u = 0; u < each; u++) {
			struct fs_outline_cable cable =
			        fs_rows_cable(&levels->rows, row, lower->pick.id[i], u);
			int j = fs_pick_find(&upper->pick, cable.end[1]);
			if (j < 0)
				continue;
			double to = is_lone(levels, row + 1) ? lower->x[i] : upper->x[j];
			struct edge *edge = find_edge(levels, row, lower->x[i], to);
			*(cable.down ? &edge->down : &edge->up) += 1;
		}
}

static void lay_out(struct levels *levels)
{
	const struct fs_outline *outline = &levels->panel->of->outline;
	double room = FS_PICTURE_RIGHT - FS_PICTURE_LEFT,
	       width = outline->levels == 1 ? fmin(room, 140 + 120 * (double)outline->ports) : room;
	fs_rows_choose(levels->panel->of, levels->panel->plane, FS_PICTURE_LEFT, FS_PICTURE_LEFT + width,
	               &levels->rows);
	double y = levels->panel->top;
	for (int row = levels->rows.outline.levels; row >= 0; row--) {
		levels->y[row] = y;
		if (row == 0)
			break;
		collect_edges(levels, row - 1);
		y += BOX + (row == 1 ? PORT_GAP : levels->edges[row - 1] > DENSE ? DENSE_GAP : ROW_GAP);
	}
}

static uint64_t cables_of(const struct edge *edge, bool down)
{
	return down ? edge->down : edge->up;
}

/* Those edges with as many cables as this one, as one shape. */
static void draw_alike(const struct levels *levels, int row, int like, bool down)
{
	struct fs_svg *svg = levels->panel->svg;
	const struct edge *edges = levels->edge[row];
	const struct fs_bundle *bundle = &levels->rows.outline.bundle[row];
	static const char *const classes[2][2] = {{"link", "link dense"}, {"over", "over dense"}};
	bool dense = levels->edges[row] > DENSE;
	uint64_t cables = cables_of(&edges[like], down);
	double width = fs_link_width((double)cables * bundle->Bps);
	if (down)
		fs_svg_path_begin(svg, "down", 0);
	else
		fs_svg_path_begin(svg, classes[bundle->oversubscription > 1][dense],
		                  dense ? 0.5 * width : width);
	for (int i = 0; i < levels->edges[row]; i++)
		if (cables_of(&edges[i], down) == cables) {
			double aside = down && edges[i].up ? 3 : 0; /* beside those that are left */
			fs_svg_path_line(svg, edges[i].x[0] + aside, levels->y[row], edges[i].x[1] + aside,
			                 levels->y[row + 1] + BOX);
		}
	fs_svg_path_end(svg);
}

static bool is_first_alike(const struct edge *edges, int i, bool down)
{
	for (int k = 0; k < i; k++)
		if (cables_of(&edges[k], down) == cables_of(&edges[i], down))
			return false;
	return cables_of(&edges[i], down) > 0;
}

static void draw_edges(const struct levels *levels, int row)
{
	for (int down = 0; down < 2; down++)
		for (int i = 0; i < levels->edges[row]; i++)
			if (is_first_alike(levels->edge[row], i, down))
				draw_alike(levels, row, i, down);
	fs_label_bundle(levels->panel, (levels->y[row] + levels->y[row + 1] + BOX) / 2 + 4,
	                &levels->rows.outline.bundle[row]);
}

/* What hangs together below the top. */
static void draw_pods(const struct levels *levels)
{
	for (int level = levels->rows.outline.levels - 2; level > 0; level--) {
		const struct fs_row *pods = &levels->rows.pods[level];
		double top = levels->y[level + 1] - 7, bottom = levels->y[1] + BOX + 7;
		for (int i = 0; i < pods->pick.count; i++)
			fs_svg_box(levels->panel->svg, "pod", pods->x[i] - pods->slot[i] / 2 + 1, top,
			           pods->slot[i] - 2, bottom - top, 6);
	}
}

struct gap_place {
	struct fs_svg *svg;
	double y;
};

static void draw_gap(uint64_t left_out, double x, double width, void *context)
{
	const struct gap_place *place = context;
	fs_draw_gap(place->svg, x, place->y, width, left_out);
}

static void draw_lone(const struct levels *levels, int row)
{
	const struct fs_row *pods = &levels->rows.pods[levels->rows.outline.levels - 1];
	double width = pods->slot[0] - 12;
	struct fs_svg *svg = levels->panel->svg;
	fs_svg_box(svg, "switch", pods->x[0] - width / 2, levels->y[row], width, BOX, 3);
	fs_svg_text(svg, "id", pods->x[0], levels->y[row] + BOX / 2 + 3.2, "%s0",
	            levels->rows.outline.level[row - 1].word);
}

static void draw_switches(const struct levels *levels, int row)
{
	struct fs_svg *svg = levels->panel->svg;
	const struct fs_row *shown = &levels->rows.row[row];
	double y = levels->y[row];
	for (int i = 0; i < shown->pick.count; i++) {
		double width = fmax(5, fmin(0.82 * shown->slot[i], 110));
		fs_svg_box(svg, levels->rows.parts && row == 1 ? "part" : "switch", shown->x[i] - width / 2,
		           y, width, BOX, 3);
		if (fs_ids_fit(shown->pick.id[i], width))
			fs_draw_id(svg, shown->x[i], y + BOX / 2, shown->pick.id[i]);
	}
	fs_row_each_gap(shown, levels->rows.outline.level[row - 1].switches, draw_gap,
	                &(struct gap_place){svg, y + BOX / 2});
}

/* All with their numbers, or none. */
static void draw_ports(const struct levels *levels)
{
	struct fs_svg *svg = levels->panel->svg;
	const struct fs_row *shown = &levels->rows.row[0];
	double narrowest = 28, y = levels->y[0];
	for (int i = 0; i < shown->pick.count; i++)
		narrowest = fmax(3, fmin(narrowest, 0.76 * shown->slot[i]));
	bool fit = fs_ids_fit(shown->pick.id[shown->pick.count - 1], narrowest);
	for (int i = 0; i < shown->pick.count; i++) {
		fs_svg_box(svg, "port", shown->x[i] - narrowest / 2, y, narrowest, PORT, 2);
		if (fit)
			fs_draw_id(svg, shown->x[i], y + PORT / 2, shown->pick.id[i]);
	}
	fs_row_each_gap(shown, levels->rows.outline.ports, draw_gap, &(struct gap_place){svg, y + PORT / 2});
}

/* Ports i .. j-1 are of one group of the tier inside. */
static void draw_bracket(const struct levels *levels, int i, int j)
{
	struct fs_panel *panel = levels->panel;
	const struct fs_row *shown = &levels->rows.row[0];
	uint64_t part = shown->pick.id[i] / panel->of->part_ports;
	double left = shown->x[i] - shown->slot[i] * 0.42,
	       right = shown->x[j - 1] + shown->slot[j - 1] * 0.42, y = levels->y[0] + PORT + 5;
	fs_svg_path_begin(panel->svg, "bracket", 0);
	fs_svg_path_line(panel->svg, left, y, right, y);
	fs_svg_path_end(panel->svg);
	if (fs_ids_fit(part, right - left + 12))
		fs_svg_text(panel->svg, "part-number", (left + right) / 2, y + 13, "%" PRIu64, part);
	if (part == fs_sight_part(panel))
		panel->sight = (struct fs_sight){left, right, y};
}

static double draw_brackets(const struct levels *levels)
{
	struct fs_panel *panel = levels->panel;
	const struct fs_row *shown = &levels->rows.row[0];
	double bottom = levels->y[0] + PORT;
	uint64_t of_part = panel->of->part_ports;
	if (!panel->inner || of_part == 1)
		return bottom;
	for (int i = 0, j; i < shown->pick.count; i = j) {
		for (j = i + 1; j < shown->pick.count; j++)
			if (shown->pick.id[j] / of_part != shown->pick.id[i] / of_part)
				break;
		draw_bracket(levels, i, j);
	}
	fs_svg_text(panel->svg, "part-label", FS_LABEL_LEFT, bottom + 18, "groups of %s",
	            panel->inner->tier->name);
	return bottom + BRACKET;
}

static const char *plural(const char *word)
{
	static const char *const words[][2] = {{"leaf", "leaves"}, {"switch", "switches"},
	                                       {"part", "parts"},  {"spine", "spines"},
	                                       {"core", "cores"},  {"super", "super switches"}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(word, words[i][0]) == 0)
			return words[i][1];
	return word;
}

static void label_switches(const struct levels *levels, int row)
{
	const struct fs_outline_level *level = &levels->rows.outline.level[row - 1];
	char bold[96], plain[96], number[32], down[32];
	fs_plot_thousands(level->switches, number, sizeof number);
	fs_plot_thousands(level->down, down, sizeof down);
	snprintf(bold, sizeof bold, "%s %s", number,
	         level->switches == 1 ? level->word : plural(level->word));
	if (levels->rows.parts && row == 1)
		snprintf(plain, sizeof plain, "%s ports each, one uplink", down);
	else if (level->up)
		snprintf(plain, sizeof plain, "%s ports down, %" PRIu64 " up", down, level->up);
	else
		snprintf(plain, sizeof plain, "%s %s down", down, levels->rows.parts ? "parts" : "ports");
	fs_label(levels->panel, levels->y[row] + BOX / 2, bold, plain);
}

static void label_ports(const struct levels *levels)
{
	char text[96], number[32], chips[32] = "a chip";
	uint64_t shared = levels->panel->of->chips_per_port, ports = levels->rows.outline.ports;
	fs_plot_thousands(ports, number, sizeof number);
	if (shared > 1)
		snprintf(chips, sizeof chips, "%" PRIu64 " chips", shared);
	snprintf(text, sizeof text, "%s port%s, %s each", number, ports == 1 ? "" : "s", chips);
	fs_label(levels->panel, levels->y[0] + PORT / 2 + 4, text, "");
}

double fs_draw_levels(struct fs_panel *panel)
{
	struct levels levels = {.panel = panel};
	lay_out(&levels);
	int top = levels.rows.outline.levels;
	draw_pods(&levels);
	for (int row = 0; row < top; row++)
		draw_edges(&levels, row);
	for (int row = 1; row <= top; row++) {
		if (is_lone(&levels, row))
			draw_lone(&levels, row);
		else
			draw_switches(&levels, row);
		label_switches(&levels, row);
	}
	draw_ports(&levels);
	label_ports(&levels);
	for (int row = 0; row < top; row++)
		free(levels.edge[row]);
	return draw_brackets(&levels);
}

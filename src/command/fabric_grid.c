#include "command/fabric_draw.h"

#include "command/fabric_pick.h"
#include "report/plot.h"

#include <math.h>
#include <stdio.h>

/*
 * Two dimensions of a full mesh, torus or ring as a grid of ports, the innermost from left to right; further
 * dimensions as sheets behind it, and in words. What leads around a torus is drawn as stubs.
 */

enum { TORUS_SHOWN = 16, MESH_SHOWN = 8, LINE_MESH_SHOWN = 12, DOWN_SEEN = 8, LINE_BOW = 270 };

struct grid {
	struct fs_panel *panel;
	const struct fs_outline *outline;
	uint64_t size[2];            /* 1: no such dimension */
	uint64_t sheet;              /* the first port of the two dimensions that are drawn */
	struct fs_row across, along; /* coordinates shown: x in dimension 0, y in dimension 1 */
	double radius;
};

static uint64_t sheet_ports(const struct grid *grid)
{
	return grid->size[0] * grid->size[1];
}

/* Of a port on the sheet. */
static uint64_t place_of(const struct grid *grid, uint64_t port, int axis)
{
	uint64_t on_sheet = port % sheet_ports(grid);
	return axis ? on_sheet / grid->size[0] : on_sheet % grid->size[0];
}

static bool is_on_sheet(const struct grid *grid, uint64_t port)
{
	return port - port % sheet_ports(grid) == grid->sheet;
}

static struct fs_outline_cable next_down(const struct fs_panel *panel, uint64_t *cable)
{
	*cable = fs_network_next_down(panel->of->network, panel->plane, *cable);
	if (*cable == UINT64_MAX)
		return (struct fs_outline_cable){0};
	return fs_network_cable(panel->of->network, panel->plane, (*cable)++);
}

/* The sheet with the first cable that is down, and of it the places of those that are. */
static void choose(struct grid *grid, struct fs_pick *across, struct fs_pick *along)
{
	const struct fs_outline *outline = grid->outline;
	uint64_t most = !outline->mesh      ? TORUS_SHOWN
	                : outline->axes < 2 ? LINE_MESH_SHOWN
	                                    : MESH_SHOWN,
	         cable = 0;
	fs_pick_spread(across, 0, grid->size[0], most);
	fs_pick_spread(along, 0, grid->size[1], most);
	for (int i = 0; i < DOWN_SEEN; i++) {
		struct fs_outline_cable is = next_down(grid->panel, &cable);
		if (cable == UINT64_MAX)
			break;
		if (i == 0)
			grid->sheet = is.end[0] - is.end[0] % sheet_ports(grid);
		for (int end = 0; end < 2; end++)
			if (is_on_sheet(grid, is.end[end])) {
				fs_pick_add(across, place_of(grid, is.end[end], 0));
				fs_pick_add(along, place_of(grid, is.end[end], 1));
			}
	}
}

static double stretch(const struct fs_pick *pick, uint64_t size, double slot)
{
	double slots = pick->count;
	for (int i = 0; i < pick->count; i++)
		slots += pick->id[i] != (i ? pick->id[i - 1] + 1 : 0);
	return slot * (slots + (pick->id[pick->count - 1] + 1 < size));
}

static void lay_out(struct grid *grid)
{
	struct fs_pick across = {0}, along = {0};
	choose(grid, &across, &along);
	bool mesh = grid->outline->mesh, line = grid->size[1] == 1;
	double room = FS_PICTURE_RIGHT - FS_PICTURE_LEFT - 90, slot = mesh ? line ? 78 : 112 : 52,
	       step = mesh ? line ? 190 : 84 : 40, width = stretch(&across, grid->size[0], slot);
	if (width > room)
		slot *= room / width, width = room;
	/* The curves of a line of a mesh bow upwards by half of LINE_BOW. */
	double top = grid->panel->top + (!mesh  ? 26
	                                 : line ? LINE_BOW / 2.0 - 70
	                                        : 46),
	       left = FS_PICTURE_LEFT + (mesh ? 10 : 40);
	fs_row_place(&grid->across, &across, 0, grid->size[0], left, left + width, 1);
	fs_row_place(&grid->along, &along, 0, grid->size[1], top, top + stretch(&along, grid->size[1], step),
	             1);
	grid->radius = fmin(11, 0.3 * slot);
}

/* One line of the grid: along `axis`, at the place `at` of the other. */
struct line {
	const struct grid *grid;
	const struct fs_row *row;
	int axis;
	double at;
};

static void join(const struct line *line, double from, double to, double bow)
{
	struct fs_svg *svg = line->grid->panel->svg;
	double over = (from + to) / 2;
	if (line->axis == 0 && bow == 0)
		fs_svg_path_line(svg, from, line->at, to, line->at);
	else if (line->axis == 0)
		fs_svg_path_curve(svg, from, line->at, over, line->at - bow, to, line->at);
	else if (bow == 0)
		fs_svg_path_line(svg, line->at, from, line->at, to);
	else
		fs_svg_path_curve(svg, line->at, from, line->at + bow, over, line->at, to);
}

/* How far the curve between shown places i < j bows out: half of that is seen. */
static double bow(const struct line *line, int i, int j)
{
	int last = line->row->pick.count - 1;
	double widest = line->axis ? 84 : line->grid->size[1] == 1 ? LINE_BOW : 118;
	return j == i + 1 ? 0 : widest * sqrt((double)(j - i) / last);
}

static void draw_mesh_line(const struct line *line)
{
	for (int i = 0; i < line->row->pick.count; i++)
		for (int j = i + 1; j < line->row->pick.count; j++)
			join(line, line->row->x[i], line->row->x[j], bow(line, i, j));
}

/* Neighbours, half-links into what is left out, and stubs around the ends. */
static void draw_torus_line(const struct line *line)
{
	const struct fs_row *row = line->row;
	uint64_t size = line->grid->size[line->axis];
	int last = row->pick.count - 1;
	for (int i = 0; i < last; i++) {
		bool next = row->pick.id[i + 1] == row->pick.id[i] + 1;
		double part = next ? 1 : 0.3, length = row->x[i + 1] - row->x[i];
		join(line, row->x[i], row->x[i] + part * length, 0);
		if (!next)
			join(line, row->x[i + 1] - part * length, row->x[i + 1], 0);
	}
	if (size > 2) {
		double stub = line->axis ? 22 : 30;
		join(line, row->x[0] - stub, row->x[0], 0);
		join(line, row->x[last], row->x[last] + stub, 0);
	}
}

static void draw_lines(const struct grid *grid, int axis)
{
	const struct fs_row *row = axis ? &grid->along : &grid->across,
	                    *others = axis ? &grid->across : &grid->along;
	struct fs_svg *svg = grid->panel->svg;
	if (grid->size[axis] < 2)
		return;
	fs_svg_path_begin(svg, "link strong", fs_link_width(grid->outline->bundle[axis].Bps));
	for (int i = 0; i < others->pick.count; i++) {
		struct line line = {grid, row, axis, others->x[i]};
		if (grid->outline->mesh)
			draw_mesh_line(&line);
		else
			draw_torus_line(&line);
	}
	fs_svg_path_end(svg);
}

/* A cable between two ports of the sheet, in red; the way around of a torus as its two stubs. */
static void draw_down(const struct grid *grid, const struct fs_outline_cable *cable)
{
	int axis = place_of(grid, cable->end[0], 0) == place_of(grid, cable->end[1], 0);
	const struct fs_row *row = axis ? &grid->along : &grid->across,
	                    *others = axis ? &grid->across : &grid->along;
	int i = fs_pick_find(&row->pick, place_of(grid, cable->end[0], axis)),
	    j = fs_pick_find(&row->pick, place_of(grid, cable->end[1], axis)),
	    other = fs_pick_find(&others->pick, place_of(grid, cable->end[0], !axis));
	if (i < 0 || j < 0 || other < 0)
		return;
	struct line line = {grid, row, axis, others->x[other]};
	bool around = !grid->outline->mesh && row->pick.id[j] - row->pick.id[i] > 1;
	const char *classes[] = {"erase", "down"};
	for (int k = 0; k < 2; k++) {
		fs_svg_path_begin(grid->panel->svg, classes[k], 0);
		if (around) {
			double stub = axis ? 22 : 30;
			join(&line, row->x[i] - stub, row->x[i], 0);
			join(&line, row->x[j], row->x[j] + stub, 0);
		} else {
			join(&line, row->x[i], row->x[j], grid->outline->mesh ? bow(&line, i, j) : 0);
		}
		fs_svg_path_end(grid->panel->svg);
	}
}

/* Those of the group of the tier inside that is drawn below are green. */
static void draw_ports(const struct grid *grid)
{
	struct fs_svg *svg = grid->panel->svg;
	uint64_t seen = fs_sight_part(grid->panel), part = grid->panel->of->part_ports;
	uint64_t last = grid->sheet + sheet_ports(grid) - 1;
	for (int j = 0; j < grid->along.pick.count; j++)
		for (int i = 0; i < grid->across.pick.count; i++) {
			uint64_t port = grid->sheet + grid->along.pick.id[j] * grid->size[0] +
			                grid->across.pick.id[i];
			double x = grid->across.x[i], y = grid->along.x[j];
			fs_svg_circle(svg, part > 1 && port / part == seen ? "port seen" : "port", x, y,
			              grid->radius);
			if (fs_ids_fit(last, 2 * grid->radius + 1))
				fs_draw_id(svg, x, y, port);
		}
}

/* A port whose cable to another sheet is down gets a ring. */
static void draw_ring(const struct grid *grid, uint64_t port)
{
	int i = fs_pick_find(&grid->across.pick, place_of(grid, port, 0)),
	    j = fs_pick_find(&grid->along.pick, place_of(grid, port, 1));
	if (i >= 0 && j >= 0)
		fs_svg_circle(grid->panel->svg, "down", grid->across.x[i], grid->along.x[j],
		              grid->radius + 4);
}

static void draw_all_down(const struct grid *grid)
{
	uint64_t cable = 0;
	for (int i = 0; i < DOWN_SEEN; i++) {
		struct fs_outline_cable is = next_down(grid->panel, &cable);
		if (cable == UINT64_MAX)
			return;
		bool here[2] = {is_on_sheet(grid, is.end[0]), is_on_sheet(grid, is.end[1])};
		for (int end = 0; end < 2; end++)
			if (here[end] && !here[!end])
				draw_ring(grid, is.end[end]);
		if (here[0] && here[1])
			draw_down(grid, &is);
	}
}

struct gap_place {
	const struct grid *grid;
	int axis;
};

static void draw_gap(uint64_t left_out, double at, double width, void *context)
{
	const struct gap_place *place = context;
	const struct grid *grid = place->grid;
	const struct fs_row *others = place->axis ? &grid->across : &grid->along;
	for (int i = 0; i < others->pick.count; i++)
		fs_draw_gap(grid->panel->svg, place->axis ? others->x[i] : at,
		            (place->axis ? at : others->x[i]) - 4, i ? 0 : fmax(width, 60), left_out);
}

static void draw_sheets(const struct grid *grid, double bottom)
{
	struct fs_svg *svg = grid->panel->svg;
	int last = grid->across.pick.count - 1, behind = grid->outline->axes > 2 ? 2 : 0;
	double left = grid->across.x[0] - 38, right = grid->across.x[last] + 38,
	       top = grid->along.x[0] - (grid->outline->mesh ? 66 : 28);
	for (int i = behind; i >= 0 && behind; i--)
		fs_svg_box(svg, "sheet", left + 12 * i, top - 7 * i,
		           right - left + (grid->outline->mesh ? 20 : 0), bottom - top, 6);
}

static const char *shape_of(const struct grid *grid, int axis)
{
	if (grid->outline->mesh)
		return "each joined to all";
	return grid->outline->size[axis] > 2 ? "around in a circle" : "a pair";
}

static double label_axes(struct grid *grid)
{
	double y = grid->panel->top + 10;
	const struct fs_outline *outline = grid->outline;
	for (int axis = 0; axis < outline->axes; axis++) {
		char bold[96], size[32];
		fs_plot_thousands(outline->size[axis], size, sizeof size);
		if (outline->axes == 1)
			snprintf(bold, sizeof bold, "%s ports", size);
		else
			snprintf(bold, sizeof bold, "dimension %d: %s ports", axis + 1, size);
		fs_label(grid->panel, y, bold, shape_of(grid, axis));
		fs_label_bundle(grid->panel, y + 36, &outline->bundle[axis]);
		y += 62;
		if (axis < 2)
			continue;
		fs_svg_text(grid->panel->svg, "note", FS_LABEL_LEFT, y - 7, "not drawn: %s such sheet%s",
		            size, axis > 2 ? "s of sheets" : "s");
		y += 20;
	}
	return y;
}

double fs_draw_grid(struct fs_panel *panel)
{
	const struct fs_outline *outline = &panel->of->outline;
	struct grid grid = {.panel = panel, .outline = outline, .size = {1, 1}};
	for (int axis = 0; axis < 2 && axis < outline->axes; axis++)
		grid.size[axis] = outline->size[axis];
	lay_out(&grid);
	double bottom = grid.along.x[grid.along.pick.count - 1] + (outline->mesh ? 20 : 28);
	draw_sheets(&grid, bottom);
	for (int axis = 0; axis < 2; axis++)
		draw_lines(&grid, axis);
	draw_all_down(&grid);
	draw_ports(&grid);
	for (int axis = 0; axis < 2; axis++)
		fs_row_each_gap(axis ? &grid.along : &grid.across, grid.size[axis], draw_gap,
		                &(struct gap_place){&grid, axis});
	return fmax(bottom, label_axes(&grid));
}

#include "command/fabric_draw.h"

#include "base/error.h"
#include "command/fabric_pick.h"
#include "report/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Groups on a circle, and in each its routers on a smaller one. Cables between groups run from router to
 * router where both are drawn. */

enum { GROUPS_SHOWN = 12, ROUTERS_SHOWN = 8, DOWN_SEEN = 8 };

struct spot {
	double x, y;
};

struct dragonfly {
	struct fs_panel *panel;
	const struct fs_outline *outline;
	struct fs_pick groups, routers; /* routers: by their place within a group */
	struct spot centre;
	double radius, group_radius;
};

static const struct fs_bundle *bundle_between(const struct fs_outline *outline, bool groups)
{
	for (int i = 1; i < outline->bundles; i++)
		if ((outline->bundle[i].which[0] == 'b') == groups) /* "between groups", "within groups" */
			return &outline->bundle[i];
	return NULL;
}

static void choose(struct dragonfly *fly)
{
	const struct fs_outline *outline = fly->outline;
	const struct fs_panel *panel = fly->panel;
	uint64_t cable = 0;
	fs_pick_spread(&fly->groups, 0, outline->groups, GROUPS_SHOWN);
	fs_pick_spread(&fly->routers, 0, outline->group_routers, ROUTERS_SHOWN);
	for (int i = 0; i < DOWN_SEEN; i++, cable++) {
		cable = fs_network_next_down(panel->of->network, panel->plane, cable);
		if (cable == UINT64_MAX)
			return;
		struct fs_outline_cable is = fs_network_cable(panel->of->network, panel->plane, cable);
		for (int end = cable < outline->bundle[0].cables ? 1 : 0; end < 2; end++) {
			fs_pick_add(&fly->groups, is.end[end] / outline->group_routers);
			fs_pick_add(&fly->routers, is.end[end] % outline->group_routers);
		}
	}
}

/* Slots of a circle: a place more where some are left out at the end. */
static double angle(const struct fs_pick *pick, int i, uint64_t all)
{
	double places = pick->count + ((uint64_t)pick->count < all);
	return 2 * M_PI * i / places - M_PI / 2;
}

static struct spot on_circle(struct spot centre, double radius, double at)
{
	return (struct spot){centre.x + radius * cos(at), centre.y + radius * sin(at)};
}

static struct spot group_spot(const struct dragonfly *fly, int i)
{
	if (fly->outline->groups == 1)
		return fly->centre;
	return on_circle(fly->centre, fly->radius, angle(&fly->groups, i, fly->outline->groups));
}

static struct spot router_spot(const struct dragonfly *fly, int group, int router)
{
	struct spot centre = group_spot(fly, group);
	if (fly->outline->group_routers == 1)
		return centre;
	return on_circle(centre, 0.66 * fly->group_radius,
	                 angle(&fly->routers, router, fly->outline->group_routers) +
	                         (fly->outline->groups > 1
	                                  ? angle(&fly->groups, group, fly->outline->groups) + M_PI / 2
	                                  : 0));
}

/* Spots are numbered: those of each group's routers that are drawn, then its rim for all others. */
static int spots(const struct dragonfly *fly)
{
	return fly->groups.count * (fly->routers.count + 1);
}

/* -1: of a group that is not drawn. */
static int spot_of(const struct dragonfly *fly, uint64_t router)
{
	int group = fs_pick_find(&fly->groups, router / fly->outline->group_routers),
	    place = fs_pick_find(&fly->routers, router % fly->outline->group_routers);
	if (group < 0)
		return -1;
	return group * (fly->routers.count + 1) + (place < 0 ? fly->routers.count : place);
}

static struct spot where(const struct dragonfly *fly, int spot)
{
	int group = spot / (fly->routers.count + 1), router = spot % (fly->routers.count + 1);
	if (router < fly->routers.count)
		return router_spot(fly, group, router);
	struct spot at = group_spot(fly, group);
	return on_circle(at, fly->group_radius, atan2(fly->centre.y - at.y, fly->centre.x - at.x));
}

static void draw_cable(const struct dragonfly *fly, int from, int to, bool global)
{
	struct spot a = where(fly, from), b = where(fly, to), over = {(a.x + b.x) / 2, (a.y + b.y) / 2};
	if (!global) {
		fs_svg_path_line(fly->panel->svg, a.x, a.y, b.x, b.y);
		return;
	}
	over.x += 0.45 * (fly->centre.x - over.x); /* bent towards the middle */
	over.y += 0.45 * (fly->centre.y - over.y);
	fs_svg_path_curve(fly->panel->svg, a.x, a.y, over.x, over.y, b.x, b.y);
}

/* Cables within groups, or between them, that are up, or down: one line between two spots is enough. */
static void draw_bundle(const struct dragonfly *fly, bool global, bool down)
{
	const struct fs_network *network = fly->panel->of->network;
	const struct fs_bundle *bundle = bundle_between(fly->outline, global);
	if (!bundle)
		return;
	int count = spots(fly);
	bool *drawn = fs_allocate_zeroed((unsigned long)count * (unsigned long)count, sizeof *drawn);
	fs_svg_path_begin(fly->panel->svg, down ? "down" : "link", fs_link_width(bundle->Bps));
	for (uint64_t i = bundle->first; i < bundle->first + bundle->cables; i++) {
		if (down)
			i = fs_network_next_down(network, fly->panel->plane, i);
		if (i >= bundle->first + bundle->cables)
			break;
		struct fs_outline_cable cable = fs_network_cable(network, fly->panel->plane, i);
		int from = spot_of(fly, cable.end[0]), to = spot_of(fly, cable.end[1]);
		bool rim = from % (fly->routers.count + 1) == fly->routers.count ||
		           to % (fly->routers.count + 1) == fly->routers.count;
		if (from < 0 || to < 0 || cable.down != down || drawn[from * count + to] || (!global && rim))
			continue;
		drawn[from * count + to] = true;
		draw_cable(fly, from, to, global);
	}
	fs_svg_path_end(fly->panel->svg);
	free(drawn);
}

/* A port that is down is marked at its router. */
static void mark_ports_down(const struct dragonfly *fly)
{
	const struct fs_panel *panel = fly->panel;
	uint64_t cable = fs_network_next_down(panel->of->network, panel->plane, 0);
	for (int i = 0; i < DOWN_SEEN && cable < fly->outline->bundle[0].cables; i++) {
		int spot = spot_of(fly, fs_network_cable(panel->of->network, panel->plane, cable).end[1]);
		if (spot >= 0)
			fs_svg_circle(panel->svg, "down", where(fly, spot).x, where(fly, spot).y,
			              0.2 * fly->group_radius + 4);
		cable = fs_network_next_down(panel->of->network, panel->plane, cable + 1);
	}
}

static void draw_group(struct dragonfly *fly, int i)
{
	struct fs_svg *svg = fly->panel->svg;
	char number[32];
	double radius = fly->group_radius, router = fmin(12, 0.2 * radius);
	bool fit = fs_ids_fit(fly->outline->groups * fly->outline->group_routers - 1, 2 * router + 2);
	for (int k = 0; k < fly->routers.count; k++) {
		struct spot spot = router_spot(fly, i, k);
		fs_svg_circle(svg, "switch", spot.x, spot.y, router);
		if (fit)
			fs_draw_id(svg, spot.x, spot.y,
			           fly->groups.id[i] * fly->outline->group_routers + fly->routers.id[k]);
	}
	if ((uint64_t)fly->routers.count < fly->outline->group_routers) {
		struct spot gap = router_spot(fly, i, fly->routers.count);
		fs_draw_gap(svg, gap.x, gap.y, 0, 1);
	}
	if (fly->outline->groups == 1)
		return;
	struct spot outside = on_circle(fly->centre, fly->radius + radius + 16,
	                                angle(&fly->groups, i, fly->outline->groups));
	fs_svg_text(svg, "part-number", outside.x, outside.y + 4, "%s",
	            fs_plot_thousands(fly->groups.id[i], number, sizeof number));
}

static void label(const struct dragonfly *fly)
{
	const struct fs_outline *outline = fly->outline;
	char bold[96], plain[96], number[32];
	double y = fly->panel->top + 10;
	fs_plot_thousands(outline->groups, number, sizeof number);
	snprintf(bold, sizeof bold, "%s group%s", number, outline->groups == 1 ? "" : "s");
	if (bundle_between(outline, true)) {
		fs_label(fly->panel, y, bold, "");
		fs_label_bundle(fly->panel, y + 22, bundle_between(outline, true));
		y += 58;
	}
	fs_plot_thousands(outline->group_routers, number, sizeof number);
	snprintf(bold, sizeof bold, "%s router%s a group", number, outline->group_routers == 1 ? "" : "s");
	fs_label(fly->panel, y, bold, "each joined to all");
	if (bundle_between(outline, false))
		fs_label_bundle(fly->panel, y + 36, bundle_between(outline, false));
	y += 72;
	fs_plot_thousands(outline->router_ports, number, sizeof number);
	snprintf(bold, sizeof bold, "%s port%s a router", number, outline->router_ports == 1 ? "" : "s");
	fs_plot_thousands(outline->ports, number, sizeof number);
	snprintf(plain, sizeof plain, "%s ports in all, not drawn", number);
	fs_label(fly->panel, y, bold, plain);
	fs_label_bundle(fly->panel, y + 36, &outline->bundle[0]);
}

double fs_draw_dragonfly(struct fs_panel *panel)
{
	struct dragonfly fly = {.panel = panel, .outline = &panel->of->outline};
	choose(&fly);
	double places = fly.groups.count + 1;
	bool lone = fly.outline->groups == 1;
	fly.radius = lone ? 0 : 215;
	fly.group_radius = lone ? 110 : fmin(84, 0.82 * fly.radius * sin(M_PI / places));
	fly.centre = (struct spot){(FS_PICTURE_LEFT + FS_PICTURE_RIGHT) / 2.0,
	                           panel->top + fly.radius + fly.group_radius + 26};
	for (int i = 0; i < fly.groups.count; i++)
		fs_svg_circle(panel->svg, "pod", group_spot(&fly, i).x, group_spot(&fly, i).y,
		              fly.group_radius);
	for (int down = 0; down < 2; down++)
		for (int global = 1; global >= 0; global--)
			draw_bundle(&fly, global, down);
	for (int i = 0; i < fly.groups.count; i++)
		draw_group(&fly, i);
	mark_ports_down(&fly);
	if ((uint64_t)fly.groups.count < fly.outline->groups) {
		struct spot gap = group_spot(&fly, fly.groups.count);
		fs_draw_gap(panel->svg, gap.x, gap.y, 100, fly.outline->groups - (uint64_t)fly.groups.count);
	}
	label(&fly);
	return fly.centre.y + fly.radius + fly.group_radius + 26;
}

#include "command/fabric_draw.h"

#include "base/error.h"
#include "base/whole_file.h"
#include "command/fabric_text.h"
#include "report/plot.h"
#include "report/summary.h"

#include <errno.h>
#include <string.h>

/*
 * The page around the networks: title, a card for each tier from the outermost down, legend, small print.
 * Colours as in the plots of report/ (Okabe and Ito's).
 */

enum { WIDTH = 1400, LEFT = 70, RIGHT = 1330, HEAD = 118, CARD_HEAD = 86, BETWEEN = 40 };

static const char style[] = "text{font-family:Helvetica,Arial,sans-serif;font-size:13px;fill:#444444}\n"
                            ".title{font-size:22px;font-weight:bold;fill:#222222}\n"
                            ".subtitle{font-size:15px;fill:#555555}\n"
                            ".tier{font-size:17px;font-weight:bold;fill:#222222}\n"
                            ".bold{font-weight:bold;fill:#333333}\n"
                            ".note{font-size:11.5px;fill:#666666}\n"
                            ".warm{font-size:12px;font-weight:bold;fill:#b34700;text-anchor:middle}\n"
                            ".red{font-size:12.5px;fill:#c0182b}\n"
                            ".id{font-size:9px;fill:#333333;text-anchor:middle}\n"
                            ".gap{font-size:17px;fill:#888888;text-anchor:middle}\n"
                            ".gap-number{font-size:9.5px;fill:#777777;text-anchor:middle}\n"
                            ".part-number{font-size:10px;fill:#00775a;text-anchor:middle}\n"
                            ".part-label{font-size:11.5px;fill:#00775a}\n"
                            ".card{fill:#ffffff;stroke:#d9d9d9}\n"
                            ".sheet{fill:#fbfbfb;stroke:#dedede}\n"
                            ".sight{fill:#e9f3ef}\n"
                            ".pod{fill:#f4f6f8;stroke:#e2e6ea}\n"
                            ".badge{fill:#fbe6cf}\n"
                            ".switch{fill:#dcebf5;stroke:#0072b2}\n"
                            ".part{fill:#ffffff;stroke:#0072b2;stroke-dasharray:3 2}\n"
                            ".port{fill:#f2f2f2;stroke:#8a8a8a}\n"
                            ".seen{fill:#cfe9df;stroke:#009e73}\n"
                            ".link{fill:none;stroke:#0072b2;stroke-opacity:.5}\n"
                            ".over{fill:none;stroke:#e07b00;stroke-opacity:.62}\n"
                            ".dense{stroke-opacity:.38}.strong{stroke-opacity:.8}\n"
                            ".erase{fill:none;stroke:#ffffff;stroke-width:4}\n"
                            ".down{fill:none;stroke:#c0182b;stroke-width:2;stroke-dasharray:5 3}\n"
                            ".bracket{fill:none;stroke:#009e73;stroke-width:2}\n"
                            ".scale_up{fill:#0072b2}.scale_out{fill:#009e73}.wan{fill:#cc79a7}\n";

static double draw_network(struct fs_panel *panel)
{
	const struct fs_outline *outline = &panel->of->outline;
	if (outline->levels)
		return fs_draw_levels(panel);
	if (outline->groups)
		return fs_draw_dragonfly(panel);
	if (outline->axes)
		return fs_draw_grid(panel);
	fs_label(panel, panel->top + 10, "1 port", "and so no network");
	return panel->top + 30;
}

/* The first plane in which something is down. */
static uint64_t plane_of(const struct fs_tier_survey *of)
{
	for (uint64_t plane = 0; plane < of->outline.planes; plane++)
		if (fs_network_next_down(of->network, plane, 0) != UINT64_MAX)
			return plane;
	return 0;
}

static void print_what(const struct fs_panel *panel, double y)
{
	const struct fs_tier_survey *of = panel->of;
	char text[256], shown[32], groups[32], chips[32], plane[64] = "";
	fs_plot_thousands(of->shown, shown, sizeof shown);
	fs_plot_thousands(of->groups, groups, sizeof groups);
	fs_plot_thousands(of->chips, chips, sizeof chips);
	if (of->outline.planes > 1)
		snprintf(plane, sizeof plane, ", plane %llu of %llu planes", (unsigned long long)panel->plane,
		         (unsigned long long)of->outline.planes);
	fs_fabric_text(&of->tier->fabric, text, sizeof text);
	if (of->groups > 1)
		fs_svg_text(panel->svg, "", FS_LABEL_LEFT, y,
		            "%s: %s groups of %s chips; group %s%s is drawn", text, groups, chips, shown,
		            plane);
	else
		fs_svg_text(panel->svg, "", FS_LABEL_LEFT, y, "%s: all %s chips%s", text, chips, plane);
}

static void print_facts(const struct fs_panel *panel, double y)
{
	const struct fs_network_facts *facts = &panel->of->facts;
	const struct fs_tier_survey *of = panel->of;
	char switches[32], cables[32], optics[32], bisection[32], chip[32], full[64] = "";
	double part = of->full_Bps > 0 ? of->per_chip_Bps / of->full_Bps : 1;
	if (part < 0.9995)
		snprintf(full, sizeof full, ", %.3g %% of full", 100 * part);
	fs_svg_text(panel->svg, "", FS_LABEL_LEFT, y,
	            "%s switch%s  ·  %s cables  ·  %s optical modules  ·  bisection %s one way, %s a chip%s  "
	            "·  diameter %d hops%s",
	            fs_plot_thousands(facts->switches, switches, sizeof switches),
	            facts->switches == 1 ? "" : "es", fs_plot_thousands(facts->cables, cables, sizeof cables),
	            fs_plot_thousands(facts->optical_modules, optics, sizeof optics),
	            fs_text_GBps(facts->bisection_Bps, bisection, sizeof bisection),
	            fs_text_GBps(of->per_chip_Bps, chip, sizeof chip), full, facts->diameter,
	            of->groups > 1 ? "  ·  in each group" : "");
}

/* "down: 3 cables: leaf0-spine1, leaf7-spine1 in this group, ..." */
static double print_down(const struct fs_fabric_survey *survey, const struct fs_panel *panel, double y)
{
	char list[300] = "";
	int here = 0, elsewhere = 0, k = (int)(panel->of - survey->tier);
	for (int i = 0; i < survey->downs; i++) {
		const struct fs_down *down = &survey->down[i];
		if (down->tier != k)
			continue;
		elsewhere += down->group != panel->of->shown;
		if (down->group != panel->of->shown)
			continue;
		here++;
		size_t used = strlen(list), room = sizeof list - used;
		if (strlen(down->cable) + 8 < room)
			snprintf(list + used, room, "%s%s", used ? ", " : "", down->cable);
		else if (list[used - 1] != '.')
			snprintf(list + used, room, ", ...");
	}
	if (here + elsewhere == 0)
		return y;
	if (elsewhere)
		fs_svg_text(panel->svg, "red", FS_LABEL_LEFT, y, "down: %s; and %d in other groups", list,
		            elsewhere);
	else
		fs_svg_text(panel->svg, "red", FS_LABEL_LEFT, y, "down: %s", list);
	return y + 20;
}

/* From what is seen of a group of the tier inside to that tier's card. */
static void draw_sight(struct fs_svg *svg, const struct fs_sight *sight, double below)
{
	fs_svg_area(svg, "sight",
	            (double[8]){sight->left, sight->y, sight->right, sight->y, RIGHT, below, LEFT, below});
}

static double draw_card(const struct fs_fabric_survey *survey, int k, struct fs_svg *svg, double top)
{
	const struct fs_tier_survey *of = &survey->tier[k];
	struct fs_panel panel = {.svg = svg, .of = of, .inner = k ? of - 1 : NULL, .plane = plane_of(of)};
	fs_svg_box(svg, of->tier->kind, LEFT, top + 12, 5, 46, 0);
	fs_svg_text(svg, "tier", FS_LABEL_LEFT, top + 27, "%s", of->tier->name);
	print_what(&panel, top + 48);
	print_facts(&panel, top + 68);
	panel.top = print_down(survey, &panel, top + CARD_HEAD) + 8;
	double bottom = draw_network(&panel) + 16;
	fs_svg_beneath(svg);
	fs_svg_box(svg, "card", LEFT, top, RIGHT - LEFT, bottom - top, 6);
	if (panel.sight.right > 0)
		draw_sight(svg, &panel.sight, bottom + BETWEEN);
	fs_svg_above(svg);
	return bottom;
}

static double legend_line(struct fs_svg *svg, const char *class, double width, double x, double y,
                          const char *text)
{
	fs_svg_path_begin(svg, class, width);
	fs_svg_path_line(svg, x, y - 4, x + 34, y - 4);
	fs_svg_path_end(svg);
	fs_svg_text(svg, "note", x + 42, y, "%s", text);
	return x + 42 + 5.6 * (double)strlen(text) + 28;
}

static double legend_box(struct fs_svg *svg, const char *class, double x, double y, const char *text)
{
	fs_svg_box(svg, class, x, y - 11, 22, 14, 2);
	fs_svg_text(svg, "note", x + 30, y, "%s", text);
	return x + 30 + 5.6 * (double)strlen(text) + 28;
}

static bool has(const struct fs_fabric_survey *survey, bool (*is)(const struct fs_tier_survey *of))
{
	for (int k = 0; k < survey->tiers; k++)
		if (is(&survey->tier[k]))
			return true;
	return false;
}

static bool is_oversubscribed(const struct fs_tier_survey *of)
{
	bool result = of->outline.parts > 0;
	for (int i = 0; i < of->outline.bundles; i++)
		result = result || of->outline.bundle[i].oversubscription > 1;
	return result;
}

static bool has_seen(const struct fs_tier_survey *of)
{
	return of->part_ports > 1 && of->outline.axes > 0;
}

static bool has_parts(const struct fs_tier_survey *of)
{
	return of->part_ports > 1 && of->outline.levels > 0;
}

static bool has_rows(const struct fs_tier_survey *of)
{
	return of->outline.levels > 1;
}

static bool has_switches(const struct fs_tier_survey *of)
{
	return of->facts.switches > 0;
}

static void draw_legend(const struct fs_fabric_survey *survey, struct fs_svg *svg, double y)
{
	static const double samples_GBps[] = {25, 100, 400};
	double x = LEFT;
	char text[64];
	for (size_t i = 0; i < sizeof samples_GBps / sizeof *samples_GBps; i++) {
		snprintf(text, sizeof text, "%.0f GB/s", samples_GBps[i]);
		x = legend_line(svg, "link", fs_link_width(samples_GBps[i] * 1e9), x, y, text);
	}
	if (has(survey, is_oversubscribed))
		x = legend_line(svg, "over", 2, x, y, "oversubscribed");
	if (survey->downs)
		x = legend_line(svg, "down", 0, x, y, "down");
	if (has(survey, has_switches))
		x = legend_box(svg, "switch", x, y, "switch");
	x = legend_box(svg, "port", x, y, "port");
	if (has(survey, has_parts))
		x = legend_line(svg, "bracket", 0, x, y, "a group of the tier inside");
	if (has(survey, has_seen))
		x = legend_box(svg, "port seen", x, y, "ports of the group that is drawn below");
	fs_svg_text(svg, "note", x, y, "… more of the like%s",
	            has(survey, has_rows) ? ";  many lines are drawn half as wide" : "");
}

static void print_small_print(const struct fs_fabric_survey *survey, struct fs_svg *svg, double y)
{
	char weakest = 'R';
	for (int k = 0; k < survey->tiers; k++)
		weakest = fs_trust_weaker(weakest, survey->tier[k].trust);
	fs_svg_text(
	        svg, "note", LEFT, y,
	        "Bandwidths: one way, what messages get of a cable (bandwidth x efficiency).  Bisection a "
	        "chip: what each chip of one half gets when all send to the other.%s",
	        survey->downs ? "  Facts are those of the whole network, nothing down." : "");
	fs_svg_text(svg, "note", LEFT, y + 18, "Weakest number used: %s.", fs_trust_text(weakest));
}

static double draw_page(const struct fs_fabric_survey *survey, struct fs_svg *svg)
{
	char chips[32], switches[32], cables[32], optics[32];
	double y = HEAD;
	fs_svg_text(svg, "title", LEFT, 48, "%s", survey->system->label);
	fs_svg_text(
	        svg, "subtitle", LEFT, 76,
	        "%s: the fabric of %s chips; %s switch%s, %s cables, %s optical modules in all tiers. One "
	        "group of each tier, the innermost at the bottom.",
	        survey->system->name, fs_plot_thousands(survey->chips, chips, sizeof chips),
	        fs_plot_thousands(survey->switches, switches, sizeof switches),
	        survey->switches == 1 ? "" : "es", fs_plot_thousands(survey->cables, cables, sizeof cables),
	        fs_plot_thousands(survey->optical_modules, optics, sizeof optics));
	for (int k = survey->tiers - 1; k >= 0; k--)
		y = draw_card(survey, k, svg, y) + BETWEEN;
	draw_legend(survey, svg, y);
	print_small_print(survey, svg, y + 28);
	return y + 70;
}

int fs_fabric_draw(const struct fs_fabric_survey *survey, const char *path, struct fs_error *error)
{
	struct fs_whole_file file;
	if (fs_whole_file_begin(&file, path, error))
		return -1;
	struct fs_svg *svg = fs_svg_create();
	char title[256];
	double height = draw_page(survey, svg);
	snprintf(title, sizeof title, "The fabric of %s", survey->system->name);
	fs_svg_print(svg, WIDTH, height, title, style, file.out);
	fs_svg_destroy(svg);
	return fs_whole_file_end(&file, error);
}

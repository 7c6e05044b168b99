#include "command/fabric_draw.h"

#include "report/plot.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

double fs_link_width(double Bps)
{
	return fmin(7, fmax(0.9, sqrt(Bps / 25e9)));
}

const char *fs_text_GBps(double Bps, char *buffer, size_t size)
{
	if (Bps >= 0.9995e15)
		snprintf(buffer, size, "%.3g PB/s", Bps * 1e-15);
	else if (Bps >= 0.9995e12)
		snprintf(buffer, size, "%.3g TB/s", Bps * 1e-12);
	else
		snprintf(buffer, size, "%.3g GB/s", Bps * 1e-9);
	return buffer;
}

void fs_label(struct fs_panel *panel, double y, const char *bold, const char *plain)
{
	fs_svg_text(panel->svg, "bold", FS_LABEL_LEFT, y, "%s", bold);
	if (*plain)
		fs_svg_text(panel->svg, "note", FS_LABEL_LEFT, y + 15, "%s", plain);
}

void fs_label_bundle(struct fs_panel *panel, double y, const struct fs_bundle *bundle)
{
	char count[32], rate[32];
	fs_svg_text(panel->svg, "note", FS_LABEL_LEFT, y, "%s %s%s of %s",
	            fs_plot_thousands(bundle->cables, count, sizeof count),
	            strcmp(bundle->end[0], "part") == 0 ? "uplink" : "cable", bundle->cables == 1 ? "" : "s",
	            fs_text_GBps(bundle->Bps, rate, sizeof rate));
	if (bundle->oversubscription <= 1)
		return;
	fs_svg_box(panel->svg, "badge", FS_PICTURE_LEFT - 66, y - 13, 46, 18, 9);
	fs_svg_text(panel->svg, "warm", FS_PICTURE_LEFT - 43, y, "%.3g:1", bundle->oversubscription);
}

void fs_draw_gap(struct fs_svg *svg, double x, double y, double width, uint64_t left_out)
{
	char number[32];
	fs_plot_thousands(left_out, number, sizeof number);
	bool fits = 5.2 * (double)(strlen(number) + strlen(" more")) <= width;
	fs_svg_text(svg, "gap", x, y + (fits ? 1 : 4), "…");
	if (fits)
		fs_svg_text(svg, "gap-number", x, y + 12, "%s more", number);
}

bool fs_ids_fit(uint64_t last, double width)
{
	char number[32];
	return 5.8 * snprintf(number, sizeof number, "%" PRIu64, last) + 2 <= width;
}

void fs_draw_id(struct fs_svg *svg, double x, double y, uint64_t id)
{
	fs_svg_text(svg, "id", x, y + 3.2, "%" PRIu64, id);
}

uint64_t fs_sight_part(const struct fs_panel *panel)
{
	if (!panel->inner)
		return UINT64_MAX;
	uint64_t parts = panel->of->chips / panel->inner->chips;
	return panel->inner->shown / parts == panel->of->shown ? panel->inner->shown % parts : UINT64_MAX;
}

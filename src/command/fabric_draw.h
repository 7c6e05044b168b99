#ifndef FARSCALE_COMMAND_FABRIC_DRAW_H
#define FARSCALE_COMMAND_FABRIC_DRAW_H

/*
 * A drawing of a system's fabric: a panel for each tier with one group of it, the innermost tier at the
 * bottom. fabric_page.c draws what is around the networks; fabric_levels.c, fabric_grid.c and
 * fabric_dragonfly.c draw them, for which they share what stands here.
 */

#include "command/fabric_survey.h"
#include "report/svg.h"

struct fs_error;

/** Writes the drawing to a file. */
int fs_fabric_draw(const struct fs_fabric_survey *survey, const char *path, struct fs_error *error);

/* Inside: pixels. Labels stand left of the picture of a network. */
enum { FS_LABEL_LEFT = 88, FS_PICTURE_LEFT = 330, FS_PICTURE_RIGHT = 1312 };

/** Where one group of the tier inside is seen in the picture of a tier; right 0: nowhere. */
struct fs_sight {
	double left, right, y;
};

/** A network to draw, from y = top on. */
struct fs_panel {
	struct fs_svg *svg;
	const struct fs_tier_survey *of, *inner; /* inner: the tier inside, or NULL */
	uint64_t plane;                          /* that is drawn: the first in which something is down */
	double top;
	struct fs_sight sight; /* out: of group inner->shown */
};

/** Draw, and return the bottom's y. */
double fs_draw_levels(struct fs_panel *panel);
double fs_draw_grid(struct fs_panel *panel);
double fs_draw_dragonfly(struct fs_panel *panel);

/** The number within this group of inner->shown; UINT64_MAX if it is in another. */
uint64_t fs_sight_part(const struct fs_panel *panel);

/** How wide a link of that bandwidth is drawn: as its root, for widths that can be told apart. */
double fs_link_width(double Bps);

/** "46 GB/s" */
const char *fs_text_GBps(double Bps, char *buffer, size_t size);

/** A bold label at the left, a plain one below it ("": none). */
void fs_label(struct fs_panel *panel, double y, const char *bold, const char *plain);
/** "2,048 cables of 46 GB/s" at the left, with a warm "3:1" where they are oversubscribed. */
void fs_label_bundle(struct fs_panel *panel, double y, const struct fs_bundle *bundle);

/** "..." and below it how many are left out, if that fits into the width. */
void fs_draw_gap(struct fs_svg *svg, double x, double y, double width, uint64_t left_out);

/** Whether numbers up to `last` fit into shapes of that width, and one in the middle of such a shape. */
bool fs_ids_fit(uint64_t last, double width);
void fs_draw_id(struct fs_svg *svg, double x, double y, uint64_t id);

#endif

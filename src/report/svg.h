#ifndef FARSCALE_REPORT_SVG_H
#define FARSCALE_REPORT_SVG_H

/*
 * Drawings as SVG, without any library: shapes go to a page in memory, whose height may be known only at the
 * end. Coordinates are pixels, from the top left. `class` is one of the page's style sheet; what a class is
 * called never comes from users. Texts are escaped.
 */

#include <stddef.h>
#include <stdio.h>

struct fs_svg;

struct fs_svg *fs_svg_create(void);
void fs_svg_destroy(struct fs_svg *svg);

void fs_svg_box(struct fs_svg *svg, const char *class, double x, double y, double width, double height,
                double radius);
void fs_svg_circle(struct fs_svg *svg, const char *class, double x, double y, double radius);

/** One line of text, printf-style, at its anchor (class: start, middle or end); at most 511 bytes count. */
__attribute__((format(printf, 5, 6))) void fs_svg_text(struct fs_svg *svg, const char *class, double x,
                                                       double y, const char *format, ...);

/** Many lines as one shape, so that where they cross is no darker: begin, lines and curves, end. Nothing is
 * printed if there are none. width 0: the class's own. */
void fs_svg_path_begin(struct fs_svg *svg, const char *class, double width);
void fs_svg_path_line(struct fs_svg *svg, double x1, double y1, double x2, double y2);
void fs_svg_path_curve(struct fs_svg *svg, double x1, double y1, double over_x, double over_y, double x2,
                       double y2);
void fs_svg_path_end(struct fs_svg *svg);

/** A filled area with four corners: x, y, x, y ... */
void fs_svg_area(struct fs_svg *svg, const char *class, const double corner[8]);

/** A part of the page that is printed beneath all that was drawn: between the two calls, shapes go there. */
void fs_svg_beneath(struct fs_svg *svg);
void fs_svg_above(struct fs_svg *svg);

/** Prints the page. title: for who cannot see it; style: a style sheet. */
void fs_svg_print(struct fs_svg *svg, double width, double height, const char *title, const char *style,
                  FILE *out);

#endif

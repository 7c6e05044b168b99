#include "report/svg.h"

#include "base/error.h"
#include "report/escape.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

struct layer {
	FILE *file;
	char *text;
	size_t size;
};

enum { BENEATH, ABOVE, LAYERS };

struct fs_svg {
	struct layer layer[LAYERS];
	FILE *out; /* of the layer that is drawn on */
	const char *path_class;
	double path_width;
	bool path_open;
};

struct fs_svg *fs_svg_create(void)
{
	struct fs_svg *svg = fs_allocate_zeroed(1, sizeof *svg);
	for (int i = 0; i < LAYERS; i++) {
		svg->layer[i].file = open_memstream(&svg->layer[i].text, &svg->layer[i].size);
		if (!svg->layer[i].file) {
			fputs("out of memory\n", stderr);
			exit(1);
		}
	}
	svg->out = svg->layer[ABOVE].file;
	return svg;
}

void fs_svg_destroy(struct fs_svg *svg)
{
	if (!svg)
		return;
	for (int i = 0; i < LAYERS; i++) {
		fclose(svg->layer[i].file);
		free(svg->layer[i].text);
	}
	free(svg);
}

void fs_svg_beneath(struct fs_svg *svg)
{
	svg->out = svg->layer[BENEATH].file;
}

void fs_svg_above(struct fs_svg *svg)
{
	svg->out = svg->layer[ABOVE].file;
}

/* Tenths of a pixel, without a ".0", are enough and keep files small. */
static void number(FILE *out, const char *before, double value)
{
	double tenths = round(10 * value);
	if (fmod(tenths, 10) == 0)
		fprintf(out, "%s%.0f", before, tenths / 10 + 0.0);
	else
		fprintf(out, "%s%.1f", before, tenths / 10);
}

void fs_svg_box(struct fs_svg *svg, const char *class, double x, double y, double width, double height,
                double radius)
{
	fprintf(svg->out, "<rect class=\"%s\"", class);
	number(svg->out, " x=\"", x);
	number(svg->out, "\" y=\"", y);
	number(svg->out, "\" width=\"", width);
	number(svg->out, "\" height=\"", height);
	if (radius > 0)
		number(svg->out, "\" rx=\"", radius);
	fputs("\"/>\n", svg->out);
}

void fs_svg_circle(struct fs_svg *svg, const char *class, double x, double y, double radius)
{
	fprintf(svg->out, "<circle class=\"%s\"", class);
	number(svg->out, " cx=\"", x);
	number(svg->out, "\" cy=\"", y);
	number(svg->out, "\" r=\"", radius);
	fputs("\"/>\n", svg->out);
}

void fs_svg_text(struct fs_svg *svg, const char *class, double x, double y, const char *format, ...)
{
	char text[512], escaped[3072];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	fprintf(svg->out, "<text class=\"%s\"", class);
	number(svg->out, " x=\"", x);
	number(svg->out, "\" y=\"", y);
	fprintf(svg->out, "\">%s</text>\n", fs_escape_xml(text, escaped, sizeof escaped));
}

void fs_svg_path_begin(struct fs_svg *svg, const char *class, double width)
{
	svg->path_class = class;
	svg->path_width = width;
	svg->path_open = false;
}

static void start_path(struct fs_svg *svg)
{
	if (svg->path_open)
		return;
	svg->path_open = true;
	fprintf(svg->out, "<path class=\"%s\"", svg->path_class);
	if (svg->path_width > 0)
		fprintf(svg->out, " stroke-width=\"%.2g\"", svg->path_width);
	fputs(" d=\"", svg->out);
}

static void point(FILE *out, const char *before, double x, double y)
{
	number(out, before, x);
	number(out, y < 0 ? "" : " ", y);
}

void fs_svg_path_line(struct fs_svg *svg, double x1, double y1, double x2, double y2)
{
	start_path(svg);
	point(svg->out, "M", x1, y1);
	point(svg->out, "L", x2, y2);
}

void fs_svg_path_curve(struct fs_svg *svg, double x1, double y1, double over_x, double over_y, double x2,
                       double y2)
{
	start_path(svg);
	point(svg->out, "M", x1, y1);
	point(svg->out, "Q", over_x, over_y);
	point(svg->out, " ", x2, y2);
}

void fs_svg_path_end(struct fs_svg *svg)
{
	if (svg->path_open)
		fputs("\"/>\n", svg->out);
	svg->path_open = false;
}

void fs_svg_area(struct fs_svg *svg, const char *class, const double corner[8])
{
	fprintf(svg->out, "<path class=\"%s\" d=\"", class);
	for (int i = 0; i < 4; i++)
		point(svg->out, i ? "L" : "M", corner[2 * i], corner[2 * i + 1]);
	fputs("Z\"/>\n", svg->out);
}

void fs_svg_print(struct fs_svg *svg, double width, double height, const char *title, const char *style,
                  FILE *out)
{
	char escaped[3072];
	fprintf(out,
	        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
	        "width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n",
	        width, height, width, height);
	fprintf(out, "<title>%s</title>\n<style>\n%s</style>\n",
	        fs_escape_xml(title, escaped, sizeof escaped), style);
	fprintf(out, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n", width, height);
	for (int i = 0; i < LAYERS; i++) {
		fflush(svg->layer[i].file);
		fwrite(svg->layer[i].text, 1, svg->layer[i].size, out);
	}
	fputs("</svg>\n", out);
}

/* A page of a few shapes, as text. */

#include "report/svg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void shapes_are_printed_in_layers(void **state)
{
	(void)state;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct fs_svg *svg = fs_svg_create();
	fs_svg_box(svg, "b", 1, 2.04, 30.25, 4, 0);
	fs_svg_beneath(svg);
	fs_svg_circle(svg, "c", -0.01, 5, 6);
	fs_svg_above(svg);
	fs_svg_text(svg, "t", 7, 8, "%s & co", "<b>");
	fs_svg_path_begin(svg, "none", 1);
	fs_svg_path_end(svg);
	fs_svg_path_begin(svg, "p", 1.5);
	fs_svg_path_line(svg, 0, 0, 1, -2);
	fs_svg_path_curve(svg, 0, 0, 1.5, 1, 2, 2);
	fs_svg_path_end(svg);
	fs_svg_print(svg, 100, 50, "x < y", ".b{}\n", out);
	fs_svg_destroy(svg);
	fclose(out);
	assert_string_equal(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	                          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"50\" "
	                          "viewBox=\"0 0 100 50\" role=\"img\">\n"
	                          "<title>x &lt; y</title>\n<style>\n.b{}\n</style>\n"
	                          "<rect width=\"100\" height=\"50\" fill=\"#ffffff\"/>\n"
	                          "<circle class=\"c\" cx=\"0\" cy=\"5\" r=\"6\"/>\n"
	                          "<rect class=\"b\" x=\"1\" y=\"2\" width=\"30.3\" height=\"4\"/>\n"
	                          "<text class=\"t\" x=\"7\" y=\"8\">&lt;b&gt; &amp; co</text>\n"
	                          "<path class=\"p\" stroke-width=\"1.5\" d=\"M0 0L1-2M0 0Q1.5 1 2 2\"/>\n"
	                          "</svg>\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(shapes_are_printed_in_layers)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

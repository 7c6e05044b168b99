#include "report/csv.h"

#include <stdbool.h>
#include <string.h>

void fs_csv_print_text(FILE *out, const char *text)
{
	const char *guard = *text && strchr("=+-@\t\r", *text) ? "'" : "";
	if (!strpbrk(text, ",\"\r\n")) {
		fprintf(out, "%s%s", guard, text);
		return;
	}
	fprintf(out, "\"%s", guard);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void print_value(FILE *out, const json_t *value)
{
	if (json_is_string(value))
		fs_csv_print_text(out, json_string_value(value));
	else if (!json_is_null(value))
		json_dumpf(value, out, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
}

static void print_line(FILE *out, json_t *object, bool header)
{
	const char *key, *comma = "";
	json_t *value;
	json_object_foreach(object, key, value)
	{
		fputs(comma, out);
		if (header)
			fs_csv_print_text(out, key);
		else
			print_value(out, value);
		comma = ",";
	}
	fputc('\n', out);
}

void fs_csv_print_objects(FILE *out, json_t *const *objects, int count)
{
	if (count > 0)
		print_line(out, objects[0], true);
	for (int i = 0; i < count; i++)
		print_line(out, objects[i], false);
}

#include "report/csv.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

/* For those who look at it in a terminal. */
static void print_character(FILE *out, const char *text, size_t bytes)
{
	if (fs_text_controls(text) && !strchr("\t\r\n", *text))
		fputc('?', out);
	else
		fwrite(text, 1, bytes, out);
}

void fs_csv_print_text(FILE *out, const char *text)
{
	bool quoted = strpbrk(text, ",\"\r\n");
	fputs(quoted ? "\"" : "", out);
	fputs(*text && strchr("=+-@\t\r", *text) ? "'" : "", out);
	for (size_t left = strlen(text), bytes; left > 0; text += bytes, left -= bytes) {
		bytes = fs_text_character(text, left);
		if (*text == '"')
			fputc('"', out);
		if (bytes)
			print_character(out, text, bytes);
		else
			fputc('?', out), bytes = 1;
	}
	fputs(quoted ? "\"" : "", out);
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

void fs_csv_print_header(FILE *out, json_t *object)
{
	print_line(out, object, true);
}

void fs_csv_print_line(FILE *out, json_t *object)
{
	print_line(out, object, false);
}

void fs_csv_print_objects(FILE *out, json_t *const *objects, int count)
{
	if (count > 0)
		fs_csv_print_header(out, objects[0]);
	for (int i = 0; i < count; i++)
		fs_csv_print_line(out, objects[i]);
}

#include "report/table.h"

#include "base/error.h"
#include "report/escape.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct fs_table {
	const struct fs_column *column;
	int columns, cells, room;
	char **cell; /* row after row */
};

struct fs_table *fs_table_create(const struct fs_column *columns, int count)
{
	struct fs_table *table = fs_allocate_zeroed(1, sizeof *table);
	table->column = columns;
	table->columns = count;
	return table;
}

void fs_table_destroy(struct fs_table *table)
{
	if (!table)
		return;
	for (int i = 0; i < table->cells; i++)
		free(table->cell[i]);
	free(table->cell);
	free(table);
}

void fs_table_cell(struct fs_table *table, const char *format, ...)
{
	char text[256], plain[256];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	fs_escape_plain(text, plain, sizeof plain);
	if (table->cells == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		table->cell = fs_reallocate(table->cell, (unsigned long)table->room * sizeof *table->cell);
	}
	table->cell[table->cells++] = fs_duplicate_text(plain);
}

/* Characters of UTF-8: all bytes but the continuations. */
static int width_of(const char *text)
{
	int width = 0;
	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* 0 for a column without any text. */
static int column_width(const struct fs_table *table, int column)
{
	int widest = 0;
	for (int i = column; i < table->cells; i += table->columns) {
		int width = width_of(table->cell[i]);
		widest = width > widest ? width : widest;
	}
	int title = width_of(table->column[column].title);
	return widest == 0 ? 0 : title > widest ? title : widest;
}

/* Spaces are owed rather than printed, so that none stand at the end of a line. */
static void print_line(const struct fs_table *table, const int *widths, const char *const *cells,
                       const char *indent, FILE *out)
{
	int owed = 0;
	fputs(indent, out);
	for (int i = 0; i < table->columns; i++) {
		if (widths[i] == 0)
			continue;
		if (!*cells[i]) {
			owed += widths[i] + 2;
			continue;
		}
		int gap = widths[i] - width_of(cells[i]), before = table->column[i].left ? 0 : gap;
		fprintf(out, "%*s%s", owed + before, "", cells[i]);
		owed = gap - before + 2;
	}
	fputc('\n', out);
}

void fs_table_print(const struct fs_table *table, const char *indent, FILE *out)
{
	assert(table->cells % table->columns == 0);
	int widths[table->columns];
	const char *titles[table->columns];
	for (int i = 0; i < table->columns; i++) {
		widths[i] = column_width(table, i);
		titles[i] = table->column[i].title;
	}
	print_line(table, widths, titles, indent, out);
	for (int i = 0; i < table->cells; i += table->columns)
		print_line(table, widths, (const char *const *)table->cell + i, indent, out);
}

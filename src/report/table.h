#ifndef FARSCALE_REPORT_TABLE_H
#define FARSCALE_REPORT_TABLE_H

/* Aligned text tables. Cells are filled row by row, then printed with every column as wide as it must be. */

#include <stdbool.h>
#include <stdio.h>

struct fs_table;

struct fs_column {
	const char *title;
	bool left; /* text; numbers stand to the right */
};

/** Borrows `columns` for as long as the table lives. */
struct fs_table *fs_table_create(const struct fs_column *columns, int count);
void fs_table_destroy(struct fs_table *table);

/** Sets the next cell, printf-style; at most 255 bytes of it count. Control characters become '?'. */
__attribute__((format(printf, 2, 3))) void fs_table_cell(struct fs_table *table, const char *format, ...);

/** Prints titles and rows, two spaces between columns, `indent` before each line, none behind it. A column in
 *  which no cell has a text is left out. Every row must be complete. */
void fs_table_print(const struct fs_table *table, const char *indent, FILE *out);

#endif

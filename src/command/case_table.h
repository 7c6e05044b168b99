#ifndef FARSCALE_COMMAND_CASE_TABLE_H
#define FARSCALE_COMMAND_CASE_TABLE_H

/*
 * A table as text, one row a line, cells apart by blanks; the first row names the columns. Blank lines and
 * what follows a '#' count for nothing. Templates are texts with columns in braces, "tp={tp},pp={pp}", which
 * each row fills with its cells.
 */

#include <stddef.h>

struct fs_error;

struct fs_table_row {
	int line; /* of the file that it stands in */
	char **cell;
};

struct fs_case_table {
	char *text; /* owns all names and cells */
	int columns, rows;
	char **column;
	struct fs_table_row *row;
};

/** Reads `text`, whose first line is line `line` of file `path`. At least one column and one row. Errors are
 * "path:line: ...". Clear it after success. */
int fs_case_table_read(const char *text, const char *path, int line, struct fs_case_table *table,
                       struct fs_error *error);
void fs_case_table_clear(struct fs_case_table *table);

/** Does every {name} of the template name a column, and is every brace closed? */
int fs_template_check(const char *template, const struct fs_case_table *table, struct fs_error *error);

/** The template with the row's cells. The template has been checked; -1: the result is longer than size - 1.
 */
int fs_template_fill(const char *template, const struct fs_case_table *table, const struct fs_table_row *row,
                     char *text, size_t size, struct fs_error *error);

#endif

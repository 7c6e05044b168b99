#include "command/case_table.h"

#include "base/error.h"
#include "base/text.h"
#include "config/yaml.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 40 };

static const char blanks[] = " \t\r";

/* Cuts a line into cells, which stay where they are. Returns how many there are, of which at most `most` are
 * listed. */
static int cut(char *line, char **cell, int most)
{
	int count = 0;
	line[strcspn(line, "#")] = 0;
	for (char *item; (item = strsep(&line, blanks));)
		if (*item && count++ < most)
			cell[count - 1] = item;
	return count;
}

static int read_header(char **cell, int count, struct fs_case_table *table, struct fs_error *error)
{
	if (count > MOST_COLUMNS)
		return fs_fail(error, "%d columns; at most %d are allowed", count, MOST_COLUMNS);
	for (int i = 0; i < count; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(cell[i], cell[j]) == 0)
				return fs_fail(error, "two columns are called '%.40s'", cell[i]);
	table->column = fs_allocate((size_t)count * sizeof *cell);
	memcpy(table->column, cell, (size_t)count * sizeof *cell);
	table->columns = count;
	return 0;
}

static int read_row(char **cell, int count, int line, struct fs_case_table *table, struct fs_error *error)
{
	size_t bytes = (size_t)table->columns * sizeof *cell;
	if (count != table->columns)
		return fs_fail(error, "%d cells, but there are %d columns", count, table->columns);
	if ((table->rows & (table->rows - 1)) == 0) /* 0 or a power of two: full */
		table->row = fs_reallocate(table->row,
		                           (size_t)(table->rows ? 2 * table->rows : 1) * sizeof *table->row);
	struct fs_table_row *row = &table->row[table->rows++];
	*row = (struct fs_table_row){line, fs_allocate(bytes)};
	memcpy(row->cell, cell, bytes);
	return 0;
}

static int read_lines(char *rest, const char *path, int line, struct fs_case_table *table,
                      struct fs_error *error)
{
	int first = line;
	for (char *item; (item = strsep(&rest, "\n")); line++) {
		char *cell[MOST_COLUMNS];
		int count = cut(item, cell, MOST_COLUMNS);
		if (count == 0)
			continue;
		if (table->column ? read_row(cell, count, line, table, error)
		                  : read_header(cell, count, table, error))
			return fs_fail_in(error, "%s:%d", path, line);
	}
	if (!table->rows)
		return fs_fail(error, "%s:%d: a row of column names and at least one row of cells are needed",
		               path, first);
	return 0;
}

int fs_case_table_read(const char *text, const char *path, int line, struct fs_case_table *table,
                       struct fs_error *error)
{
	*table = (struct fs_case_table){.text = fs_duplicate_text(text)};
	int result = read_lines(table->text, path, line, table, error);
	if (result)
		fs_case_table_clear(table);
	return result;
}

void fs_case_table_clear(struct fs_case_table *table)
{
	for (int i = 0; i < table->rows; i++)
		free(table->row[i].cell);
	free(table->row);
	free(table->column);
	free(table->text);
	*table = (struct fs_case_table){0};
}

/* The column that the name in `template`, behind an opening brace, stands for; -1: none. */
static int column_of(const char *name, const struct fs_case_table *table)
{
	size_t length = strcspn(name, "}");
	for (int i = 0; i < table->columns; i++)
		if (strlen(table->column[i]) == length && strncmp(table->column[i], name, length) == 0)
			return i;
	return -1;
}

int fs_template_check(const char *template, const struct fs_case_table *table, struct fs_error *error)
{
	char columns[512] = "", quoted[64];
	for (const char *open = strchr(template, '{'); open; open = strchr(open + 1, '{')) {
		if (!strchr(open, '}'))
			return fs_fail(error, "a '{' without its '}' in %s",
			               fs_text_quote(template, quoted, sizeof quoted));
		if (column_of(open + 1, table) >= 0)
			continue;
		for (int i = 0; i < table->columns; i++)
			fs_text_join(columns, sizeof columns, table->column[i]);
		return fs_fail(error, "{%.*s} is no column; there are: %s",
		               (int)strcspn(open + 1, "}") > 40 ? 40 : (int)strcspn(open + 1, "}"), open + 1,
		               columns);
	}
	return 0;
}

int fs_template_fill(const char *template, const struct fs_case_table *table, const struct fs_table_row *row,
                     char *text, size_t size, struct fs_error *error)
{
	size_t used = 0;
	*text = 0;
	while (*template && used < size) {
		size_t plain = strcspn(template, "{");
		used += (size_t)snprintf(text + used, size - used, "%.*s", (int)plain, template);
		template += plain;
		if (!*template || used >= size)
			break;
		int column = column_of(template + 1, table);
		assert(column >= 0);
		used += (size_t)snprintf(text + used, size - used, "%s", row->cell[column]);
		template += strcspn(template, "}") + 1;
	}
	if (used >= size)
		return fs_fail(error, "a text of more than %zu letters", size - 1);
	return 0;
}

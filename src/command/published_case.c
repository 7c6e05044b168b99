/* A row of a set's table as a case: templates filled, numbers read. */

#include "command/published.h"

#include "base/error.h"
#include "config/fields.h"
#include "config/yaml.h"

#include <string.h>

/* A number above 0 from a template; absent ones are 0. */
static int fill_number(const struct fs_published_set *set, enum fs_case_key key,
                       const struct fs_table_row *row, double *value, struct fs_error *error)
{
	char text[64];
	*value = 0;
	if (!set->template[key])
		return 0;
	if (fs_template_fill(set->template[key], &set -> table, row, text, sizeof text, error))
		return -1;
	if (!fs_number_parse(text, value) || !(*value > 0))
		return fs_fail(error, "a number above 0 is needed, not '%s'", text);
	return 0;
}

static int fill_numbers(const struct fs_published_set *set, const struct fs_table_row *row,
                        struct fs_published_case *one, struct fs_error *error)
{
	double chips;
	if (fill_number(set, FS_KEY_CHIPS, row, &chips, error))
		return fs_fail_in(error, "%s", fs_case_key_names[FS_KEY_CHIPS]);
	if (chips > 1e9 || chips != (double)(uint64_t)chips)
		return fs_fail(error, "chips: a whole number up to 10^9 is needed, not %g", chips);
	if (fill_number(set, FS_KEY_BYTES, row, &one->bytes, error))
		return fs_fail_in(error, "%s", fs_case_key_names[FS_KEY_BYTES]);
	if (fill_number(set, FS_KEY_MEASURED, row, &one->measured, error))
		return fs_fail_in(error, "%s", fs_case_key_names[FS_KEY_MEASURED]);
	one->chips = (uint64_t)chips;
	one->measured *= set->unit_value;
	return 0;
}

static int fill_texts(const struct fs_published_set *set, const struct fs_table_row *row,
                      struct fs_published_case *one, struct fs_error *error)
{
	const struct {
		enum fs_case_key key;
		char *text;
		size_t size;
	} texts[] = {
	        {FS_KEY_SYSTEM, one->system, sizeof one->system},
	        {FS_KEY_STACK, one->stack, sizeof one->stack},
	        {FS_KEY_MODEL, one->model, sizeof one->model},
	        {FS_KEY_LAYOUT, one->layout, sizeof one->layout},
	        {FS_KEY_COLLECTIVE, one->collective, sizeof one->collective},
	        {FS_KEY_PART, one->part, sizeof one->part},
	        {FS_KEY_ROW, one->row, sizeof one->row},
	        {FS_KEY_LAYOUTS_OF, one->layouts_of, sizeof one->layouts_of},
	        {FS_KEY_GROUPS_OF, one->group, sizeof one->group},
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const char *template = set->template[texts[i].key];
		if (template &&
		    fs_template_fill(template, &set->table, row, texts[i].text, texts[i].size, error))
			return fs_fail_in(error, "%s", fs_case_key_names[texts[i].key]);
	}
	return 0;
}

int fs_published_case_of(const struct fs_published_set *set, int row, struct fs_published_case *one,
                         struct fs_error *error)
{
	const struct fs_table_row *cells = &set->table.row[row];
	*one = (struct fs_published_case){
	        .measure = set->measure, .file = set->file->path, .line = cells->line};
	if (fill_texts(set, cells, one, error) || fill_numbers(set, cells, one, error))
		return fs_fail_in(error, "%s:%d", one->file, one->line);
	if (!*one->group)
		strcpy(one->group, *one->model ? one->model : one->collective); /* no longer than there */
	return 0;
}

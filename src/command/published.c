#include "command/published.h"

#include "base/error.h"
#include "base/text.h"
#include "config/fields.h"
#include "config/home.h"
#include "config/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A set of keys, as bits. */
#define BIT(key) (1u << (key))
enum { OF_ALL = BIT(FS_KEY_SYSTEM) | BIT(FS_KEY_CHIPS) | BIT(FS_KEY_MEASURED) | BIT(FS_KEY_ROW) };

static const struct {
	const char *name;
	unsigned needs; /* templates */
	bool bytes;     /* rather than seconds */
} measures[] = {
        [FS_MEASURE_STEP] = {"step", OF_ALL | BIT(FS_KEY_MODEL) | BIT(FS_KEY_LAYOUT), false},
        [FS_MEASURE_MEMORY] = {"memory", OF_ALL | BIT(FS_KEY_MODEL) | BIT(FS_KEY_LAYOUT) | BIT(FS_KEY_PART),
                               true},
        [FS_MEASURE_COLLECTIVE] = {"collective", OF_ALL | BIT(FS_KEY_COLLECTIVE) | BIT(FS_KEY_BYTES), false},
        [FS_MEASURE_PHASE] = {"phase", OF_ALL | BIT(FS_KEY_MODEL) | BIT(FS_KEY_LAYOUT) | BIT(FS_KEY_PART),
                              false},
};
enum { MEASURES = sizeof measures / sizeof *measures };

static const struct {
	const char *name;
	double value;
	bool bytes;
} units[] = {{"s", 1, false}, {"ms", 1e-3, false}, {"us", 1e-6, false}, {"GiB", 1073741824.0, true}};
enum { UNITS = sizeof units / sizeof *units };

const char *const fs_case_key_names[FS_CASE_KEYS] = {
        [FS_KEY_SYSTEM] = "system",         [FS_KEY_STACK] = "stack",
        [FS_KEY_MODEL] = "model",           [FS_KEY_LAYOUT] = "layout",
        [FS_KEY_CHIPS] = "chips",           [FS_KEY_COLLECTIVE] = "collective",
        [FS_KEY_BYTES] = "bytes",           [FS_KEY_PART] = "part",
        [FS_KEY_MEASURED] = "measured",     [FS_KEY_ROW] = "row",
        [FS_KEY_LAYOUTS_OF] = "layouts_of", [FS_KEY_GROUPS_OF] = "groups_of",
};

/* What stands for all rows. */
static const char *const set_keys[] = {"schema", "name", "label", "source",   "trust", "notes", "quantity",
                                       "unit",   "bar",  "fits",  "left_out", "table", NULL};

static const char schema[] = "farscale-validation/1";

const char *fs_measure_name(enum fs_measure measure)
{
	return measures[measure].name;
}

static bool is_key(const char *key)
{
	for (int i = 0; set_keys[i]; i++)
		if (strcmp(key, set_keys[i]) == 0)
			return true;
	for (int i = 0; i < FS_CASE_KEYS; i++)
		if (strcmp(key, fs_case_key_names[i]) == 0)
			return true;
	return false;
}

static int check_keys(const struct fs_yaml_file *file, struct fs_error *error)
{
	for (int i = 0; i < file->root.count; i++) {
		const struct fs_yaml *entry = &file->root.child[i];
		char quoted[64], allowed[400] = "";
		if (is_key(entry->key))
			continue;
		for (int k = 0; set_keys[k]; k++)
			fs_text_join(allowed, sizeof allowed, set_keys[k]);
		for (int k = 0; k < FS_CASE_KEYS; k++)
			fs_text_join(allowed, sizeof allowed, fs_case_key_names[k]);
		return fs_yaml_fail_key(file, entry, error, "unknown key %s; allowed: %s",
		                        fs_text_quote(entry->key, quoted, sizeof quoted), allowed);
	}
	return 0;
}

/* *text is NULL where the key is missing and that is allowed. */
static int read_text(const struct fs_yaml_file *file, const char *key, bool needed, const char **text,
                     struct fs_error *error)
{
	const struct fs_yaml *node = fs_yaml_get(&file->root, key);
	char found[64];
	*text = NULL;
	if (!node)
		return needed ? fs_yaml_fail(file, &file->root, error, "needs the key '%s'", key) : 0;
	if (node->kind != FS_YAML_TEXT || !*node->text)
		return fs_yaml_fail(file, node, error, "%s: a text is needed, not %s", key,
		                    fs_yaml_describe(node, found, sizeof found));
	*text = node->text;
	return 0;
}

static int refuse_word(const struct fs_yaml_file *file, const char *key, const char *allowed,
                       struct fs_error *error)
{
	const struct fs_yaml *node = fs_yaml_get(&file->root, key);
	char found[64];
	return fs_yaml_fail(file, node, error, "%s: %s is needed, not %s", key, allowed,
	                    fs_yaml_describe(node, found, sizeof found));
}

static int read_measure(struct fs_published_set *set, struct fs_error *error)
{
	const char *quantity;
	int measure = 0, unit = 0;
	if (read_text(set->file, "quantity", true, &quantity, error) ||
	    read_text(set->file, "unit", true, &set->unit, error))
		return -1;
	while (measure < MEASURES && strcmp(measures[measure].name, quantity))
		measure++;
	if (measure == MEASURES)
		return refuse_word(set->file, "quantity", "step, memory, collective or phase", error);
	while (unit < UNITS &&
	       (strcmp(units[unit].name, set->unit) || units[unit].bytes != measures[measure].bytes))
		unit++;
	if (unit == UNITS)
		return refuse_word(set->file, "unit", measures[measure].bytes ? "GiB" : "s, ms or us", error);
	set->measure = (enum fs_measure)measure;
	set->unit_value = units[unit].value;
	return 0;
}

static int read_head(struct fs_published_set *set, struct fs_error *error)
{
	const struct fs_yaml_file *file = set->file;
	const char *given, *trust;
	if (read_text(file, "schema", true, &given, error))
		return -1;
	if (strcmp(given, schema) != 0)
		return refuse_word(file, "schema", schema, error);
	if (check_keys(file, error) || read_text(file, "name", true, &set->name, error) ||
	    read_text(file, "label", true, &set->label, error) ||
	    read_text(file, "source", true, &set->source, error) ||
	    read_text(file, "trust", true, &trust, error) ||
	    read_text(file, "notes", false, &set->notes, error))
		return -1;
	if (strlen(trust) != 1 || !strchr("RDME", *trust))
		return refuse_word(file, "trust", "R, D, M or E", error);
	set->trust = *trust;
	return read_measure(set, error);
}

static int read_bar(struct fs_published_set *set, struct fs_error *error)
{
	static const char *const names[] = {"mean", "median", "worst"};
	const struct fs_yaml *bar = fs_yaml_get(&set->file->root, "bar");
	double *const targets[] = {&set->bar.mean, &set->bar.median, &set->bar.worst};
	if (!bar)
		return 0;
	if (bar->kind != FS_YAML_MAPPING)
		return fs_yaml_fail(set->file, bar, error,
		                    "bar: a mapping such as {mean: 5, worst: 10} is needed");
	for (int i = 0; i < bar->count; i++) {
		const struct fs_yaml *entry = &bar->child[i];
		int which = 0;
		double percent;
		while (which < 3 && strcmp(entry->key, names[which]))
			which++;
		if (which == 3)
			return fs_yaml_fail_key(set->file, entry, error,
			                        "unknown key '%.40s' in a bar; allowed: mean, median, worst",
			                        entry->key);
		if (entry->kind != FS_YAML_TEXT || !fs_number_parse(entry->text, &percent) || percent <= 0)
			return fs_yaml_fail(set->file, entry, error, "%s: percent above 0 are needed",
			                    entry->key);
		*targets[which] = percent / 100;
	}
	return 0;
}

/* How many rows of the source are missing, each with a reason. */
static int read_left_out(struct fs_published_set *set, struct fs_error *error)
{
	const struct fs_yaml *list = fs_yaml_get(&set->file->root, "left_out");
	if (list && list->kind != FS_YAML_LIST)
		return fs_yaml_fail(set->file, list, error,
		                    "left_out: a list of {rows: 3, reason: \"...\"} is needed");
	for (int i = 0; list && i < list->count; i++) {
		const struct fs_yaml *item = &list->child[i];
		bool mapping = item->kind == FS_YAML_MAPPING && item->count == 2;
		const struct fs_yaml *rows = mapping ? fs_yaml_get(item, "rows") : NULL,
		                     *reason = mapping ? fs_yaml_get(item, "reason") : NULL;
		double count;
		if (!rows || !reason || rows->kind != FS_YAML_TEXT || reason->kind != FS_YAML_TEXT ||
		    !*reason->text || !fs_number_parse(rows->text, &count) || count < 1 || count > 1e6)
			return fs_yaml_fail(set->file, item, error,
			                    "left_out: {rows: 3, reason: \"...\"} is needed");
		set->left_out += (int)count;
	}
	return 0;
}

static int read_fits(struct fs_published_set *set, struct fs_error *error)
{
	const struct fs_yaml *list = fs_yaml_get(&set->file->root, "fits");
	if (list && list->kind != FS_YAML_LIST)
		return fs_yaml_fail(
		        set->file, list, error,
		        "fits: a list such as [\"stack.kernel.memory_efficiency=0.5..1\"] is needed");
	for (int i = 0; list && i < list->count; i++) {
		const struct fs_yaml *item = &list->child[i];
		struct fs_error reason;
		if (fs_free_numbers_parse(item->kind == FS_YAML_TEXT ? item->text : "", &set->fits, &reason))
			return fs_yaml_fail(set->file, item, error, "fits: %s", reason.text);
	}
	return 0;
}

static int read_table(struct fs_published_set *set, struct fs_error *error)
{
	const char *text;
	const struct fs_yaml *node = fs_yaml_get(&set->file->root, "table");
	if (read_text(set->file, "table", true, &text, error))
		return -1;
	if (node->key_line == node->line && !strchr(text, '\n'))
		return fs_yaml_fail(set->file, node, error, "table: rows below a '|' are needed");
	/* The rows begin in the line below the key, whatever place libfyaml gives the text. */
	return fs_case_table_read(text, set->file->path, node->key_line + 1, &set->table, error);
}

static int read_templates(struct fs_published_set *set, struct fs_error *error)
{
	for (int key = 0; key < FS_CASE_KEYS; key++) {
		bool needed = measures[set->measure].needs & BIT(key);
		const struct fs_yaml *node = fs_yaml_get(&set->file->root, fs_case_key_names[key]);
		struct fs_error reason;
		if (read_text(set->file, fs_case_key_names[key], needed, &set->template[key], error))
			return -1;
		if (node && fs_template_check(node->text, &set->table, &reason))
			return fs_yaml_fail(set->file, node, error, "%s: %s", fs_case_key_names[key],
			                    reason.text);
	}
	return 0;
}

/* Each row must make a case. */
static int check_rows(const struct fs_published_set *set, struct fs_error *error)
{
	for (int row = 0; row < set->table.rows; row++) {
		struct fs_published_case one;
		if (fs_published_case_of(set, row, &one, error))
			return -1;
	}
	return 0;
}

int fs_published_read(const char *name, struct fs_published_set *set, struct fs_error *error)
{
	char path[512];
	*set = (struct fs_published_set){0};
	if (fs_shelf_find(&fs_shelf_published, name, NULL, path, sizeof path, error) ||
	    fs_yaml_read(path, &set->file, error))
		return -1;
	if (read_head(set, error) || read_bar(set, error) || read_fits(set, error) ||
	    read_left_out(set, error) || read_table(set, error) || read_templates(set, error) ||
	    check_rows(set, error)) {
		fs_published_destroy(set);
		return -1;
	}
	return 0;
}

void fs_published_destroy(struct fs_published_set *set)
{
	fs_case_table_clear(&set->table);
	fs_yaml_destroy(set->file);
	*set = (struct fs_published_set){0};
}

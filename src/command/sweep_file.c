#include "command/sweep_file.h"

#include "base/error.h"
#include "base/text.h"
#include "config/yaml.h"
#include "topology/system.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_POINTS = 64, MOST_CASES = 100000, MOST_OVERRIDES = 8 };

/* One axis of names, numbers or texts, as the file has them; count 1 with a NULL text for an axis that is not
 * there. */
struct axis {
	int count;
	const char *text[MOST_POINTS];
};

struct block {
	const struct fs_yaml_file *file;
	struct axis systems, models, stacks, overrides, layouts;
	struct fs_chip_list chips, seeds;
	uint64_t steps;
	bool allow_oom;
	enum fs_clock clock;
};

static int read_axis(const struct fs_yaml_file *file, const char *key, bool needed, struct axis *axis,
                     struct fs_error *error)
{
	const struct fs_yaml *node = fs_yaml_get(&file->root, key);
	*axis = (struct axis){.count = 1};
	if (!node)
		return needed ? fs_fail(error, "%s: %s is missing; a list of names is needed", file->path,
		                        key)
		              : 0;
	if (node->kind != FS_YAML_LIST || node->count < 1 || node->count > MOST_POINTS)
		return fs_yaml_fail(file, node, error, "%s: a list of 1 to %d items is needed", key,
		                    MOST_POINTS);
	axis->count = node->count;
	for (int i = 0; i < node->count; i++) {
		if (node->child[i].kind != FS_YAML_TEXT || !node->child[i].text[0])
			return fs_yaml_fail(file, &node->child[i], error, "%s: a text is needed", key);
		axis->text[i] = node->child[i].text;
	}
	return 0;
}

/* A text, or an axis of them. */
static int read_layouts(const struct fs_yaml_file *file, struct axis *axis, struct fs_error *error)
{
	const struct fs_yaml *node = fs_yaml_get(&file->root, "layout");
	if (node && node->kind == FS_YAML_MAPPING)
		return fs_yaml_fail(file, node, error,
		                    "layout: a text such as \"tp=8,pp=4\" or a list of them is needed");
	if (!node || node->kind != FS_YAML_TEXT)
		return read_axis(file, "layout", false, axis, error);
	*axis = (struct axis){1, {node->text}};
	return 0;
}

static int read_allow_oom(const struct fs_yaml_file *file, bool *allowed, struct fs_error *error)
{
	const struct fs_yaml *node = fs_yaml_get(&file->root, "allow_oom");
	if (!node)
		return 0;
	if (node->kind != FS_YAML_TEXT || strlen(node->text) != 1 || !strchr("01", node->text[0]))
		return fs_yaml_fail(file, node, error, "allow_oom: 0 or 1 is needed");
	*allowed = node->text[0] == '1';
	return 0;
}

/* "8..64" or [8, 16] as a list of numbers. */
static int read_numbers(const struct fs_yaml_file *file, const struct fs_yaml *node, const char *key,
                        struct fs_chip_list *list, struct fs_error *error)
{
	char joined[2048] = "";
	struct fs_error inner;
	if (node->kind == FS_YAML_MAPPING)
		return fs_yaml_fail(file, node, error, "%s: a number, a range (8..64) or a list is needed",
		                    key);
	for (int i = 0; node->kind == FS_YAML_LIST && i < node->count; i++) {
		if (node->child[i].kind != FS_YAML_TEXT)
			return fs_yaml_fail(file, &node->child[i], error, "%s: a number is needed", key);
		size_t used = strlen(joined);
		snprintf(joined + used, sizeof joined - used, "%s%s", i ? "," : "", node->child[i].text);
	}
	if (fs_chip_list_parse(node->kind == FS_YAML_LIST ? joined : node->text, list, &inner))
		return fs_yaml_fail(file, node, error, "%s: %s", key, inner.text);
	return 0;
}

static int read_steps(const struct fs_yaml_file *file, const struct fs_yaml *mapping, uint64_t *steps,
                      struct fs_error *error)
{
	struct fs_chip_list list;
	const struct fs_yaml *node = fs_yaml_get(mapping, "steps");
	if (!node)
		return 0;
	if (read_numbers(file, node, "steps", &list, error))
		return -1;
	if (list.count != 1 || list.chips[0] > 100000)
		return fs_yaml_fail(file, node, error, "steps: one number from 1 to 100000 is needed");
	*steps = list.chips[0];
	return 0;
}

/* What the file and its `live:` part may both say. */
static int read_block(const struct fs_yaml_file *file, const struct fs_yaml *mapping, struct block *block,
                      struct fs_error *error)
{
	const struct fs_yaml *chips = fs_yaml_get(mapping, "chips"), *seeds = fs_yaml_get(mapping, "seeds");
	if (!chips)
		return fs_yaml_fail(file, mapping, error, "chips is missing; 8..15488 or a list is needed");
	if (read_numbers(file, chips, "chips", &block->chips, error) ||
	    (seeds && read_numbers(file, seeds, "seeds", &block->seeds, error)))
		return -1;
	return read_steps(file, mapping, &block->steps, error);
}

static int check_keys(const struct fs_yaml_file *file, const struct fs_yaml *mapping,
                      const char *const *known, struct fs_error *error)
{
	char all[256] = "";
	for (const char *const *word = known; *word; word++)
		fs_text_join(all, sizeof all, *word);
	for (int i = 0; i < mapping->count; i++) {
		const struct fs_yaml *entry = &mapping->child[i];
		bool found = false;
		for (const char *const *word = known; *word; word++)
			found = found || strcmp(entry->key, *word) == 0;
		const char *nearest = found ? NULL : fs_text_nearest(entry->key, known);
		if (nearest)
			return fs_yaml_fail_key(file, entry, error, "unknown key; did you mean %s?", nearest);
		if (!found)
			return fs_yaml_fail_key(file, entry, error, "unknown key; there are %s", all);
	}
	return 0;
}

static int read_name(const struct fs_yaml_file *file, char *name, size_t size, struct fs_error *error)
{
	const struct fs_yaml *schema = fs_yaml_get(&file->root, "schema"),
	                     *node = fs_yaml_get(&file->root, "name");
	if (!schema || schema->kind != FS_YAML_TEXT || strcmp(schema->text, "farscale-sweep/1") != 0)
		return fs_yaml_fail(file, schema ? schema : &file->root, error,
		                    "schema: farscale-sweep/1 is needed");
	if (!node || node->kind != FS_YAML_TEXT || !node->text[0] || strlen(node->text) >= size)
		return fs_yaml_fail(file, node ? node : &file->root, error,
		                    "name: a short word is needed, the results' folder");
	for (const char *letter = node->text; *letter; letter++)
		if (!isalnum((unsigned char)*letter) && !strchr("-_", *letter))
			return fs_yaml_fail(file, node, error, "name: letters, digits, '-' and '_' only");
	snprintf(name, size, "%s", node->text);
	return 0;
}

static void *own(struct fs_sweep *sweep, void *memory)
{
	sweep->owned =
	        fs_reallocate(sweep->owned, (unsigned long)(sweep->owned_count + 1) * sizeof *sweep->owned);
	return sweep->owned[sweep->owned_count++] = memory;
}

/* Cuts "a=1; b=2" into the sweep's overrides; returns the first and their number. */
static int cut_overrides(struct fs_sweep *sweep, const char *text, struct fs_override **first,
                         struct fs_error *error)
{
	int count = 0;
	*first = NULL;
	if (!text)
		return 0;
	char *copy = own(sweep, fs_duplicate_text(text));
	struct fs_override *list = own(sweep, fs_allocate_zeroed(MOST_OVERRIDES, sizeof *list));
	for (char *rest = copy, *item; (item = strsep(&rest, ";"));) {
		item += strspn(item, " ");
		for (size_t length = strlen(item); length && item[length - 1] == ' '; length--)
			item[length - 1] = 0;
		if (!*item)
			continue;
		if (count == MOST_OVERRIDES)
			return fs_fail(error, "more than %d overrides in '%s'", MOST_OVERRIDES, text);
		list[count++].text = item;
	}
	*first = list;
	return count;
}

static int add_case(struct fs_sweep *sweep, struct fs_case one, struct fs_error *error)
{
	if (sweep->count == MOST_CASES)
		return fs_fail(error, "more than %d cases", MOST_CASES);
	if (sweep->count % 256 == 0)
		sweep->cases = fs_reallocate(sweep->cases,
		                             (unsigned long)(sweep->count + 256) * sizeof *sweep->cases);
	sweep->cases[sweep->count++] = one;
	return 0;
}

/* All seeds and sizes of one system, model, stack and set of overrides. */
static int add_points(struct fs_sweep *sweep, const struct block *block, struct fs_case one,
                      struct fs_error *error)
{
	for (int c = 0; c < block->chips.count; c++)
		for (int s = 0; s < block->seeds.count; s++) {
			one.chips = block->chips.chips[c];
			one.seed = block->seeds.chips[s];
			if (add_case(sweep, one, error))
				return -1;
		}
	return 0;
}

/* All systems, models, stacks and layouts with one set of overrides. */
static int add_overridden(struct fs_sweep *sweep, const struct block *block, struct fs_case one,
                          struct fs_error *error)
{
	for (int system = 0; system < block->systems.count; system++)
		for (int model = 0; model < block->models.count; model++)
			for (int stack = 0; stack < block->stacks.count; stack++)
				for (int layout = 0; layout < block->layouts.count; layout++) {
					one.system = block->systems.text[system];
					one.model = block->models.text[model];
					one.stack = block->stacks.text[stack];
					one.layout = block->layouts.text[layout];
					if (add_points(sweep, block, one, error))
						return -1;
				}
	return 0;
}

static int add_block(struct fs_sweep *sweep, const struct block *block, struct fs_error *error)
{
	for (int o = 0; o < block->overrides.count; o++) {
		struct fs_case one = {
		        .clock = block->clock, .steps = block->steps, .allow_oom = block->allow_oom};
		struct fs_override *list;
		one.compute = block->clock == FS_CLOCK_WALL ? FS_COMPUTE_BLAS : FS_COMPUTE_MODEL;
		one.override_count = cut_overrides(sweep, block->overrides.text[o], &list, error);
		one.overrides = list;
		if (one.override_count < 0)
			return -1;
		if (add_overridden(sweep, block, one, error))
			return -1;
	}
	return 0;
}

static int read_sweep(struct fs_sweep *sweep, struct fs_error *error)
{
	static const char *const keys[] = {"schema", "name",      "systems",   "models", "chips",
	                                   "stacks", "seeds",     "overrides", "steps",  "layout",
	                                   "live",   "allow_oom", NULL};
	static const char *const live_keys[] = {"chips", "seeds", "steps", NULL};
	const struct fs_yaml_file *file = sweep->file;
	const struct fs_yaml *live = fs_yaml_get(&file->root, "live");
	struct block block = {.file = file, .steps = 10, .clock = FS_CLOCK_VIRTUAL, .seeds = {1, {1}}};
	if (check_keys(file, &file->root, keys, error) ||
	    read_name(file, sweep->name, sizeof sweep->name, error) ||
	    read_axis(file, "systems", true, &block.systems, error) ||
	    read_axis(file, "models", true, &block.models, error) ||
	    read_axis(file, "stacks", false, &block.stacks, error) ||
	    read_axis(file, "overrides", false, &block.overrides, error) ||
	    read_layouts(file, &block.layouts, error) || read_allow_oom(file, &block.allow_oom, error))
		return -1;
	if (live) {
		struct block wall = block;
		wall.clock = FS_CLOCK_WALL;
		wall.steps = 3;
		if (live->kind != FS_YAML_MAPPING)
			return fs_yaml_fail(file, live, error,
			                    "live: a mapping with chips, seeds and steps is needed");
		if (check_keys(file, live, live_keys, error) || read_block(file, live, &wall, error) ||
		    add_block(sweep, &wall, error))
			return -1;
	}
	if (read_block(file, &file->root, &block, error))
		return -1;
	return add_block(sweep, &block, error);
}

int fs_sweep_read(const char *path, struct fs_sweep *sweep, struct fs_error *error)
{
	*sweep = (struct fs_sweep){0};
	if (fs_yaml_read(path, &sweep->file, error))
		return -1;
	if (read_sweep(sweep, error)) {
		fs_sweep_destroy(sweep);
		return -1;
	}
	return 0;
}

void fs_sweep_destroy(struct fs_sweep *sweep)
{
	for (int i = 0; i < sweep->owned_count; i++)
		free(sweep->owned[i]);
	free(sweep->owned);
	free(sweep->cases);
	fs_yaml_destroy(sweep->file);
	*sweep = (struct fs_sweep){0};
}

#include "command/show_layout.h"

#include "layout/memory.h"
#include "layout/stages.h"
#include "report/table.h"
#include "topology/system.h"

static const char *const dimension_names[FS_DIMENSIONS] = {"tp", "cp", "ep", "dp", "pp"};

enum { AMOUNTS = 6 };
static const char *const amounts[AMOUNTS] = {"weights",     "gradients", "optimizer",
                                             "activations", "working",   "total"};

static void list_amounts(const struct fs_memory *memory, double bytes[AMOUNTS])
{
	bytes[0] = memory->weights;
	bytes[1] = memory->gradients;
	bytes[2] = memory->optimizer;
	bytes[3] = memory->activations;
	bytes[4] = memory->working;
	bytes[5] = fs_memory_total(memory);
}

/* What a stage holds: "embedding 0-11 48-59 head"; cut when full. */
static const char *describe_stage(const struct fs_layout_view *view, uint32_t stage, char *text, size_t size)
{
	size_t used = 0;
	*text = 0;
	for (uint32_t k = 0; k < fs_stage_chunks(&view->layout) && used < size; k++) {
		struct fs_chunk chunk = fs_stage_chunk(&view->layout, view->model, stage, k);
		const char *gap = used ? " " : "";
		if (chunk.embedding)
			used += (size_t)snprintf(text + used, size - used, "%sembedding", gap);
		gap = used ? " " : "";
		if (chunk.layers && used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%u", gap, chunk.first);
		if (chunk.layers > 1 && used < size)
			used += (size_t)snprintf(text + used, size - used, "-%u",
			                         chunk.first + chunk.layers - 1);
		gap = used ? " " : "";
		if (chunk.head && used < size)
			used += (size_t)snprintf(text + used, size - used, "%shead", gap);
	}
	return text;
}

static void list_key(const char *key, const char *value, void *context)
{
	fs_table_cell(context, "%s", key);
	fs_table_cell(context, "%s", value);
	fs_table_cell(context, "%s", "");
}

/* A dimension's line says how far apart the chips of its group are. */
static void print_keys(const struct fs_layout_view *view, FILE *out)
{
	static const struct fs_column columns[] = {{"layout", true}, {"value", false}, {"", true}};
	struct fs_table *table = fs_table_create(columns, 3);
	fs_layout_each(&view->layout, list_key, table);
	fs_table_cell(table, "micro-batches");
	fs_table_cell(table, "%u", view->layout.microbatches);
	fs_table_cell(table, "per chip and step");
	for (enum fs_dimension d = 0; d < FS_DIMENSIONS; d++) {
		struct fs_group group = fs_layout_group(&view->layout, d);
		fs_table_cell(table, "group of %s", dimension_names[d]);
		fs_table_cell(table, "%u", group.size);
		fs_table_cell(table, "chips %u apart", group.stride);
	}
	fs_table_print(table, "  ", out);
	fs_table_destroy(table);
}

static void print_memory(const struct fs_layout_view *view, FILE *out)
{
	static const struct fs_column columns[] = {
	        {"stage", false},       {"holds", true},      {"parameters", false},
	        {"weights", false},     {"gradients", false}, {"optimizer", false},
	        {"activations", false}, {"working", false},   {"total GB", false}};
	struct fs_table *table = fs_table_create(columns, 3 + AMOUNTS);
	char text[128];
	for (uint32_t stage = 0; stage < view->layout.pp; stage++) {
		struct fs_memory memory = fs_memory_of_stage(&view->layout, view->model, stage);
		double bytes[AMOUNTS];
		list_amounts(&memory, bytes);
		fs_table_cell(table, "%u", stage);
		fs_table_cell(table, "%s", describe_stage(view, stage, text, sizeof text));
		fs_table_cell(table, "%.0f", fs_memory_parameters(&view->layout, view->model, stage));
		for (int i = 0; i < AMOUNTS; i++)
			fs_table_cell(table, "%.2f", bytes[i] / 1e9);
	}
	fprintf(out, "Memory of a chip, GB:\n");
	fs_table_print(table, "  ", out);
	fs_table_destroy(table);
}

static bool fits(const struct fs_layout_view *view)
{
	return fs_memory_peak(&view->layout, view->model) <= fs_memory_of_chip(view->chip);
}

void fs_show_layout_table(const struct fs_layout_view *view, FILE *out)
{
	char text[FS_LAYOUT_TEXT];
	fs_layout_text(&view->layout, view->model, text, sizeof text);
	fprintf(out, "\nLayout %s\n", text);
	print_keys(view, out);
	putc('\n', out);
	print_memory(view, out);
	if (view->chip)
		fprintf(out, "\n%s: the fullest chip needs %.2f GB; %s has %.2f GB, sold as %.10g.\n",
		        fits(view) ? "Fits" : "Does not fit",
		        fs_memory_peak(&view->layout, view->model) / 1e9, view->chip->name,
		        fs_memory_of_chip(view->chip) / 1e9, view->chip->memory_GB.value);
}

/* Numbers as numbers, words as words. */
static void put_key(const char *key, const char *value, void *context)
{
	json_t *number = json_loads(value, JSON_DECODE_ANY, NULL);
	json_object_set_new(context, key, json_is_integer(number) ? json_incref(number) : json_string(value));
	json_decref(number);
}

static json_t *layout_json(const struct fs_layout_view *view)
{
	char text[FS_LAYOUT_TEXT];
	fs_layout_text(&view->layout, view->model, text, sizeof text);
	json_t *layout = json_pack("{s:s}", "text", text);
	fs_layout_each(&view->layout, put_key, layout);
	json_object_set_new(layout, "microbatches", json_integer(view->layout.microbatches));
	return layout;
}

static json_t *groups_json(const struct fs_layout *layout)
{
	json_t *groups = json_object();
	for (enum fs_dimension d = 0; d < FS_DIMENSIONS; d++) {
		struct fs_group group = fs_layout_group(layout, d);
		json_object_set_new(groups, dimension_names[d],
		                    json_pack("{s:I, s:I}", "size", (json_int_t)group.size, "stride",
		                              (json_int_t)group.stride));
	}
	return groups;
}

static json_t *stage_json(const struct fs_layout_view *view, uint32_t stage)
{
	struct fs_memory memory = fs_memory_of_stage(&view->layout, view->model, stage);
	double bytes[AMOUNTS];
	char text[2048];
	list_amounts(&memory, bytes);
	json_t *json = json_pack("{s:I, s:s, s:f}", "stage", (json_int_t)stage, "holds",
	                         describe_stage(view, stage, text, sizeof text), "parameters",
	                         fs_memory_parameters(&view->layout, view->model, stage));
	for (int i = 0; i < AMOUNTS; i++) {
		char key[32];
		snprintf(key, sizeof key, "%s_bytes", amounts[i]);
		json_object_set_new(json, key, json_real(bytes[i]));
	}
	return json;
}

void fs_show_layout_json(const struct fs_layout_view *view, json_t *root)
{
	json_t *stages = json_array();
	for (uint32_t stage = 0; stage < view->layout.pp; stage++)
		json_array_append_new(stages, stage_json(view, stage));
	json_object_set_new(root, "layout", layout_json(view));
	json_object_set_new(root, "groups", groups_json(&view->layout));
	json_object_set_new(root, "memory", stages);
	json_object_set_new(root, "peak_bytes", json_real(fs_memory_peak(&view->layout, view->model)));
	if (!view->chip)
		return;
	json_object_set_new(
	        root, "chip",
	        json_pack("{s:s, s:f}", "name", view->chip->name, "memory_GB", view->chip->memory_GB.value));
	json_object_set_new(root, "fits", json_boolean(fits(view)));
}

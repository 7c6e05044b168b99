#include "command/show_model.h"

#include "model/flop.h"
#include "report/escape.h"
#include "report/table.h"

/* One number of a model, as it is listed. */
struct number {
	const char *key;
	double value;
	const char *unit;
};

enum { NUMBERS = 7 };

static void derive(const struct fs_model *model, struct number number[NUMBERS])
{
	uint32_t sequence = model->sequence;
	const struct number derived[NUMBERS] = {
	        {"parameters", fs_model_parameters(model), ""},
	        {"active_parameters", fs_model_active_parameters(model), "per token"},
	        {"mtp_parameters", fs_model_mtp_parameters(model), "besides"},
	        {"flop_per_token", fs_model_flop_per_token(model, sequence, FS_MASK_NONE), "flop"},
	        {"causal_flop_per_token", fs_model_flop_per_token(model, sequence, FS_MASK_CAUSAL), "flop"},
	        {"tokens_per_step", fs_model_tokens(model), "tokens/chip"},
	        {"flop_per_step", fs_model_step_flop(model), "flop/chip"},
	};
	for (int i = 0; i < NUMBERS; i++)
		number[i] = derived[i];
}

static void list_number(struct fs_table *table, const struct number *number)
{
	fs_table_cell(table, "%s", number->key);
	fs_table_cell(table, "%.10g", number->value);
	fs_table_cell(table, "%s", number->unit);
}

static void list_dimension(const char *key, uint32_t value, const char *word, void *context)
{
	struct fs_table *table = context;
	if (!word) {
		list_number(table, &(struct number){key, value, ""});
		return;
	}
	fs_table_cell(table, "%s", key);
	fs_table_cell(table, "%s", word);
	fs_table_cell(table, "%s", "");
}

static void print_numbers(const struct fs_model *model, FILE *out)
{
	static const struct fs_column columns[] = {{"number", true}, {"value", false}, {"unit", true}};
	struct fs_table *table = fs_table_create(columns, 3);
	struct number number[NUMBERS];
	derive(model, number);
	fs_model_each_dimension(model, list_dimension, table);
	for (int i = 0; i < NUMBERS; i++)
		if (number[i].value > 0)
			list_number(table, &number[i]);
	fs_table_print(table, "  ", out);
	fs_table_destroy(table);
}

static void print_parts(const struct fs_model *model, FILE *out)
{
	static const struct fs_column columns[] = {{"part", true},    {"count", false},
	                                           {"weight", true},  {"parameters", false},
	                                           {"active", false}, {"flop/token", false}};
	struct fs_table *table = fs_table_create(columns, 6);
	for (enum fs_part part = 0; part < FS_PARTS; part++) {
		struct fs_weight weight[FS_MAX_WEIGHTS];
		int weights = fs_part_count(model, part) ? fs_part_weights(model, part, weight) : 0;
		if (weights == 0)
			continue;
		fs_table_cell(table, "%s", fs_part_name(part));
		fs_table_cell(table, "%u", fs_part_count(model, part));
		fs_table_cell(table, "all of one");
		fs_table_cell(table, "%.10g", fs_part_parameters(model, part));
		fs_table_cell(table, "%.10g", fs_part_active(model, part));
		fs_table_cell(table, "%.10g",
		              fs_part_flop_per_token(model, part, model->sequence, FS_MASK_NONE));
		for (int i = 0; i < weights; i++) {
			double parameters = weight[i].matrix + weight[i].table;
			fs_table_cell(table, "%s", "");
			fs_table_cell(table, "%s", "");
			fs_table_cell(table, "%s", weight[i].name);
			fs_table_cell(table, "%.10g", parameters);
			fs_table_cell(table, "%.10g", parameters * weight[i].active);
			fs_table_cell(table, "%s", "");
		}
	}
	fs_table_print(table, "  ", out);
	fs_table_destroy(table);
}

void fs_show_model_table(const struct fs_model *model, FILE *out)
{
	char file[sizeof model->file];
	fprintf(out, "%s: %s\n\n  file   %s\n", model->name, model->label,
	        fs_escape_plain(model->file, file, sizeof file));
	if (*model->source)
		fprintf(out, "  source %s\n", model->source);
	if (model->trust)
		fprintf(out, "  trust  %c\n", model->trust);
	putc('\n', out);
	print_numbers(model, out);
	putc('\n', out);
	print_parts(model, out);
}

static void put_dimension(const char *key, uint32_t value, const char *word, void *context)
{
	json_object_set_new(context, key, word ? json_string(word) : json_integer(value));
}

static json_t *part_json(const struct fs_model *model, enum fs_part part)
{
	struct fs_weight weight[FS_MAX_WEIGHTS];
	int weights = fs_part_weights(model, part, weight);
	json_t *list = json_object();
	for (int i = 0; i < weights; i++)
		json_object_set_new(list, weight[i].name, json_real(weight[i].matrix + weight[i].table));
	double flop = fs_part_flop_per_token(model, part, model->sequence, FS_MASK_NONE);
	return json_pack("{s:s, s:i, s:f, s:f, s:f, s:o}", "part", fs_part_name(part), "count",
	                 (int)fs_part_count(model, part), "parameters", fs_part_parameters(model, part),
	                 "active", fs_part_active(model, part), "flop_per_token", flop, "weights", list);
}

json_t *fs_show_model_json(const struct fs_model *model)
{
	json_t *root =
	        json_pack("{s:s, s:s, s:s}", "name", model->name, "label", model->label, "file", model->file);
	struct number number[NUMBERS];
	if (*model->source)
		json_object_set_new(root, "source", json_string(model->source));
	if (model->trust)
		json_object_set_new(root, "trust", json_stringn(&model->trust, 1));
	fs_model_each_dimension(model, put_dimension, root);
	derive(model, number);
	for (int i = 0; i < NUMBERS; i++)
		json_object_set_new(root, number[i].key, json_real(number[i].value));
	json_t *parts = json_array();
	for (enum fs_part part = 0; part < FS_PARTS; part++)
		if (fs_part_count(model, part))
			json_array_append_new(parts, part_json(model, part));
	json_object_set_new(root, "parts", parts);
	return root;
}

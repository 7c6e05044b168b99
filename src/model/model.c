#include "model/model.h"

#include "base/error.h"
#include "config/fields.h"
#include "config/home.h"

#include <string.h>

#define COUNT(member) FS_FIELD_COUNT, offsetof(struct fs_model, member), 0, ""

static const struct fs_field model_fields[] = {
        {"name", FS_FIELD_NAME, offsetof(struct fs_model, name), sizeof(((struct fs_model *)0)->name)},
        {"label", FS_FIELD_TEXT, offsetof(struct fs_model, label), sizeof(((struct fs_model *)0)->label)},
        {"layers", COUNT(layers), 1, 10000},
        {"hidden", COUNT(hidden), 1, 1000000},
        {"heads", COUNT(heads), 1, 10000},
        {"ffn", COUNT(ffn), 1, 10000000},
        {"vocabulary", COUNT(vocabulary), 1, 10000000},
        {"sequence", COUNT(sequence), 1, 100000000},
        {"microbatch", COUNT(microbatch), 1, 1000000},
        {"experts", COUNT(experts), 0, 100000, .optional = true},
        {"top_k", COUNT(top_k), 0, 1000, .optional = true},
        {"bytes_per_element", COUNT(bytes_per_element), 1, 8},
        {NULL},
};

static const struct fs_yaml *at(const struct fs_yaml_file *file, const char *key)
{
	const struct fs_yaml *node = fs_yaml_get(&file->root, key);
	return node ? node : &file->root;
}

static int check(const struct fs_yaml_file *file, const struct fs_model *model, struct fs_error *error)
{
	if (model->hidden % model->heads)
		return fs_yaml_fail(file, at(file, "heads"), error,
		                    "heads: must divide hidden, %u, without remainder, not %u", model->hidden,
		                    model->heads);
	if (model->experts == 0 && model->top_k > 0)
		return fs_yaml_fail(file, at(file, "top_k"), error,
		                    "top_k: needs experts; a dense model has neither");
	if (model->experts > 0 && (model->top_k < 1 || model->top_k > model->experts))
		return fs_yaml_fail(file, at(file, "top_k"), error,
		                    "top_k: a whole number between 1 and the %u experts is needed, not %u",
		                    model->experts, model->top_k);
	return 0;
}

int fs_model_load(const char *name, struct fs_model *model, struct fs_error *error)
{
	struct fs_model loaded = {0};
	struct fs_yaml_file *file;
	if (fs_shelf_find(&fs_shelf_models, name, NULL, loaded.file, sizeof loaded.file, error) ||
	    fs_yaml_read(loaded.file, &file, error))
		return -1;
	struct fs_decoder decoder = {file, NULL, error};
	int result = fs_file_decode(&decoder, "farscale-model/1", "a model", model_fields, &loaded);
	if (result == 0)
		result = check(file, &loaded, error);
	if (result == 0 && !fs_is_path(name) && strcmp(name, loaded.name) != 0)
		result = fs_yaml_fail(file, at(file, "name"), error,
		                      "name: must be the file's name, '%s', not '%s'", name, loaded.name);
	fs_yaml_destroy(file);
	if (result == 0)
		*model = loaded;
	return result;
}

double fs_model_tokens(const struct fs_model *model)
{
	return (double)model->sequence * model->microbatch;
}

double fs_model_step_flop(const struct fs_model *model)
{
	double hidden = model->hidden;
	double attention = 4 * hidden * hidden;
	double feed_forward = 2 * hidden * model->ffn * (model->experts ? model->top_k : 1);
	double router = hidden * model->experts;
	double head = hidden * model->vocabulary;
	double weights = model->layers * (attention + feed_forward + router) + head;
	double scores = 12 * model->layers * hidden * model->sequence;
	return fs_model_tokens(model) * (6 * weights + scores);
}

void fs_model_each_dimension(const struct fs_model *model,
                             void (*visit)(const char *key, uint32_t value, void *context), void *context)
{
	for (const struct fs_field *field = model_fields; field->key; field++)
		if (field->kind == FS_FIELD_COUNT) {
			uint32_t value;
			memcpy(&value, (const char *)model + field->offset, sizeof value);
			visit(field->key, value, context);
		}
}

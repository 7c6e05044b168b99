/* A model from the command line: `layers=2,hidden=128,...` becomes the text of a file, so that keys, bounds
 * and messages are those of files. `like=llama3-70b` puts that model's keys into it, which others replace. */

#include "base/error.h"
#include "config/home.h"
#include "model/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/* Is it key=value, of letters that mean nothing else to YAML? */
static bool is_item(const char *item)
{
	size_t key = strspn(item, letters);
	const char *value = item + key + 1;
	if (key == 0 || item[key] != '=' || !*value)
		return false;
	for (; *value; value++)
		if (!strchr(letters, *value) && !strchr(".+-", *value))
			return false;
	return true;
}

/* The text of a file, as it grows. */
struct made_up {
	char yaml[2048];
	char like[64];              /* the model that it starts from, or "" */
	char trust[2], source[512]; /* of that model */
};

static void append(struct made_up *made, const char *key, size_t length, const char *value)
{
	size_t used = strlen(made->yaml);
	snprintf(made->yaml + used, sizeof made->yaml - used, "%.*s: %s\n", (int)length, key, value);
}

static int append_items(const char *text, struct made_up *made, struct fs_error *error)
{
	char copy[1024];
	if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy)
		return fs_fail(error, "custom model: '%.40s...' is too long", text);
	for (char *rest = copy, *item; (item = strsep(&rest, ","));) {
		if (!is_item(item))
			return fs_fail(error,
			               "custom model: '%.40s' is not key=value; a model is given as "
			               "custom:layers=2,hidden=1024,heads=16,...",
			               item);
		size_t key = strcspn(item, "=");
		if (strncmp(item, "like=", 5) != 0)
			append(made, item, key, item + key + 1);
		else if (*made->like)
			return fs_fail(error, "custom model: the key 'like' is given twice");
		else if (snprintf(made->like, sizeof made->like, "%s", item + 5) >= (int)sizeof made->like)
			return fs_fail(error, "custom model: like=%.40s... is too long a name", item + 5);
	}
	return 0;
}

/* Is `key` among the items `text`? */
static bool gives(const char *text, const char *key)
{
	size_t length = strlen(key);
	for (; text; text = strchr(text, ',')) {
		text += *text == ',';
		if (strncmp(text, key, length) == 0 && text[length] == '=')
			return true;
	}
	return false;
}

/* Adds what `text` does not say itself from the model that it is like. */
static int append_like(const char *text, struct made_up *made, struct fs_error *error)
{
	char path[512];
	struct fs_yaml_file *file;
	if (fs_shelf_find(&fs_shelf_models, made->like, NULL, path, sizeof path, error) ||
	    fs_yaml_read(path, &file, error))
		return fs_fail_in(error, "custom model: like");
	for (int i = 0; i < file->root.count; i++) {
		const struct fs_yaml *entry = &file->root.child[i];
		if (entry->kind != FS_YAML_TEXT || gives(text, entry->key))
			continue;
		if (strcmp(entry->key, "trust") == 0)
			snprintf(made->trust, sizeof made->trust, "%s", entry->text);
		else if (strcmp(entry->key, "source") == 0)
			snprintf(made->source, sizeof made->source, "%s", entry->text);
		else if (strcmp(entry->key, "schema") && strcmp(entry->key, "name") &&
		         strcmp(entry->key, "label"))
			append(made, entry->key, strlen(entry->key), entry->text);
	}
	fs_yaml_destroy(file);
	return 0;
}

/* The name tells models apart in records: it depends on all that was given. FNV-1a. */
static void name_it(const char *text, struct fs_model *model)
{
	uint32_t hash = 2166136261u;
	for (const char *letter = text; *letter; letter++)
		hash = (hash ^ (unsigned char)*letter) * 16777619u;
	snprintf(model->name, sizeof model->name, "custom-%08" PRIx32, hash);
}

/* "custom:3:7: heads: ..." of the made-up file: its lines are nobody's. */
static int drop_place(struct fs_error *error)
{
	const char *message = strstr(error->text, ": ");
	struct fs_error plain;
	fs_fail(&plain, "custom model%s", message ? message : "");
	*error = plain;
	return -1;
}

static const struct fs_field *with_optional_names(void)
{
	enum { MOST = 64 };
	static struct fs_field fields[MOST];
	for (int i = 0; i < MOST - 1 && fs_model_fields[i].key; i++) {
		fields[i] = fs_model_fields[i];
		if (fields[i].kind == FS_FIELD_NAME || fields[i].kind == FS_FIELD_TEXT)
			fields[i].optional = true;
	}
	return fields;
}

int fs_model_read_custom(const char *text, struct fs_model *model, struct fs_error *error)
{
	struct made_up made = {.yaml = "schema: farscale-model/1\n"};
	struct fs_model_file loaded = {0};
	struct fs_yaml_file *file;
	if (append_items(text, &made, error) || (*made.like && append_like(text, &made, error)))
		return -1;
	if (fs_yaml_parse("custom", made.yaml, strlen(made.yaml), &file, error))
		return drop_place(error);
	struct fs_decoder decoder = {file, NULL, error};
	int result = fs_file_decode(&decoder, "farscale-model/1", "a model", with_optional_names(), &loaded);
	if (result == 0)
		result = fs_model_finish(file, &loaded, error);
	fs_yaml_destroy(file);
	if (result)
		return drop_place(error);
	if (!*loaded.model.name)
		name_it(text, &loaded.model);
	if (!*loaded.model.label)
		snprintf(loaded.model.label, sizeof loaded.model.label, "A model of its own%s%s",
		         *made.like ? ", like " : "", made.like);
	if (*made.like && !loaded.model.trust) {
		loaded.model.trust = made.trust[0];
		snprintf(loaded.model.source, sizeof loaded.model.source, "%s", made.source);
	}
	snprintf(loaded.model.file, sizeof loaded.model.file, "custom:%.500s", text);
	*model = loaded.model;
	return 0;
}

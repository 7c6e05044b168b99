#include "command/options.h"

#include "base/error.h"
#include "base/speaker.h"
#include "command/show.h"
#include "command/show_model.h"
#include "command/show_system.h"
#include "config/home.h"
#include "model/model.h"
#include "report/table.h"

#include <stdlib.h>
#include <string.h>

enum format { TABLE, JSON };

static const struct fs_shelf *const shelves[] = {&fs_shelf_systems, &fs_shelf_models, &fs_shelf_stacks,
                                                 &fs_shelf_chips};
enum { SHELVES = sizeof shelves / sizeof *shelves };

static void print_json(json_t *object)
{
	/* 15 digits print 0.94 as it was written, not as 0.93999999999999995. */
	json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(object);
}

/* The label of a file in the home; of a broken one, what is wrong with it. */
static const char *label_of(const struct fs_shelf *shelf, const char *name, struct fs_peek *peek,
                            struct fs_error *error)
{
	char path[512];
	if (fs_shelf_find(shelf, name, NULL, path, sizeof path, error) || fs_file_peek(path, peek, error))
		return error->text;
	return peek->label;
}

static void list_table(const struct fs_shelf *shelf, const struct fs_names *names)
{
	static const struct fs_column columns[] = {{"name", true}, {"label", true}};
	struct fs_table *table = fs_table_create(columns, 2);
	struct fs_peek peek;
	struct fs_error error;
	for (int i = 0; i < names->count; i++) {
		fs_table_cell(table, "%s", names->name[i]);
		fs_table_cell(table, "%s", label_of(shelf, names->name[i], &peek, &error));
	}
	printf("%ss\n", shelf->what);
	fs_table_print(table, "  ", stdout);
	putchar('\n');
	fs_table_destroy(table);
}

static json_t *list_json(const struct fs_shelf *shelf, const struct fs_names *names)
{
	json_t *list = json_array();
	struct fs_peek peek;
	struct fs_error error;
	for (int i = 0; i < names->count; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "name", names->name[i], "label",
		                                      label_of(shelf, names->name[i], &peek, &error)));
	return list;
}

static int list_all(enum format format)
{
	json_t *root = json_object();
	for (int i = 0; i < SHELVES; i++) {
		struct fs_names names;
		char key[FS_NAME];
		fs_shelf_list(shelves[i], &names);
		snprintf(key, sizeof key, "%ss", shelves[i]->what);
		if (format == JSON)
			json_object_set_new(root, key, list_json(shelves[i], &names));
		else
			list_table(shelves[i], &names);
		fs_names_clear(&names);
	}
	if (format == JSON)
		print_json(root);
	else
		json_decref(root);
	return FS_DONE;
}

static void show_model(const struct fs_model *model, enum format format)
{
	if (format == JSON)
		print_json(fs_show_model_json(model));
	else
		fs_show_model_table(model, stdout);
}

/* A name that only models have, a custom model, or the path of a model's file. */
static bool is_model(const char *name)
{
	struct fs_peek peek;
	struct fs_error ignored;
	if (fs_model_is_custom(name))
		return true;
	if (fs_is_path(name))
		return fs_file_peek(name, &peek, &ignored) == 0 &&
		       strncmp(peek.schema, "farscale-model/", 15) == 0;
	return !fs_shelf_has(&fs_shelf_systems, name) && fs_shelf_has(&fs_shelf_models, name);
}

/* A name that neither a system nor a model has: both errors, because the user may have meant either. */
static int unknown_name(const char *name, struct fs_error *error)
{
	struct fs_error system_error, model_error;
	char path[512];
	fs_shelf_find(&fs_shelf_systems, name, NULL, path, sizeof path, &system_error);
	fs_shelf_find(&fs_shelf_models, name, NULL, path, sizeof path, &model_error);
	return fs_fail(error, "%.480s; %.480s", system_error.text, model_error.text);
}

static int show_system(const char *name, const char *stack, const struct fs_override_list *overrides,
                       enum format format, struct fs_error *error)
{
	struct fs_system *system;
	if (fs_system_load(name, stack, overrides->item, overrides->count, &system, error))
		return -1;
	if (format == JSON)
		print_json(fs_show_system_json(system));
	else
		fs_show_system_table(system, stdout);
	fs_system_destroy(system);
	return 0;
}

static int show(const char *name, const char *stack, const struct fs_override_list *overrides,
                enum format format, struct fs_error *error)
{
	struct fs_model model;
	bool changes = stack || overrides->count;
	if (!name && changes)
		return fs_fail(error, "--stack and --set need a SYSTEM");
	if (!name)
		return list_all(format);
	if (!is_model(name) && !fs_is_path(name) && !fs_shelf_has(&fs_shelf_systems, name))
		return unknown_name(name, error);
	if (!is_model(name))
		return show_system(name, stack, overrides, format, error);
	if (changes)
		return fs_fail(error, "'%s' is a model; --stack and --set change systems", name);
	if (fs_model_load(name, &model, error))
		return -1;
	show_model(&model, format);
	return 0;
}

int fs_show_run(const struct fs_command *self, int argc, char **argv)
{
	const char *name = NULL, *stack = NULL;
	struct fs_override_list overrides = {0};
	int format = TABLE;
	struct fs_error error;
	const struct fs_option options[] = {
	        {"stack", 0, FS_OPTION_TEXT, &stack, "NAME",
	         "the software of another stack instead of the system's own"},
	        {"set", 0, FS_OPTION_OVERRIDE, &overrides, "PATH=VALUE",
	         "change a number of the system; may be repeated"},
	        {"format", 0, FS_OPTION_CHOICE, &format, NULL, "how to print", "table|json"},
	        {NULL},
	};
	if (!fs_speaks())
		return FS_DONE; /* one rank is enough */
	int positional = fs_options_parse(self, options, argc, argv, &name, 1, &error);
	if (positional == FS_HELP_PRINTED)
		return FS_DONE;
	if (positional < 0 || show(name, stack, &overrides, format, &error))
		return fs_command_refuse(self, &error);
	return FS_DONE;
}

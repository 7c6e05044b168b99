#include "command/options.h"

#include "base/error.h"
#include "base/speaker.h"
#include "command/fabric_draw.h"
#include "command/fabric_survey.h"
#include "command/output.h"
#include "command/show.h"
#include "command/show_fabric.h"
#include "command/show_layout.h"
#include "command/show_model.h"
#include "command/show_system.h"
#include "config/home.h"
#include "model/model.h"
#include "report/table.h"
#include "schedule/schedule.h"
#include "topology/placement.h"

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

/* What the command line asks for. */
struct request {
	const char *name, *stack, *svg, *layout, *system;
	uint64_t chips;
	struct fs_override_list overrides;
	int format;
	bool fabric;
};

static int show_fabric(const struct fs_system *system, const struct request *request, struct fs_error *error)
{
	struct fs_fabric_survey *survey;
	if (fs_fabric_survey_create(system, request->overrides.count > 0, &survey, error))
		return -1;
	int status = request->svg ? fs_fabric_draw(survey, request->svg, error) : 0;
	if (!status && request->format == JSON)
		print_json(fs_show_fabric_json(survey));
	else if (!status)
		fs_show_fabric_table(survey, stdout);
	fs_fabric_survey_destroy(survey);
	return status;
}

static int load_system(const struct request *request, const char *name, struct fs_system **system,
                       struct fs_error *error)
{
	return fs_system_load(name, request->stack, request->overrides.item, request->overrides.count, system,
	                      error);
}

static int show_system(const struct request *request, struct fs_error *error)
{
	struct fs_system *system;
	int status = 0;
	if (load_system(request, request->name, &system, error))
		return -1;
	if (request->layout || request->chips || request->system)
		status = fs_fail(error, "'%s' is a system; --layout, -n and --system go with a model",
		                 request->name);
	else if (request->fabric)
		status = show_fabric(system, request, error);
	else if (request->format == JSON)
		print_json(fs_show_system_json(system));
	else
		fs_show_system_table(system, stdout);
	fs_system_destroy(system);
	return status;
}

static void print_model(const struct fs_model *model, const struct fs_layout_view *view, int format)
{
	if (format == JSON) {
		json_t *root = fs_show_model_json(model);
		if (view)
			fs_show_layout_json(view, root);
		print_json(root);
		return;
	}
	fs_show_model_table(model, stdout);
	if (view)
		fs_show_layout_table(view, stdout);
}

static int show_layout(const struct request *request, const struct fs_model *model, struct fs_error *error)
{
	struct fs_layout_view view = {.model = model};
	struct fs_system *system = NULL, placed;
	if (request->chips > FS_MAX_GROUP)
		return fs_fail(error, "%llu chips; at most %d", (unsigned long long)request->chips,
		               FS_MAX_GROUP);
	if (request->system && load_system(request, request->system, &system, error))
		return -1;
	if (system) {
		placed = fs_system_place(system, request->chips);
		view.chip = &system->chip;
	}
	int result = fs_layout_resolve(request->layout, model, system ? &placed : NULL, request->chips,
	                               &view.layout, error);
	if (result == 0)
		print_model(model, &view, request->format);
	fs_system_destroy(system);
	return result;
}

static int show_model(const struct request *request, struct fs_error *error)
{
	struct fs_model model;
	if (request->fabric)
		return fs_fail(error, "'%s' is a model; --fabric is of systems", request->name);
	if (!request->system && (request->stack || request->overrides.count))
		return fs_fail(error, "'%s' is a model; --stack and --set change systems", request->name);
	if ((request->layout || request->system) && !request->chips)
		return fs_fail(error, "how many chips? --layout and --system need -n");
	if (fs_model_load(request->name, &model, error))
		return -1;
	if (request->chips)
		return show_layout(request, &model, error);
	print_model(&model, NULL, request->format);
	return 0;
}

static int show(const struct request *request, struct fs_error *error)
{
	const char *name = request->name;
	if (!name && (request->stack || request->overrides.count))
		return fs_fail(error, "--stack and --set need a SYSTEM");
	if (!name && request->fabric)
		return fs_fail(error, "--fabric needs a SYSTEM");
	if (!name && (request->layout || request->chips || request->system))
		return fs_fail(error, "--layout, -n and --system need a MODEL");
	if (!name)
		return list_all(request->format);
	if (is_model(name))
		return show_model(request, error);
	if (!fs_is_path(name) && !fs_shelf_has(&fs_shelf_systems, name))
		return unknown_name(name, error);
	return show_system(request, error);
}

int fs_show_run(const struct fs_command *self, int argc, char **argv)
{
	struct request request = {.format = TABLE};
	struct fs_error error;
	const struct fs_option options[] = {
	        {"fabric", 0, FS_OPTION_FLAG, &request.fabric, NULL,
	         "the networks of its tiers: links, switches, bisection, diameter"},
	        {"svg", 0, FS_OPTION_TEXT, &request.svg, "FILE", "draw the fabric, too, into FILE"},
	        {"stack", 0, FS_OPTION_TEXT, &request.stack, "NAME",
	         "the software of another stack instead of the system's own"},
	        {"set", 0, FS_OPTION_OVERRIDE, &request.overrides, "PATH=VALUE",
	         "change a number of the system; may be repeated"},
	        {"layout", 0, FS_OPTION_TEXT, &request.layout, "KEY=VALUE,...",
	         "of a model: how it is spread over -n chips, and the memory that takes"},
	        {"chips", 'n', FS_OPTION_COUNT, &request.chips, "N", "of a model: on so many chips",
	         .least = 1},
	        {"system", 0, FS_OPTION_TEXT, &request.system, "NAME",
	         "of a model: the system whose chips it must fit on"},
	        {"format", 0, FS_OPTION_CHOICE, &request.format, NULL, "how to print", "table|json"},
	        {NULL},
	};
	if (!fs_speaks())
		return FS_DONE; /* one rank is enough */
	int positional = fs_options_parse(self, options, argc, argv, &request.name, 1, &error);
	if (positional == FS_HELP_PRINTED)
		return FS_DONE;
	request.fabric = request.fabric || request.svg; /* what else could be drawn */
	if (positional < 0 || show(&request, &error))
		return fs_command_refuse(self, &error);
	return fs_output_finish(self);
}

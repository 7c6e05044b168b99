#include "config/home.h"

#include "base/error.h"
#include "base/text.h"
#include "config/yaml.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char suffix[] = ".yaml";

const struct fs_shelf fs_shelf_systems = {"system", "topologies", NULL};
const struct fs_shelf fs_shelf_chips = {"chip", "topologies/chips", "chips"};
const struct fs_shelf fs_shelf_stacks = {"stack", "topologies/stacks", "stacks"};
const struct fs_shelf fs_shelf_models = {"model", "kernels/models", NULL};
const struct fs_shelf fs_shelf_published = {"set of measurements", "tests/validation", NULL};

const char *fs_home(void)
{
	const char *home = getenv("FARSCALE_HOME");
	return home && *home ? home : FARSCALE_HOME;
}

static bool ends_in_suffix(const char *name)
{
	size_t length = strlen(name);
	return length >= sizeof suffix && strcmp(name + length - (sizeof suffix - 1), suffix) == 0;
}

bool fs_is_path(const char *name)
{
	return strchr(name, '/') || ends_in_suffix(name);
}

static bool has_name(const struct fs_names *names, const char *name)
{
	for (int i = 0; i < names->count; i++)
		if (strcmp(names->name[i], name) == 0)
			return true;
	return false;
}

static void add_name(struct fs_names *names, const char *name, size_t length)
{
	names->name = fs_reallocate(names->name, (size_t)(names->count + 2) * sizeof *names->name);
	names->name[names->count] = fs_duplicate_text(name);
	names->name[names->count][length] = 0;
	names->name[++names->count] = NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Adds the names of the YAML files in `folder`. */
static void list_folder(const char *folder, struct fs_names *names)
{
	DIR *directory = opendir(folder);
	if (!directory)
		return;
	for (struct dirent *entry; (entry = readdir(directory));)
		if (entry->d_name[0] != '.' && ends_in_suffix(entry->d_name))
			add_name(names, entry->d_name, strlen(entry->d_name) - (sizeof suffix - 1));
	closedir(directory);
	if (names->count)
		qsort(names->name, (size_t)names->count, sizeof *names->name, by_text);
}

void fs_shelf_list(const struct fs_shelf *shelf, struct fs_names *names)
{
	char folder[512];
	*names = (struct fs_names){0};
	snprintf(folder, sizeof folder, "%s/%s", fs_home(), shelf->folder);
	list_folder(folder, names);
}

void fs_names_clear(struct fs_names *names)
{
	for (int i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct fs_names){0};
}

static int unknown(const struct fs_shelf *shelf, const char *name, const struct fs_names *known,
                   struct fs_error *error)
{
	char list[640] = "", hint[80] = "", quoted[64];
	for (int i = 0; i < known->count; i++)
		fs_text_join(list, sizeof list, known->name[i]);
	const char *nearest = known->count ? fs_text_nearest(name, (const char *const *)known->name) : NULL;
	if (nearest)
		snprintf(hint, sizeof hint, "; did you mean '%.60s'?", nearest);
	return fs_fail(error, "unknown %s %s%s There %s: %s", shelf->what,
	               fs_text_quote(name, quoted, sizeof quoted), nearest ? hint : ".",
	               known->count > 1 ? "are" : "is", known->count ? list : "none");
}

/* A name is looked for among what is there and never opened as it is: it cannot lead elsewhere. */
static int find_name(const struct fs_shelf *shelf, const char *name, const char *const *folders, char *path,
                     size_t size, struct fs_error *error)
{
	struct fs_names known = {0};
	const char *folder = NULL;
	for (; *folders && !folder; folders++) {
		struct fs_names here = {0};
		list_folder(*folders, &here);
		if (has_name(&here, name))
			folder = *folders;
		for (int i = 0; i < here.count; i++)
			if (!has_name(&known, here.name[i]))
				add_name(&known, here.name[i], strlen(here.name[i]));
		fs_names_clear(&here);
	}
	int result = 0;
	if (!folder)
		result = unknown(shelf, name, &known, error);
	else if (snprintf(path, size, "%s/%s%s", folder, name, suffix) >= (int)size)
		result = fs_fail(error, "the path of %s '%s' is longer than %zu bytes", shelf->what, name,
		                 size - 1);
	fs_names_clear(&known);
	return result;
}

int fs_shelf_find(const struct fs_shelf *shelf, const char *name, const char *user, char *path, size_t size,
                  struct fs_error *error)
{
	char home[512], beside[512];
	const char *folders[3] = {home};
	if (!user && fs_is_path(name)) {
		if (snprintf(path, size, "%s", name) >= (int)size)
			return fs_fail(error, "the path of the %s is longer than %zu bytes", shelf->what,
			               size - 1);
		return 0;
	}
	snprintf(home, sizeof home, "%s/%s", fs_home(), shelf->folder);
	if (user && shelf->beside) {
		const char *slash = strrchr(user, '/');
		snprintf(beside, sizeof beside, "%.*s%s%s", slash ? (int)(slash - user) : 1,
		         slash ? user : ".", *shelf->beside ? "/" : "", shelf->beside);
		folders[0] = beside;
		folders[1] = home;
	}
	return find_name(shelf, name, folders, path, size, error);
}

bool fs_shelf_has(const struct fs_shelf *shelf, const char *name)
{
	struct fs_error ignored;
	char path[512];
	return fs_shelf_find(shelf, name, NULL, path, sizeof path, &ignored) == 0 && access(path, R_OK) == 0;
}

int fs_file_peek(const char *path, struct fs_peek *peek, struct fs_error *error)
{
	struct fs_yaml_file *file;
	if (fs_yaml_read(path, &file, error))
		return -1;
	const struct fs_yaml *schema = fs_yaml_get(&file->root, "schema"),
	                     *label = fs_yaml_get(&file->root, "label");
	*peek = (struct fs_peek){0};
	if (schema && schema->kind == FS_YAML_TEXT)
		snprintf(peek->schema, sizeof peek->schema, "%s", schema->text);
	if (label && label->kind == FS_YAML_TEXT)
		fs_text_plain(strncpy(peek->label, label->text, sizeof peek->label - 1));
	fs_yaml_destroy(file);
	return 0;
}

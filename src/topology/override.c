#include "topology/files.h"

#include "base/error.h"
#include "base/text.h"
#include "topology/down.h"
#include "topology/tables.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char jitter_path[] = "stack.jitter", down_path[] = "fabric.down";

/* All paths of a system, and the one that is asked for. */
struct search {
	const char *path;
	const struct fs_field *field;
	void *base;
	struct fs_texts paths;
};

static void compare(const char *path, const struct fs_field *field, void *base, void *context)
{
	struct search *search = context;
	fs_texts_keep(&search->paths, path);
	if (strcmp(path, search->path) == 0) {
		search->field = field;
		search->base = base;
	}
}

static int unknown(struct search *search, const struct fs_system *system, struct fs_error *error)
{
	fs_texts_keep(&search->paths, jitter_path);
	fs_texts_keep(&search->paths, down_path);
	search->paths.text = fs_reallocate(search->paths.text,
	                                   (size_t)(search->paths.count + 1) * sizeof *search->paths.text);
	search->paths.text[search->paths.count] = NULL;
	const char *nearest = fs_text_nearest(search->path, (const char *const *)search->paths.text);
	if (nearest)
		return fs_fail(error, "%s has no such number; did you mean %s?", system->name, nearest);
	return fs_fail(error, "%s has no such number; 'farscale show %s' lists them", system->name,
	               system->name);
}

int fs_system_find(struct fs_system *system, const char *path, const struct fs_field **field, void **base,
                   struct fs_error *error)
{
	struct search search = {.path = path};
	fs_system_walk(system, compare, &search);
	int result = search.field ? 0 : unknown(&search, system, error);
	fs_texts_clear(&search.paths);
	*field = search.field;
	*base = search.base;
	return result;
}

/* The user answers for it now. */
static void claim(struct fs_system *system, struct fs_quantity *origin)
{
	origin->trust = 'U';
	origin->source = fs_texts_keep(&system->storage->texts, "--set");
}

static bool clear(struct fs_system *system, struct fs_quantity *quantity)
{
	if (quantity->value == 0)
		return false;
	quantity->value = 0;
	claim(system, quantity);
	return true;
}

static bool remove_jitter(struct fs_system *system)
{
	struct fs_jitter *jitter = &system->stack.jitter;
	bool sigma = clear(system, &jitter->core_sigma);
	bool probability = clear(system, &jitter->tail_probability);
	bool mean = clear(system, &jitter->tail_mean);
	return sigma || probability || mean;
}

/* Every rank of a job loads the system; the user wants to read it once. */
static bool is_first_process(void)
{
	static const char *const variables[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
	                                        "SLURM_PROCID"};
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		const char *rank = getenv(variables[i]);
		if (rank)
			return strcmp(rank, "0") == 0;
	}
	return true;
}

static void warn_unchanged(const char *text)
{
	if (is_first_process())
		fs_complain("farscale: warning: --set %s changes nothing: that is its value already", text);
}

static int set_found(struct fs_system *system, const char *text, const char *path, const char *value,
                     struct fs_error *error)
{
	char readable[256], quoted[64];
	const struct fs_field *field;
	void *base;
	bool changed;
	if (fs_system_find(system, path, &field, &base, error))
		return fs_fail_in(error, "--set %s", fs_text_quote(text, quoted, sizeof quoted));
	if (!fs_field_read(field, value, base, &changed))
		return fs_fail(error, "--set %s: %s is needed, not %s", path,
		               fs_field_readable(field, readable, sizeof readable),
		               fs_text_quote(value, quoted, sizeof quoted));
	if (changed)
		claim(system, fs_field_origin(field, base));
	else
		warn_unchanged(text);
	return 0;
}

static int set_jitter(struct fs_system *system, const char *text, const char *value, struct fs_error *error)
{
	char quoted[64];
	if (strcmp(value, "none") != 0)
		return fs_fail(error, "--set %s: the word none is needed, not %s", jitter_path,
		               fs_text_quote(value, quoted, sizeof quoted));
	if (!remove_jitter(system))
		warn_unchanged(text);
	return 0;
}

static int set_down(struct fs_system *system, const char *text, const char *value, struct fs_error *error)
{
	int added = fs_down_add(system, value, error);
	if (added < 0)
		return fs_fail_in(error, "--set");
	if (added == 0)
		warn_unchanged(text);
	return 0;
}

int fs_system_override(struct fs_system *system, const char *text, struct fs_error *error)
{
	char path[128], quoted[64];
	const char *equals = strchr(text, '=');
	if (!equals || equals == text || (size_t)(equals - text) >= sizeof path)
		return fs_fail(error, "--set %s: path=value is needed, for example chip.memory_GB=96",
		               fs_text_quote(text, quoted, sizeof quoted));
	snprintf(path, sizeof path, "%.*s", (int)(equals - text), text);
	if (strcmp(path, jitter_path) == 0)
		return set_jitter(system, text, equals + 1, error);
	if (strcmp(path, down_path) == 0)
		return set_down(system, text, equals + 1, error);
	return set_found(system, text, path, equals + 1, error);
}

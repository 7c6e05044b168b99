#include "workload/process_groups.h"

#include "base/error.h"
#include "workload/workload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

struct members {
	char *name;
	uint64_t count; /* 0: everybody */
	uint64_t *rank; /* ascending */
};

struct fs_process_groups {
	int count;
	struct members *group;
};

struct fs_process_groups *fs_process_groups_create(void)
{
	return fs_allocate_zeroed(1, sizeof(struct fs_process_groups));
}

void fs_process_groups_destroy(struct fs_process_groups *groups)
{
	if (!groups)
		return;
	for (int i = 0; i < groups->count; i++) {
		free(groups->group[i].name);
		free(groups->group[i].rank);
	}
	free(groups->group);
	free(groups);
}

static int compare_ranks(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;
	return (*left > *right) - (*left < *right);
}

static int read_ranks(const json_t *ranks, struct members *members, struct fs_error *error)
{
	members->count = json_array_size(ranks);
	members->rank = fs_allocate_zeroed(members->count + 1, sizeof *members->rank);
	for (uint64_t i = 0; i < members->count; i++) {
		const json_t *rank = json_array_get(ranks, i);
		if (!json_is_integer(rank) || json_integer_value(rank) < 0)
			return fs_fail(error, "process group '%.60s' has a rank that is no whole number",
			               members->name);
		members->rank[i] = (uint64_t)json_integer_value(rank);
	}
	qsort(members->rank, members->count, sizeof *members->rank, compare_ranks);
	return 0;
}

static int add_group(struct fs_process_groups *groups, const json_t *object, struct fs_error *error)
{
	const json_t *name = json_object_get(object, "pg_name"), *ranks = json_object_get(object, "ranks");
	if (!json_is_string(name) || !json_is_array(ranks))
		return fs_fail(error, "a process group without pg_name (a text) and ranks (a list)");
	groups->group =
	        fs_reallocate(groups->group, (unsigned long)(groups->count + 1) * sizeof *groups->group);
	struct members *members = &groups->group[groups->count++];
	*members = (struct members){.name = fs_duplicate_text(json_string_value(name))};
	return read_ranks(ranks, members, error);
}

/* PyTorch writes the list as a text inside a list, its quotes escaped or not. */
static char *without_backslashes(const char *text, size_t length)
{
	char *plain = fs_allocate(length + 1);
	size_t used = 0;
	for (size_t i = 0; i < length; i++)
		if (text[i] != '\\')
			plain[used++] = text[i];
	plain[used] = 0;
	return plain;
}

int fs_process_groups_add(struct fs_process_groups *groups, const char *text, struct fs_error *error)
{
	const char *begin = strstr(text, "[{"), *end = NULL;
	for (const char *at = begin; at && (at = strstr(at, "}]")); at++)
		end = at;
	if (!begin || !end || !strstr(begin, "pg_name"))
		return 0;
	char *plain = without_backslashes(begin, (size_t)(end + 2 - begin));
	json_error_t why;
	json_t *list = json_loads(plain, 0, &why);
	free(plain);
	if (!list)
		return fs_fail(error, "its process groups cannot be read as JSON: %s", why.text);
	int status = 0;
	for (size_t i = 0; i < json_array_size(list) && !status; i++)
		status = add_group(groups, json_array_get(list, i), error);
	json_decref(list);
	return status;
}

static bool evenly_apart(const struct members *members, uint64_t stride)
{
	for (uint64_t i = 1; i < members->count; i++)
		if (members->rank[i] - members->rank[i - 1] != stride)
			return false;
	return true;
}

static int group_of(const struct members *members, uint64_t chips, uint64_t chip, struct fs_group *group,
                    struct fs_error *error)
{
	if (members->count == 0) {
		*group = (struct fs_group){(uint32_t)chips, 1};
		return 0;
	}
	if (members->rank[members->count - 1] >= chips)
		return fs_fail(error,
		               "process group '%.60s' has rank %" PRIu64 " and there are %" PRIu64 " chips",
		               members->name, members->rank[members->count - 1], chips);
	if (!bsearch(&chip, members->rank, members->count, sizeof chip, compare_ranks))
		return fs_fail(error, "process group '%.60s' does not hold its own rank, %" PRIu64,
		               members->name, chip);
	uint64_t stride = members->count > 1 ? members->rank[1] - members->rank[0] : 1;
	*group = (struct fs_group){(uint32_t)members->count, (uint32_t)stride};
	if (stride == 0 || !evenly_apart(members, stride) || chips % (members->count * stride) != 0 ||
	    fs_group_base(*group, members->rank[0]) != members->rank[0])
		return fs_fail(
		        error,
		        "process group '%.60s' is not one of a layout's: its ranks must be evenly apart, "
		        "and groups like it must make up all chips",
		        members->name);
	return 0;
}

int fs_process_groups_find(const struct fs_process_groups *groups, const char *name, uint64_t chips,
                           uint64_t chip, struct fs_group *group, struct fs_error *error)
{
	for (int i = groups->count - 1; i >= 0; i--) /* the last word counts */
		if (strcmp(groups->group[i].name, name) == 0)
			return group_of(&groups->group[i], chips, chip, group, error);
	return fs_fail(error, "process group '%.60s' is not told in the file's metadata", name);
}

char *fs_process_groups_text(const char *name, struct fs_group group, uint64_t chip)
{
	const size_t longest = 24; /* of a rank and its comma */
	size_t room = strlen(name) + 64 + group.size * longest;
	char *text = fs_allocate(room);
	size_t used = (size_t)snprintf(text, room, "[\"[{\"pg_name\": \"%s\", \"ranks\": [", name);
	for (uint32_t i = 0; i < group.size; i++)
		used += (size_t)snprintf(text + used, room - used, "%s%" PRIu64, i ? ", " : "",
		                         fs_group_base(group, chip) + (uint64_t)i * group.stride);
	snprintf(text + used, room - used, "]}]\"]");
	return text;
}

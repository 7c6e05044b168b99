#include "workload/workload.h"

#include "base/error.h"
#include "workload/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fs_workload *fs_workload_create(const char *path)
{
	struct fs_workload *workload = fs_allocate_zeroed(1, sizeof *workload);
	const char *slash = strrchr(path, '/');
	snprintf(workload->name, sizeof workload->name, "%s", slash ? slash + 1 : path);
	workload->names = fs_names_create();
	return workload;
}

static void clear_list(struct fs_node_list *list)
{
	free(list->origin);
	free(list->node);
	free(list->dependency);
}

void fs_workload_destroy(struct fs_workload *workload)
{
	if (!workload)
		return;
	for (int i = 0; i < workload->lists; i++)
		clear_list(&workload->list[i]);
	free(workload->list);
	free(workload->lane);
	fs_names_destroy(workload->names);
	free(workload);
}

const char *fs_workload_text(struct fs_workload *workload, const char *text)
{
	return fs_names_keep(workload->names, text);
}

int fs_workload_add_list(struct fs_workload *workload, const char *origin)
{
	workload->list =
	        fs_reallocate(workload->list, (unsigned long)(workload->lists + 1) * sizeof *workload->list);
	workload->list[workload->lists] = (struct fs_node_list){.origin = fs_duplicate_text(origin)};
	return workload->lists++;
}

void fs_workload_add_lane(struct fs_workload *workload, uint64_t first_chip, uint64_t chips, int list)
{
	workload->lane =
	        fs_reallocate(workload->lane, (unsigned long)(workload->lanes + 1) * sizeof *workload->lane);
	workload->lane[workload->lanes++] = (struct fs_lane){first_chip, chips, list};
}

int fs_workload_stream(struct fs_workload *workload, const char *name, struct fs_error *error)
{
	const char *kept = fs_workload_text(workload, name);
	for (int i = 0; i < workload->streams; i++)
		if (workload->stream[i] == kept)
			return i;
	if (workload->streams == FS_MAX_WORKLOAD_STREAMS)
		return fs_fail(error, "collectives of more than %d kinds of groups or streams",
		               FS_MAX_WORKLOAD_STREAMS);
	workload->stream[workload->streams] = kept;
	return workload->streams++;
}

uint32_t fs_list_add(struct fs_node_list *list, const struct fs_node *node)
{
	if (list->nodes == list->node_room) {
		list->node_room = list->node_room ? 2 * list->node_room : 64;
		list->node = fs_reallocate(list->node, list->node_room * sizeof *list->node);
	}
	list->node[list->nodes] = *node;
	list->node[list->nodes].first_dependency = (uint32_t)list->dependencies;
	list->node[list->nodes].dependencies = 0;
	return list->nodes++;
}

void fs_list_depend(struct fs_node_list *list, uint32_t on)
{
	if (list->dependencies == list->dependency_room) {
		list->dependency_room = list->dependency_room ? 2 * list->dependency_room : 64;
		list->dependency =
		        fs_reallocate(list->dependency, list->dependency_room * sizeof *list->dependency);
	}
	list->dependency[list->dependencies++] = on;
	list->node[list->nodes - 1].dependencies++;
}

static bool nodes_equal(const struct fs_node *a, const struct fs_node *b)
{
	return a->kind == b->kind && a->name == b->name && a->recorded_s == b->recorded_s &&
	       a->flop == b->flop && a->bytes == b->bytes && a->collective == b->collective &&
	       a->buffer == b->buffer && a->group.size == b->group.size &&
	       a->group.stride == b->group.stride && a->stream == b->stream && a->peer == b->peer &&
	       a->tag == b->tag && a->dependencies == b->dependencies &&
	       a->first_dependency == b->first_dependency;
}

bool fs_lists_equal(const struct fs_node_list *a, const struct fs_node_list *b)
{
	if (a->nodes != b->nodes || a->dependencies != b->dependencies)
		return false;
	for (uint32_t i = 0; i < a->nodes; i++)
		if (!nodes_equal(&a->node[i], &b->node[i]))
			return false;
	return a->dependencies == 0 ||
	       memcmp(a->dependency, b->dependency, a->dependencies * sizeof *a->dependency) == 0;
}

int fs_workload_lane(const struct fs_workload *workload, uint64_t chip)
{
	int low = 0, high = workload->lanes - 1;
	while (low < high) {
		int middle = low + (high - low + 1) / 2;
		if (workload->lane[middle].first_chip <= chip)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

uint64_t fs_group_base(struct fs_group group, uint64_t chip)
{
	return chip - chip / group.stride % group.size * group.stride;
}

static bool sends_or_receives(const struct fs_node_list *list)
{
	for (uint32_t i = 0; i < list->nodes; i++)
		if (list->node[i].kind == FS_NODE_SEND || list->node[i].kind == FS_NODE_RECEIVE)
			return true;
	return false;
}

void fs_workload_fold(struct fs_workload *workload)
{
	for (int i = 1; i < workload->lanes; i++)
		if (workload->lane[i].list != workload->lane[0].list)
			return;
	if (workload->lanes < 2 || sends_or_receives(&workload->list[workload->lane[0].list]))
		return;
	workload->lanes = 1;
	workload->lane[0].chips = workload->chips;
}

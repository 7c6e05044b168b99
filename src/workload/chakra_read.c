#include "workload/chakra.h"

#include "base/error.h"
#include "workload/chakra_attribute.h"
#include "workload/chakra_file.h"
#include "workload/chakra_node.h"
#include "workload/process_groups.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_ROOM = 4096 };

struct id {
	uint64_t id;
	uint32_t place;
};

/* One file while it is read. */
struct reader {
	struct fs_chakra_place place;
	struct fs_chakra_file file;
	struct fs_node_list *list;
	uint64_t on_count, on_room;
	uint64_t *on; /* ids that nodes depend on, in the order of the list's dependencies */
};

static int path_of(const char *prefix, uint64_t rank, char *path, struct fs_error *error)
{
	if (snprintf(path, PATH_ROOM, "%s.%" PRIu64 ".et", prefix, rank) >= PATH_ROOM)
		return fs_fail(error, "the path %.60s... is too long", prefix);
	return 0;
}

/* --- which files there are */

/* The rank of a file whose name is NAME.RANK.et; -1: it is another. */
static int64_t rank_of(const char *file, const char *name)
{
	size_t length = strlen(name);
	if (strncmp(file, name, length) != 0 || file[length] != '.')
		return -1;
	char *end;
	const char *digits = file + length + 1;
	if (*digits < '0' || *digits > '9')
		return -1;
	unsigned long long rank = strtoull(digits, &end, 10);
	return strcmp(end, ".et") == 0 && rank < FS_MAX_GROUP ? (int64_t)rank : -1;
}

/* One more than the highest rank. */
static int count_ranks(const char *prefix, uint64_t *ranks, struct fs_error *error)
{
	char folder[PATH_ROOM];
	const char *slash = strrchr(prefix, '/'), *name = slash ? slash + 1 : prefix;
	int length = slash ? (int)(slash + 1 - prefix) : 2;
	snprintf(folder, sizeof folder, "%.*s", length, slash ? prefix : "./");
	DIR *directory = opendir(folder);
	if (!directory)
		return fs_fail(error, "%s: %s", folder, strerror(errno));
	*ranks = 0;
	for (const struct dirent *entry; (entry = readdir(directory));) {
		int64_t rank = rank_of(entry->d_name, name);
		if (rank >= 0 && (uint64_t)rank >= *ranks)
			*ranks = (uint64_t)rank + 1;
	}
	closedir(directory);
	if (*ranks == 0)
		return fs_fail(error, "no Chakra trace %s.0.et, %s.1.et, ...", prefix, prefix);
	return 0;
}

/* --- metadata */

static int check_version(const char *path, const char *version, struct fs_error *error)
{
	const char *word = strstr(version, "chakra."); /* "1.1.1-chakra.0.0.4": PyTorch's observer and ours */
	if (!*version || strcmp(word ? word + strlen("chakra.") : version, FS_CHAKRA_VERSION) == 0)
		return 0;
	return fs_fail(error, "%s: Chakra schema %.40s; known is %s", path, version, FS_CHAKRA_VERSION);
}

/* Of the kind without a version, whose attributes stand in its place. */
static int check_old(const struct reader *reader, const uint8_t *bytes, size_t length, struct fs_error *error)
{
	FsChakra__MetadataWithoutVersion *old =
	        fs_chakra__metadata_without_version__unpack(NULL, length, bytes);
	if (!old)
		return fs_fail(error, "%s: its first message is no metadata of a Chakra trace",
		               reader->file.path);
	const struct fs_attributes attributes = {old->n_attr, old->attr};
	const char *schema = fs_attribute_text(&attributes, "schema");
	int status = check_version(reader->file.path, schema ? schema : "", error);
	fs_chakra__metadata_without_version__free_unpacked(old, NULL);
	return status;
}

/* A version is a word; where attributes stand in its place it begins with a tag of protobuf's. */
static bool is_word(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20)
			return false;
	return true;
}

/* claimed: how many chips the trace is of, as ours say; 0: it does not. */
static int read_metadata(struct reader *reader, double *claimed, struct fs_error *error)
{
	const uint8_t *bytes;
	size_t length;
	bool more;
	if (fs_chakra_next(&reader->file, &bytes, &length, &more, error))
		return -1;
	if (!more)
		return fs_fail(error, "%s: an empty file; a Chakra trace begins with its metadata",
		               reader->file.path);
	*claimed = 0;
	FsChakra__Metadata *metadata = fs_chakra__metadata__unpack(NULL, length, bytes);
	if (!metadata || !is_word(metadata->version)) {
		if (metadata)
			fs_chakra__metadata__free_unpacked(metadata, NULL);
		return check_old(reader, bytes, length, error);
	}
	const struct fs_attributes attributes = {metadata->n_attr, metadata->attr};
	const char *schema = fs_attribute_text(&attributes, "schema");
	const char *version = *metadata->version || !schema ? metadata->version : schema;
	int status = check_version(reader->file.path, version, error);
	if (!status && fs_attribute_number(&attributes, "chips", FS_MAX_GROUP, claimed, error))
		status = fs_fail_in(error, "%s", reader->file.path);
	fs_chakra__metadata__free_unpacked(metadata, NULL);
	return status;
}

/* --- nodes */

static void remember_dependency(struct reader *reader, uint64_t id)
{
	if (reader->on_count == reader->on_room) {
		reader->on_room = reader->on_room ? 2 * reader->on_room : 64;
		reader->on = fs_reallocate(reader->on, reader->on_room * sizeof *reader->on);
	}
	reader->on[reader->on_count++] = id;
	fs_list_depend(reader->list, 0);
}

static int read_node(struct reader *reader, const uint8_t *bytes, size_t length, size_t at,
                     struct fs_error *error)
{
	struct fs_node node;
	FsChakra__Node *message = fs_chakra__node__unpack(NULL, length, bytes);
	if (!message)
		return fs_fail(error, "%s: the message before byte %zu is no node of a Chakra trace",
		               reader->file.path, at);
	int status = fs_chakra_node(&reader->place, message, &node, error);
	if (status)
		fs_fail_in(error, "%s: node %" PRIu64, reader->file.path, message->id);
	else
		fs_list_add(reader->list, &node);
	for (size_t i = 0; i < message->n_data_deps && !status; i++)
		remember_dependency(reader, message->data_deps[i]);
	for (size_t i = 0; i < message->n_ctrl_deps && !status; i++)
		remember_dependency(reader, message->ctrl_deps[i]);
	fs_chakra__node__free_unpacked(message, NULL);
	return status;
}

static int compare_ids(const void *a, const void *b)
{
	const struct id *left = a, *right = b;
	return (left->id > right->id) - (left->id < right->id);
}

static int name_dependencies(struct reader *reader, const struct id *ids, struct fs_error *error)
{
	struct fs_node_list *list = reader->list;
	for (uint32_t i = 0; i < list->nodes; i++) {
		const struct fs_node *node = &list->node[i];
		for (uint32_t d = 0; d < node->dependencies; d++) {
			struct id key = {.id = reader->on[node->first_dependency + d]};
			const struct id *found = bsearch(&key, ids, list->nodes, sizeof *ids, compare_ids);
			if (!found)
				return fs_fail(error,
				               "%s: node %" PRIu64 " depends on node %" PRIu64
				               ", which is not there",
				               reader->file.path, node->id, key.id);
			list->dependency[node->first_dependency + d] = found->place;
		}
	}
	return 0;
}

/* Ids become places. */
static int resolve(struct reader *reader, struct fs_error *error)
{
	uint32_t nodes = reader->list->nodes;
	struct id *ids = fs_allocate((nodes + 1ul) * sizeof *ids);
	int status = 0;
	for (uint32_t i = 0; i < nodes; i++)
		ids[i] = (struct id){reader->list->node[i].id, i};
	qsort(ids, nodes, sizeof *ids, compare_ids);
	for (uint32_t i = 1; i < nodes && !status; i++)
		if (ids[i].id == ids[i - 1].id)
			status = fs_fail(error, "%s: two nodes have the number %" PRIu64, reader->file.path,
			                 ids[i].id);
	if (!status)
		status = name_dependencies(reader, ids, error);
	free(ids);
	return status;
}

static int read_nodes(struct reader *reader, struct fs_error *error)
{
	const uint8_t *bytes;
	size_t length;
	bool more;
	while (true) {
		if (fs_chakra_next(&reader->file, &bytes, &length, &more, error))
			return -1;
		if (!more)
			break;
		if (read_node(reader, bytes, length, reader->file.at, error))
			return -1;
	}
	if (reader->list->nodes == 0)
		return fs_fail(error, "%s: a Chakra trace without a node", reader->file.path);
	if (resolve(reader, error))
		return -1;
	return fs_list_order(reader->list, error);
}

/* --- files */

static int read_file(struct fs_workload *workload, const char *path, uint64_t chip, int *list,
                     struct fs_error *error)
{
	struct reader reader = {.place = {.workload = workload, .chips = workload->chips, .chip = chip}};
	double claimed;
	if (fs_chakra_open(path, &reader.file, error))
		return -1;
	*list = fs_workload_add_list(workload, path);
	reader.list = &workload->list[*list];
	reader.place.groups = fs_process_groups_create();
	int status = read_metadata(&reader, &claimed, error) || read_nodes(&reader, error) ? -1 : 0;
	fs_process_groups_destroy(reader.place.groups);
	fs_chakra_close(&reader.file);
	free(reader.on);
	return status;
}

/* The chips that all files are of. */
static int find_chips(const char *prefix, uint64_t wanted, uint64_t files, uint64_t *chips,
                      struct fs_error *error)
{
	char path[PATH_ROOM];
	double claimed = 0;
	struct reader reader = {0};
	if (path_of(prefix, 0, path, error) || fs_chakra_open(path, &reader.file, error))
		return -1;
	int status = read_metadata(&reader, &claimed, error);
	fs_chakra_close(&reader.file);
	if (status)
		return -1;
	*chips = claimed > 0 ? (uint64_t)claimed : files;
	if (files > *chips)
		return fs_fail(error,
		               "%s: says that it is of %" PRIu64 " chips, and there are %" PRIu64 " files",
		               path, *chips, files);
	if (wanted && wanted != *chips)
		return fs_fail(error, "%s.*.et is a trace of %" PRIu64 " chips; it cannot be run on %" PRIu64,
		               prefix, *chips, wanted);
	return 0;
}

/* Drops the last list where the one before says the same. */
static int unite(struct fs_workload *workload, int list)
{
	struct fs_node_list *last = &workload->list[list];
	if (list == 0 || !fs_lists_equal(last, last - 1))
		return list;
	free(last->origin);
	free(last->node);
	free(last->dependency);
	return --workload->lists - 1;
}

static int read_all(struct fs_workload *workload, const char *prefix, uint64_t files, struct fs_error *error)
{
	char path[PATH_ROOM];
	int list;
	for (uint64_t chip = 0; chip < files; chip++) {
		if (path_of(prefix, chip, path, error) || read_file(workload, path, chip, &list, error))
			return -1;
		fs_workload_add_lane(workload, chip, 1, unite(workload, list));
	}
	fs_workload_fold(workload);
	if (files < workload->chips && workload->lanes > 1)
		return fs_fail(error,
		               "%s: files of %" PRIu64 " of %" PRIu64
		               " chips, which do not all do the same; the others are missing",
		               prefix, files, workload->chips);
	workload->lane[0].chips = workload->lanes == 1 ? workload->chips : workload->lane[0].chips;
	return 0;
}

int fs_chakra_read(const char *prefix, uint64_t chips, struct fs_workload **workload, struct fs_error *error)
{
	uint64_t files, found;
	if (count_ranks(prefix, &files, error) || find_chips(prefix, chips, files, &found, error))
		return -1;
	struct fs_workload *read = fs_workload_create(prefix);
	read->chips = found;
	snprintf(read->layout, sizeof read->layout, "chakra");
	if (read_all(read, prefix, files, error)) {
		fs_workload_destroy(read);
		return -1;
	}
	*workload = read;
	return 0;
}

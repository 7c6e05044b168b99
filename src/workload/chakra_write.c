#include "workload/chakra.h"

#include "base/error.h"
#include "base/whole_file.h"
#include "workload/chakra_file.h"
#include "workload/chakra_node.h"
#include "workload/process_groups.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATTRIBUTES = 8, PATH_ROOM = 4096, NAME_ROOM = 32 };

/* A message that is put together on the stack. */
struct attributes {
	size_t count;
	FsChakra__Attribute item[ATTRIBUTES];
	FsChakra__Attribute *list[ATTRIBUTES];
};

struct writer {
	const struct fs_workload *workload;
	const struct fs_node_list *list;
	uint64_t chip, shift; /* shift: by so many chips its peers lie from those that its lane's first has */
	uint64_t told;        /* metadata nodes that tell groups come first */
	FILE *out;
};

static FsChakra__Attribute *attribute(struct attributes *attributes, const char *name)
{
	size_t i = attributes->count++;
	attributes->item[i] = (FsChakra__Attribute)FS_CHAKRA__ATTRIBUTE__INIT;
	attributes->item[i].name = (char *)name;
	attributes->list[i] = &attributes->item[i];
	return &attributes->item[i];
}

static void put_int64(struct attributes *attributes, const char *name, double value)
{
	FsChakra__Attribute *at = attribute(attributes, name);
	at->value_case = FS_CHAKRA__ATTRIBUTE__VALUE_INT64_VAL;
	at->int64_val = llround(value);
}

static void put_uint64(struct attributes *attributes, const char *name, double value)
{
	FsChakra__Attribute *at = attribute(attributes, name);
	at->value_case = FS_CHAKRA__ATTRIBUTE__VALUE_UINT64_VAL;
	at->uint64_val = (uint64_t)llround(value);
}

static void put_int32(struct attributes *attributes, const char *name, uint64_t value)
{
	FsChakra__Attribute *at = attribute(attributes, name);
	at->value_case = FS_CHAKRA__ATTRIBUTE__VALUE_INT32_VAL;
	at->int32_val = (int32_t)value;
}

static void put_double(struct attributes *attributes, const char *name, double value)
{
	FsChakra__Attribute *at = attribute(attributes, name);
	at->value_case = FS_CHAKRA__ATTRIBUTE__VALUE_DOUBLE_VAL;
	at->double_val = value;
}

static void put_text(struct attributes *attributes, const char *name, const char *text)
{
	FsChakra__Attribute *at = attribute(attributes, name);
	at->value_case = FS_CHAKRA__ATTRIBUTE__VALUE_STRING_VAL;
	at->string_val = (char *)text;
}

/* Traces of others take the host for the place of a node that does not say. */
static void put_on_chip(struct attributes *attributes, bool host)
{
	FsChakra__Attribute *at = attribute(attributes, "is_cpu_op");
	at->value_case = FS_CHAKRA__ATTRIBUTE__VALUE_BOOL_VAL;
	at->bool_val = host;
}

static void write_metadata(const struct writer *writer)
{
	struct attributes attributes = {0};
	FsChakra__Metadata metadata = FS_CHAKRA__METADATA__INIT;
	put_uint64(&attributes, "chips", (double)writer->workload->chips);
	metadata.version = (char *)FS_CHAKRA_VERSION;
	metadata.n_attr = attributes.count;
	metadata.attr = attributes.list;
	size_t length = fs_chakra__metadata__get_packed_size(&metadata);
	uint8_t *bytes = fs_allocate(length + 1);
	fs_chakra__metadata__pack(&metadata, bytes);
	fs_chakra_put(writer->out, bytes, length);
	free(bytes);
}

static void write_message(const struct writer *writer, const FsChakra__Node *message)
{
	size_t length = fs_chakra__node__get_packed_size(message);
	uint8_t *bytes = fs_allocate(length + 1);
	fs_chakra__node__pack(message, bytes);
	fs_chakra_put(writer->out, bytes, length);
	free(bytes);
}

/* --- groups: everybody needs no name */

static bool everybody(const struct writer *writer, struct fs_group group)
{
	return group.size == writer->workload->chips;
}

static void group_name(struct fs_group group, char name[NAME_ROOM])
{
	snprintf(name, NAME_ROOM, "%" PRIu32 "x%" PRIu32, group.size, group.stride);
}

static bool told_before(const struct fs_group *told, int count, struct fs_group group)
{
	for (int i = 0; i < count; i++)
		if (told[i].size == group.size && told[i].stride == group.stride)
			return true;
	return false;
}

static void tell_group(struct writer *writer, struct fs_group group)
{
	char name[NAME_ROOM];
	FsChakra__Node message = FS_CHAKRA__NODE__INIT;
	FsChakra__Values values = FS_CHAKRA__VALUES__INIT;
	group_name(group, name);
	values.values = fs_process_groups_text(name, group, writer->chip);
	message.id = writer->told++;
	message.name = (char *)"process group";
	message.type = FS_CHAKRA_METADATA;
	message.inputs = &values;
	write_message(writer, &message);
	free(values.values);
}

static void tell_groups(struct writer *writer)
{
	struct fs_group *told = NULL;
	int count = 0;
	for (uint32_t i = 0; i < writer->list->nodes; i++) {
		const struct fs_node *node = &writer->list->node[i];
		if (node->kind != FS_NODE_COLLECTIVE || everybody(writer, node->group) ||
		    told_before(told, count, node->group))
			continue;
		told = fs_reallocate(told, (unsigned long)(count + 1) * sizeof *told);
		told[count++] = node->group;
		tell_group(writer, node->group);
	}
	free(told);
}

/* --- nodes */

static void describe_kernel(const struct fs_node *node, FsChakra__Node *message,
                            struct attributes *attributes)
{
	message->type = FS_CHAKRA_COMPUTE;
	if (node->recorded_s >= 0) {
		message->duration_micros = (uint64_t)llround(node->recorded_s * 1e6);
		put_double(attributes, "duration_s", node->recorded_s);
	}
	put_int64(attributes, "num_ops", node->flop);
	put_uint64(attributes, "tensor_size", node->bytes);
}

static void describe_collective(const struct writer *writer, const struct fs_node *node,
                                FsChakra__Node *message, struct attributes *attributes, char name[NAME_ROOM])
{
	double own = node->collective == FS_ALLGATHER ? node->bytes / node->group.size : node->bytes;
	const char *buffer = fs_chakra_buffer_name(node->buffer);
	message->type = FS_CHAKRA_COLLECTIVE;
	put_int64(attributes, "comm_type", fs_chakra_type_of(node->collective));
	put_int64(attributes, "comm_size", own);
	put_text(attributes, "stream", writer->workload->stream[node->stream]);
	if (buffer)
		put_text(attributes, "buffer", buffer);
	if (!everybody(writer, node->group)) {
		group_name(node->group, name);
		put_text(attributes, "pg_name", name);
	}
}

static void describe_message(const struct writer *writer, const struct fs_node *node, FsChakra__Node *message,
                             struct attributes *attributes)
{
	bool sends = node->kind == FS_NODE_SEND;
	uint64_t peer = node->peer + writer->shift;
	message->type = sends ? FS_CHAKRA_SEND : FS_CHAKRA_RECEIVE;
	put_int64(attributes, "comm_size", node->bytes);
	put_int32(attributes, "comm_src", sends ? writer->chip : peer);
	put_int32(attributes, "comm_dst", sends ? peer : writer->chip);
	put_int32(attributes, "comm_tag", node->tag);
}

static void write_node(const struct writer *writer, const struct fs_node *node)
{
	char name[NAME_ROOM];
	struct attributes attributes = {0};
	FsChakra__Node message = FS_CHAKRA__NODE__INIT;
	put_on_chip(&attributes, node->kind == FS_NODE_HOST);
	if (node->kind == FS_NODE_COMPUTE || node->kind == FS_NODE_HOST)
		describe_kernel(node, &message, &attributes);
	else if (node->kind == FS_NODE_COLLECTIVE)
		describe_collective(writer, node, &message, &attributes, name);
	else if (node->kind == FS_NODE_SEND || node->kind == FS_NODE_RECEIVE)
		describe_message(writer, node, &message, &attributes);
	message.id = writer->told + (uint64_t)(node - writer->list->node);
	message.name = (char *)node->name;
	message.n_attr = attributes.count;
	message.attr = attributes.list;
	message.n_data_deps = node->dependencies;
	message.data_deps = fs_allocate_zeroed(node->dependencies + 1ul, sizeof *message.data_deps);
	for (uint32_t d = 0; d < node->dependencies; d++)
		message.data_deps[d] = writer->told + writer->list->dependency[node->first_dependency + d];
	write_message(writer, &message);
	free(message.data_deps);
}

static int write_chip(const struct fs_workload *workload, const char *prefix, uint64_t chip,
                      struct fs_error *error)
{
	char path[PATH_ROOM];
	struct fs_whole_file file;
	const struct fs_lane *lane = &workload->lane[fs_workload_lane(workload, chip)];
	struct writer writer = {.workload = workload,
	                        .list = &workload->list[lane->list],
	                        .chip = chip,
	                        .shift = chip - lane->first_chip};
	if (snprintf(path, sizeof path, "%s.%" PRIu64 ".et", prefix, chip) >= PATH_ROOM)
		return fs_fail(error, "the path %.60s... is too long", prefix);
	if (fs_whole_file_begin(&file, path, error))
		return -1;
	writer.out = file.out;
	write_metadata(&writer);
	tell_groups(&writer);
	for (uint32_t i = 0; i < writer.list->nodes; i++)
		write_node(&writer, &writer.list->node[i]);
	return fs_whole_file_end(&file, error);
}

static int check(const struct fs_workload *workload, uint64_t files, struct fs_error *error)
{
	if (files < workload->chips && workload->lanes > 1)
		return fs_fail(error,
		               "chips do not all do the same: the traces of all %" PRIu64 " are needed",
		               workload->chips);
	for (int l = 0; l < workload->lists; l++)
		for (uint32_t i = 0; i < workload->list[l].nodes; i++) {
			const struct fs_node *node = &workload->list[l].node[i];
			if (node->kind == FS_NODE_COLLECTIVE && fs_chakra_type_of(node->collective) < 0)
				return fs_fail(error, "Chakra has no %s",
				               fs_collective_name(node->collective));
		}
	return 0;
}

int fs_chakra_write(const struct fs_workload *workload, const char *prefix, uint64_t files,
                    struct fs_error *error)
{
	if (files == 0 || files > workload->chips)
		files = workload->chips;
	if (check(workload, files, error))
		return -1;
	for (uint64_t chip = 0; chip < files; chip++)
		if (write_chip(workload, prefix, chip, error))
			return -1;
	return 0;
}

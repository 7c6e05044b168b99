#include "workload/chakra_node.h"

#include "base/error.h"
#include "workload/chakra.h"
#include "workload/chakra_attribute.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* More than these nobody means: an exabyte, a day of a 100 MW cluster's flop on one chip, thirty years. */
static const double MOST_BYTES = 1e18, MOST_FLOP = 1e26, MOST_S = 1e9, MOST_TAG = 1ull << 53;

static const char *const buffer_names[] = {
        [FS_BUFFER_NONE] = NULL,
        [FS_BUFFER_GRADIENT] = "gradient",
        [FS_BUFFER_EXPERT_GRADIENT] = "expert_gradient",
        [FS_BUFFER_DISPATCH] = "dispatch",
        [FS_BUFFER_COMBINE] = "combine",
};

enum { BUFFERS = sizeof buffer_names / sizeof *buffer_names };

const char *fs_chakra_buffer_name(enum fs_buffer_kind kind)
{
	return buffer_names[kind];
}

static enum fs_buffer_kind buffer_of(const struct fs_attributes *attributes)
{
	const char *name = fs_attribute_text(attributes, "buffer");
	for (int i = 1; name && i < BUFFERS; i++)
		if (strcmp(buffer_names[i], name) == 0)
			return (enum fs_buffer_kind)i;
	return FS_BUFFER_NONE;
}

static int read_kernel(const FsChakra__Node *message, const struct fs_attributes *attributes,
                       struct fs_node *node, struct fs_error *error)
{
	double on_host = 0;
	node->recorded_s = (double)message->duration_micros * 1e-6;
	if (node->recorded_s > MOST_S)
		return fs_fail(error, "it lasts %g s; at most %g", node->recorded_s, MOST_S);
	if (fs_attribute_number(attributes, "duration_s", MOST_S, &node->recorded_s, error) ||
	    fs_attribute_number(attributes, "num_ops", MOST_FLOP, &node->flop, error) ||
	    fs_attribute_number(attributes, "tensor_size", MOST_BYTES, &node->bytes, error) ||
	    fs_attribute_number(attributes, "is_cpu_op", 1, &on_host, error))
		return -1;
	node->kind = on_host > 0 ? FS_NODE_HOST : FS_NODE_COMPUTE;
	return 0;
}

/* Its own, if it says so; else that of its kind of groups, as a communicator has a stream of its own. */
static int stream_of(const struct fs_chakra_place *place, const struct fs_attributes *attributes,
                     struct fs_node *node, struct fs_error *error)
{
	char by_group[64];
	const char *name = fs_attribute_text(attributes, "stream");
	snprintf(by_group, sizeof by_group, "groups of %" PRIu32 ", %" PRIu32 " apart", node->group.size,
	         node->group.stride);
	node->stream = fs_workload_stream(place->workload, name ? name : by_group, error);
	return node->stream < 0 ? -1 : 0;
}

static int group_of(const struct fs_chakra_place *place, const struct fs_attributes *attributes,
                    struct fs_group *group, struct fs_error *error)
{
	const char *name = fs_attribute_text(attributes, "pg_name");
	if (!fs_attribute_all_true(attributes, "involved_dim"))
		return fs_fail(error,
		               "involved_dim leaves out a dimension of a network that is not this one; "
		               "groups are told by pg_name");
	*group = (struct fs_group){(uint32_t)place->chips, 1};
	if (!name || !*name)
		return 0;
	return fs_process_groups_find(place->groups, name, place->chips, place->chip, group, error);
}

static int read_collective(const struct fs_chakra_place *place, const struct fs_attributes *attributes,
                           struct fs_node *node, struct fs_error *error)
{
	double type = -1;
	node->kind = FS_NODE_COLLECTIVE;
	node->buffer = buffer_of(attributes);
	if (fs_attribute_number(attributes, "comm_type", 1e6, &type, error) ||
	    fs_attribute_number(attributes, "comm_size", MOST_BYTES, &node->bytes, error) ||
	    group_of(place, attributes, &node->group, error))
		return -1;
	if (type < 0)
		return fs_fail(error, "a collective without comm_type");
	if (fs_chakra_collective((int64_t)type, &node->collective, error))
		return -1;
	if (node->group.size < 2) {
		*node = (struct fs_node){.id = node->id, .name = node->name, .kind = FS_NODE_JOIN};
		return 0;
	}
	if (node->collective == FS_ALLGATHER)
		node->bytes *= node->group.size;
	return stream_of(place, attributes, node, error);
}

static int read_message(const struct fs_chakra_place *place, const struct fs_attributes *attributes,
                        const char *peer, struct fs_node *node, struct fs_error *error)
{
	double other = -1, tag = 0;
	if (fs_attribute_number(attributes, "comm_size", MOST_BYTES, &node->bytes, error) ||
	    fs_attribute_number(attributes, "comm_tag", MOST_TAG, &tag, error) ||
	    fs_attribute_number(attributes, peer, (double)place->chips - 1, &other, error))
		return -1;
	if (other < 0)
		return fs_fail(error, "a message without %s", peer);
	node->peer = (uint64_t)other;
	node->tag = (uint64_t)tag;
	if (node->peer == place->chip)
		return fs_fail(error, "a message of chip %" PRIu64 " to itself", place->chip);
	return 0;
}

int fs_chakra_node(const struct fs_chakra_place *place, const FsChakra__Node *message, struct fs_node *node,
                   struct fs_error *error)
{
	const struct fs_attributes attributes = {message->n_attr, message->attr};
	*node = (struct fs_node){
	        .id = message->id,
	        .name = fs_workload_text(place->workload, *message->name ? message->name : "node"),
	        .kind = FS_NODE_JOIN,
	        .recorded_s = -1,
	};
	switch (message->type) {
	case FS_CHAKRA_INVALID:
		return 0;
	case FS_CHAKRA_METADATA:
		return message->inputs ? fs_process_groups_add(place->groups, message->inputs->values, error)
		                       : 0;
	case FS_CHAKRA_MEMORY_LOAD:
	case FS_CHAKRA_MEMORY_STORE:
	case FS_CHAKRA_COMPUTE:
		return read_kernel(message, &attributes, node, error);
	case FS_CHAKRA_COLLECTIVE:
		return read_collective(place, &attributes, node, error);
	case FS_CHAKRA_SEND:
		node->kind = FS_NODE_SEND;
		return read_message(place, &attributes, "comm_dst", node, error);
	case FS_CHAKRA_RECEIVE:
		node->kind = FS_NODE_RECEIVE;
		return read_message(place, &attributes, "comm_src", node, error);
	default:
		return fs_fail(error,
		               "its type %" PRId32 " is none of kernels (4), memory (2, 3), messages (5, 6), "
		               "collectives (7) and metadata (1)",
		               message->type);
	}
}

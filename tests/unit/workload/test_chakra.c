#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "plan/program.h"
#include "topology/placement.h"
#include "unit/config/scratch.h"
#include "workload/chakra.h"

/* Files are put together from bytes, as protobuf's wire format has them: a tag (field * 8 + kind), then a
 * varint (kind 0) or a length and bytes (kind 2). */

#define METADATA                                                                                             \
	"\x07\x0a\x05"                                                                                       \
	"0.0.4"
#define NODE_1 "\x08\x01" /* id = 1 */
#define NODE_2 "\x08\x02"
#define KERNEL "\x18\x04"      /* type = 4 */
#define AFTER_1 "\x2a\x01\x01" /* data_deps = [1] */
#define AFTER_2 "\x2a\x01\x02"
#define ON_CHIP                                                                                              \
	"\x52\x0e\x0a\x09"                                                                                   \
	"is_cpu_op"                                                                                          \
	"\xd8\x01\x00"
#define COLLECTIVE "\x18\x07"
#define ALLREDUCE                                                                                            \
	"\x52\x0d\x0a\x09"                                                                                   \
	"comm_type"                                                                                          \
	"\x48\x00"
#define REDUCE                                                                                               \
	"\x52\x0d\x0a\x09"                                                                                   \
	"comm_type"                                                                                          \
	"\x48\x01"
#define SIZE_100                                                                                             \
	"\x52\x0d\x0a\x09"                                                                                   \
	"comm_size"                                                                                          \
	"\x48\x64"

/* A literal with bytes 0 in it, and its length. */
#define BYTES(text) text, sizeof(text) - 1

static void write_bytes(const struct scratch *scratch, const char *name, const char *bytes, size_t length)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", scratch->folder, name);
	FILE *out = fopen(path, "wb");
	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, length, out), length);
	assert_int_equal(fclose(out), 0);
}

static int read_back(const struct scratch *scratch, uint64_t chips, struct fs_workload **workload,
                     struct fs_error *error)
{
	char prefix[256];
	snprintf(prefix, sizeof prefix, "%s/t", scratch->folder);
	return fs_chakra_read(prefix, chips, workload, error);
}

/* Two chips, a kernel of 2^3 us and an allreduce of 100 bytes after it; ids differ. */
static void bytes_are_read(void **state)
{
	(void)state;
	struct scratch scratch;
	struct fs_workload *workload;
	struct fs_error error;
	scratch_create(&scratch);
	write_bytes(&scratch, "t.0.et",
	            BYTES(METADATA "\x16" NODE_1 KERNEL "\x38\x08" ON_CHIP
	                           "\x25" NODE_2 COLLECTIVE AFTER_1 ALLREDUCE SIZE_100));
	write_bytes(&scratch, "t.1.et",
	            BYTES(METADATA "\x14" KERNEL "\x38\x08" ON_CHIP
	                           "\x25\x08\x07\x18\x07\x2a\x01\x00" ALLREDUCE SIZE_100));
	if (read_back(&scratch, 0, &workload, &error))
		fail_msg("%s", error.text);
	assert_int_equal(workload->chips, 2);
	assert_int_equal(workload->lanes, 1); /* both do the same */
	assert_int_equal(workload->lane[0].chips, 2);
	const struct fs_node_list *list = &workload->list[0];
	assert_int_equal(list->nodes, 2);
	assert_int_equal(list->node[0].kind, FS_NODE_COMPUTE);
	assert_true(list->node[0].recorded_s == 8e-6);
	assert_int_equal(list->node[1].kind, FS_NODE_COLLECTIVE);
	assert_true(list->node[1].bytes == 100);
	assert_int_equal(list->node[1].group.size, 2);
	assert_int_equal(list->node[1].dependencies, 1);
	fs_workload_destroy(workload);
	scratch_destroy(&scratch);
}

/* What is wrong with chip 0's file; chip 1 is as it is. */
static const struct {
	const char *bytes;
	size_t length;
	const char *why;
} broken[] = {
        {BYTES(""), "t.0.et: an empty file"},
        {BYTES(METADATA), "t.0.et: a Chakra trace without a node"},
        {BYTES("\x07\x0a\x05"
               "9.9.9"
               "\x04" NODE_1 KERNEL),
         "t.0.et: Chakra schema 9.9.9; known is 0.0.4"},
        {BYTES("hello, world"), "t.0.et: the message at byte 0 goes on beyond the end"},
        {BYTES(METADATA "\x80"), "t.0.et: no length of a message at byte 8"},
        {BYTES(METADATA "\x05" NODE_1 KERNEL), "t.0.et: the message at byte 8 goes on beyond the end"},
        {BYTES(METADATA "\x04\xff\xff\xff\xff"), "t.0.et: the message before byte 13 is no node"},
        {BYTES(METADATA "\x07" NODE_1 KERNEL AFTER_2),
         "t.0.et: node 1 depends on node 2, which is not there"},
        {BYTES(METADATA "\x07" NODE_1 KERNEL AFTER_2 "\x07" NODE_2 KERNEL AFTER_1),
         "waits for itself, in a cycle"},
        {BYTES(METADATA "\x07" NODE_1 KERNEL AFTER_1), "t.0.et: node 1 waits for itself, in a cycle"},
        {BYTES(METADATA "\x04" NODE_1 KERNEL "\x04" NODE_1 KERNEL), "t.0.et: two nodes have the number 1"},
        {BYTES(METADATA "\x04" NODE_1 "\x18\x63"), "t.0.et: node 1: its type 99 is none of"},
        {BYTES(METADATA "\x04" NODE_1 COLLECTIVE), "t.0.et: node 1: a collective without comm_type"},
        {BYTES(METADATA "\x13" NODE_1 COLLECTIVE REDUCE),
         "t.0.et: node 1: a collective of type reduce; can be run:"},
        {BYTES(METADATA "\x2b" NODE_1 COLLECTIVE ALLREDUCE "\x52\x16\x0a\x09"
                        "comm_size"
                        "\x48\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
         "t.0.et: node 1: comm_size is -1; it must be from 0"},
        {BYTES(METADATA "\x0e" NODE_1 KERNEL "\x38\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
         "t.0.et: node 1: it lasts"},
        {BYTES(METADATA "\x04" NODE_1 "\x18\x05"), "t.0.et: node 1: a message without comm_dst"},
};

static void broken_files_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		struct scratch scratch;
		struct fs_workload *workload;
		struct fs_error error;
		scratch_create(&scratch);
		write_bytes(&scratch, "t.0.et", broken[i].bytes, broken[i].length);
		write_bytes(&scratch, "t.1.et", BYTES(METADATA "\x04" NODE_1 KERNEL));
		if (read_back(&scratch, 0, &workload, &error) == 0)
			fail_msg("row %d was read", (int)i);
		if (!strstr(error.text, broken[i].why) || strchr(error.text, '\n'))
			fail_msg("row %d: expected '%s', got '%s'", (int)i, broken[i].why, error.text);
		scratch_destroy(&scratch);
	}
}

static void ranks_that_are_missing_are_named(void **state)
{
	(void)state;
	struct scratch scratch;
	struct fs_workload *workload;
	struct fs_error error;
	scratch_create(&scratch);
	assert_int_equal(read_back(&scratch, 0, &workload, &error), -1);
	assert_non_null(strstr(error.text, "no Chakra trace"));
	write_bytes(&scratch, "t.0.et", BYTES(METADATA "\x04" NODE_1 KERNEL));
	write_bytes(&scratch, "t.2.et", BYTES(METADATA "\x04" NODE_1 KERNEL));
	assert_int_equal(read_back(&scratch, 0, &workload, &error), -1);
	assert_non_null(strstr(error.text, "t.1.et: No such file"));
	assert_int_equal(read_back(&scratch, 8, &workload, &error), -1);
	assert_non_null(strstr(error.text, "is a trace of 3 chips; it cannot be run on 8"));
	scratch_destroy(&scratch);
}

/* Metadata before it had a version: its first field is a list of attributes. */
static void old_metadata_is_read(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t length;
		const char *why; /* NULL: it is fine */
	} rows[] = {
	        {BYTES("\x00\x04" NODE_1 KERNEL), NULL},
	        {BYTES("\x21\x0a\x1f\x0a\x06schema\xea\x01\x14"
	               "1.1.1-chakra.0.0.4.."
	               "\x04" NODE_1 KERNEL),
	         "0.0.4.."},
	        {BYTES("\x1f\x0a\x1d\x0a\x06schema\xea\x01\x12"
	               "1.1.1-chakra.0.0.4"
	               "\x04" NODE_1 KERNEL),
	         NULL},
	        {BYTES("\x1f\x12\x1d\x0a\x06schema\xea\x01\x12"
	               "1.1.1-chakra.0.0.9"
	               "\x04" NODE_1 KERNEL),
	         "chakra.0.0.9"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct scratch scratch;
		struct fs_workload *workload;
		struct fs_error error;
		scratch_create(&scratch);
		write_bytes(&scratch, "t.0.et", rows[i].bytes, rows[i].length);
		int status = read_back(&scratch, 0, &workload, &error);
		if (status != (rows[i].why ? -1 : 0))
			fail_msg("row %d: %s", (int)i, status ? error.text : "it was read");
		if (status)
			assert_non_null(strstr(error.text, rows[i].why));
		else
			fs_workload_destroy(workload);
		scratch_destroy(&scratch);
	}
}

/* --- what we write we read */

static void add(struct fs_node_list *list, struct fs_node node, int on)
{
	node.id = list->nodes;
	fs_list_add(list, &node);
	if (on >= 0)
		fs_list_depend(list, (uint32_t)on);
}

/* Chip c of four: a kernel, a collective with its neighbour or over all, messages around a ring. */
static struct fs_workload *ring(void)
{
	struct fs_workload *workload = fs_workload_create("ring");
	struct fs_error error;
	int stream = fs_workload_stream(workload, "pairs", &error);
	workload->chips = 4;
	for (uint64_t chip = 0; chip < 4; chip++) {
		int place = fs_workload_add_list(workload, "ring");
		struct fs_node_list *list = &workload->list[place];
		add(list,
		    (struct fs_node){.name = "kernel \"k\"",
		                     .kind = FS_NODE_COMPUTE,
		                     .recorded_s = 1.25e-7 * (double)(chip + 1),
		                     .flop = 1e12,
		                     .bytes = 3e6},
		    -1);
		add(list, (struct fs_node){.name = "host", .kind = FS_NODE_HOST, .recorded_s = 1e-5}, 0);
		add(list,
		    (struct fs_node){.name = "gather",
		                     .kind = FS_NODE_COLLECTIVE,
		                     .recorded_s = -1,
		                     .bytes = 4096,
		                     .collective = FS_ALLGATHER,
		                     .group = {2, 2},
		                     .stream = stream},
		    1);
		add(list,
		    (struct fs_node){.name = "exchange",
		                     .kind = FS_NODE_COLLECTIVE,
		                     .recorded_s = -1,
		                     .bytes = 1e9,
		                     .collective = FS_ALLTOALL,
		                     .group = {4, 1},
		                     .stream = stream,
		                     .buffer = FS_BUFFER_DISPATCH},
		    2);
		add(list,
		    (struct fs_node){.name = "to",
		                     .kind = FS_NODE_SEND,
		                     .recorded_s = -1,
		                     .bytes = 77,
		                     .peer = (chip + 1) % 4,
		                     .tag = 5},
		    3);
		add(list,
		    (struct fs_node){.name = "from",
		                     .kind = FS_NODE_RECEIVE,
		                     .recorded_s = -1,
		                     .bytes = 77,
		                     .peer = (chip + 3) % 4,
		                     .tag = 5},
		    3);
		add(list, (struct fs_node){.name = "done", .kind = FS_NODE_JOIN, .recorded_s = -1}, 4);
		fs_list_depend(list, 5);
		fs_workload_add_lane(workload, chip, 1, place);
	}
	return workload;
}

/* The metadata nodes that tell groups come before ours. */
static void assert_same_chip(const struct fs_node_list *read, const struct fs_node_list *written)
{
	uint32_t told = read->nodes - written->nodes;
	assert_int_equal(told, 1);
	for (uint32_t i = 0; i < written->nodes; i++) {
		const struct fs_node *a = &read->node[i + told], *b = &written->node[i];
		assert_string_equal(a->name, b->name);
		assert_int_equal(a->kind, b->kind);
		assert_true(a->recorded_s == b->recorded_s);
		assert_true(a->flop == b->flop && a->bytes == b->bytes);
		assert_int_equal(a->collective, b->collective);
		assert_int_equal(a->buffer, b->buffer);
		assert_int_equal(a->group.size, b->group.size);
		assert_int_equal(a->group.stride, b->group.stride);
		assert_int_equal(a->peer, b->peer);
		assert_int_equal(a->tag, b->tag);
		assert_int_equal(a->dependencies, b->dependencies);
		for (uint32_t d = 0; d < a->dependencies; d++)
			assert_int_equal(read->dependency[a->first_dependency + d],
			                 written->dependency[b->first_dependency + d] + told);
	}
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	struct scratch scratch;
	struct fs_workload *written = ring(), *read;
	struct fs_error error;
	char prefix[256];
	scratch_create(&scratch);
	snprintf(prefix, sizeof prefix, "%s/t", scratch.folder);
	assert_int_equal(fs_chakra_write(written, prefix, 3, &error), -1);
	assert_non_null(strstr(error.text, "the traces of all 4 are needed"));
	if (fs_chakra_write(written, prefix, 0, &error) || fs_chakra_read(prefix, 4, &read, &error))
		fail_msg("%s", error.text);
	assert_int_equal(read->lanes, 4);
	for (int chip = 0; chip < 4; chip++)
		assert_same_chip(&read->list[read->lane[chip].list], &written->list[chip]);
	assert_string_equal(read->stream[read->list[0].node[3].stream], "pairs");
	fs_workload_destroy(read);
	fs_workload_destroy(written);
	scratch_destroy(&scratch);
}

/* Two stages of two chips each, told once for both: each chip sends to the one that lies like it. */
static void chips_of_a_lane_have_their_own_peers(void **state)
{
	(void)state;
	struct scratch scratch;
	struct fs_workload *read, *written = fs_workload_create("stages");
	struct fs_error error;
	char prefix[256];
	scratch_create(&scratch);
	snprintf(prefix, sizeof prefix, "%s/t", scratch.folder);
	written->chips = 4;
	for (uint64_t stage = 0; stage < 2; stage++) {
		int place = fs_workload_add_list(written, "stages");
		add(&written->list[place],
		    (struct fs_node){.name = "m",
		                     .kind = stage ? FS_NODE_RECEIVE : FS_NODE_SEND,
		                     .bytes = 8,
		                     .peer = stage ? 0 : 2},
		    -1);
		fs_workload_add_lane(written, 2 * stage, 2, place);
	}
	if (fs_chakra_write(written, prefix, 0, &error) || fs_chakra_read(prefix, 0, &read, &error))
		fail_msg("%s", error.text);
	const uint64_t peers[] = {2, 3, 0, 1};
	for (int chip = 0; chip < 4; chip++)
		assert_int_equal(read->list[read->lane[chip].list].node[0].peer, peers[chip]);
	fs_workload_destroy(read);
	fs_workload_destroy(written);
	scratch_destroy(&scratch);
}

/* One file tells all chips' work where it is the same. */
static void the_first_chip_stands_for_all(void **state)
{
	(void)state;
	struct scratch scratch;
	struct fs_workload *read, *written = fs_workload_create("alike");
	struct fs_error error;
	char prefix[256];
	scratch_create(&scratch);
	snprintf(prefix, sizeof prefix, "%s/t", scratch.folder);
	written->chips = 1000;
	fs_workload_stream(written, "data", &error);
	fs_workload_add_list(written, "alike");
	add(&written->list[0],
	    (struct fs_node){.name = "sum", .kind = FS_NODE_COLLECTIVE, .bytes = 8, .group = {1000, 1}}, -1);
	fs_workload_add_lane(written, 0, 1000, 0);
	if (fs_chakra_write(written, prefix, 1, &error) || fs_chakra_read(prefix, 0, &read, &error))
		fail_msg("%s", error.text);
	assert_int_equal(read->chips, 1000);
	assert_int_equal(read->lanes, 1);
	assert_int_equal(read->lane[0].chips, 1000);
	assert_int_equal(read->list[0].node[0].group.size, 1000);
	fs_workload_destroy(read);
	fs_workload_destroy(written);
	scratch_destroy(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(bytes_are_read),
	        cmocka_unit_test(broken_files_are_refused),
	        cmocka_unit_test(ranks_that_are_missing_are_named),
	        cmocka_unit_test(old_metadata_is_read),
	        cmocka_unit_test(what_is_written_is_read),
	        cmocka_unit_test(chips_of_a_lane_have_their_own_peers),
	        cmocka_unit_test(the_first_chip_stands_for_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

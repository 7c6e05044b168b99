#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "unit/config/scratch.h"
#include "workload/simai.h"

/* 16 chips: 2 tensor x 2 expert x 2 data x 2 stages, two micro-batches of one layer. */
static const char text[] =
        "HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 2 ep: 2 pp: 2 vpp: 1 ga: 2 all_gpus: 16 "
        "checkpoints: 0 checkpoint_initiates: 0 pp_comm 4096\n"
        "6\n"
        "grad_comm\t-1\t1\tNONE\t0\t1\tNONE\t0\t1\tREDUCESCATTER\t1000\t100\n"
        "embedding_layer\t-1\t10\tALLREDUCE\t64\t1\tNONE\t0\t20\tNONE\t0\t100\n"
        "layer\t-1\t3000\tALLTOALL_EP\t128\t5000\tALLGATHER\t256\t7000\tALLREDUCE_DP_EP\t512\t100\n"
        "embedding_layer\t-1\t10\tALLREDUCE\t64\t1\tNONE\t0\t20\tNONE\t0\t100\n"
        "layer\t-1\t3000\tALLTOALL_EP\t128\t5000\tALLGATHER\t256\t7000\tALLREDUCE_DP_EP\t512\t100\n"
        "optimizer\t-1\t9\tALLREDUCE\t4\t0\tNONE\t0\t0\tNONE\t0\t100\n";

struct expected {
	enum fs_node_kind kind;
	const char *name;
	double amount; /* ns of kernels, bytes of others */
	enum fs_collective collective;
	struct fs_group group;
};

/* One micro-batch forward, with what passes stages left out. */
#define FORWARD                                                                                              \
	{FS_NODE_COMPUTE, "embedding_layer forward", 10, 0, {0, 0}},                                         \
	        {FS_NODE_COLLECTIVE, "embedding_layer forward", 64, FS_ALLREDUCE, {2, 1}},                   \
	        {FS_NODE_COMPUTE, "layer forward", 3000, 0, {0, 0}},                                         \
	{                                                                                                    \
		FS_NODE_COLLECTIVE, "layer forward", 128, FS_ALLTOALL,                                       \
		{                                                                                            \
			2, 2                                                                                 \
		}                                                                                            \
	}
#define BACKWARD                                                                                             \
	{FS_NODE_COMPUTE, "layer backward", 5000, 0, {0, 0}},                                                \
	        {FS_NODE_COLLECTIVE, "layer backward", 256, FS_ALLGATHER, {2, 1}},                           \
	        {FS_NODE_COMPUTE, "layer gradient", 7000, 0, {0, 0}},                                        \
	        {FS_NODE_COLLECTIVE, "layer gradient", 512, FS_ALLREDUCE, {2, 4}},                           \
	        {FS_NODE_COMPUTE, "embedding_layer backward", 1, 0, {0, 0}},                                 \
	{                                                                                                    \
		FS_NODE_COMPUTE, "embedding_layer gradient", 20, 0,                                          \
		{                                                                                            \
			0, 0                                                                                 \
		}                                                                                            \
	}
#define LAST                                                                                                 \
	{FS_NODE_COMPUTE, "grad_comm backward", 1, 0, {0, 0}},                                               \
	        {FS_NODE_COMPUTE, "grad_comm gradient", 1, 0, {0, 0}},                                       \
	        {FS_NODE_COLLECTIVE, "grad_comm gradient", 1000, FS_REDUCE_SCATTER, {4, 2}},                 \
	        {FS_NODE_COMPUTE, "optimizer forward", 9, 0, {0, 0}},                                        \
	        {FS_NODE_COLLECTIVE, "optimizer forward", 4, FS_ALLREDUCE, {2, 1}},                          \
	        {FS_NODE_COMPUTE, "optimizer backward", 0, 0, {0, 0}},                                       \
	{                                                                                                    \
		FS_NODE_COMPUTE, "optimizer gradient", 0, 0,                                                 \
		{                                                                                            \
			0, 0                                                                                 \
		}                                                                                            \
	}
#define SEND                                                                                                 \
	{                                                                                                    \
		FS_NODE_SEND, NULL, 4096, 0,                                                                 \
		{                                                                                            \
			0, 0                                                                                 \
		}                                                                                            \
	}
#define RECEIVE                                                                                              \
	{                                                                                                    \
		FS_NODE_RECEIVE, NULL, 4096, 0,                                                              \
		{                                                                                            \
			0, 0                                                                                 \
		}                                                                                            \
	}
#define FIRST                                                                                                \
	{                                                                                                    \
		FS_NODE_COMPUTE, "grad_comm forward", 1, 0,                                                  \
		{                                                                                            \
			0, 0                                                                                 \
		}                                                                                            \
	}

/* 1F1B: the first stage takes a forward pass ahead. */
static const struct expected stage_0[] = {FIRST,   FORWARD,  SEND,    FORWARD,  SEND,
                                          RECEIVE, BACKWARD, RECEIVE, BACKWARD, LAST};
static const struct expected stage_1[] = {FIRST,   RECEIVE, FORWARD,  BACKWARD, SEND,
                                          RECEIVE, FORWARD, BACKWARD, SEND,     LAST};

static void assert_stage(const struct fs_node_list *list, const struct expected *expected, uint32_t count)
{
	assert_int_equal(list->nodes, count);
	for (uint32_t i = 0; i < count; i++) {
		const struct fs_node *node = &list->node[i];
		double amount = node->kind == FS_NODE_COMPUTE ? node->recorded_s * 1e9 : node->bytes;
		if (node->kind != expected[i].kind || amount < expected[i].amount * (1 - 1e-12) ||
		    amount > expected[i].amount * (1 + 1e-12))
			fail_msg("node %d is '%s', %g", (int)i, node->name, amount);
		if (expected[i].name)
			assert_string_equal(node->name, expected[i].name);
		assert_int_equal(node->collective, expected[i].collective);
		assert_int_equal(node->group.size, expected[i].group.size);
		assert_int_equal(node->group.stride, expected[i].group.stride);
	}
}

static int read_text(const char *changed, uint64_t chips, struct fs_workload **workload,
                     struct fs_error *error)
{
	struct scratch scratch;
	scratch_create(&scratch);
	int status = fs_simai_read(scratch_write(&scratch, "w.txt", changed), chips, workload, error);
	scratch_destroy(&scratch);
	return status;
}

static void stages_are_read(void **state)
{
	(void)state;
	struct fs_workload *workload;
	struct fs_error error;
	if (read_text(text, 0, &workload, &error))
		fail_msg("%s", error.text);
	assert_int_equal(workload->chips, 16);
	assert_int_equal(workload->lanes, 2);
	assert_int_equal(workload->lane[1].first_chip, 8);
	assert_int_equal(workload->lane[1].chips, 8);
	assert_stage(&workload->list[0], stage_0, sizeof stage_0 / sizeof *stage_0);
	assert_stage(&workload->list[1], stage_1, sizeof stage_1 / sizeof *stage_1);
	assert_string_equal(workload->layout, "tp=2,ep=2,pp=2,micro_batches=2");
	fs_workload_destroy(workload);
}

static const struct {
	const char *from, *to, *why;
} broken[] = {
        {"HYBRID_TRANSFORMER_FWD_IN_BCKWD", "DLRM", "w.txt:1: 'DLRM' is no kind of workload"},
        {"ga: 2", "ga: x", "w.txt:1: ga: 'x' is not a number from 0"},
        {"ga: 2", "ga: 3", "w.txt: 2 rows 'embedding_layer'; each of ga 3 micro-batches"},
        {"vpp: 1 ", "", "w.txt:1: vpp: is not in the first line"},
        {"all_gpus: 16", "all_gpus: 12", "w.txt:1: all_gpus 12 is not a multiple of"},
        {"all_gpus: 16", "all_gpus: 1e30", "w.txt:1: all_gpus: '1e30' is not a number from 0 to"},
        {"\n6\n", "\n7\n", "w.txt:9: the file ends after 6 of 7 rows"},
        {"\n6\n", "\nsix\n", "w.txt:2: 'six' is not a number"},
        {"\t9\tALLREDUCE", "\t9\tALLREDUCE_XY", "w.txt:8: 'ALLREDUCE_XY' is no collective"},
        {"\t9\tALLREDUCE", "\t-9\tALLREDUCE", "w.txt:8: '-9' is not a number from 0"},
        {"\t9\tALLREDUCE\t4\t0\tNONE", "\t9\tALLREDUCE\t4\t0", "w.txt:8:"},
};

static void broken_files_are_refused(void **state)
{
	(void)state;
	struct fs_workload *workload;
	struct fs_error error;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		char *changed = replaced(text, broken[i].from, broken[i].to);
		if (read_text(changed, 0, &workload, &error) == 0)
			fail_msg("row %d was read", (int)i);
		if (!strstr(error.text, broken[i].why) || strchr(error.text, '\n'))
			fail_msg("row %d: expected '%s', got '%s'", (int)i, broken[i].why, error.text);
		free(changed);
	}
	assert_int_equal(read_text("", 0, &workload, &error), -1);
	assert_non_null(strstr(error.text, "an empty file"));
	assert_int_equal(read_text(text, 32, &workload, &error), -1);
	assert_non_null(strstr(error.text, "is a workload of 16 chips; it cannot be run on 32"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(stages_are_read),
	        cmocka_unit_test(broken_files_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

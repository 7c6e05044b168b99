#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "workload/workload.h"

#include <stdio.h>
#include <string.h>

enum { NODES = 5, ON = 3 };

/* What nodes 0 to 4 depend on, -1 ends; their order, NULL: a cycle, in which this node is. */
static const struct {
	int on[NODES][ON];
	const char *order;
} rows[] = {
        {{{-1}, {0, -1}, {-1}, {2, 1, -1}, {-1}}, "0 1 2 3 4"}, /* as it is */
        {{{4, -1}, {-1}, {-1}, {-1}, {-1}}, "1 2 3 4 0"},
        {{{1, -1}, {2, -1}, {3, -1}, {4, -1}, {-1}}, "4 3 2 1 0"},
        {{{3, -1}, {-1}, {0, -1}, {-1}, {0, 2, -1}}, "1 3 0 2 4"},
        {{{1, 1, -1}, {-1}, {-1}, {-1}, {-1}}, "1 0 2 3 4"}, /* said twice */
        {{{0, -1}, {-1}, {-1}, {-1}, {-1}}, NULL},
        {{{-1}, {3, -1}, {1, -1}, {2, -1}, {1, -1}}, NULL},
};

static void nodes_are_ordered(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		struct fs_workload *workload = fs_workload_create("somewhere/order");
		struct fs_error error;
		struct fs_node_list *list;
		char order[64] = "";
		fs_workload_add_list(workload, "file");
		list = &workload->list[0];
		for (int i = 0; i < NODES; i++) {
			fs_list_add(list, &(struct fs_node){.id = (uint64_t)i, .kind = FS_NODE_JOIN});
			for (int d = 0; d < ON && rows[r].on[i][d] >= 0; d++)
				fs_list_depend(list, (uint32_t)rows[r].on[i][d]);
		}
		int status = fs_list_order(list, &error);
		for (uint32_t i = 0; i < list->nodes; i++)
			sprintf(order + strlen(order), "%s%d", i ? " " : "", (int)list->node[i].id);
		if (status)
			assert_non_null(strstr(error.text, "waits for itself, in a cycle"));
		else
			assert_string_equal(order, rows[r].order);
		assert_int_equal(status, rows[r].order ? 0 : -1);
		for (uint32_t i = 0; i < list->nodes && !status; i++)
			for (uint32_t d = 0; d < list->node[i].dependencies; d++)
				assert_true(list->dependency[list->node[i].first_dependency + d] < i);
		assert_string_equal(workload->name, "order");
		fs_workload_destroy(workload);
	}
}

/* Also more names than the first table has room for. */
static void equal_texts_are_one(void **state)
{
	(void)state;
	struct fs_workload *workload = fs_workload_create("x");
	const char *kept[1000];
	char text[16];
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "name %d", i);
		kept[i] = fs_workload_text(workload, text);
		assert_string_equal(kept[i], text);
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "name %d", i);
		assert_ptr_equal(fs_workload_text(workload, text), kept[i]);
	}
	fs_workload_destroy(workload);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nodes_are_ordered),
	        cmocka_unit_test(equal_texts_are_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

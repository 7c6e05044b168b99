#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "topology/down.h"

#include <stdio.h>
#include <string.h>

/* Nodes of 4 chips, 4 of them. */
static struct fs_system machine(const char *down)
{
	struct fs_system system = {.tiers = 2, .tier = {{.name = "node"}, {.name = "ib"}}};
	system.tier[0].group.value = 4;
	system.tier[1].group.value = 16;
	strcpy(system.down, down);
	return system;
}

struct row {
	const char *before, *text;
	int added;
	const char *after; /* or the message */
};

static const struct row rows[] = {
        {"", "ib:leaf0-spine1", 1, "ib/0:leaf0-spine1"},
        {"", "ib:leaf0-spine1,node/2:port0-port1", 2, "ib/0:leaf0-spine1,node/2:port0-port1"},
        {"", "ib:p1:leaf0-spine1", 1, "ib/0:p1:leaf0-spine1"}, /* the first colon ends the tier */
        {"", " ib:a , ib:b", 2, "ib/0:a,ib/0:b"},
        {"ib:a", "node:a", 1, "ib:a,node/0:a"},
        {"ib:a, ib/0:b", "ib/0:a,ib:b", 0, "ib:a, ib/0:b"}, /* down already */
        {"", "ib:a,ib:a", 1, "ib/0:a"},
        {"", "node/99:a", 1, "node/99:a"}, /* fs_down_check's matter */
#define NEEDED "fabric.down: tier:cable or tier/group:cable is needed (ib:leaf0-spine1), not "
        {"ib:b", "", -1, NEEDED "''"},
        {"ib:b", "ib", -1, NEEDED "'ib'"},
        {"ib:b", "ib:", -1, NEEDED "'ib:'"},
        {"ib:b", ":a", -1, NEEDED "':a'"},
        {"ib:b", "ib:a,", -1, NEEDED "''"},
        {"ib:b", "ib:a,,ib:c", -1, NEEDED "''"},
        {"ib:b", "ib/:a", -1, NEEDED "'ib/:a'"},
        {"ib:b", "ib/x:a", -1, NEEDED "'ib/x:a'"},
        {"ib:b", "ib/-1:a", -1, NEEDED "'ib/-1:a'"},
        {"ib:b", "ib/1/2:a", -1, NEEDED "'ib/1/2:a'"},
        {"ib:b", "ib/9999999999999999999:a", -1, NEEDED "'ib/9999999999999999999:a'"},
        {"ib:b", "ib:a b", -1, NEEDED "'ib:a b'"},
        {"ib:b", "ib:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", -1,
         NEEDED "'ib:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'"},
#undef NEEDED
        {"ib:b", "noed:a", -1, "fabric.down: there is no tier 'noed'; did you mean node?"},
        {"ib:b", "spine:a", -1, "fabric.down: there is no tier 'spine'; there are: node, ib"},
};

static void cables_are_appended_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_system system = machine(rows[i].before);
		struct fs_error error = {"no error"};
		assert_int_equal(fs_down_add(&system, rows[i].text, &error), rows[i].added);
		assert_string_equal(rows[i].added < 0 ? error.text : system.down, rows[i].after);
		if (rows[i].added < 0)
			assert_string_equal(system.down, rows[i].before);
	}
}

static void entries_are_read_one_by_one(void **state)
{
	(void)state;
	struct fs_system system = machine("ib:leaf0-spine1,node/3:p1:a-b");
	struct fs_down down;
	struct fs_error error;
	const char *rest = system.down;
	assert_int_equal(fs_down_next(&system, &rest, &down, &error), 1);
	assert_int_equal(down.tier, 1);
	assert_int_equal(down.group, 0);
	assert_string_equal(down.cable, "leaf0-spine1");
	assert_int_equal(fs_down_next(&system, &rest, &down, &error), 1);
	assert_int_equal(down.tier, 0);
	assert_int_equal(down.group, 3);
	assert_string_equal(down.cable, "p1:a-b");
	assert_int_equal(fs_down_next(&system, &rest, &down, &error), 0);
}

static void what_does_not_fit_is_refused(void **state)
{
	(void)state;
	struct fs_system system = machine("");
	struct fs_error error;
	char text[32];
	int count = 0;
	do
		snprintf(text, sizeof text, "ib:cable%d", count++);
	while (fs_down_add(&system, text, &error) > 0);
	assert_string_equal(error.text, "fabric.down: more than 1023 bytes of cables in all");
	/* "ib/0:cable0" is 11 bytes, 1 to 9 with their commas 12, the next 13: 11 + 9 * 12 + 69 * 13 = 1016
	 */
	assert_int_equal(count, 1 + 9 + 69 + 1);
	assert_int_equal(strlen(system.down), 1016);
	assert_string_equal(strrchr(system.down, ','), ",ib/0:cable78");
}

struct check {
	const char *down, *message; /* NULL: fine */
};

static const struct check checks[] = {
        {"", NULL},
        {"node/0:a,node/3:a,ib:a,ib/0:a", NULL},
        {"node/4:a", "fabric.down: tier node has groups 0 to 3, not 4"},
        {"ib:a,ib/1:a", "fabric.down: tier ib has groups 0 to 0, not 1"},
        {"ib:a;b,x", "fabric.down: tier:cable or tier/group:cable is needed (ib:leaf0-spine1), not 'x'"},
};

static void groups_must_be_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
		struct fs_system system = machine(checks[i].down);
		struct fs_error error;
		assert_int_equal(fs_down_check(&system, &error), checks[i].message ? -1 : 0);
		if (checks[i].message)
			assert_string_equal(error.text, checks[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(cables_are_appended_once),
	        cmocka_unit_test(entries_are_read_one_by_one),
	        cmocka_unit_test(what_does_not_fit_is_refused),
	        cmocka_unit_test(groups_must_be_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

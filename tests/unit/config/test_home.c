#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "config/home.h"
#include "unit/config/scratch.h"

static int enter_home(void **state)
{
	static struct scratch scratch;
	scratch_create(&scratch);
	scratch_write(&scratch, "topologies/alpha.yaml", "label: A\nschema: farscale-system/1\n");
	scratch_write(&scratch, "topologies/beta-2.yaml", "label: [\n");
	scratch_write(&scratch, "topologies/README.md", "");
	scratch_write(&scratch, "topologies/.hidden.yaml", "");
	scratch_write(&scratch, "topologies/chips/c1.yaml", "");
	scratch_write(&scratch, "own/s.yaml", "");
	scratch_write(&scratch, "own/chips/c1.yaml", "");
	scratch_write(&scratch, "own/chips/c2.yaml", "");
	setenv("FARSCALE_HOME", scratch.folder, 1);
	*state = &scratch;
	return 0;
}

static int leave_home(void **state)
{
	unsetenv("FARSCALE_HOME");
	scratch_destroy(*state);
	return 0;
}

struct found {
	const struct fs_shelf *shelf;
	const char *name, *user; /* user: below the folder */
	const char *path;        /* below the folder; NULL: not found */
	const char *message;
};

static void finds_files_by_name(void **state)
{
	const struct scratch *scratch = *state;
	static const struct found rows[] = {
	        {&fs_shelf_systems, "alpha", NULL, "topologies/alpha.yaml", NULL},
	        {&fs_shelf_systems, "alhpa", NULL, NULL,
	         "unknown system 'alhpa'; did you mean 'alpha'? There are: alpha, beta-2"},
	        {&fs_shelf_systems, "zzz", NULL, NULL, "unknown system 'zzz'. There are: alpha, beta-2"},
	        {&fs_shelf_systems, "", NULL, NULL, "unknown system ''. There are: alpha, beta-2"},
	        {&fs_shelf_systems, ".hidden", NULL, NULL,
	         "unknown system '.hidden'. There are: alpha, beta-2"},
	        {&fs_shelf_chips, "c1", NULL, "topologies/chips/c1.yaml", NULL},
	        {&fs_shelf_chips, "c1", "own/s.yaml", "own/chips/c1.yaml", NULL}, /* beside first */
	        {&fs_shelf_chips, "c2", "own/s.yaml", "own/chips/c2.yaml", NULL},
	        {&fs_shelf_chips, "c3", "own/s.yaml", NULL,
	         "unknown chip 'c3'; did you mean 'c1'? There are: c1, c2"},
	        {&fs_shelf_chips, "c2", NULL, NULL, "unknown chip 'c2'; did you mean 'c1'? There is: c1"},
	        {&fs_shelf_chips, "../alpha", "own/s.yaml", NULL,
	         "unknown chip '../alpha'. There are: c1, c2"},
	        {&fs_shelf_models, "m", NULL, NULL, "unknown model 'm'. There is: none"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char path[512], user[128], expected[128];
		struct fs_error error = {""};
		snprintf(user, sizeof user, "%s/%s", scratch->folder, rows[i].user ? rows[i].user : "");
		snprintf(expected, sizeof expected, "%s/%s", scratch->folder,
		         rows[i].path ? rows[i].path : "");
		int result = fs_shelf_find(rows[i].shelf, rows[i].name, rows[i].user ? user : NULL, path,
		                           sizeof path, &error);
		assert_int_equal(result, rows[i].path ? 0 : -1);
		assert_string_equal(rows[i].path ? path : error.text,
		                    rows[i].path ? expected : rows[i].message);
	}
}

static void takes_paths_as_they_are(void **state)
{
	(void)state;
	static const char *const paths[] = {"x.yaml", "./x", "../x/y.yaml", "/no/such/file"};
	char path[512], longer[600];
	struct fs_error error;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		assert_int_equal(fs_shelf_find(&fs_shelf_systems, paths[i], NULL, path, sizeof path, &error),
		                 0);
		assert_string_equal(path, paths[i]);
		assert_false(fs_shelf_has(&fs_shelf_systems, paths[i]));
	}
	assert_true(fs_shelf_has(&fs_shelf_systems, "alpha"));
	memset(longer, '/', sizeof longer - 1);
	longer[sizeof longer - 1] = 0;
	assert_int_equal(fs_shelf_find(&fs_shelf_systems, longer, NULL, path, sizeof path, &error), -1);
	assert_string_equal(error.text, "the path of the system is longer than 511 bytes");
}

static void lists_and_peeks(void **state)
{
	(void)state;
	struct fs_names names;
	struct fs_peek peek;
	struct fs_error error;
	char path[512];
	fs_shelf_list(&fs_shelf_systems, &names);
	assert_int_equal(names.count, 2);
	assert_string_equal(names.name[0], "alpha");
	assert_string_equal(names.name[1], "beta-2");
	fs_names_clear(&names);
	fs_shelf_list(&fs_shelf_models, &names);
	assert_int_equal(names.count, 0);
	fs_names_clear(&names);
	assert_int_equal(fs_shelf_find(&fs_shelf_systems, "alpha", NULL, path, sizeof path, &error), 0);
	assert_int_equal(fs_file_peek(path, &peek, &error), 0);
	assert_string_equal(peek.label, "A");
	assert_string_equal(peek.schema, "farscale-system/1");
	assert_int_equal(fs_shelf_find(&fs_shelf_systems, "beta-2", NULL, path, sizeof path, &error), 0);
	assert_int_equal(fs_file_peek(path, &peek, &error), -1);
	assert_error(error.text, path, "2:1", "not valid YAML");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(finds_files_by_name, enter_home, leave_home),
	        cmocka_unit_test_setup_teardown(takes_paths_as_they_are, enter_home, leave_home),
	        cmocka_unit_test_setup_teardown(lists_and_peeks, enter_home, leave_home),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

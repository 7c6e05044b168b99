#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "report/timeline.h"
#include "unit/config/scratch.h"

#include <jansson.h>

static json_t *written(const struct fs_timeline *timeline)
{
	struct scratch scratch;
	struct fs_error error;
	json_error_t why;
	char path[128];
	scratch_create(&scratch);
	snprintf(path, sizeof path, "%s/t.json", scratch.folder);
	if (fs_timeline_write(timeline, path, &error))
		fail_msg("%s", error.text);
	json_t *file = json_load_file(path, 0, &why);
	if (!file)
		fail_msg("line %d: %s", why.line, why.text);
	scratch_destroy(&scratch);
	return file;
}

static double number(const json_t *event, const char *key)
{
	return json_number_value(json_object_get(event, key));
}

static const char *text(const json_t *event, const char *key)
{
	return json_string_value(json_object_get(event, key));
}

/* A kernel and a collective beside it, which turns out to take longer; names that JSON must not stumble over.
 */
static void events_are_written(void **state)
{
	(void)state;
	struct fs_timeline *timeline = fs_timeline_create();
	fs_timeline_add(timeline, &(struct fs_event){.chip = 7,
	                                             .stream = "compute",
	                                             .name = "a \"b\"\\\n\xff",
	                                             .category = "kernel",
	                                             .begin_s = 1e-3,
	                                             .end_s = 1.5e-3,
	                                             .values = 2,
	                                             .value = {{"flop", NULL, 1e12}, {"what", "\"", 0}}});
	fs_timeline_add(timeline, &(struct fs_event){.chip = 7,
	                                             .stream = "data",
	                                             .name = "sum",
	                                             .category = "collective",
	                                             .begin_s = 1.25e-3,
	                                             .end_s = 1.3e-3});
	fs_timeline_prolong(timeline, 7, "data", 2e-3);
	fs_timeline_prolong(timeline, 7, "never seen", 9);
	json_t *file = written(timeline);
	const json_t *events = json_object_get(file, "traceEvents");
	const json_t *kernel = json_array_get(events, 0), *collective = json_array_get(events, 1);
	assert_int_equal(json_array_size(events), 2 + 2 * 3);
	assert_string_equal(text(kernel, "ph"), "X");
	assert_string_equal(text(kernel, "name"), "a \"b\"\\??");
	assert_true(number(kernel, "pid") == 7 && number(kernel, "ts") == 0 && number(kernel, "dur") == 500);
	assert_true(number(json_object_get(kernel, "args"), "flop") == 1e12);
	assert_true(number(collective, "ts") == 250 && number(collective, "dur") == 750);
	assert_true(number(kernel, "tid") != number(collective, "tid"));
	json_decref(file);
	fs_timeline_destroy(timeline);
}

static void an_empty_one_is_json(void **state)
{
	(void)state;
	struct fs_timeline *timeline = fs_timeline_create();
	struct fs_error error;
	json_t *file = written(timeline);
	assert_int_equal(json_array_size(json_object_get(file, "traceEvents")), 0);
	json_decref(file);
	assert_int_equal(fs_timeline_write(timeline, "/nowhere/t.json", &error), -1);
	assert_non_null(strstr(error.text, "/nowhere/t.json: "));
	fs_timeline_destroy(timeline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(events_are_written),
	        cmocka_unit_test(an_empty_one_is_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

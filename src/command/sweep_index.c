#include "command/sweep_index.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>

/* Room for all texts of a record, which is what a key is made of. */
enum { KEY = sizeof(struct fs_run_record) };

static void write_key(const struct fs_run_record *record, char key[KEY])
{
	snprintf(key, KEY, "%s/%s/%s/%s/%s/%s/%s/%s/%" PRIu64 "/%" PRIu64 "/%" PRIu64, record->system,
	         record->stack, record->model, *record->plan ? record->plan : record->layout,
	         record->overrides, record->clock, record->compute, record->pace, record->chips, record->seed,
	         record->steps);
}

void fs_sweep_name_case(const struct fs_case *one, char *text, size_t size)
{
	snprintf(text, size, "%.24s %.16s, %" PRIu64 " chips, %s", one->system, one->model, one->chips,
	         one->clock == FS_CLOCK_WALL ? "live" : "at scale");
}

static int add_case(json_t *index, const struct fs_case *one, int number, double *work_s,
                    struct fs_error *error)
{
	struct fs_run_record record = {0};
	char key[KEY];
	if (fs_case_check(one, &record, work_s, error))
		return -1;
	write_key(&record, key);
	if (json_object_get(index, key))
		return fs_fail(error, "this case stands there twice");
	if (json_object_set_new(index, key, json_integer(number)))
		return fs_fail(error, "a name is not UTF-8");
	return 0;
}

int fs_sweep_index(const struct fs_sweep *sweep, const char *path, double *work_s, json_t **index,
                   struct fs_error *error)
{
	json_t *made = json_object();
	for (int i = 0; i < sweep->count; i++)
		if (add_case(made, &sweep->cases[i], i, &work_s[i], error)) {
			char name[96];
			fs_sweep_name_case(&sweep->cases[i], name, sizeof name);
			json_decref(made);
			return fs_fail_in(error, "%s: %s", path, name);
		}
	*index = made;
	return 0;
}

int fs_sweep_find(const json_t *index, const struct fs_run_record *record)
{
	char key[KEY];
	write_key(record, key);
	const json_t *number = json_object_get(index, key);
	return number ? (int)json_integer_value(number) : -1;
}

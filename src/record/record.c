#include "record/record.h"

#include "base/error.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* One table per record drives both directions, so that a field cannot be written and not read. */

enum kind {
	TEXT,
	WHOLE,
	REAL,
	LATER_REAL,
	LATER_TEXT,
	LATER_WHOLE /* older records lack them: then 0, "" */
};

struct field {
	const char *key;
	enum kind kind;
	size_t offset, size;
};

/* clang-format off */
#define FIELD(record, kind, member) \
	{ #member, kind, offsetof(struct record, member), sizeof(((struct record *)NULL)->member) }
/* clang-format on */

static const struct field run_fields[] = {
        FIELD(fs_run_record, TEXT, system),
        FIELD(fs_run_record, TEXT, stack),
        FIELD(fs_run_record, TEXT, model),
        FIELD(fs_run_record, TEXT, layout),
        FIELD(fs_run_record, LATER_TEXT, plan),
        FIELD(fs_run_record, TEXT, overrides),
        FIELD(fs_run_record, WHOLE, chips),
        FIELD(fs_run_record, WHOLE, ranks),
        FIELD(fs_run_record, WHOLE, live_chips),
        FIELD(fs_run_record, WHOLE, modelled_chips),
        FIELD(fs_run_record, TEXT, clock),
        FIELD(fs_run_record, TEXT, compute),
        FIELD(fs_run_record, TEXT, pace),
        FIELD(fs_run_record, WHOLE, seed),
        FIELD(fs_run_record, WHOLE, steps),
        FIELD(fs_run_record, REAL, step_s),
        FIELD(fs_run_record, REAL, step_p5_s),
        FIELD(fs_run_record, REAL, step_p95_s),
        FIELD(fs_run_record, REAL, efficiency),
        FIELD(fs_run_record, REAL, mfu),
        FIELD(fs_run_record, REAL, tokens_per_s),
        FIELD(fs_run_record, REAL, compute_s),
        FIELD(fs_run_record, REAL, exposed_comm_s),
        FIELD(fs_run_record, LATER_REAL, bubble_s),
        FIELD(fs_run_record, REAL, straggler_s),
        FIELD(fs_run_record, REAL, dilation),
        FIELD(fs_run_record, REAL, resolution_s),
        FIELD(fs_run_record, REAL, virtual_step_s),
        FIELD(fs_run_record, REAL, difference),
        FIELD(fs_run_record, WHOLE, wrong),
        FIELD(fs_run_record, REAL, loss_first),
        FIELD(fs_run_record, REAL, loss_last),
        FIELD(fs_run_record, TEXT, trust),
        FIELD(fs_run_record, TEXT, fingerprint),
        FIELD(fs_run_record, LATER_WHOLE, hosts),
        FIELD(fs_run_record, LATER_REAL, clock_offset_s),
        FIELD(fs_run_record, LATER_REAL, clock_bound_s),
        FIELD(fs_run_record, LATER_REAL, clock_drift),
        FIELD(fs_run_record, LATER_REAL, rank_memory_MB),
        {NULL},
};

static const struct field bench_fields[] = {
        FIELD(fs_bench_record, TEXT, collective),
        FIELD(fs_bench_record, TEXT, system),
        FIELD(fs_bench_record, TEXT, stack),
        FIELD(fs_bench_record, TEXT, algorithm),
        FIELD(fs_bench_record, TEXT, clock),
        FIELD(fs_bench_record, WHOLE, chips),
        FIELD(fs_bench_record, WHOLE, ranks),
        FIELD(fs_bench_record, WHOLE, bytes),
        FIELD(fs_bench_record, WHOLE, live_chips),
        FIELD(fs_bench_record, WHOLE, modelled_chips),
        FIELD(fs_bench_record, WHOLE, wrong),
        FIELD(fs_bench_record, REAL, time_s),
        FIELD(fs_bench_record, REAL, algbw_GBps),
        FIELD(fs_bench_record, REAL, busbw_GBps),
        FIELD(fs_bench_record, REAL, bound_s),
        FIELD(fs_bench_record, REAL, dilation),
        FIELD(fs_bench_record, TEXT, trust),
        FIELD(fs_bench_record, TEXT, fingerprint),
        FIELD(fs_bench_record, LATER_WHOLE, hosts),
        FIELD(fs_bench_record, LATER_REAL, clock_offset_s),
        FIELD(fs_bench_record, LATER_REAL, clock_bound_s),
        FIELD(fs_bench_record, LATER_REAL, clock_drift),
        FIELD(fs_bench_record, LATER_REAL, rank_memory_MB),
        {NULL},
};

/* Such a name must not cost the record. */
json_t *fs_text_to_json(const char *text)
{
	json_t *value = json_string(text);
	if (value)
		return value;
	char *ascii = fs_duplicate_text(text);
	for (char *c = ascii; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	value = json_string(ascii);
	free(ascii);
	return value;
}

static json_t *field_to_json(const struct field *field, const char *at)
{
	uint64_t whole;
	double real;
	switch (field->kind) {
	case TEXT:
	case LATER_TEXT:
		/* "Nothing" of these is none: no pace on the virtual clock, a layout that was not planned. */
		if (!*at && (strcmp(field->key, "pace") == 0 || strcmp(field->key, "plan") == 0))
			return json_null();
		return fs_text_to_json(at);
	case WHOLE:
	case LATER_WHOLE:
		memcpy(&whole, at, sizeof whole);
		assert(whole <= INT64_MAX);
		return json_integer((json_int_t)whole);
	case REAL:
	case LATER_REAL:
		memcpy(&real, at, sizeof real);
		return isfinite(real) ? json_real(real) : json_null();
	}
	return NULL;
}

static json_t *to_json(const struct field *fields, const void *record)
{
	json_t *object = json_object();
	for (; fields->key; fields++)
		json_object_set_new(object, fields->key,
		                    field_to_json(fields, (const char *)record + fields->offset));
	return object;
}

static int text_from_json(const struct field *field, const json_t *value, char *at, struct fs_error *error)
{
	const char *text = json_is_null(value) ? "" : json_string_value(value);
	if (!text)
		return fs_fail(error, "'%s' is not a text", field->key);
	if (strlen(text) >= field->size)
		return fs_fail(error, "'%s' is longer than %zu bytes", field->key, field->size - 1);
	strcpy(at, text);
	return 0;
}

static int field_from_json(const struct field *field, const json_t *value, char *at, struct fs_error *error)
{
	if (!value && (field->kind == LATER_REAL || field->kind == LATER_TEXT || field->kind == LATER_WHOLE))
		return 0;
	if (!value)
		return fs_fail(error, "'%s' is missing", field->key);
	if (field->kind == TEXT || field->kind == LATER_TEXT)
		return text_from_json(field, value, at, error);
	if (field->kind == WHOLE || field->kind == LATER_WHOLE) {
		uint64_t whole = (uint64_t)json_integer_value(value);
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return fs_fail(error, "'%s' is not a whole number >= 0", field->key);
		memcpy(at, &whole, sizeof whole);
		return 0;
	}
	double real = json_is_null(value) ? NAN : json_number_value(value);
	if (!json_is_number(value) && !json_is_null(value))
		return fs_fail(error, "'%s' is not a number or null", field->key);
	memcpy(at, &real, sizeof real);
	return 0;
}

static int from_json(const struct field *fields, const json_t *object, void *record, struct fs_error *error)
{
	if (!json_is_object(object))
		return fs_fail(error, "not a JSON object");
	for (; fields->key; fields++)
		if (field_from_json(fields, json_object_get(object, fields->key),
		                    (char *)record + fields->offset, error))
			return -1;
	return 0;
}

json_t *fs_run_record_to_json(const struct fs_run_record *record)
{
	return to_json(run_fields, record);
}

json_t *fs_bench_record_to_json(const struct fs_bench_record *record)
{
	return to_json(bench_fields, record);
}

int fs_run_record_from_json(const json_t *object, struct fs_run_record *record, struct fs_error *error)
{
	struct fs_run_record read = {0};
	if (from_json(run_fields, object, &read, error))
		return -1;
	*record = read;
	return 0;
}

int fs_bench_record_from_json(const json_t *object, struct fs_bench_record *record, struct fs_error *error)
{
	struct fs_bench_record read = {0};
	if (from_json(bench_fields, object, &read, error))
		return -1;
	*record = read;
	return 0;
}

void fs_record_print(FILE *out, const json_t *object)
{
	json_dumpf(object, out, JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17));
}

void fs_record_print_array(FILE *out, json_t *const *objects, int count)
{
	fputs("[\n", out);
	for (int i = 0; i < count; i++) {
		fs_record_print(out, objects[i]);
		fputs(i + 1 < count ? ",\n" : "\n", out);
	}
	fputs("]\n", out);
}

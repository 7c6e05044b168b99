/* Records to JSON and back: nothing is lost on the way, and what is missing or broken is named. */

#include "base/error.h"
#include "record/record.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct fs_run_record live = {
        .system = "dgx-h100-superpod",
        .stack = "nccl",
        .model = "dp-gpt",
        .layout = "dp=8",
        .overrides = "tier.nvlink.bandwidth_GBps=100;stack.launch_us=5",
        .chips = 8,
        .ranks = 8,
        .live_chips = 8,
        .modelled_chips = 0,
        .clock = "wall",
        .compute = "blas",
        .pace = "padded",
        .seed = 7,
        .steps = 5,
        .step_s = 0.1,
        .step_p5_s = 0.099,
        .step_p95_s = 1.0 / 9,
        .efficiency = 0.93,
        .mfu = 1.0 / 3,
        .tokens_per_s = 327680.25,
        .compute_s = 0.08,
        .exposed_comm_s = 0.015,
        .bubble_s = 0.001,
        .straggler_s = 0.005,
        .dilation = 31250,
        .resolution_s = 2.1e-6,
        .virtual_step_s = 0.0995,
        .difference = 0.1 / 0.0995 - 1,
        .wrong = 0,
        .loss_first = 5.5,
        .loss_last = 5.1,
        .trust = "E",
        .fingerprint = "0123456789abcdef",
        .hosts = 2,
        .clock_offset_s = 3600.5,
        .clock_bound_s = 43e-6,
        .clock_drift = 1e-5,
        .rank_memory_MB = 34.5,
};

static const struct fs_bench_record bench = {
        .collective = "allreduce",
        .system = "nvl72-gb200",
        .stack = "nccl",
        .algorithm = "ring",
        .clock = "virtual",
        .chips = 72,
        .ranks = 1,
        .bytes = 1 << 30,
        .live_chips = 1,
        .modelled_chips = 71,
        .time_s = 1.0 / 700,
        .algbw_GBps = 751.6,
        .busbw_GBps = 1482.3,
        .bound_s = 1.0 / 800,
        .dilation = 1,
        .trust = "D",
        .fingerprint = "fedcba9876543210",
};

static struct fs_run_record on_virtual_clock(void)
{
	struct fs_run_record record = live;
	strcpy(record.clock, "virtual");
	strcpy(record.compute, "model");
	memset(record.pace, 0, sizeof record.pace);
	record.virtual_step_s = record.difference = record.loss_first = record.loss_last = NAN;
	return record;
}

/* By bits: the same text always gives the same bits, and NAN equals itself. */
static void run_records_come_back_bit_for_bit(void **state)
{
	(void)state;
	const struct fs_run_record records[] = {live, on_virtual_clock()};
	for (int i = 0; i < 2; i++) {
		struct fs_run_record back;
		struct fs_error error;
		json_t *object = fs_run_record_to_json(&records[i]);
		char *text = json_dumps(object, JSON_REAL_PRECISION(17));
		json_t *read = json_loads(text, 0, NULL);
		assert_int_equal(fs_run_record_from_json(read, &back, &error), 0);
		assert_memory_equal(&back, &records[i], sizeof back);
		json_decref(object);
		json_decref(read);
		free(text);
	}
}

static void bench_records_come_back_bit_for_bit(void **state)
{
	(void)state;
	struct fs_bench_record back;
	struct fs_error error;
	json_t *object = fs_bench_record_to_json(&bench);
	assert_int_equal(fs_bench_record_from_json(object, &back, &error), 0);
	assert_memory_equal(&back, &bench, sizeof back);
	json_decref(object);
}

static void expect_keys(json_t *object, const char *const *keys, int count)
{
	const char *key;
	json_t *value;
	int i = 0;
	json_object_foreach(object, key, value)
	{
		assert_true(i < count);
		assert_string_equal(key, keys[i++]);
	}
	assert_int_equal(i, count);
	json_decref(object);
}

/* Other tools rely on these names. */
static void keys_are_the_interface(void **state)
{
	(void)state;
	static const char *const run_keys[] = {
	        "system",         "stack",         "model",          "layout",         "plan",
	        "overrides",      "chips",         "ranks",          "live_chips",     "modelled_chips",
	        "clock",          "compute",       "pace",           "seed",           "steps",
	        "step_s",         "step_p5_s",     "step_p95_s",     "efficiency",     "mfu",
	        "tokens_per_s",   "compute_s",     "exposed_comm_s", "bubble_s",       "straggler_s",
	        "dilation",       "resolution_s",  "virtual_step_s", "difference",     "wrong",
	        "loss_first",     "loss_last",     "trust",          "fingerprint",    "hosts",
	        "clock_offset_s", "clock_bound_s", "clock_drift",    "rank_memory_MB",
	};
	static const char *const bench_keys[] = {
	        "collective",    "system",      "stack",          "algorithm",  "clock",
	        "chips",         "ranks",       "bytes",          "live_chips", "modelled_chips",
	        "wrong",         "time_s",      "algbw_GBps",     "busbw_GBps", "bound_s",
	        "dilation",      "trust",       "fingerprint",    "hosts",      "clock_offset_s",
	        "clock_bound_s", "clock_drift", "rank_memory_MB",
	};
	expect_keys(fs_run_record_to_json(&live), run_keys, sizeof run_keys / sizeof *run_keys);
	expect_keys(fs_bench_record_to_json(&bench), bench_keys, sizeof bench_keys / sizeof *bench_keys);
}

static void what_there_is_not_is_null(void **state)
{
	(void)state;
	static const char *const nulls[] = {"pace", "virtual_step_s", "difference", "loss_first",
	                                    "loss_last"};
	struct fs_run_record record = on_virtual_clock();
	record.mfu = INFINITY;
	json_t *object = fs_run_record_to_json(&record);
	for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
		assert_true(json_is_null(json_object_get(object, nulls[i])));
	assert_true(json_is_null(json_object_get(object, "mfu")));
	assert_string_equal(json_string_value(json_object_get(object, "layout")), "dp=8");
	json_decref(object);
}

static void bytes_that_are_no_text_become_question_marks(void **state)
{
	(void)state;
	struct fs_run_record record = live;
	strcpy(record.overrides, "label=\xc3\xa9t\xc3"); /* "ét" and half a character */
	json_t *object = fs_run_record_to_json(&record);
	assert_string_equal(json_string_value(json_object_get(object, "overrides")), "label=??t?");
	json_decref(object);
}

static void broken_records_are_refused_by_key(void **state)
{
	(void)state;
	static const struct {
		const char *key, *value, *expected; /* value NULL: the key is missing */
	} rows[] = {
	        {"model", NULL, "'model' is missing"},
	        {"seed", NULL, "'seed' is missing"},
	        {"model", "3", "'model' is not a text"},
	        {"chips", "\"8\"", "'chips' is not a whole number >= 0"},
	        {"chips", "-8", "'chips' is not a whole number >= 0"},
	        {"chips", "8.0", "'chips' is not a whole number >= 0"},
	        {"chips", "null", "'chips' is not a whole number >= 0"},
	        {"step_s", "\"fast\"", "'step_s' is not a number or null"},
	        {"step_s", "true", "'step_s' is not a number or null"},
	        {"clock", "\"sundial \"", "'clock' is longer than 7 bytes"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_run_record untouched = live;
		struct fs_error error;
		json_t *object = fs_run_record_to_json(&live);
		json_object_del(object, rows[i].key);
		if (rows[i].value)
			json_object_set_new(object, rows[i].key,
			                    json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
		assert_int_equal(fs_run_record_from_json(object, &untouched, &error), -1);
		assert_string_equal(error.text, rows[i].expected);
		assert_memory_equal(&untouched, &live, sizeof live);
		json_decref(object);
	}
}

static void whole_numbers_do_for_reals(void **state)
{
	(void)state;
	struct fs_run_record record;
	struct fs_error error;
	json_t *object = fs_run_record_to_json(&live);
	json_object_set_new(object, "dilation", json_integer(2));
	assert_int_equal(fs_run_record_from_json(object, &record, &error), 0);
	assert_true(record.dilation == 2.0);
	json_decref(object);
}

static void an_array_has_an_object_a_line(void **state)
{
	(void)state;
	static const char *const expected[] = {
	        "[\n]\n", "[\n{\"a\": 0.10000000000000001}\n]\n",
	        "[\n{\"a\": 0.10000000000000001},\n{\"a\": 0.10000000000000001}\n]\n"};
	json_t *object = json_pack("{s:f}", "a", 0.1);
	json_t *const objects[] = {object, object};
	for (int count = 0; count <= 2; count++) {
		char *text;
		size_t length;
		FILE *out = open_memstream(&text, &length);
		fs_record_print_array(out, objects, count);
		fclose(out);
		assert_string_equal(text, expected[count]);
		free(text);
	}
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(run_records_come_back_bit_for_bit),
	        cmocka_unit_test(bench_records_come_back_bit_for_bit),
	        cmocka_unit_test(keys_are_the_interface),
	        cmocka_unit_test(what_there_is_not_is_null),
	        cmocka_unit_test(bytes_that_are_no_text_become_question_marks),
	        cmocka_unit_test(broken_records_are_refused_by_key),
	        cmocka_unit_test(whole_numbers_do_for_reals),
	        cmocka_unit_test(an_array_has_an_object_a_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

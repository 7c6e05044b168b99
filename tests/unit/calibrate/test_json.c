#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "calibrate/json.h"
#include "unit/calibrate/example.h"

/* Every field comes back to the last bit. */
static void round_trip(void **state)
{
	(void)state;
	struct fs_calibration before = example_calibration(), after;
	struct fs_error error;
	json_t *json = fs_calibration_to_json(&before);
	char *text = json_dumps(json, 0);
	json_t *parsed = json_loads(text, 0, NULL);
	if (fs_calibration_from_json(parsed, &after, &error))
		fail_msg("%s", error.text);
	json_t *again = fs_calibration_to_json(&after);
	assert_true(json_equal(json, again));
	assert_string_equal(after.host.cpu, before.host.cpu);
	assert_int_equal(after.host.memory_bytes, before.host.memory_bytes);
	assert_string_equal(after.host.key, before.host.key);
	assert_string_equal(after.tried[1].name, before.tried[1].name);
	assert_true(after.kernel[FS_KERNEL_REDUCE].chunk_s.median ==
	            before.kernel[FS_KERNEL_REDUCE].chunk_s.median);
	assert_true(after.mpi_latency_s == before.mpi_latency_s);
	json_decref(json);
	json_decref(parsed);
	json_decref(again);
	free(text);
}

/* A probe measures some kernels; the others come back as not measured. */
static void some_kernels(void **state)
{
	(void)state;
	struct fs_calibration example = example_calibration();
	struct fs_kernel_rate kernel[FS_KERNELS];
	struct fs_error error;
	example.kernel[FS_KERNEL_STREAM] = (struct fs_kernel_rate){0};
	json_t *json = fs_kernel_rates_to_json(example.kernel);
	assert_null(json_object_get(json, "stream"));
	assert_int_equal(fs_kernel_rates_from_json(json, kernel, &error), 0);
	assert_true(kernel[FS_KERNEL_STREAM].chunk_s.median == 0);
	assert_true(kernel[FS_KERNEL_GEMM].chunk_s.median == example.kernel[FS_KERNEL_GEMM].chunk_s.median);
	json_decref(json);
}

/* Puts `value` (JSON; NULL: nothing) where `path` points, as "kernels.gemm.median_s". */
static void replace(json_t *json, const char *path, const char *value)
{
	char copy[64], *rest = copy, *name;
	snprintf(copy, sizeof copy, "%s", path);
	name = strsep(&rest, ".");
	while (rest) {
		json = json_object_get(json, name);
		assert_non_null(json);
		name = strsep(&rest, ".");
	}
	assert_non_null(json_object_get(json, name));
	if (!value) {
		json_object_del(json, name);
		return;
	}
	json_t *fresh = json_loads(value, JSON_DECODE_ANY, NULL);
	assert_non_null(fresh);
	json_object_set_new(json, name, fresh);
}

static void impossible_values_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *path, *value, *complaint;
	} table[] = {
	        {"schema", "999", "schema"},
	        {"schema", "\"1\"", "schema"},
	        {"date", "\"a date that is much longer than any date may be\"", "date"},
	        {"date", "5", "date"},
	        {"blas_core", NULL, "blas_core"},
	        {"host", "[]", "cpu"},
	        {"host.cpu", "null", "cpu"},
	        {"host.cores", "0", "cores"},
	        {"host.cores", "-1", "cores"},
	        {"host.cores", "4294967297", "cores"},
	        {"host.cores", "2.5", "cores"},
	        {"host.l3_bytes", "-1", "l3_bytes"},
	        {"host.key", "\"0123456789abcdef0\"", "key"},
	        {"cores_tried", "[]", "cores_tried"},
	        {"cores_tried", "[{},{},{},{},{},{},{},{},{}]", "cores_tried"},
	        {"cores_tried", "[{\"name\": \"Zen\", \"flop_per_s\": -1}]", "cores_tried: flop_per_s"},
	        {"kernels", NULL, "gemm is missing"},
	        {"kernels.attention", NULL, "attention is missing"},
	        {"kernels.gemm.median_s", "0", "gemm: median_s"},
	        {"kernels.gemm.median_s", "-1e-4", "gemm: median_s"},
	        {"kernels.gemm.median_s", "\"fast\"", "gemm: median_s"},
	        {"kernels.gemm.p5_s", "1", "gemm: p5_s, median_s and p95_s do not rise"},
	        {"kernels.gemm.p95_s", "1e-9", "gemm: p5_s, median_s and p95_s do not rise"},
	        {"kernels.reduce.bytes_per_s", NULL, "reduce: bytes_per_s"},
	        {"timer_overshoot_p95_s", "-1", "timer_overshoot_p95_s"},
	        {"memory_copy_Bps", "0", "memory_copy_Bps"},
	        {"mpi_latency_s", "-1", "mpi_latency_s"},
	};
	struct fs_calibration example = example_calibration();
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct fs_calibration read = {.cores_tried = 77};
		struct fs_error error = {""};
		json_t *json = fs_calibration_to_json(&example);
		replace(json, table[i].path, table[i].value);
		if (fs_calibration_from_json(json, &read, &error) != -1)
			fail_msg("%s = %s is taken", table[i].path, table[i].value);
		if (!strstr(error.text, table[i].complaint))
			fail_msg("%s = %s: %s", table[i].path, table[i].value, error.text);
		assert_int_equal(read.cores_tried, 77); /* nothing is written on failure */
		json_decref(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(round_trip),
	        cmocka_unit_test(some_kernels),
	        cmocka_unit_test(impossible_values_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

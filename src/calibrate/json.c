#include "calibrate/json.h"

#include "base/error.h"
#include "kernels/live.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

json_t *fs_kernel_rates_to_json(const struct fs_kernel_rate kernel[FS_KERNELS])
{
	json_t *all = json_object();
	for (int kind = 0; kind < FS_KERNELS; kind++) {
		const struct fs_kernel_rate *rate = &kernel[kind];
		if (rate->chunk_s.median > 0)
			json_object_set_new(all, fs_kernel_name(kind),
			                    json_pack("{s:f, s:f, s:f, s:f, s:f}", "median_s",
			                              rate->chunk_s.median, "p5_s", rate->chunk_s.p5, "p95_s",
			                              rate->chunk_s.p95, "flop_per_s", rate->flop_per_s,
			                              "bytes_per_s", rate->bytes_per_s));
	}
	return all;
}

static json_t *cores_to_json(const struct fs_calibration *calibration)
{
	json_t *all = json_array();
	for (int i = 0; i < calibration->cores_tried; i++)
		json_array_append_new(all, json_pack("{s:s, s:f}", "name", calibration->tried[i].name,
		                                     "flop_per_s", calibration->tried[i].flop_per_s));
	return all;
}

static json_t *host_to_json(const struct fs_host *host)
{
	return json_pack("{s:s, s:i, s:i, s:i, s:I, s:I, s:I, s:I, s:s, s:s}", "cpu", host->cpu, "cores",
	                 host->cores, "pus", host->pus, "numa_nodes", host->numa_nodes, "l1d_bytes",
	                 (json_int_t)host->l1d_bytes, "l2_bytes", (json_int_t)host->l2_bytes, "l3_bytes",
	                 (json_int_t)host->l3_bytes, "memory_bytes", (json_int_t)host->memory_bytes, "blas",
	                 host->blas, "key", host->key);
}

json_t *fs_calibration_to_json(const struct fs_calibration *calibration)
{
	return json_pack("{s:i, s:s, s:o, s:s, s:o, s:o, s:f, s:f, s:f, s:f, s:f}", "schema",
	                 FS_CALIBRATION_SCHEMA, "date", calibration->date, "host",
	                 host_to_json(&calibration->host), "blas_core", calibration->blas_core, "cores_tried",
	                 cores_to_json(calibration), "kernels", fs_kernel_rates_to_json(calibration->kernel),
	                 "timer_overshoot_median_s", calibration->timer_overshoot_median_s,
	                 "timer_overshoot_p95_s", calibration->timer_overshoot_p95_s, "memory_copy_Bps",
	                 calibration->memory_copy_Bps, "mpi_latency_s", calibration->mpi_latency_s,
	                 "mpi_bandwidth_Bps", calibration->mpi_bandwidth_Bps);
}

/* The readers below take one field each, so that a complaint can name it. */

static int read_number(const json_t *object, const char *name, double least, double *value,
                       struct fs_error *error)
{
	const json_t *json = json_object_get(object, name);
	double number = json_number_value(json);
	if (!json_is_number(json) || !isfinite(number) || number < least)
		return fs_fail(error, "%s is not a number of at least %g", name, least);
	*value = number;
	return 0;
}

static int read_positive(const json_t *object, const char *name, double *value, struct fs_error *error)
{
	double number = 0;
	if (read_number(object, name, 0, &number, error))
		return -1;
	if (number == 0)
		return fs_fail(error, "%s is 0", name);
	*value = number;
	return 0;
}

static int read_count(const json_t *object, const char *name, int *value, struct fs_error *error)
{
	const json_t *json = json_object_get(object, name);
	json_int_t number = json_integer_value(json);
	if (!json_is_integer(json) || number < 1 || number > 1 << 24)
		return fs_fail(error, "%s is not a count of at least 1", name);
	*value = (int)number;
	return 0;
}

static int read_bytes(const json_t *object, const char *name, uint64_t *value, struct fs_error *error)
{
	const json_t *json = json_object_get(object, name);
	if (!json_is_integer(json) || json_integer_value(json) < 0)
		return fs_fail(error, "%s is not a number of bytes", name);
	*value = (uint64_t)json_integer_value(json);
	return 0;
}

static int read_text(const json_t *object, const char *name, char *text, size_t size, struct fs_error *error)
{
	const json_t *json = json_object_get(object, name);
	if (!json_is_string(json) || json_string_length(json) >= size)
		return fs_fail(error, "%s is not a text of less than %zu bytes", name, size);
	memcpy(text, json_string_value(json), json_string_length(json) + 1);
	return 0;
}

static int read_kernel(const json_t *json, struct fs_kernel_rate *rate, struct fs_error *error)
{
	struct fs_spread *chunk = &rate->chunk_s;
	if (read_positive(json, "median_s", &chunk->median, error) ||
	    read_positive(json, "p5_s", &chunk->p5, error) ||
	    read_positive(json, "p95_s", &chunk->p95, error) ||
	    read_number(json, "flop_per_s", 0, &rate->flop_per_s, error) ||
	    read_number(json, "bytes_per_s", 0, &rate->bytes_per_s, error))
		return -1;
	if (chunk->p5 > chunk->median || chunk->median > chunk->p95)
		return fs_fail(error, "p5_s, median_s and p95_s do not rise");
	return 0;
}

int fs_kernel_rates_from_json(const json_t *json, struct fs_kernel_rate kernel[FS_KERNELS],
                              struct fs_error *error)
{
	for (int kind = 0; kind < FS_KERNELS; kind++) {
		const json_t *one = json_object_get(json, fs_kernel_name(kind));
		kernel[kind] = (struct fs_kernel_rate){0};
		if (one && read_kernel(one, &kernel[kind], error))
			return fs_fail_in(error, "%s", fs_kernel_name(kind));
	}
	return 0;
}

static int read_all_kernels(const json_t *json, struct fs_kernel_rate kernel[FS_KERNELS],
                            struct fs_error *error)
{
	if (fs_kernel_rates_from_json(json, kernel, error))
		return -1;
	for (int kind = 0; kind < FS_KERNELS; kind++)
		if (kernel[kind].chunk_s.median == 0)
			return fs_fail(error, "%s is missing", fs_kernel_name(kind));
	return 0;
}

static int read_cores(const json_t *json, struct fs_calibration *calibration, struct fs_error *error)
{
	size_t count = json_array_size(json);
	if (count < 1 || count > FS_MOST_CORES_TRIED)
		return fs_fail(error, "cores_tried is not a list of 1 to %d", FS_MOST_CORES_TRIED);
	calibration->cores_tried = (int)count;
	for (size_t i = 0; i < count; i++) {
		struct fs_core_rate *core = &calibration->tried[i];
		const json_t *one = json_array_get(json, i);
		if (read_text(one, "name", core->name, sizeof core->name, error) ||
		    read_number(one, "flop_per_s", 0, &core->flop_per_s, error))
			return fs_fail_in(error, "cores_tried");
	}
	return 0;
}

static int read_host(const json_t *json, struct fs_host *host, struct fs_error *error)
{
	return read_text(json, "cpu", host->cpu, sizeof host->cpu, error) ||
	                       read_count(json, "cores", &host->cores, error) ||
	                       read_count(json, "pus", &host->pus, error) ||
	                       read_count(json, "numa_nodes", &host->numa_nodes, error) ||
	                       read_bytes(json, "l1d_bytes", &host->l1d_bytes, error) ||
	                       read_bytes(json, "l2_bytes", &host->l2_bytes, error) ||
	                       read_bytes(json, "l3_bytes", &host->l3_bytes, error) ||
	                       read_bytes(json, "memory_bytes", &host->memory_bytes, error) ||
	                       read_text(json, "blas", host->blas, sizeof host->blas, error) ||
	                       read_text(json, "key", host->key, sizeof host->key, error)
	               ? -1
	               : 0;
}

static int read_rest(const json_t *json, struct fs_calibration *read, struct fs_error *error)
{
	int schema = 0;
	if (read_count(json, "schema", &schema, error))
		return -1;
	if (schema != FS_CALIBRATION_SCHEMA)
		return fs_fail(error, "schema is %d, not %d", schema, FS_CALIBRATION_SCHEMA);
	return read_text(json, "date", read->date, sizeof read->date, error) ||
	                       read_text(json, "blas_core", read->blas_core, sizeof read->blas_core, error) ||
	                       read_number(json, "timer_overshoot_median_s", 0,
	                                   &read->timer_overshoot_median_s, error) ||
	                       read_number(json, "timer_overshoot_p95_s", 0, &read->timer_overshoot_p95_s,
	                                   error) ||
	                       read_positive(json, "memory_copy_Bps", &read->memory_copy_Bps, error) ||
	                       read_number(json, "mpi_latency_s", 0, &read->mpi_latency_s, error) ||
	                       read_number(json, "mpi_bandwidth_Bps", 0, &read->mpi_bandwidth_Bps, error)
	               ? -1
	               : 0;
}

int fs_calibration_from_json(const json_t *json, struct fs_calibration *calibration, struct fs_error *error)
{
	struct fs_calibration read = {0};
	if (read_rest(json, &read, error) || read_host(json_object_get(json, "host"), &read.host, error) ||
	    read_cores(json_object_get(json, "cores_tried"), &read, error) ||
	    read_all_kernels(json_object_get(json, "kernels"), read.kernel, error))
		return -1;
	*calibration = read;
	return 0;
}

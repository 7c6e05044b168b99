/* farscale calibrate: measures this host and shows what it found. */

#include "base/error.h"
#include "base/patience.h"
#include "base/text.h"
#include "calibrate/blas.h"
#include "calibrate/cache.h"
#include "calibrate/calibration.h"
#include "calibrate/json.h"
#include "command/options.h"
#include "engine/team.h"
#include "engine/watchdog.h"
#include "kernels/live.h"
#include "report/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum format { TABLE, JSON };

int fs_calibrate_run(const struct fs_command *self, int argc, char **argv);

static const char *size_text(uint64_t bytes, char *text, size_t size)
{
	static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double value = (double)bytes;
	size_t power = 0;
	while (value >= 1024 && power + 1 < sizeof unit / sizeof *unit) {
		value /= 1024;
		power++;
	}
	snprintf(text, size, "%.4g %s", value, unit[power]);
	return text;
}

static void print_host(const struct fs_calibration *calibration)
{
	const struct fs_host *host = &calibration->host;
	char l1d[32], l2[32], l3[32], memory[32];
	printf("host         %s\n", host->cpu);
	printf("cores        %d (hardware threads: %d, NUMA nodes: %d)\n", host->cores, host->pus,
	       host->numa_nodes);
	printf("caches       L1d %s, L2 %s, L3 %s\n", size_text(host->l1d_bytes, l1d, sizeof l1d),
	       size_text(host->l2_bytes, l2, sizeof l2), size_text(host->l3_bytes, l3, sizeof l3));
	printf("memory       %s\n", size_text(host->memory_bytes, memory, sizeof memory));
	printf("BLAS         %s\n", host->blas);
	printf("measured     %s\n", calibration->date);
}

static void print_kernels(const struct fs_calibration *calibration)
{
	static const struct fs_column columns[] = {{"kernel", true}, {"median", false},  {"p5", false},
	                                           {"p95", false},   {"Gflop/s", false}, {"GB/s", false}};
	struct fs_table *table = fs_table_create(columns, 6);
	for (int kind = 0; kind < FS_KERNELS; kind++) {
		const struct fs_kernel_rate *rate = &calibration->kernel[kind];
		const double times_s[] = {rate->chunk_s.median, rate->chunk_s.p5, rate->chunk_s.p95};
		char text[32];
		fs_table_cell(table, "%s", fs_kernel_name(kind));
		for (int i = 0; i < 3; i++)
			fs_table_cell(table, "%s", fs_text_seconds(times_s[i], text, sizeof text));
		fs_table_cell(table, "%.1f", rate->flop_per_s / 1e9);
		fs_table_cell(table, "%.1f", rate->bytes_per_s / 1e9);
	}
	printf("\nKernels, one chunk on one core, OpenBLAS core type %s\n", calibration->blas_core);
	fs_table_print(table, "  ", stdout);
	fs_table_destroy(table);
}

static void print_cores(const struct fs_calibration *calibration)
{
	static const struct fs_column columns[] = {{"core type", true}, {"Gflop/s", false}, {"", true}};
	struct fs_table *table = fs_table_create(columns, 3);
	for (int i = 0; i < calibration->cores_tried; i++) {
		const struct fs_core_rate *core = &calibration->tried[i];
		bool chosen = fs_blas_same_core(core->name, calibration->blas_core);
		fs_table_cell(table, "%s", core->name);
		fs_table_cell(table, "%.1f", core->flop_per_s / 1e9);
		fs_table_cell(table, "%s",
		              chosen                  ? "chosen"
		              : core->flop_per_s == 0 ? "does not run here"
		                                      : "");
	}
	printf("\nOpenBLAS core types, gemm%s\n",
	       fs_blas_forced_core() ? " (only one tried: " FS_BLAS_CORE_VARIABLE " is set)" : "");
	fs_table_print(table, "  ", stdout);
	fs_table_destroy(table);
}

/* If it could be kept; else a warning has been printed. */
static void print_place(const struct fs_calibration *calibration)
{
	struct fs_cache cache;
	struct fs_calibration kept;
	struct fs_error ignored;
	if (fs_cache_open(calibration->host.key, &cache, &ignored) == 0 &&
	    fs_cache_load(&cache, calibration->host.key, NULL, &kept, &ignored) == 0 &&
	    strcmp(kept.date, calibration->date) == 0)
		printf("stored in    %s\n", cache.file);
}

static void print_rest(const struct fs_calibration *calibration)
{
	char median[32], p95[32], latency[32];
	printf("\ntimer        a sleep of 100 us ends %s late (median), %s (p95)\n",
	       fs_text_seconds(calibration->timer_overshoot_median_s, median, sizeof median),
	       fs_text_seconds(calibration->timer_overshoot_p95_s, p95, sizeof p95));
	printf("memory copy  %.1f GB/s\n", calibration->memory_copy_Bps / 1e9);
	if (calibration->mpi_latency_s > 0)
		printf("MPI          %s, %.2f GB/s between two ranks\n",
		       fs_text_seconds(calibration->mpi_latency_s, latency, sizeof latency),
		       calibration->mpi_bandwidth_Bps / 1e9);
	else
		printf("MPI          not measured; run this under mpirun -n 2\n");
	print_place(calibration);
}

static void print_result(const struct fs_calibration *calibration, enum format format)
{
	if (format == JSON) {
		json_t *json = fs_calibration_to_json(calibration);
		json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
		json_decref(json);
		putchar('\n');
	} else {
		print_host(calibration);
		print_kernels(calibration);
		print_cores(calibration);
		print_rest(calibration);
	}
}

int fs_calibrate_run(const struct fs_command *self, int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--probe") == 0)
		return fs_calibration_probe(argc - 1, argv + 1);

	struct fs_calibration_options wanted = {0};
	int format = TABLE;
	const struct fs_option options[] = {
	        {"again", 0, FS_OPTION_FLAG, &wanted.again, NULL,
	         "measure even if this host has been measured"},
	        {"format", 0, FS_OPTION_CHOICE, &format, NULL, "how to print the result", "table|json"},
	        {"quiet", 'q', FS_OPTION_FLAG, &wanted.quiet, NULL, "no progress on stderr"},
	        {NULL},
	};
	struct fs_error error;
	struct fs_calibration calibration;
	int given = fs_options_parse(self, options, argc, argv, NULL, 0, &error);
	if (given == FS_HELP_PRINTED)
		return FS_DONE;
	if (given < 0 || fs_patience_check(&error))
		return fs_command_refuse(self, &error);
	fs_watchdog_start();
	if (fs_calibration_ensure(&wanted, &calibration, &error))
		return fs_command_refuse(self, &error);

	struct fs_team *team = fs_team_start();
	if (fs_team_launched())
		fs_calibration_measure_mpi(&calibration);
	if (fs_team_rank(team) == 0)
		print_result(&calibration, format);
	fs_team_finish(team);
	return FS_DONE;
}

/* What `farscale bench` prints: lines that whoever parses nccl-tests can parse. */

#include "report/bench_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fs_bench_record a_bench(const char *collective, const char *clock, uint64_t bytes,
                                      double time_s)
{
	struct fs_bench_record bench = {
	        .system = "dgx-h100-superpod",
	        .stack = "nccl",
	        .algorithm = "ring",
	        .chips = 8,
	        .ranks = 8,
	        .live_chips = 8,
	        .bytes = bytes,
	        .time_s = time_s,
	        .algbw_GBps = (double)bytes / time_s / 1e9,
	        .busbw_GBps = (double)bytes / time_s / 1e9 * 1.75,
	        .bound_s = time_s / 2,
	        .dilation = 20000,
	        .trust = "E",
	};
	strcpy(bench.collective, collective);
	strcpy(bench.clock, clock);
	return bench;
}

static char *table_of(const struct fs_bench_record *records, int count)
{
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	struct fs_bench_rows rows;
	fs_bench_rows_begin(&rows, out, FS_FORMAT_TABLE);
	for (int i = 0; i < count; i++)
		fs_bench_rows_add(&rows, &records[i]);
	fs_bench_rows_end(&rows);
	fclose(out);
	return text;
}

/* clang-format off */
static void the_wall_clock_counts_wrong_elements(void **state)
{
	(void)state;
	struct fs_bench_record records[] = {
		a_bench("allreduce", "wall", 8, 12.3456e-6),
		a_bench("allreduce", "wall", 1 << 30, 4.2e-3),
		a_bench("allreduce", "wall", 1ull << 40, 4.2),
	};
	records[1].wrong = 3;
	char *text = table_of(records, 3);
	assert_string_equal(text,
	"# allreduce on dgx-h100-superpod (stack nccl): 8 chips, 8 live, 0 modelled; 8 ranks\n"
	"# wall clock, time dilated 20000 times\n"
	"# weakest number behind these: E: an estimate\n"
	"#\n"
	"#       size         count      type   redop    root     time   algbw   busbw  #wrong       bound  algorithm\n"
	"#        (B)    (elements)                               (us)  (GB/s)  (GB/s)                (us)\n"
	"           8             2     float     sum      -1    12.35    0.00    0.00       0        6.17  ring\n"
	"  1073741824     268435456     float     sum      -1  4200.00  255.65  447.39       3     2100.00  ring\n"
	"1099511627776  274877906944     float     sum      -1  4200000  261.79  458.13       0  2100000.00  ring\n"
	"# Out of bounds values : 3 FAILED\n"
	"# Avg bus bandwidth    : 301.841\n"
	"#\n");
	free(text);
}
/* clang-format on */

static void a_slow_network_has_a_bandwidth(void **state)
{
	(void)state;
	struct fs_bench_record record = a_bench("allreduce", "unthrottled", 1000000, 0.1);
	char *text = table_of(&record, 1);
	assert_non_null(strstr(text, "   100000  0.0100  0.0175       0 "));
	free(text);
}

static void the_virtual_clock_moves_nothing_that_could_be_wrong(void **state)
{
	(void)state;
	struct fs_bench_record record = a_bench("allreduce", "virtual", 1024, 10e-6);
	char *text = table_of(&record, 1);
	assert_non_null(strstr(text, "     N/A        5.00  ring\n"));
	assert_non_null(strstr(text, "# Out of bounds values : 0 OK\n"));
	free(text);
}

/* Whole buffer or one chip's part, as nccl-tests counts them. */
static void each_collective_has_its_count_operation_and_root(void **state)
{
	(void)state;
	static const struct {
		const char *collective, *expected;
	} rows[] = {
	        {"allreduce", "        4096          1024     float     sum      -1  "},
	        {"allgather", "        4096           128     float    none      -1  "},
	        {"reduce_scatter", "        4096           128     float     sum      -1  "},
	        {"alltoall", "        4096           128     float    none      -1  "},
	        {"broadcast", "        4096          1024     float    none       0  "},
	        {"sendrecv", "        4096          1024     float     sum      -1  "},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_bench_record record = a_bench(rows[i].collective, "virtual", 4096, 1e-5);
		char *text = table_of(&record, 1);
		assert_non_null(strstr(text, rows[i].expected));
		free(text);
	}
}

static void each_number_of_chips_has_its_block(void **state)
{
	(void)state;
	struct fs_bench_record records[] = {
	        a_bench("allreduce", "virtual", 8, 1e-5),
	        a_bench("allreduce", "virtual", 16, 1e-5),
	        a_bench("allreduce", "virtual", 8, 1e-5),
	};
	records[2].chips = 16;
	char *text = table_of(records, 3);
	int blocks = 0;
	for (const char *at = text; (at = strstr(at, "# Avg bus bandwidth")); at++)
		blocks++;
	assert_int_equal(blocks, 2);
	assert_non_null(strstr(text, ": 8 chips,"));
	assert_non_null(strstr(text, ": 16 chips,"));
	free(text);
}

static void several_hosts_and_ranks_leave_a_note(void **state)
{
	(void)state;
	struct fs_bench_record record = a_bench("allreduce", "wall", 1024, 10e-6);
	record.hosts = 3;
	record.clock_bound_s = 1.5e-3;
	record.rank_memory_MB = 34.4;
	char *text = table_of(&record, 1);
	assert_non_null(strstr(text, "dilated 20000 times; 3 hosts, whose clocks are known to 1.5 ms\n"));
	assert_non_null(strstr(text, "\n# Memory of a rank     : 34 MB at most\n#\n"));
	free(text);
}

/* Also those of a bench that is killed over the next. */
static void rows_are_out_when_they_are_there(void **state)
{
	(void)state;
	static const struct {
		enum fs_format format;
		const char *first, *behind_second, *end; /* what the first row begins with, ... */
	} table[] = {
	        {FS_FORMAT_TABLE, "# allreduce on ", "  ring\n", "# Out of bounds values : 0 OK\n"},
	        {FS_FORMAT_CSV, "collective,system,", "\n", ""},
	        {FS_FORMAT_JSON, "[\n{\"collective\": ", "}", "\n]\n"},
	};
	struct fs_bench_record record = a_bench("allreduce", "virtual", 1024, 10e-6);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *text;
		size_t length, one;
		struct fs_bench_rows rows;
		FILE *out = open_memstream(&text, &length);
		fs_bench_rows_begin(&rows, out, table[i].format);
		fs_bench_rows_add(&rows, &record);
		one = length;
		assert_int_equal(strncmp(text, table[i].first, strlen(table[i].first)), 0);
		fs_bench_rows_add(&rows, &record);
		assert_true(length > one);
		assert_string_equal(text + length - strlen(table[i].behind_second), table[i].behind_second);
		one = length;
		fs_bench_rows_end(&rows);
		fclose(out);
		assert_int_equal(strncmp(text + one, table[i].end, strlen(table[i].end)), 0);
		free(text);
	}
}

static void nothing_prints_nothing(void **state)
{
	(void)state;
	char *text = table_of(NULL, 0);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_wall_clock_counts_wrong_elements),
	        cmocka_unit_test(a_slow_network_has_a_bandwidth),
	        cmocka_unit_test(the_virtual_clock_moves_nothing_that_could_be_wrong),
	        cmocka_unit_test(each_collective_has_its_count_operation_and_root),
	        cmocka_unit_test(each_number_of_chips_has_its_block),
	        cmocka_unit_test(several_hosts_and_ranks_leave_a_note),
	        cmocka_unit_test(rows_are_out_when_they_are_there),
	        cmocka_unit_test(nothing_prints_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

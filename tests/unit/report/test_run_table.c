/* What `farscale run` and `farscale report` print, to the letter. */

#include "report/report.h"
#include "unit/report/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void expect(const struct fs_run_record *records, int count, const char *expected)
{
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	fs_report_run_table(out, records, count);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

/* clang-format off */
static void live_rows_stand_below_their_virtual_twins(void **state)
{
	(void)state;
	const struct fs_run_record records[] = {
		a_live_run("gpt", "dgx", 8, 0.0125),
		a_run("gpt", "dgx", 15488, 1),
		a_run("gpt", "dgx", 8, 1),
		a_run("gpt", "dgx", 8, 2),
	};
	expect(records, 4,
	"gpt on dgx (stack nccl)\n"
	"  chips  clock        step      p5 .. p95  efficiency     MFU  exposed comm  stragglers  live / modelled  vs virtual  #wrong  records\n"
	"      8  virtual  10.00 ms  9.00 .. 12.50      80.0 %  40.0 %        15.0 %       5.0 %            1 / 7                            2\n"
	"      8  wall *   10.12 ms  9.00 .. 12.50      80.0 %  40.0 %        15.0 %       5.0 %            8 / 0     +1.25 %       0\n"
	"  15488  virtual  10.00 ms  9.00 .. 12.50      80.0 %  40.0 %        15.0 %       5.0 %        1 / 15487\n"
	"  * live: ranks really computed and sent, time dilated up to 20000 times, 3 us resolved\n"
	"\n"
	"Weakest number behind these: D: derived from sources.\n");
}

static void a_virtual_run_shows_no_live_columns(void **state)
{
	(void)state;
	struct fs_run_record record = a_run("gpt", "dgx", 8, 1);
	strcpy(record.overrides, "stack.jitter=none");
	record.step_s = 2.5;
	record.step_p5_s = 2.25;
	record.step_p95_s = 12.5;
	record.mfu = NAN;
	expect(&record, 1,
	"gpt on dgx (stack nccl; stack.jitter=none)\n"
	"  chips  clock       step        p5 .. p95  efficiency  MFU  exposed comm  stragglers  live / modelled\n"
	"      8  virtual  2.500 s  2.250 .. 12.500      80.0 %    -        15.0 %       5.0 %            1 / 7\n"
	"\n"
	"Weakest number behind these: D: derived from sources.\n");
}
/* clang-format on */

/* What one does not know of one's own host: how far others' clocks can be trusted, and what a rank takes. */
static void several_hosts_and_ranks_leave_a_note(void **state)
{
	(void)state;
	struct fs_run_record records[] = {a_live_run("gpt", "dgx", 8, 0.0125), a_run("gpt", "dgx", 64, 1)};
	records[0].hosts = 4;
	records[0].clock_bound_s = 43e-6;
	records[1].ranks = 2;
	records[1].rank_memory_MB = 34.4;
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	fs_report_run_table(out, records, 2);
	fclose(out);
	assert_non_null(
	        strstr(text, "20000 times, 3 us resolved; 4 hosts, whose clocks are known to 43 us\n"));
	assert_non_null(strstr(text, "\nMemory of a rank: 34 MB at most.\n"));
	free(text);
}

static void hostile_names_do_not_reach_the_terminal(void **state)
{
	(void)state;
	struct fs_run_record record = a_run("a\x1b[2J", "b\rc", 8, 1);
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	fs_report_run_table(out, &record, 1);
	fclose(out);
	assert_memory_equal(text, "a?[2J on b?c (", 14);
	assert_null(strpbrk(text, "\x1b\r"));
	free(text);
}

static void nothing_prints_nothing(void **state)
{
	(void)state;
	expect(NULL, 0, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(live_rows_stand_below_their_virtual_twins),
	        cmocka_unit_test(a_virtual_run_shows_no_live_columns),
	        cmocka_unit_test(several_hosts_and_ranks_leave_a_note),
	        cmocka_unit_test(hostile_names_do_not_reach_the_terminal),
	        cmocka_unit_test(nothing_prints_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

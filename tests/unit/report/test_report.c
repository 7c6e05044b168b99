/* A report's files: what is written, what is skipped and why, and that names cannot do harm. */

#define _GNU_SOURCE /* nftw */

#include "base/error.h"
#include "report/report.h"
#include "unit/report/rows.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Every test has a directory of its own, works in it, and may change PATH. */
struct place {
	char directory[64], *path;
};

static int enter_directory(void **state)
{
	struct place *place = calloc(1, sizeof *place);
	strcpy(place->directory, "/tmp/farscale-test-XXXXXX");
	if (!mkdtemp(place->directory) || chdir(place->directory))
		return -1;
	place->path = strdup(getenv("PATH"));
	*state = place;
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

static int leave_directory(void **state)
{
	struct place *place = *state;
	int result = setenv("PATH", place->path, 1) || chdir("/") ||
	             nftw(place->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(place->path);
	free(place);
	return result;
}

/* A gnuplot of our own, to see how it is called, or to fail. */
static void install_gnuplot(const char *script)
{
	assert_int_equal(mkdir("bin", 0777), 0);
	FILE *file = fopen("bin/gnuplot", "w");
	fprintf(file, "#!/bin/sh\n%s\n", script);
	fclose(file);
	assert_int_equal(chmod("bin/gnuplot", 0755), 0);
	char *here = get_current_dir_name(), path[4096];
	snprintf(path, sizeof path, "%s/bin:/usr/bin:/bin", here);
	free(here);
	setenv("PATH", path, 1);
}

static bool there(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool starts_with(const char *path, const char *bytes)
{
	char text[16] = "";
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fread(text, 1, strlen(bytes), file), strlen(bytes));
	fclose(file);
	return strcmp(text, bytes) == 0;
}

static bool contains(const char *path, const char *text)
{
	static char whole[1 << 20];
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	size_t length = fread(whole, 1, sizeof whole - 1, file);
	fclose(file);
	whole[length] = 0;
	return strstr(whole, text) != NULL;
}

static void expect_files(const struct fs_report_done *done, const char *const *names, int count)
{
	assert_int_equal(done->files, count);
	for (int i = 0; i < count; i++)
		assert_string_equal(done->file[i], names[i]);
}

static void every_model_has_its_plots(void **state)
{
	(void)state;
	static const char *const names[] = {
	        "records.csv",        "efficiency-gpt.gnuplot", "efficiency-gpt.png",
	        "efficiency-gpt.svg", "breakdown-gpt.gnuplot",  "breakdown-gpt.png",
	        "breakdown-gpt.svg",  "efficiency-moe.gnuplot", "efficiency-moe.png",
	        "efficiency-moe.svg", "breakdown-moe.gnuplot",  "breakdown-moe.png",
	        "breakdown-moe.svg",
	};
	const struct fs_run_record records[] = {
	        a_run("moe", "dgx", 2, 1),  a_run("moe", "dgx", 4, 1),           a_run("gpt", "dgx", 2, 1),
	        a_run("gpt", "dgx", 64, 1), a_live_run("gpt", "dgx", 2, -0.001),
	};
	struct fs_report_done done;
	struct fs_error error;
	if (system("gnuplot --version > gnuplot.version 2>&1") != 0)
		skip();
	assert_int_equal(fs_report_write("results/runs/new", records, 5, NULL, &done, &error), 0);
	assert_string_equal(done.skipped, "");
	expect_files(&done, names, sizeof names / sizeof *names);
	assert_int_equal(chdir("results/runs/new"), 0);
	for (int i = 0; i < done.files; i++)
		assert_true(there(done.file[i]));
	assert_true(starts_with("efficiency-gpt.png", "\x89PNG\r\n"));
	assert_true(starts_with("breakdown-moe.png", "\x89PNG\r\n"));
	assert_true(contains("efficiency-gpt.svg", "Weak-scaling efficiency of gpt"));
	assert_true(contains("efficiency-gpt.svg", "live: real ranks"));
	assert_false(contains("efficiency-moe.svg", "live: real ranks"));
	assert_true(contains("breakdown-gpt.svg", "2*"));
	fs_report_done_clear(&done);
}

/* Whatever the points: one, none that can be drawn, no virtual ones, more series than colours. */
static void odd_records_can_be_drawn(void **state)
{
	(void)state;
	struct fs_run_record none = a_run("b", "dgx", 8, 1), huge = a_run("d", "dgx", INT64_MAX, 1), many[30];
	none.efficiency = none.compute_s = NAN;
	struct fs_run_record zero = a_run("e", "dgx", 1, 1);
	zero.chips = 0;
	for (int i = 0; i < 30; i++) {
		char name[16];
		snprintf(name, sizeof name, "system %d", i);
		many[i] = a_run("f", name, 8, 1);
	}
	const struct fs_run_record odd[] = {a_run("a", "dgx", 1, 1), none, a_live_run("c", "dgx", 4, 0), huge,
	                                    zero};
	struct fs_report_done done;
	struct fs_error error;
	if (system("gnuplot --version > gnuplot.version 2>&1") != 0)
		skip();
	for (int i = 0; i < 5; i++) {
		assert_int_equal(fs_report_write("odd", &odd[i], 1, NULL, &done, &error), 0);
		assert_string_equal(done.skipped, "");
		fs_report_done_clear(&done);
	}
	assert_int_equal(fs_report_write("many", many, 30, NULL, &done, &error), 0);
	assert_string_equal(done.skipped, "");
	fs_report_done_clear(&done);
}

static void names_are_only_names(void **state)
{
	(void)state;
	static const char *const hostile[] = {
	        "<script>alert(1)</script>",
	        "`touch pwned`",
	        "$(touch pwned)",
	        ";touch pwned",
	        "'; system 'touch pwned",
	        "\"; system(\"touch pwned\")",
	        "../../../escaped",
	        "@pwned",
	        "%s%n",
	        "a\nsystem 'touch pwned'",
	};
	enum { HOSTILE = sizeof hostile / sizeof *hostile };
	struct fs_run_record records[2 * HOSTILE];
	struct fs_report_done done;
	struct fs_error error;
	for (int i = 0; i < HOSTILE; i++) {
		records[2 * i] = a_run(hostile[i], "dgx", 8, 1);
		records[2 * i + 1] = a_run("gpt", hostile[i], 8, 1);
	}
	assert_int_equal(fs_report_write("a/b", records, 2 * HOSTILE, NULL, &done, &error), 0);
	for (int i = 0; i < done.files; i++) {
		char path[300];
		assert_null(strpbrk(done.file[i], "/ '\"`$;<>\n%"));
		snprintf(path, sizeof path, "a/b/%s", done.file[i]);
		assert_true(there(path));
	}
	assert_false(there("pwned") || there("a/b/pwned") || there("a/pwned") || there("escaped.png"));
	if (!*done.skipped)
		assert_false(contains("a/b/efficiency-gpt.svg", "<script"));
	fs_report_done_clear(&done);
}

static void models_whose_names_become_one_keep_their_plots(void **state)
{
	(void)state;
	static const char *const names[] = {"records.csv", "efficiency-a_b.gnuplot", "breakdown-a_b.gnuplot",
	                                    "efficiency-a_b-2.gnuplot", "breakdown-a_b-2.gnuplot"};
	const struct fs_run_record records[] = {a_run("a/b", "dgx", 8, 1), a_run("a:b", "dgx", 8, 1)};
	struct fs_report_done done;
	struct fs_error error;
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(fs_report_write(".", records, 2, NULL, &done, &error), 0);
	expect_files(&done, names, 5);
	fs_report_done_clear(&done);
}

static void without_gnuplot_the_rest_is_written(void **state)
{
	(void)state;
	static const char *const names[] = {"records.csv", "efficiency-gpt.gnuplot", "breakdown-gpt.gnuplot"};
	const struct fs_run_record record = a_run("gpt", "dgx", 8, 1);
	struct fs_report_done done;
	struct fs_error error;
	char *text;
	size_t length;
	FILE *table = open_memstream(&text, &length);
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(fs_report_write(".", &record, 1, table, &done, &error), 0);
	fclose(table);
	assert_string_equal(done.skipped, "plots skipped: gnuplot is not installed (package gnuplot-nox)");
	expect_files(&done, names, 3);
	assert_memory_equal(text, "gpt on dgx", 10);
	free(text);
	fs_report_done_clear(&done);
}

static void gnuplots_complaint_is_passed_on(void **state)
{
	(void)state;
	static const struct {
		const char *script, *expected;
	} rows[] = {
	        {"echo >&2; echo 'set tea' >&2; echo '    ^' >&2; echo 'line 1: unrecognized option' >&2; "
	         "exit 1",
	         "plots skipped: gnuplot failed on efficiency-gpt.gnuplot: line 1: unrecognized option"},
	        {"exit 3", "plots skipped: gnuplot failed on efficiency-gpt.gnuplot: no reason given"},
	        {"kill -9 $$", "plots skipped: gnuplot failed on efficiency-gpt.gnuplot: no reason given"},
	};
	const struct fs_run_record record = a_run("gpt", "dgx", 8, 1);
	install_gnuplot("exit 0");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_report_done done;
		struct fs_error error;
		FILE *file = fopen("bin/gnuplot", "w");
		fprintf(file, "#!/bin/sh\n%s\n", rows[i].script);
		fclose(file);
		assert_int_equal(fs_report_write(".", &record, 1, NULL, &done, &error), 0);
		assert_string_equal(done.skipped, rows[i].expected);
		fs_report_done_clear(&done);
	}
}

/* A gnuplot that cannot be, is tried once and not for every plot. */
static void gnuplot_runs_in_a_folder_until_it_fails(void **state)
{
	(void)state;
	const struct fs_run_record record = a_run("gpt", "dgx", 8, 1);
	struct fs_report_done done;
	struct fs_error error;
	install_gnuplot("echo \"$@\" >> ../calls; exit 1");
	assert_int_equal(fs_report_write("deep/er", &record, 1, NULL, &done, &error), 0);
	assert_true(contains("deep/er/calls", "-d ../efficiency-gpt.gnuplot\n"));
	assert_false(contains("deep/er/calls", "breakdown"));
	assert_false(there("deep/er/.drawing.part"));
	fs_report_done_clear(&done);
}

/* On a full disk gnuplot ends well, and has drawn a part. */
static void pictures_that_were_cut_are_none(void **state)
{
	(void)state;
	const struct fs_run_record record = a_run("gpt", "dgx", 8, 1);
	struct fs_report_done done;
	struct fs_error error;
	install_gnuplot(
	        "stem=$(basename \"$2\" .gnuplot); echo '</svg>' >$stem.svg; printf '\\211PNG' >$stem.png");
	assert_int_equal(fs_report_write("cut", &record, 1, NULL, &done, &error), -1);
	assert_string_equal(error.text,
	                    "cannot write cut/efficiency-gpt.png: gnuplot left a part of it (is the disk "
	                    "full?)");
	assert_false(there("cut/efficiency-gpt.png"));
	assert_false(there("cut/efficiency-gpt.svg"));
	assert_false(there("cut/.drawing.part"));
	assert_true(there("cut/records.csv"));
}

static void places_that_cannot_be_written_are_named(void **state)
{
	(void)state;
	const struct fs_run_record record = a_run("gpt", "dgx", 8, 1);
	assert_int_equal(mkdir("full", 0777), 0);
	assert_int_equal(symlink("/dev/full", "full/records.csv"), 0);
	fclose(fopen("file", "w"));
	static const struct {
		const char *directory, *expected;
	} rows[] = {
	        {"file/below", "cannot make the directory file/below: Not a directory"},
	        {"file", "cannot write file/records.csv: Not a directory"},
	        {"full", "cannot write full/records.csv: No space left on device"},
	        {"/proc/farscale", "cannot make the directory /proc/farscale: "},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fs_report_done done;
		struct fs_error error;
		assert_int_equal(fs_report_write(rows[i].directory, &record, 1, NULL, &done, &error), -1);
		assert_memory_equal(error.text, rows[i].expected, strlen(rows[i].expected));
		assert_int_equal(done.files, 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(every_model_has_its_plots),
	        TEST(odd_records_can_be_drawn),
	        TEST(names_are_only_names),
	        TEST(models_whose_names_become_one_keep_their_plots),
	        TEST(without_gnuplot_the_rest_is_written),
	        TEST(gnuplots_complaint_is_passed_on),
	        TEST(gnuplot_runs_in_a_folder_until_it_fails),
	        TEST(pictures_that_were_cut_are_none),
	        TEST(places_that_cannot_be_written_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

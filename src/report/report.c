#include "report/report.h"

#include "base/error.h"
#include "base/whole_file.h"
#include "report/csv.h"
#include "report/escape.h"
#include "report/gnuplot.h"
#include "report/plot.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static json_t **run_objects(const struct fs_run_record *records, int count)
{
	json_t **objects = fs_allocate(((unsigned long)count + 1) * sizeof *objects);
	for (int i = 0; i < count; i++)
		objects[i] = fs_run_record_to_json(&records[i]);
	return objects;
}

/* By `print`, which wants objects. */
static void print_runs(FILE *out, const struct fs_run_record *records, int count,
                       void (*print)(FILE *out, json_t *const *objects, int count))
{
	json_t **objects = run_objects(records, count);
	print(out, objects, count);
	for (int i = 0; i < count; i++)
		json_decref(objects[i]);
	free(objects);
}

void fs_report_run_csv(FILE *out, const struct fs_run_record *records, int count)
{
	print_runs(out, records, count, fs_csv_print_objects);
}

void fs_report_run_json(FILE *out, const struct fs_run_record *records, int count)
{
	print_runs(out, records, count, fs_record_print_array);
}

static void note_file(struct fs_report_done *done, const char *name)
{
	done->file = fs_reallocate(done->file, ((unsigned long)done->files + 1) * sizeof *done->file);
	done->file[done->files++] = fs_duplicate_text(name);
}

static bool noted(const struct fs_report_done *done, const char *name)
{
	for (int i = 0; i < done->files; i++)
		if (strcmp(done->file[i], name) == 0)
			return true;
	return false;
}

static int begin_file(struct fs_whole_file *file, const char *directory, const char *name,
                      struct fs_error *error)
{
	char path[PATH_MAX];
	if (snprintf(path, sizeof path, "%s/%s", directory, name) >= PATH_MAX)
		return fs_fail(error, "the path %.100s... is too long", directory);
	return fs_whole_file_begin(file, path, error);
}

static int write_csv(const char *directory, const struct fs_run_record *records, int count,
                     struct fs_report_done *done, struct fs_error *error)
{
	struct fs_whole_file file;
	if (begin_file(&file, directory, "records.csv", error))
		return -1;
	fs_report_run_csv(file.out, records, count);
	note_file(done, "records.csv");
	return fs_whole_file_end(&file, error);
}

/* "efficiency-MODEL", with a number behind it where two models' names become one. */
static void choose_stem(const struct fs_report_done *done, const char *kind, const char *model, char *stem,
                        size_t size)
{
	char plain[64], script[160];
	fs_escape_file_name(model, plain, sizeof plain);
	snprintf(stem, size, "%s-%s", kind, plain);
	for (int number = 2; snprintf(script, sizeof script, "%s.gnuplot", stem), noted(done, script);
	     number++)
		snprintf(stem, size, "%s-%s-%d", kind, plain, number);
}

/* Writes one script and runs it, unless plots are being skipped already. */
static int draw(const char *directory, const char *kind, fs_plot *plot, const struct fs_series *series,
                int count, struct fs_report_done *done, struct fs_error *error)
{
	static const char *const endings[] = {"png", "svg"};
	char stem[128], name[160];
	struct fs_whole_file script;
	struct fs_error reason;
	choose_stem(done, kind, series->first->model, stem, sizeof stem);
	snprintf(name, sizeof name, "%s.gnuplot", stem);
	if (begin_file(&script, directory, name, error))
		return -1;
	plot(script.out, stem, series, count);
	note_file(done, name);
	if (fs_whole_file_end(&script, error))
		return -1;
	if (*done->skipped)
		return 0;
	int failed = fs_gnuplot_run(directory, stem, &reason);
	if (failed == FS_GNUPLOT_CUT) {
		*error = reason;
		return -1;
	}
	if (failed) {
		snprintf(done->skipped, sizeof done->skipped, "plots skipped: %.480s", reason.text);
		return 0;
	}
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof name, "%s.%s", stem, endings[i]);
		note_file(done, name);
	}
	return 0;
}

static int draw_all(const char *directory, const struct fs_summary *summary, struct fs_report_done *done,
                    struct fs_error *error)
{
	int same;
	for (int i = 0; i < summary->count; i += same) {
		const struct fs_series *series = &summary->series[i];
		same = fs_summary_same_model(summary, i);
		if (draw(directory, "efficiency", fs_plot_efficiency, series, same, done, error) ||
		    draw(directory, "breakdown", fs_plot_breakdown, series, same, done, error))
			return -1;
	}
	return 0;
}

/* mkdir -p */
static int make_directory(const char *directory, struct fs_error *error)
{
	char path[PATH_MAX];
	if (snprintf(path, sizeof path, "%s", directory) >= (int)sizeof path)
		return fs_fail(error, "the path %.100s... is too long", directory);
	for (char *c = path + 1; *path; c++) {
		char kept = *c;
		if (kept && kept != '/')
			continue;
		*c = 0;
		if (mkdir(path, 0777) && errno != EEXIST)
			return fs_fail(error, "cannot make the directory %s: %s", path, strerror(errno));
		if (!kept)
			break;
		*c = kept;
	}
	return 0;
}

int fs_report_write(const char *directory, const struct fs_run_record *records, int count, FILE *table,
                    struct fs_report_done *done, struct fs_error *error)
{
	*done = (struct fs_report_done){0};
	if (table)
		fs_report_run_table(table, records, count);
	if (make_directory(directory, error))
		return -1;
	struct fs_summary *summary = fs_summary_create(records, count);
	int result =
	        write_csv(directory, records, count, done, error) || draw_all(directory, summary, done, error)
	                ? -1
	                : 0;
	fs_summary_destroy(summary);
	if (result)
		fs_report_done_clear(done);
	return result;
}

void fs_report_done_clear(struct fs_report_done *done)
{
	for (int i = 0; i < done->files; i++)
		free(done->file[i]);
	free(done->file);
	*done = (struct fs_report_done){0};
}

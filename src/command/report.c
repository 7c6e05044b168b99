#include "command/options.h"

#include "base/error.h"
#include "record/record.h"
#include "report/report.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_INPUTS = 64 };
enum format { TABLE, CSV, JSON };

struct gathered {
	struct fs_run_record *records;
	int count;
};

/* A directory stands for the records.jsonl in it. Where plots go by default: next to the records. */
static int find_records(const char *input, char path[PATH_MAX], struct fs_error *error)
{
	struct stat status;
	if (stat(input, &status))
		return fs_fail(error, "%s: %s", input, strerror(errno));
	const char *below = S_ISDIR(status.st_mode) ? "/records.jsonl" : "";
	if (snprintf(path, PATH_MAX, "%s%s", input, below) >= PATH_MAX)
		return fs_fail(error, "the path %.100s... is too long", input);
	if (*below && stat(path, &status))
		return fs_fail(error, "%s: no records there (%s)", input, strerror(errno));
	return 0;
}

static int gather(const char *input, struct gathered *all, struct fs_error *error)
{
	char path[PATH_MAX];
	struct fs_run_record *records;
	int count;
	bool torn;
	if (find_records(input, path, error) || fs_run_records_read(path, &records, &count, &torn, error))
		return -1;
	if (torn)
		fprintf(stderr, "farscale report: warning: the last line of %s is torn and set aside\n",
		        path);
	all->records = fs_reallocate(all->records, (size_t)(all->count + count + 1) * sizeof *records);
	memcpy(all->records + all->count, records, (size_t)count * sizeof *records);
	all->count += count;
	free(records);
	return 0;
}

/* The directory of the first input, unless --output names another. */
static void choose_directory(const char *input, const char *output, char directory[PATH_MAX])
{
	struct stat status;
	snprintf(directory, PATH_MAX, "%s", output ? output : input);
	if (output || (stat(input, &status) == 0 && S_ISDIR(status.st_mode)))
		return;
	char *slash = strrchr(directory, '/');
	if (slash)
		slash[slash == directory] = 0; /* "/records.jsonl" lies in "/" */
	else
		strcpy(directory, ".");
}

static void print_done(const char *directory, const struct fs_report_done *done)
{
	fprintf(stderr, "farscale report: wrote %s/:", directory);
	for (int i = 0; i < done->files; i++)
		fprintf(stderr, "%s%s", i ? ", " : " ", done->file[i]);
	fputc('\n', stderr);
	if (*done->skipped)
		fprintf(stderr, "farscale report: warning: %s\n", done->skipped);
}

static int report(const struct gathered *all, const char *directory, int format, struct fs_error *error)
{
	struct fs_report_done done;
	if (format == CSV)
		fs_report_run_csv(stdout, all->records, all->count);
	if (format == JSON)
		fs_report_run_json(stdout, all->records, all->count);
	if (fs_report_write(directory, all->records, all->count, format == TABLE ? stdout : NULL, &done,
	                    error))
		return -1;
	print_done(directory, &done);
	fs_report_done_clear(&done);
	return 0;
}

int fs_report_command(const struct fs_command *self, int argc, char **argv)
{
	struct fs_error error;
	struct gathered all = {0};
	const char *input[MOST_INPUTS], *output = NULL;
	char directory[PATH_MAX];
	int format = TABLE;
	const struct fs_option options[] = {
	        {"format", 0, FS_OPTION_CHOICE, &format, NULL, "what to print", "table|csv|json", 0},
	        {"output", 'o', FS_OPTION_TEXT, &output, "DIR",
	         "where CSV and plots go, not next to the records", NULL, 0},
	        {NULL},
	};
	int inputs = fs_options_parse(self, options, argc, argv, input, MOST_INPUTS, &error);
	if (inputs == FS_HELP_PRINTED)
		return FS_DONE;
	if (inputs < 0)
		return fs_command_refuse(self, &error);
	int result = inputs ? 0 : fs_fail(&error, "which run? usage: farscale %s", self->usage);
	for (int i = 0; i < inputs && result == 0; i++)
		result = gather(input[i], &all, &error);
	if (result == 0 && all.count == 0)
		result = fs_fail(&error, "%s%s: no records", input[0], inputs > 1 ? " and the others" : "");
	if (result == 0) {
		choose_directory(input[0], output, directory);
		result = report(&all, directory, format, &error);
	}
	free(all.records);
	return result ? fs_command_refuse(self, &error) : FS_DONE;
}

#include "command/commands.h"
#include "command/output.h"

#include "base/error.h"
#include "base/speaker.h"
#include "base/text.h"
#include "record/folder.h"
#include "record/record.h"
#include "report/report.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_INPUTS = 64 };

struct gathered {
	struct fs_run_record *records;
	int count;
};

static int gather_file(const char *path, struct gathered *all, struct fs_error *error)
{
	struct fs_run_record *records;
	int count;
	bool torn;
	if (fs_run_records_read(path, &records, &count, &torn, error))
		return -1;
	if (torn)
		fs_complain("farscale report: warning: the last line of %s was torn and is left out", path);
	all->records = fs_reallocate(all->records, (size_t)(all->count + count + 1) * sizeof *records);
	memcpy(all->records + all->count, records, (size_t)count * sizeof *records);
	all->count += count;
	free(records);
	return 0;
}

/* A directory stands for the records of all shares in it. */
static int gather_folder(const char *folder, struct gathered *all, struct fs_error *error)
{
	struct fs_share *shares;
	int count, status = 0;
	if (fs_shares_find(folder, &shares, &count, error))
		return -1;
	if (count == 0)
		status = fs_fail(error, "%s: no records there (records.jsonl or records-I-of-N.jsonl)",
		                 folder);
	for (int i = 0; i < count && !status; i++) {
		char path[PATH_MAX];
		status = fs_share_path(folder, shares[i], path, sizeof path) < (int)sizeof path
		                 ? gather_file(path, all, error)
		                 : fs_fail(error, "the path %.100s... is too long", folder);
	}
	free(shares);
	return status;
}

static int gather(const char *input, struct gathered *all, struct fs_error *error)
{
	struct stat status;
	if (stat(input, &status))
		return fs_fail(error, "%s: %s", input, strerror(errno));
	return S_ISDIR(status.st_mode) ? gather_folder(input, all, error) : gather_file(input, all, error);
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
	char files[2048] = "";
	for (int i = 0; i < done->files; i++)
		fs_text_join(files, sizeof files, done->file[i]);
	fs_complain("farscale report: wrote %s/: %s", directory, files);
	if (*done->skipped)
		fs_complain("farscale report: warning: %s", done->skipped);
}

static int write_files(const struct gathered *all, const char *directory, struct fs_error *error)
{
	struct fs_report_done done;
	if (fs_report_write(directory, all->records, all->count, NULL, &done, error))
		return -1;
	print_done(directory, &done);
	fs_report_done_clear(&done);
	return 0;
}

static int gather_all(const char *const *input, int inputs, struct gathered *all, struct fs_error *error)
{
	for (int i = 0; i < inputs; i++)
		if (gather(input[i], all, error))
			return -1;
	if (all->count == 0)
		return fs_fail(error, "%s%s: no records", input[0], inputs > 1 ? " and the others" : "");
	return 0;
}

int fs_report_command(const struct fs_command *self, int argc, char **argv)
{
	struct fs_error error;
	struct gathered all = {0};
	const char *input[MOST_INPUTS], *output = NULL;
	char directory[PATH_MAX];
	int format = FS_FORMAT_TABLE;
	const struct fs_option options[] = {
	        {"format", 0, FS_OPTION_CHOICE, &format, NULL, "what to print", "table|csv|json", 0},
	        {"output", 'o', FS_OPTION_TEXT, &output, "DIR",
	         "write CSV and plots there, not beside the records", NULL, 0},
	        {NULL},
	};
	if (!fs_speaks())
		return FS_DONE; /* one rank is enough */
	int inputs = fs_options_parse(self, options, argc, argv, input, MOST_INPUTS, &error);
	if (inputs == FS_HELP_PRINTED)
		return FS_DONE;
	if (inputs == 0)
		inputs = fs_fail(&error, "whose records? usage: farscale %s", self->usage);
	if (inputs < 0)
		return fs_command_refuse(self, &error);
	if (gather_all(input, inputs, &all, &error)) {
		free(all.records);
		return fs_command_refuse(self, &error);
	}
	choose_directory(input[0], output, directory);
	int status = fs_output_runs(self, format, all.records, all.count);
	if (write_files(&all, directory, &error))
		status = fs_command_refuse(self, &error);
	free(all.records);
	return status;
}

#include "command/output.h"

#include "base/error.h"
#include "report/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int fs_output_finish(const struct fs_command *self)
{
	struct fs_error error;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return FS_DONE;
	fs_fail(&error, "cannot write the result: %s", strerror(errno));
	fs_command_refuse(self, &error);
	return FS_CHECK_FAILED;
}

int fs_output_runs(const struct fs_command *self, int format, const struct fs_run_record *records, int count)
{
	if (format == FS_FORMAT_JSON)
		fs_report_run_json(stdout, records, count);
	else if (format == FS_FORMAT_CSV)
		fs_report_run_csv(stdout, records, count);
	else
		fs_report_run_table(stdout, records, count);
	return fs_output_finish(self);
}

#include "command/commands.h"

#include "base/error.h"
#include "base/speaker.h"
#include "command/bar.h"
#include "command/deal.h"
#include "command/interrupt.h"
#include "command/output.h"
#include "command/session.h"
#include "command/sweep_file.h"
#include "command/sweep_index.h"
#include "command/sweep_records.h"
#include "engine/team.h"
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 3 }; /* of a live case that a busy host spoiled */

struct farm {
	const struct fs_sweep *sweep;
	json_t *index;  /* of its cases */
	double *work_s; /* of each */
	struct fs_session session;
	struct fs_sweep_records records;
	bool quiet;
	bool *ours; /* of each case: it belongs to this share */
	struct fs_bar bar;
	int failed;
};

/* Which cases belong to this share: dealt out of all, so that everybody comes to the same, whatever is done.
 */
static void find_ours(struct farm *farm)
{
	int cases = farm->sweep->count;
	int *share_of = fs_allocate((size_t)cases * sizeof *share_of);
	fs_deal(farm->work_s, cases, farm->records.share.of, share_of);
	for (int i = 0; i < cases; i++)
		farm->ours[i] = share_of[i] == farm->records.share.number - 1;
	free(share_of);
}

static bool is_to_run(const struct farm *farm, int index, enum fs_clock clock)
{
	return farm->ours[index] && !farm->records.done[index] && farm->sweep->cases[index].clock == clock;
}

static void show(void *context, const struct fs_progress *progress)
{
	struct farm *farm = context;
	fs_bar_show(&farm->bar, progress);
	fs_sweep_records_move_post(&farm->records);
}

/* That a model is too large for so many chips is an answer, not a failure. */
static void complain(struct farm *farm, const struct fs_case *one, int status, const struct fs_error *error)
{
	char label[96];
	fs_sweep_name_case(one, label, sizeof label);
	fs_complain("farscale sweep: %s: %s", label, error->text);
	farm->failed += status != FS_FITS_NOWHERE;
}

/* Runs one case on `team` and keeps its record. Every rank of the team agrees on what is returned. */
static int run_case(struct farm *farm, struct fs_team *team, int index, struct fs_error *error)
{
	const struct fs_case *one = &farm->sweep->cases[index];
	struct fs_run_record record;
	int status = FS_CHECK_FAILED;
	char label[96];
	fs_sweep_name_case(one, label, sizeof label);
	for (int i = 0; i < TRIES && status == FS_CHECK_FAILED; i++) {
		fs_bar_begin_case(&farm->bar, label, farm->work_s[index]);
		status = fs_case_run(team, one, fs_session_calibration(&farm->session), show, farm, &record,
		                     error);
	}
	bool first = fs_team_rank(team) == 0;
	if (status && first)
		complain(farm, one, status, error);
	int kept = !status && first ? fs_sweep_records_keep(&farm->records, &record, error) : 0;
	if (kept)
		fs_complain("farscale sweep: %s", error->text);
	fs_team_broadcast(team, &kept, sizeof kept, 0);
	fs_bar_end_case(&farm->bar);
	fs_sweep_records_move_post(&farm->records); /* cases that do not fit anywhere show no progress */
	return kept;
}

static int run_live(struct farm *farm, struct fs_error *error)
{
	int ranks = fs_team_ranks(farm->session.team), skipped = 0;
	uint64_t most = 0;
	for (int i = 0; i < farm->sweep->count; i++) {
		const struct fs_case *one = &farm->sweep->cases[i];
		if (!is_to_run(farm, i, FS_CLOCK_WALL))
			continue;
		if (one->chips > (uint64_t)ranks) {
			skipped++;
			most = one->chips > most ? one->chips : most;
		} else if (run_case(farm, farm->session.team, i, error)) {
			return -1;
		}
	}
	if (skipped && fs_speaks())
		fs_complain(
		        "farscale sweep: skipped %d live case%s: a rank for each chip is needed, mpirun -n "
		        "%llu",
		        skipped, skipped == 1 ? "" : "s", (unsigned long long)most);
	return 0;
}

/* The virtual cases that this rank is to run. Every rank comes to the same. */
static int *deal(const struct farm *farm, int *count)
{
	int cases = farm->sweep->count, pieces = 0, mine = 0;
	int *share = fs_allocate((size_t)cases * sizeof *share);
	int *rank_of = fs_allocate((size_t)cases * sizeof *rank_of);
	double *work_s = fs_allocate((size_t)cases * sizeof *work_s);
	for (int i = 0; i < cases; i++)
		if (is_to_run(farm, i, FS_CLOCK_VIRTUAL)) {
			share[pieces] = i;
			work_s[pieces++] = farm->work_s[i];
		}
	fs_deal(work_s, pieces, fs_team_ranks(farm->session.team), rank_of);
	for (int i = 0; i < pieces; i++)
		if (rank_of[i] == fs_team_rank(farm->session.team))
			share[mine++] = share[i];
	free(work_s);
	free(rank_of);
	*count = mine;
	return share;
}

static int run_virtual(struct farm *farm, const int *share, int count, struct fs_error *error)
{
	struct fs_team *alone = fs_team_alone();
	int status = 0;
	for (int i = 0; i < count && !status; i++)
		status = run_case(farm, alone, share[i], error);
	fs_team_destroy(alone);
	return status;
}

static double live_work(const struct farm *farm, int *cases)
{
	double sum = 0;
	*cases = 0;
	for (int i = 0; i < farm->sweep->count; i++)
		if (is_to_run(farm, i, FS_CLOCK_WALL) &&
		    farm->sweep->cases[i].chips <= (uint64_t)fs_team_ranks(farm->session.team)) {
			sum += farm->work_s[i];
			++*cases;
		}
	return sum;
}

static int run_all(struct farm *farm, struct fs_error *error)
{
	int count, live;
	int *share = deal(farm, &count);
	double work = live_work(farm, &live) + 1e-9;
	for (int i = 0; i < count; i++)
		work += farm->work_s[share[i]];
	fs_bar_start(&farm->bar, "sweep", farm->quiet, live + count, work);
	int status = run_live(farm, error);
	if (!status)
		status = run_virtual(farm, share, count, error);
	free(share);
	int lost = fs_sweep_records_close(&farm->records);
	fs_bar_end(&farm->bar);
	double problems[2] = {status || lost, farm->failed};
	fs_team_maximum(farm->session.team, problems, 2);
	farm->failed = (int)problems[1];
	return problems[0] > 0 ? -1 : 0;
}

/* CSV and plots, which a share has not: others may be writing at the same time, and their records are to
 * come. */
static int write_report(const struct farm *farm, const struct fs_run_record *found, int count,
                        struct fs_error *error)
{
	struct fs_report_done done;
	if (farm->records.share.of > 1) {
		if (!farm->quiet)
			fs_complain("share %d/%d: %d records; farscale report %s shows those of all",
			            farm->records.share.number, farm->records.share.of, count,
			            farm->records.folder);
		return 0;
	}
	if (fs_report_write(farm->records.folder, found, count, NULL, &done, error))
		return -1;
	if (done.skipped[0])
		fs_complain("farscale sweep: %s", done.skipped);
	for (int i = 0; i < done.files && !farm->quiet; i++)
		if (strstr(done.file[i], ".png"))
			fs_complain("plot: %s/%s", farm->records.folder, done.file[i]);
	fs_report_done_clear(&done);
	return 0;
}

static int print_report(const struct fs_command *self, struct farm *farm, int format, struct fs_error *error)
{
	int count, status = FS_CHECK_FAILED;
	struct fs_run_record *found = NULL;
	if (!fs_sweep_records_collect(&farm->records, farm->ours, &found, &count, error) &&
	    !write_report(farm, found, count, error))
		status = fs_output_runs(self, format, found, count);
	else
		fs_command_refuse(self, error);
	free(found);
	return status;
}

static bool has_live(const struct fs_sweep *sweep)
{
	for (int i = 0; i < sweep->count; i++)
		if (sweep->cases[i].clock == FS_CLOCK_WALL &&
		    sweep->cases[i].chips <= (uint64_t)fs_team_expected_ranks())
			return true;
	return false;
}

static void advise(const struct farm *farm)
{
	char advice[PATH_MAX + 128];
	snprintf(advice, sizeof advice,
	         "%s keeps every case that was done, the same command goes on from there",
	         farm->records.path);
	fs_interrupt_advise("sweep", advice);
}

static int run_farm(const struct fs_command *self, struct farm *farm, int format)
{
	struct fs_error error = {""};
	if (fs_sweep_records_open(&farm->records, farm->session.team, &error))
		return fs_command_refuse(self, &error);
	advise(farm);
	uint64_t far = fs_sweep_records_far(&farm->records);
	if (far && fs_speaks() && !farm->quiet)
		fs_complain("%llu ranks do not see %s; the first host writes their records",
		            (unsigned long long)far, farm->records.folder);
	if (run_all(farm, &error))
		return FS_CHECK_FAILED;
	int status = FS_DONE;
	if (fs_speaks())
		status = print_report(self, farm, format, &error);
	return farm->failed ? FS_CHECK_FAILED : status;
}

/* A sweep that has been read, from check to report. */
static int run_sweep(const struct fs_command *self, struct farm *farm, const char *path, const char *output,
                     int format)
{
	struct fs_error error;
	farm->work_s = fs_allocate_zeroed((unsigned long)farm->sweep->count, sizeof *farm->work_s);
	if (fs_sweep_index(farm->sweep, path, farm->work_s, &farm->index, &error)) {
		free(farm->work_s);
		return fs_command_refuse(self, &error);
	}
	int status = FS_BAD_INPUT;
	if (fs_sweep_records_name(&farm->records, farm->sweep, farm->index, output, &error) ||
	    fs_session_start(&farm->session, has_live(farm->sweep), farm->quiet, &error)) {
		fs_command_refuse(self, &error);
	} else {
		farm->ours = fs_allocate_zeroed((unsigned long)farm->sweep->count, sizeof *farm->ours);
		find_ours(farm);
		status = run_farm(self, farm, format);
		free(farm->ours);
		free(farm->records.done);
		fs_session_finish(&farm->session);
	}
	json_decref(farm->index);
	free(farm->work_s);
	return status;
}

int fs_sweep_command(const struct fs_command *self, int argc, char **argv)
{
	const char *path = NULL, *output = NULL, *share = "1/1";
	int format = FS_FORMAT_TABLE;
	struct farm farm = {0};
	struct fs_error error;
	const struct fs_option options[] = {
	        {"output", 'o', FS_OPTION_TEXT, &output, "DIRECTORY", "where records go (results/runs/NAME)"},
	        {"share", 0, FS_OPTION_TEXT, &share, "I/N",
	         "runs the I-th of N shares of the cases alone; records go to records-I-of-N.jsonl"},
	        {"format", 0, FS_OPTION_CHOICE, &format, NULL, "of the result (table)", "table|csv|json"},
	        {"quiet", 'q', FS_OPTION_FLAG, &farm.quiet, NULL, "no progress on stderr"},
	        {NULL},
	};
	int count = fs_options_parse(self, options, argc, argv, &path, 1, &error);
	if (count == FS_HELP_PRINTED)
		return FS_DONE;
	if (count == 0)
		fs_fail(&error, "which file? usage: farscale %s", self->usage);
	struct fs_sweep sweep;
	if (count < 1 || fs_share_parse(share, &farm.records.share, &error) ||
	    fs_sweep_read(path, &sweep, &error))
		return fs_command_refuse(self, &error);
	farm.sweep = &sweep;
	int status = run_sweep(self, &farm, path, output, format);
	fs_sweep_destroy(&sweep);
	return status;
}

#include "command/commands.h"

#include "base/error.h"
#include "base/speaker.h"
#include "command/bar.h"
#include "command/claim.h"
#include "command/deal.h"
#include "command/interrupt.h"
#include "command/output.h"
#include "command/session.h"
#include "command/sweep_file.h"
#include "command/sweep_index.h"
#include "engine/hosts.h"
#include "engine/post_box.h"
#include "engine/team.h"
#include "report/report.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A live case that a busy host spoiled is tried again. The ranks of a sweep that was just killed may take
 * some seconds to notice. */
enum { TRIES = 3, LOCK_PATIENCE_S = 10 };

struct farm {
	const struct fs_sweep *sweep;
	json_t *index;  /* of its cases */
	double *work_s; /* of each */
	struct fs_session session;
	char directory[PATH_MAX - 64], records[PATH_MAX];
	struct fs_share share;
	bool quiet;
	bool *ours; /* of each case: it belongs to this share */
	bool *done; /* its record is there */
	bool far;   /* this host does not see rank 0's directory: records go there by post */
	struct fs_post_box *box;
	int lost; /* letters that could not be written */
	struct fs_run_record *collected;
	struct fs_bar bar;
	int failed;
};

static int make_directories(char *path, struct fs_error *error)
{
	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = 0;
		int failed = mkdir(path, 0777) && errno != EEXIST;
		if (failed)
			fs_fail(error, "%s: cannot make the directory: %s", path, strerror(errno));
		if (slash)
			*slash = '/';
		if (failed || !slash)
			return failed ? -1 : 0;
	}
}

/* Marks the cases that have a record in one file. */
static int find_done_in(struct farm *farm, const char *path, struct fs_error *error)
{
	json_t *objects;
	bool torn;
	int status = 0;
	if (fs_records_read(path, &objects, &torn, error))
		return -1;
	if (torn)
		fs_complain("farscale sweep: the last record was torn; it is set aside in %s.torn and run "
		            "again",
		            path);
	for (size_t i = 0; !status && i < json_array_size(objects); i++) {
		struct fs_run_record record;
		status = fs_run_record_from_json(json_array_get(objects, i), &record, error);
		int found = status ? fs_fail_in(error, "%s:%zu", path, i + 1)
		                   : fs_sweep_find(farm->index, &record);
		if (found >= 0)
			farm->done[found] = true;
	}
	json_decref(objects);
	return status;
}

/* Calls `visit` for all files of records in the folder, whoever's share they are. */
static int for_each_file(struct farm *farm,
                         int (*visit)(struct farm *farm, const char *path, struct fs_error *error),
                         struct fs_error *error)
{
	struct fs_share *shares;
	int count, status = 0;
	if (fs_shares_find(farm->directory, &shares, &count, error))
		return -1;
	for (int i = 0; i < count && !status; i++) {
		char path[PATH_MAX];
		fs_share_path(farm->directory, shares[i], path, sizeof path);
		status = visit(farm, path, error);
	}
	free(shares);
	return status;
}

/* Which cases have their record already. Rank 0 reads, all know. */
static int find_done(struct farm *farm, struct fs_error *error)
{
	int status = 0;
	if (fs_team_rank(farm->session.team) == 0)
		status = for_each_file(farm, find_done_in, error);
	fs_team_broadcast(farm->session.team, &status, sizeof status, 0);
	fs_team_broadcast(farm->session.team, farm->done, (size_t)farm->sweep->count * sizeof *farm->done, 0);
	return status;
}

/* Which cases belong to this share: dealt out of all, so that everybody comes to the same, whatever is done.
 */
static void find_ours(struct farm *farm)
{
	int cases = farm->sweep->count;
	int *share_of = fs_allocate((size_t)cases * sizeof *share_of);
	fs_deal(farm->work_s, cases, farm->share.of, share_of);
	for (int i = 0; i < cases; i++)
		farm->ours[i] = share_of[i] == farm->share.number - 1;
	free(share_of);
}

static bool is_to_run(const struct farm *farm, int index, enum fs_clock clock)
{
	return farm->ours[index] && !farm->done[index] && farm->sweep->cases[index].clock == clock;
}

static int keep(struct farm *farm, const struct fs_run_record *record, struct fs_error *error)
{
	if (farm->far) {
		fs_post_box_send(farm->box, record);
		return 0;
	}
	json_t *object = fs_run_record_to_json(record);
	int status = fs_records_append(farm->records, object, error);
	json_decref(object);
	return status;
}

/* Rank 0 writes what ranks of far hosts have done. */
static void keep_letter(const void *record, void *context)
{
	struct farm *farm = context;
	struct fs_error error;
	if (!keep(farm, record, &error))
		return;
	if (!farm->lost++)
		fs_complain("farscale sweep: %s", error.text);
}

static void show(void *context, const struct fs_progress *progress)
{
	struct farm *farm = context;
	struct fs_run_record record;
	fs_bar_show(&farm->bar, progress);
	while (fs_team_rank(farm->session.team) == 0 && fs_post_box_take(farm->box, &record))
		keep_letter(&record, farm);
}

/* Whether each host sees rank 0's directory, or has a disk of its own where that would be. */
static void find_far(struct farm *farm)
{
	struct fs_team *team = farm->session.team;
	char token[PATH_MAX] = "";
	if (fs_team_hosts(team) == 1)
		return;
	int file = -1;
	if (fs_team_rank(team) == 0) {
		snprintf(token, sizeof token, "%s/.hosts-XXXXXX", farm->directory);
		file = mkstemp(token);
	}
	fs_team_broadcast(team, token, sizeof token, 0);
	farm->far = fs_team_rank(team) && access(token, F_OK);
	uint64_t far = farm->far;
	fs_team_sum_integers(team, &far, 1);
	if (file >= 0) {
		close(file);
		unlink(token);
	}
	if (far && fs_speaks() && !farm->quiet)
		fs_complain("%llu ranks do not see %s; the first host writes their records",
		            (unsigned long long)far, farm->directory);
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
	int kept = !status && first ? keep(farm, &record, error) : 0;
	if (kept)
		fs_complain("farscale sweep: %s", error->text);
	fs_team_broadcast(team, &kept, sizeof kept, 0);
	fs_bar_end_case(&farm->bar);
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
	fs_post_box_empty(farm->box, keep_letter, farm);
	fs_bar_end(&farm->bar);
	double problems[2] = {status != 0 || farm->lost, farm->failed};
	fs_team_maximum(farm->session.team, problems, 2);
	farm->failed = (int)problems[1];
	return problems[0] > 0 ? -1 : 0;
}

/* Puts what one file has of this share's cases into their places. */
static int collect_from(struct farm *farm, const char *path, struct fs_error *error)
{
	struct fs_run_record *all;
	int count;
	bool torn;
	if (fs_run_records_read(path, &all, &count, &torn, error))
		return -1;
	for (int i = 0; i < count; i++) {
		int found = fs_sweep_find(farm->index, &all[i]);
		if (found < 0 || !farm->ours[found])
			continue;
		farm->collected[found] = all[i];
		farm->done[found] = true;
	}
	free(all);
	return 0;
}

/* The records of this share's cases, in their order. */
static int collect(struct farm *farm, int *count, struct fs_error *error)
{
	int cases = farm->sweep->count;
	*count = 0;
	memset(farm->done, 0, (size_t)cases * sizeof *farm->done);
	if (for_each_file(farm, collect_from, error))
		return -1;
	for (int i = 0; i < cases; i++)
		if (farm->done[i])
			farm->collected[(*count)++] = farm->collected[i];
	return 0;
}

/* CSV and plots, which a share has not: others may be writing at the same time, and their records are to
 * come. */
static int write_report(const struct farm *farm, int count, struct fs_error *error)
{
	struct fs_report_done done;
	if (farm->share.of > 1) {
		if (!farm->quiet)
			fs_complain("share %d/%d: %d records; farscale report %s shows those of all",
			            farm->share.number, farm->share.of, count, farm->directory);
		return 0;
	}
	if (fs_report_write(farm->directory, farm->collected, count, NULL, &done, error))
		return -1;
	if (done.skipped[0])
		fs_complain("farscale sweep: %s", done.skipped);
	for (int i = 0; i < done.files && !farm->quiet; i++)
		if (strstr(done.file[i], ".png"))
			fs_complain("plot: %s/%s", farm->directory, done.file[i]);
	fs_report_done_clear(&done);
	return 0;
}

static int print_report(const struct fs_command *self, struct farm *farm, int format, struct fs_error *error)
{
	int count, status = FS_CHECK_FAILED;
	farm->collected = fs_allocate_zeroed((size_t)farm->sweep->count, sizeof *farm->collected);
	if (!collect(farm, &count, error) && !write_report(farm, count, error))
		status = fs_output_runs(self, format, farm->collected, count);
	else
		fs_command_refuse(self, error);
	free(farm->collected);
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
	         "%s keeps every case that was done, the same command goes on from there", farm->records);
	fs_interrupt_advise("sweep", advice);
}

static int run_farm(const struct fs_command *self, struct farm *farm, int format)
{
	struct fs_error error = {""};
	int status = fs_speaks() ? make_directories(farm->directory, &error) ||
	                                   fs_claim(farm->directory, farm->share, LOCK_PATIENCE_S, &error)
	                         : 0;
	fs_team_broadcast(farm->session.team, &status, sizeof status, 0);
	if (status || find_done(farm, &error))
		return fs_command_refuse(self, &error);
	advise(farm);
	find_far(farm);
	farm->box = fs_post_box_create(farm->session.team, sizeof(struct fs_run_record));
	status = run_all(farm, &error);
	fs_post_box_destroy(farm->box);
	if (status)
		return FS_CHECK_FAILED;
	if (fs_speaks())
		status = print_report(self, farm, format, &error);
	return farm->failed ? FS_CHECK_FAILED : status;
}

static int name_files(struct farm *farm, const char *output, struct fs_error *error)
{
	const char *folder = output ? "" : "results/runs/", *name = output ? output : farm->sweep->name;
	if (snprintf(farm->directory, sizeof farm->directory, "%s%s", folder, name) >=
	    (int)sizeof farm->directory)
		return fs_fail(error, "--output: the path is longer than %zu bytes",
		               sizeof farm->directory - 1);
	fs_share_path(farm->directory, farm->share, farm->records, sizeof farm->records);
	return 0;
}

/* A sweep that has been read, from check to report. */
static int run_sweep(const struct fs_command *self, struct farm *farm, const char *path, const char *output,
                     int format)
{
	struct fs_error error;
	farm->work_s = fs_allocate_zeroed((unsigned long)farm->sweep->count, sizeof *farm->work_s);
	if (name_files(farm, output, &error) ||
	    fs_sweep_index(farm->sweep, path, farm->work_s, &farm->index, &error)) {
		free(farm->work_s);
		return fs_command_refuse(self, &error);
	}
	int status = FS_BAD_INPUT;
	if (fs_session_start(&farm->session, has_live(farm->sweep), farm->quiet, &error)) {
		fs_command_refuse(self, &error);
	} else {
		farm->done = fs_allocate_zeroed((unsigned long)farm->sweep->count, sizeof *farm->done);
		farm->ours = fs_allocate_zeroed((unsigned long)farm->sweep->count, sizeof *farm->ours);
		find_ours(farm);
		status = run_farm(self, farm, format);
		free(farm->ours);
		free(farm->done);
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
	if (count < 1 || fs_share_parse(share, &farm.share, &error) || fs_sweep_read(path, &sweep, &error))
		return fs_command_refuse(self, &error);
	farm.sweep = &sweep;
	int status = run_sweep(self, &farm, path, output, format);
	fs_sweep_destroy(&sweep);
	return status;
}

#include "command/commands.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/speaker.h"
#include "command/bar.h"
#include "command/interrupt.h"
#include "command/output.h"
#include "command/session.h"
#include "command/sweep_file.h"
#include "command/sweep_index.h"
#include "engine/team.h"
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A live case that a busy host spoiled is tried again. */
enum { TRIES = 3, LOCK_PATIENCE_S = 10 };

struct farm {
	const struct fs_sweep *sweep;
	json_t *index;  /* of its cases */
	double *work_s; /* of each */
	struct fs_session session;
	char directory[PATH_MAX - 64], records[PATH_MAX];
	bool quiet;
	bool *done; /* of each case: its record is there */
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

/* Which cases have their record already. Rank 0 reads, all know. */
static int find_done(struct farm *farm, struct fs_error *error)
{
	int status = 0;
	if (fs_team_rank(farm->session.team) == 0) {
		json_t *objects = NULL;
		bool torn = false;
		status = fs_records_read(farm->records, &objects, &torn, error);
		if (torn)
			fprintf(stderr,
			        "farscale sweep: the last record was torn; it is set aside in %s.torn and "
			        "run again\n",
			        farm->records);
		for (size_t i = 0; !status && i < json_array_size(objects); i++) {
			struct fs_run_record record;
			status = fs_run_record_from_json(json_array_get(objects, i), &record, error);
			int found = status ? fs_fail_in(error, "%s:%zu", farm->records, i + 1)
			                   : fs_sweep_find(farm->index, &record);
			if (found >= 0)
				farm->done[found] = true;
		}
		json_decref(objects);
	}
	fs_team_broadcast(farm->session.team, &status, sizeof status, 0);
	fs_team_broadcast(farm->session.team, farm->done, (size_t)farm->sweep->count * sizeof *farm->done, 0);
	return status;
}

static int keep(struct farm *farm, const struct fs_run_record *record, struct fs_error *error)
{
	json_t *object = fs_run_record_to_json(record);
	int status = fs_records_append(farm->records, object, error);
	json_decref(object);
	return status;
}

/* That a model is too large for so many chips is an answer, not a failure. */
static void complain(struct farm *farm, const struct fs_case *one, int status, const struct fs_error *error)
{
	char label[96];
	fs_sweep_name_case(one, label, sizeof label);
	fprintf(stderr, "farscale sweep: %s: %s\n", label, error->text);
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
		status = fs_case_run(team, one, fs_session_calibration(&farm->session), fs_bar_show,
		                     &farm->bar, &record, error);
	}
	bool first = fs_team_rank(team) == 0;
	if (status && first)
		complain(farm, one, status, error);
	int kept = !status && first ? keep(farm, &record, error) : 0;
	if (kept)
		fprintf(stderr, "farscale sweep: %s\n", error->text);
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
		if (one->clock != FS_CLOCK_WALL || farm->done[i])
			continue;
		if (one->chips > (uint64_t)ranks) {
			skipped++;
			most = one->chips > most ? one->chips : most;
		} else if (run_case(farm, farm->session.team, i, error)) {
			return -1;
		}
	}
	if (skipped && fs_speaks())
		fprintf(stderr,
		        "farscale sweep: skipped %d live case%s: a rank for each chip is needed, mpirun -n "
		        "%llu\n",
		        skipped, skipped == 1 ? "" : "s", (unsigned long long)most);
	return 0;
}

struct piece {
	int index;
	double work;
};

static int by_work(const void *a, const void *b)
{
	const struct piece *first = a, *second = b;
	if (first->work != second->work)
		return first->work < second->work ? 1 : -1;
	return first->index - second->index;
}

/* The virtual cases that are still to be run, the longest first. */
static struct piece *pieces_of(const struct farm *farm, int *count)
{
	const struct fs_sweep *sweep = farm->sweep;
	struct piece *piece = fs_allocate((unsigned long)sweep->count * sizeof *piece);
	*count = 0;
	for (int i = 0; i < sweep->count; i++)
		if (!farm->done[i] && sweep->cases[i].clock == FS_CLOCK_VIRTUAL)
			piece[(*count)++] = (struct piece){i, farm->work_s[i]};
	qsort(piece, (size_t)*count, sizeof *piece, by_work);
	return piece;
}

/* Deals them out, each to the rank that has least to do; returns this rank's. Every rank comes to the same.
 */
static int *deal(const struct farm *farm, int *count)
{
	int ranks = fs_team_ranks(farm->session.team), pieces, mine = 0;
	struct piece *piece = pieces_of(farm, &pieces);
	int *share = fs_allocate((unsigned long)pieces * sizeof *share);
	double *load = fs_allocate_zeroed((unsigned long)ranks, sizeof *load);
	for (int i = 0; i < pieces; i++) {
		int idlest = 0;
		for (int rank = 1; rank < ranks; rank++)
			idlest = load[rank] < load[idlest] ? rank : idlest;
		load[idlest] += piece[i].work;
		if (idlest == fs_team_rank(farm->session.team))
			share[mine++] = piece[i].index;
	}
	free(load);
	free(piece);
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
		if (farm->sweep->cases[i].clock == FS_CLOCK_WALL && !farm->done[i] &&
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
	fs_bar_end(&farm->bar);
	double problems[2] = {status != 0, farm->failed};
	fs_team_maximum(farm->session.team, problems, 2);
	farm->failed = (int)problems[1];
	return problems[0] > 0 ? -1 : 0;
}

/* The records of this sweep's cases, in their order. */
static int collect(const struct farm *farm, struct fs_run_record *records, int *count, struct fs_error *error)
{
	struct fs_run_record *all;
	int all_count, cases = farm->sweep->count;
	bool torn;
	*count = 0;
	if (fs_run_records_read(farm->records, &all, &all_count, &torn, error))
		return -1;
	const struct fs_run_record **of_case = fs_allocate_zeroed((unsigned long)cases, sizeof *of_case);
	for (int i = 0; i < all_count; i++) {
		int found = fs_sweep_find(farm->index, &all[i]);
		if (found >= 0)
			of_case[found] = &all[i];
	}
	for (int i = 0; i < cases; i++)
		if (of_case[i])
			records[(*count)++] = *of_case[i];
	free(of_case);
	free(all);
	return 0;
}

static int print_report(const struct fs_command *self, const struct farm *farm, int format,
                        struct fs_error *error)
{
	struct fs_run_record *records =
	        fs_allocate_zeroed((unsigned long)farm->sweep->count, sizeof *records);
	struct fs_report_done done;
	int count, status = FS_CHECK_FAILED;
	if (!collect(farm, records, &count, error) &&
	    !fs_report_write(farm->directory, records, count, NULL, &done, error)) {
		status = fs_output_runs(self, format, records, count);
		if (done.skipped[0])
			fprintf(stderr, "farscale sweep: %s\n", done.skipped);
		for (int i = 0; i < done.files && !farm->quiet; i++)
			if (strstr(done.file[i], ".png"))
				fprintf(stderr, "plot: %s/%s\n", farm->directory, done.file[i]);
		fs_report_done_clear(&done);
	} else {
		fs_command_refuse(self, error);
	}
	free(records);
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

/* Two sweeps in one directory would run the same cases twice. The lock ends with the process, however it
 * ends; the ranks of a sweep that was just killed may take some seconds to notice. */
static int claim(const struct farm *farm, struct fs_error *error)
{
	int directory = open(farm->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return fs_fail(error, "%s: cannot open the directory: %s", farm->directory, strerror(errno));
	for (double start_s = fs_clock_s(); fs_clock_s() < start_s + LOCK_PATIENCE_S;
	     fs_clock_sleep_until(fs_clock_s() + 0.1))
		if (flock(directory, LOCK_EX | LOCK_NB) == 0)
			return 0;
	close(directory);
	return fs_fail(error, "%s: another sweep is at work there; wait for it, or give another --output",
	               farm->directory);
}

static void advise(const struct farm *farm)
{
	char advice[PATH_MAX + 128];
	snprintf(advice, sizeof advice, "%s keeps every case that was done, the same command goes on from there",
	         farm->records);
	fs_interrupt_advise("sweep", advice);
}

static int run_farm(const struct fs_command *self, struct farm *farm, int format)
{
	struct fs_error error = {""};
	int status = fs_speaks() ? make_directories(farm->directory, &error) || claim(farm, &error) : 0;
	fs_team_broadcast(farm->session.team, &status, sizeof status, 0);
	if (status || find_done(farm, &error))
		return fs_command_refuse(self, &error);
	advise(farm);
	if (run_all(farm, &error))
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
	snprintf(farm->records, sizeof farm->records, "%s/records.jsonl", farm->directory);
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
		status = run_farm(self, farm, format);
		free(farm->done);
		fs_session_finish(&farm->session);
	}
	json_decref(farm->index);
	free(farm->work_s);
	return status;
}

int fs_sweep_command(const struct fs_command *self, int argc, char **argv)
{
	const char *path = NULL, *output = NULL;
	int format = FS_FORMAT_TABLE;
	struct farm farm = {0};
	struct fs_error error;
	const struct fs_option options[] = {
	        {"output", 'o', FS_OPTION_TEXT, &output, "DIRECTORY", "where records go (results/runs/NAME)"},
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
	if (count < 1 || fs_sweep_read(path, &sweep, &error))
		return fs_command_refuse(self, &error);
	farm.sweep = &sweep;
	int status = run_sweep(self, &farm, path, output, format);
	fs_sweep_destroy(&sweep);
	return status;
}

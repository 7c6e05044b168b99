#include "command/sweep_records.h"

#include "base/error.h"
#include "base/speaker.h"
#include "command/claim.h"
#include "command/sweep_index.h"
#include "engine/hosts.h"
#include "engine/post_box.h"
#include "engine/team.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* The ranks of a sweep that was just killed may take some seconds to notice. */
enum { LOCK_PATIENCE_S = 10 };

int fs_sweep_records_name(struct fs_sweep_records *records, const struct fs_sweep *sweep, const json_t *index,
                          const char *output, struct fs_error *error)
{
	const char *above = output ? "" : "results/runs/", *name = output ? output : sweep->name;
	records->cases = sweep->count;
	records->index = index;
	if (snprintf(records->folder, sizeof records->folder, "%s%s", above, name) >=
	    (int)sizeof records->folder)
		return fs_fail(error, "--output: the path is longer than %zu bytes",
		               sizeof records->folder - 1);
	fs_share_path(records->folder, records->share, records->path, sizeof records->path);
	return 0;
}

static int make_folders(char *path, struct fs_error *error)
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

/* Calls `visit` for all files of records in the folder, whoever's share they are. */
static int for_each_file(struct fs_sweep_records *records,
                         int (*visit)(struct fs_sweep_records *records, const char *path, void *context,
                                      struct fs_error *error),
                         void *context, struct fs_error *error)
{
	struct fs_share *shares;
	int count, status = 0;
	if (fs_shares_find(records->folder, &shares, &count, error))
		return -1;
	for (int i = 0; i < count && !status; i++) {
		char path[PATH_MAX];
		fs_share_path(records->folder, shares[i], path, sizeof path);
		status = visit(records, path, context, error);
	}
	free(shares);
	return status;
}

/* Marks the cases that have a record in one file. */
static int find_done_in(struct fs_sweep_records *records, const char *path, void *context,
                        struct fs_error *error)
{
	json_t *objects;
	bool torn;
	int status = 0;
	(void)context;
	if (fs_records_read(path, &objects, &torn, error))
		return -1;
	if (torn)
		fs_complain("farscale sweep: the last record of %s was torn; its case will run again", path);
	for (size_t i = 0; !status && i < json_array_size(objects); i++) {
		struct fs_run_record record;
		status = fs_run_record_from_json(json_array_get(objects, i), &record, error);
		int found = status ? fs_fail_in(error, "%s:%zu", path, i + 1)
		                   : fs_sweep_find(records->index, &record);
		if (found >= 0)
			records->done[found] = true;
	}
	json_decref(objects);
	return status;
}

struct token {
	char path[PATH_MAX], word[24];
};

/* The file is left if this process is killed now; the share's next start writes over it and removes it. */
static void write_token(const struct fs_sweep_records *records, struct token *token)
{
	uint64_t number = 0;
	if (getrandom(&number, sizeof number, 0) < 0)
		return;
	snprintf(token->word, sizeof token->word, "%016" PRIx64, number);
	if (snprintf(token->path, sizeof token->path, "%s/.hosts-%d-of-%d", records->folder,
	             records->share.number, records->share.of) >= (int)sizeof token->path) {
		*token->path = 0;
		return;
	}
	FILE *file = fopen(token->path, "we");
	if (!file)
		return;
	fputs(token->word, file);
	fclose(file);
}

static bool sees(const struct token *token)
{
	char word[sizeof token->word] = "";
	FILE *file = fopen(token->path, "re");
	if (!file)
		return false;
	bool same = fgets(word, sizeof word, file) && strcmp(word, token->word) == 0;
	fclose(file);
	return same;
}

/* Whether each host sees what rank 0 has just written into its folder, or has a disk of its own where that
 * would be. */
static bool is_far(const struct fs_sweep_records *records)
{
	struct token token = {0};
	if (fs_team_hosts(records->team) == 1)
		return false;
	bool first = fs_team_rank(records->team) == 0;
	if (first)
		write_token(records, &token);
	fs_team_broadcast(records->team, &token, sizeof token, 0);
	bool far = !first && !sees(&token);
	fs_team_barrier(records->team); /* all have looked */
	if (first)
		unlink(token.path);
	return far;
}

int fs_sweep_records_open(struct fs_sweep_records *records, struct fs_team *team, struct fs_error *error)
{
	int status = 0;
	records->team = team;
	records->done = fs_allocate_zeroed((size_t)records->cases, sizeof *records->done);
	if (fs_speaks())
		status = make_folders(records->folder, error) ||
		         fs_claim(records->folder, records->share, LOCK_PATIENCE_S, error) ||
		         for_each_file(records, find_done_in, NULL, error);
	fs_team_broadcast(team, &status, sizeof status, 0);
	fs_team_broadcast(team, records->done, (size_t)records->cases * sizeof *records->done, 0);
	if (status)
		return -1;
	records->far = is_far(records);
	records->box = fs_post_box_create(team, sizeof(struct fs_run_record), records->far);
	return 0;
}

uint64_t fs_sweep_records_far(const struct fs_sweep_records *records)
{
	return fs_post_box_senders(records->box);
}

int fs_sweep_records_keep(struct fs_sweep_records *records, const struct fs_run_record *record,
                          struct fs_error *error)
{
	if (records->far) {
		fs_post_box_send(records->box, record);
		return 0;
	}
	json_t *object = fs_run_record_to_json(record);
	int status = fs_records_append(records->path, object, error);
	json_decref(object);
	return status;
}

static void keep_letter(const void *letter, void *context)
{
	struct fs_sweep_records *records = context;
	struct fs_error error;
	if (fs_sweep_records_keep(records, letter, &error) && !records->lost++)
		fs_complain("farscale sweep: %s", error.text);
}

void fs_sweep_records_move_post(struct fs_sweep_records *records)
{
	struct fs_run_record record;
	fs_post_box_push(records->box);
	while (fs_team_rank(records->team) == 0 && fs_post_box_take(records->box, &record))
		keep_letter(&record, records);
}

int fs_sweep_records_close(struct fs_sweep_records *records)
{
	fs_post_box_empty(records->box, keep_letter, records);
	fs_post_box_destroy(records->box);
	records->box = NULL;
	return records->lost ? -1 : 0;
}

/* What has been found for each case. */
struct found {
	const bool *ours;
	struct fs_run_record *record;
	bool *there;
};

static int collect_from(struct fs_sweep_records *records, const char *path, void *context,
                        struct fs_error *error)
{
	const struct found *found = context;
	struct fs_run_record *all;
	int count;
	bool torn;
	if (fs_run_records_read(path, &all, &count, &torn, error))
		return -1;
	for (int i = 0; i < count; i++) {
		int index = fs_sweep_find(records->index, &all[i]);
		if (index < 0 || !found->ours[index])
			continue;
		found->record[index] = all[i];
		found->there[index] = true;
	}
	free(all);
	return 0;
}

int fs_sweep_records_collect(struct fs_sweep_records *records, const bool *ours, struct fs_run_record **found,
                             int *count, struct fs_error *error)
{
	size_t cases = (size_t)records->cases;
	struct found all = {.ours = ours,
	                    .record = fs_allocate_zeroed(cases, sizeof *all.record),
	                    .there = fs_allocate_zeroed(cases, sizeof *all.there)};
	int status = for_each_file(records, collect_from, &all, error);
	*count = 0;
	for (size_t i = 0; i < cases; i++)
		if (all.there[i])
			all.record[(*count)++] = all.record[i];
	free(all.there);
	if (status)
		free(all.record);
	else
		*found = all.record;
	return status;
}

#include "command/workload.h"

#include "base/error.h"
#include "command/options.h"
#include "command/timeline.h"
#include "topology/placement.h"
#include "workload/chakra.h"
#include "workload/simai.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), ending = strlen(end);
	return length >= ending && strcmp(text + length - ending, end) == 0;
}

static int load(const struct fs_workload_case *one, struct fs_workload **workload, struct fs_error *error)
{
	struct stat found;
	bool there = stat(one->path, &found) == 0;
	if (there && ends_with(one->path, ".et"))
		return fs_fail(
		        error,
		        "%s is one chip's file of a Chakra trace; give what its files have in common, PREFIX "
		        "of PREFIX.0.et, PREFIX.1.et, ...",
		        one->path);
	if (there && S_ISREG(found.st_mode))
		return fs_simai_read(one->path, one->chips, workload, error);
	return fs_chakra_read(one->path, one->chips, workload, error);
}

static void put_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static int put_overrides(const struct fs_workload_case *one, struct fs_run_record *record,
                         struct fs_error *error)
{
	size_t used = 0, room = sizeof record->overrides;
	for (int i = 0; i < one->override_count && used < room; i++)
		used += (size_t)snprintf(record->overrides + used, room - used, "%s%s", i ? ";" : "",
		                         one->overrides[i].text);
	if (used >= room)
		return fs_fail(error, "the --set values are longer than the %zu letters that a record holds",
		               room - 1);
	return 0;
}

static void put_outcome(const struct fs_system *system, const struct fs_workload *workload,
                        const struct fs_graph_outcome *outcome, struct fs_run_record *record)
{
	put_text(record->system, sizeof record->system, system->name);
	put_text(record->stack, sizeof record->stack, system->stack.name);
	put_text(record->model, sizeof record->model, workload->name);
	put_text(record->layout, sizeof record->layout, workload->layout);
	put_text(record->clock, sizeof record->clock, "virtual");
	put_text(record->compute, sizeof record->compute, "model");
	record->trust[0] = fs_system_trust(system);
	record->chips = record->modelled_chips = workload->chips;
	record->ranks = record->steps = 1;
	record->step_s = record->step_p5_s = record->step_p95_s = outcome->step_s;
	record->compute_s = outcome->compute_s;
	record->exposed_comm_s = outcome->step_s - outcome->compute_s;
	record->efficiency = outcome->step_s > 0 ? outcome->kernels_s / outcome->step_s : NAN;
	record->mfu = NAN;
	if (outcome->flop > 0 && outcome->step_s > 0)
		record->mfu = outcome->flop / (system->chip.peak_bf16_TFLOPS.value * 1e12 * outcome->step_s);
	record->tokens_per_s = record->virtual_step_s = record->difference = NAN;
	record->loss_first = record->loss_last = NAN;
	record->dilation = 1;
	snprintf(record->fingerprint, sizeof record->fingerprint, "%016" PRIx64, outcome->fingerprint);
}

static int run(const struct fs_workload_case *one, const struct fs_system *system,
               const struct fs_workload *workload, struct fs_run_record *record, struct fs_error *error)
{
	uint64_t *traced = NULL;
	struct fs_graph_options options = {.recorded = one->recorded};
	struct fs_graph_outcome outcome;
	if (one->timeline) {
		if (fs_timeline_chips(one->traced, workload->chips, &traced, &options.observed_count, error))
			return FS_BAD_INPUT;
		options.observed = traced;
		options.observe = fs_timeline_see_node;
		options.context = one->timeline;
	}
	int status = fs_graph_run(system, workload, &options, &outcome, error);
	free(traced);
	if (status)
		return FS_BAD_INPUT;
	put_outcome(system, workload, &outcome, record);
	return put_overrides(one, record, error) ? FS_BAD_INPUT : FS_DONE;
}

int fs_workload_case_run(const struct fs_workload_case *one, struct fs_run_record *record,
                         struct fs_error *error)
{
	struct fs_system *loaded;
	struct fs_workload *workload;
	if (fs_system_load(one->system, one->stack, one->overrides, one->override_count, &loaded, error))
		return FS_BAD_INPUT;
	int status = FS_BAD_INPUT;
	if (!load(one, &workload, error)) {
		struct fs_system system = fs_system_place(loaded, workload->chips);
		*record = (struct fs_run_record){.hosts = 1, .rank_memory_MB = NAN};
		status = run(one, &system, workload, record, error);
		fs_workload_destroy(workload);
	}
	fs_system_destroy(loaded);
	return status;
}

/* A Chakra trace: the file of chip 0, after "=== 1" that of chip 1, and so on. It runs where it is small;
 * written it can be read again. */

#include "fuzz/input.h"

#include "base/error.h"
#include "engine/graph.h"
#include "topology/placement.h"
#include "workload/chakra.h"

#include <math.h>
#include <stdio.h>

enum { MOST_CHIPS = 32 };

static bool run(const struct fs_workload *workload, bool recorded)
{
	struct fs_system placed = fs_system_place(fuzz_system("dgx-h100-superpod"), workload->chips);
	const struct fs_graph_options options = {.recorded = recorded};
	struct fs_graph_outcome outcome;
	struct fs_error error;
	if (fs_graph_run(&placed, workload, &options, &outcome, &error)) {
		fuzz_must_be_line(&error);
		return false;
	}
	fuzz_must(isfinite(outcome.step_s) && outcome.step_s >= 0, "a step takes some time");
	return true;
}

static void write_again(const struct fs_workload *workload)
{
	char prefix[4096], name[32];
	struct fs_workload *again;
	struct fs_error error;
	snprintf(prefix, sizeof prefix, "%s/again", fuzz_folder());
	if (fs_chakra_write(workload, prefix, 0, &error)) {
		fuzz_must_be_line(&error);
	} else {
		fuzz_must(fs_chakra_read(prefix, 0, &again, &error) == 0, "what was written can be read");
		fuzz_must(again->chips == workload->chips, "as many chips");
		fs_workload_destroy(again);
	}
	for (uint64_t i = 0; i < workload->chips; i++) {
		snprintf(name, sizeof name, "again.%d.et", (int)i);
		fuzz_remove(name);
	}
}

static void read_trace(const char *prefix)
{
	struct fs_workload *workload;
	struct fs_error error;
	if (fs_chakra_read(prefix, 0, &workload, &error)) {
		fuzz_must_be_line(&error);
		return;
	}
	if (workload->chips <= MOST_CHIPS && run(workload, false) && run(workload, true))
		write_again(workload);
	fs_workload_destroy(workload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_part part[FUZZ_MOST_PARTS];
	int parts = fuzz_parts(data, size, part);
	char name[32], prefix[4096];
	for (int i = 0; i < parts; i++) {
		snprintf(name, sizeof name, "trace.%d.et", i);
		fuzz_write(name, part[i].bytes, part[i].size);
	}
	snprintf(prefix, sizeof prefix, "%s/trace", fuzz_folder());
	read_trace(prefix);
	for (int i = 0; i < parts; i++) {
		snprintf(name, sizeof name, "trace.%d.et", i);
		fuzz_remove(name);
	}
	return 0;
}

/* A workload file of SimAI; it runs where it is small. */

#include "fuzz/input.h"

#include "base/error.h"
#include "engine/graph.h"
#include "topology/placement.h"
#include "workload/simai.h"
#include "workload/simai_rows.h"

#include <math.h>

enum { MOST_CHIPS = 64, MOST_NODES = 4000 };

static bool is_small(const struct fs_simai_sizes *sizes, uint32_t rows)
{
	return sizes->chips <= MOST_CHIPS &&
	       (double)sizes->pp * (6.0 * rows + 4.0 * (double)sizes->ga) <= MOST_NODES;
}

static void run(const struct fs_workload *workload)
{
	struct fs_system placed = fs_system_place(fuzz_system("dgx-h100-superpod"), workload->chips);
	const struct fs_graph_options options = {0};
	struct fs_graph_outcome outcome;
	struct fs_error error;
	if (fs_graph_run(&placed, workload, &options, &outcome, &error))
		fuzz_must_be_line(&error);
	else
		fuzz_must(isfinite(outcome.step_s) && outcome.step_s >= 0, "a step takes some time");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_write("simai.txt", data, size);
	struct fs_simai_file file;
	struct fs_workload *workload;
	struct fs_error error;
	if (fs_simai_rows(path, &file, &error)) {
		fuzz_must_be_line(&error);
		return 0;
	}
	bool small = is_small(&file.sizes, file.rows);
	fs_simai_clear(&file);
	if (!small)
		return 0;
	if (fs_simai_read(path, 0, &workload, &error)) {
		fuzz_must_be_line(&error);
		return 0;
	}
	run(workload);
	fs_workload_destroy(workload);
	return 0;
}

/* A sweep's file; where it has few cases these are checked and told apart, too. */

#include "fuzz/input.h"

#include "base/error.h"
#include "command/sweep_file.h"
#include "command/sweep_index.h"

#include <stdlib.h>

enum { MOST_CASES = 6, MOST_CHIPS = 64 };

static bool is_small(const struct fs_sweep *sweep)
{
	bool small = sweep->count <= MOST_CASES;
	for (int i = 0; small && i < sweep->count; i++)
		small = sweep->cases[i].chips <= MOST_CHIPS;
	return small;
}

static void check(const struct fs_sweep *sweep, const char *path)
{
	json_t *index;
	struct fs_error error;
	double *work_s = fs_allocate_zeroed((unsigned long)sweep->count, sizeof *work_s);
	if (fs_sweep_index(sweep, path, work_s, &index, &error))
		fuzz_must_be_line(&error);
	else
		json_decref(index);
	free(work_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_write("sweep.yaml", data, size);
	struct fs_sweep sweep;
	struct fs_error error;
	fuzz_hush();
	if (fs_sweep_read(path, &sweep, &error)) {
		fuzz_must_be_line(&error);
		return 0;
	}
	fuzz_must(sweep.count > 0, "a sweep has a case");
	if (is_small(&sweep))
		check(&sweep, path);
	fs_sweep_destroy(&sweep);
	return 0;
}

/* A set of published measurements (farscale-validation/1): its rows as cases; where there are few these are
 * checked, and what is cheap is predicted. */

#include "fuzz/input.h"

#include "base/error.h"
#include "command/predict.h"
#include "command/published.h"

enum { MOST_ROWS = 4, MOST_CHIPS = 64 };

static void predict(struct fs_predictor *predictor, const struct fs_published_case *one)
{
	double value;
	struct fs_error error;
	if (one->chips > MOST_CHIPS)
		return;
	if (fs_predict_check(predictor, one, &error)) {
		fuzz_must_be_line(&error);
		return;
	}
	bool cheap = one->measure == FS_MEASURE_MEMORY || one->measure == FS_MEASURE_COLLECTIVE;
	if (cheap && fs_predict(predictor, one, &value, &error))
		fuzz_must_be_line(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fs_published_set set;
	struct fs_published_case one;
	struct fs_error error;
	fuzz_hush();
	if (fs_published_read(fuzz_write("set.yaml", data, size), &set, &error)) {
		fuzz_must_be_line(&error);
		return 0;
	}
	struct fs_predictor *predictor = fs_predictor_create(NULL, 0, NULL, true);
	for (int row = 0; row < set.table.rows; row++) {
		if (fs_published_case_of(&set, row, &one, &error))
			fuzz_must_be_line(&error);
		else if (row < MOST_ROWS)
			predict(predictor, &one);
	}
	fs_predictor_destroy(predictor);
	fs_published_destroy(&set);
	return 0;
}

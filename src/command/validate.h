#ifndef FARSCALE_COMMAND_VALIDATE_H
#define FARSCALE_COMMAND_VALIDATE_H

/* What the pieces of `validate` share. */

#include "command/commands.h"
#include "command/options.h"
#include "command/predict.h"
#include "command/published.h"
#include "config/home.h"
#include "record/validation.h"

enum { FS_VALIDATE_SETS = 64 };

struct fs_validate_request {
	const char *names[FS_VALIDATE_SETS];
	int count;
	struct fs_names all; /* where no names were given */
	struct fs_override_list overrides;
	struct fs_free_numbers free;
	const char *stack, *plot;
	int format;
	bool rows, list, estimate, fit, hold_out, quiet;
};

/* All that was read, and what came of it. */
struct fs_validate_work {
	int sets, rows;
	struct fs_published_set set[FS_VALIDATE_SETS];
	struct fs_validation_summary summary[FS_VALIDATE_SETS];
	struct fs_validation_record *record; /* one set's after the other's */
	struct fs_predictor *predictor;
};

/** --fit: fits numbers to the sets, prints what came of it. Returns an exit status. */
int fs_validate_fit(const struct fs_command *self, const struct fs_validate_request *request,
                    struct fs_validate_work *work);

/** --leave-one-out: of each set that names numbers to fit, alone: held_out of its records and its summary.
 * -1: no set does, or a set's numbers are wrong. */
int fs_validate_hold_out(const struct fs_validate_request *request, struct fs_validate_work *work,
                         struct fs_error *error);

#endif

#ifndef FARSCALE_COMMAND_VALIDATION_SUMMARY_H
#define FARSCALE_COMMAND_VALIDATION_SUMMARY_H

#include "record/validation.h"

/** Fills in what follows from the rows of one set: everything from `rows` on but left_out and the bars, which
 * must stand there. count >= 1. */
void fs_validation_summarize(const struct fs_validation_record *records, int count,
                             struct fs_validation_summary *summary);

#endif

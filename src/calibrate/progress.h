#ifndef FARSCALE_CALIBRATE_PROGRESS_H
#define FARSCALE_CALIBRATE_PROGRESS_H

#include <stdbool.h>

/** Says on stderr what is being measured: on a terminal on one line that is rewritten, elsewhere once. */
__attribute__((format(printf, 2, 3))) void fs_progress(bool quiet, const char *format, ...);

/** Clears the line. */
void fs_progress_end(bool quiet);

#endif

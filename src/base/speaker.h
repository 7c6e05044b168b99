#ifndef FARSCALE_BASE_SPEAKER_H
#define FARSCALE_BASE_SPEAKER_H

#include <stdbool.h>

/** Whether this process prints: all ranks find the same error, one says it. Known before MPI is initialised,
 * from the launcher's environment. */
bool fs_speaks(void);

#endif

#ifndef FARSCALE_COMMAND_CLAIM_H
#define FARSCALE_COMMAND_CLAIM_H

#include "record/folder.h"

/** Claims a share of the sweep in `folder` for this process, on all hosts that see the folder, until it ends,
 * however it ends. Refused while another process has the same share, or has any share where the sweep is cut
 * into another number of them: two would run the same cases. Waits so many seconds for it
 * first. Leaves an empty file, .lock, in the folder. Once per
 * process and folder. */
int fs_claim(const char *folder, struct fs_share share, double patience_s, struct fs_error *error);

#endif

#ifndef FARSCALE_REPORT_PICTURE_H
#define FARSCALE_REPORT_PICTURE_H

#include <stdbool.h>

/** Whether the file, whose name ends in png or svg, ends as such a file does: with the chunk IEND (PNG,
 * ISO/IEC 15948, 11.2.5), or the end of the element svg. One that was cut off, or is not there, does not. */
bool fs_picture_is_whole(const char *path);

#endif

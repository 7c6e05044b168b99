#ifndef FARSCALE_REPORT_DRAWING_FOLDER_H
#define FARSCALE_REPORT_DRAWING_FOLDER_H

/* gnuplot writes where its working directory is: a folder of its own, beside what is there already, so that
 * pictures get their names when they are whole. */

#include <limits.h>

struct fs_error;

struct fs_drawing_folder {
	char path[PATH_MAX];
	int lock;
};

/** Makes DIRECTORY/.drawing.part, empty: what a job that was killed left in it is removed. While another
 * process draws there, waits for some seconds. */
int fs_drawing_folder_take(struct fs_drawing_folder *folder, const char *directory, struct fs_error *error);
void fs_drawing_folder_remove(struct fs_drawing_folder *folder);

#endif

#ifndef FARSCALE_BASE_ERROR_H
#define FARSCALE_BASE_ERROR_H

/** One line that says what is wrong and what is allowed. A function that can fail takes a pointer to
 *  one as its last argument, returns 0, or -1 with the text set, and has no side effect on failure. */
struct fs_error {
	char text[1024];
};

/** Sets the text and returns -1, so that `return fs_fail(error, ...)` reads as what it does. Whatever names
 * are in it, it is one line that a terminal shows as it is (fs_text_plain). */
__attribute__((format(printf, 2, 3))) int fs_fail(struct fs_error *error, const char *format, ...);

/** Puts `prefix: ` before a text that a callee has set. Returns -1. */
__attribute__((format(printf, 2, 3))) int fs_fail_in(struct fs_error *error, const char *format, ...);

/** Prints the text as such a line on stderr, all at once. */
__attribute__((format(printf, 1, 2))) void fs_complain(const char *format, ...);

/** malloc and friends that end the program with a message when memory runs out. */
void *fs_allocate(unsigned long bytes);
void *fs_allocate_zeroed(unsigned long count, unsigned long size);
void *fs_reallocate(void *old, unsigned long bytes);
char *fs_duplicate_text(const char *text);

#endif

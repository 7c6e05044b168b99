#ifndef FARSCALE_TESTS_FUZZ_INPUT_H
#define FARSCALE_TESTS_FUZZ_INPUT_H

/*
 * What the harnesses share. A harness, fuzz_<input>.c, is one kind of input that others may write: it reads
 * it as farscale does, and goes on with what came of it (checks, prints, plans, a step), as long as that is
 * small. libFuzzer calls it with bytes that it has thought of; replay.c with those of files.
 *
 * An input may be several files: "=== NAME" in a line of its own begins the next one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct fs_error;
struct fs_program;
struct fs_system;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_part {
	char name[64]; /* "" of the first */
	const uint8_t *bytes;
	size_t size;
};

enum { FUZZ_MOST_PARTS = 16 };

/** Returns how many parts there are, at least 1; what is beyond FUZZ_MOST_PARTS stays in the last one. */
int fuzz_parts(const uint8_t *data, size_t size, struct fuzz_part part[FUZZ_MOST_PARTS]);

/** A copy that ends with a NUL; free it. */
char *fuzz_text(const uint8_t *bytes, size_t size);

/** A folder of this process alone, which goes away with it. */
const char *fuzz_folder(void);

/** Writes a file into it. Returns its path, which holds until the next call. */
const char *fuzz_write(const char *name, const uint8_t *bytes, size_t size);
void fuzz_remove(const char *name);
/** Removes all that is in it. */
void fuzz_clear(void);

/** From now on what is said on stdout and stderr goes nowhere. Sanitizers and libFuzzer still use
 * descriptor 2. */
void fuzz_hush(void);

/** A stream that keeps what is printed; fuzz_printed ends it and gives the text, to be freed. */
FILE *fuzz_print(void);
char *fuzz_printed(FILE *out);

/** Aborts unless it is true: what must hold whatever the input is. */
void fuzz_must(bool holds, const char *what);

/** An error is one line that a terminal shows as it is. */
void fuzz_must_be_line(const struct fs_error *error);
/** Lines that a terminal shows as they are. Frees the text. */
void fuzz_must_be_plain(char *text);
/** JSON; and CSV, with as many cells in every line. Free the text. */
void fuzz_must_be_json(char *text);
void fuzz_must_be_csv(char *text);

/** A system of the home, loaded once. */
const struct fs_system *fuzz_system(const char *name);

/** Runs two steps of it on the virtual clock, if that takes some thousand chip-steps at most. */
void fuzz_run(const struct fs_system *placed, const struct fs_program *program);

#endif

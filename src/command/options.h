#ifndef FARSCALE_COMMAND_OPTIONS_H
#define FARSCALE_COMMAND_OPTIONS_H

/* The command line: a table of options per command; the same table parses and prints --help. */

#include "topology/free_number.h"

#include <stdbool.h>
#include <stdint.h>

struct fs_error;

enum { FS_DONE = 0, FS_CHECK_FAILED = 1, FS_BAD_INPUT = 2 }; /* exit status */

enum fs_option_kind {
	FS_OPTION_FLAG,   /* bool * */
	FS_OPTION_TEXT,   /* const char ** */
	FS_OPTION_COUNT,  /* uint64_t *, at least `least` */
	FS_OPTION_SIZE,   /* uint64_t *, bytes: 8, 4K, 1M, 1G (powers of 1024), at least `least` */
	FS_OPTION_REAL,   /* double *, >= 0 */
	FS_OPTION_CHOICE, /* int *: index into `choices`, "wall|virtual" */
	FS_OPTION_CHIPS, /* struct fs_chip_list *: 8 or 8,64,512 or 8..15488 (doubling, both ends included) */
	FS_OPTION_OVERRIDE, /* struct fs_override_list *: path=value, may be repeated */
	FS_OPTION_FREE      /* struct fs_free_numbers *: path=low..high[,...], may be repeated */
};

enum { FS_MAX_CHIP_LIST = 256, FS_MAX_OVERRIDES = 64 };

struct fs_chip_list {
	int count;
	uint64_t chips[FS_MAX_CHIP_LIST];
};

struct fs_override_list {
	int count;
	struct fs_override item[FS_MAX_OVERRIDES];
};

struct fs_option {
	const char *name; /* without "--"; NULL ends the table */
	char letter;      /* 'n' for -n, or 0 */
	enum fs_option_kind kind;
	void *target;
	const char *argument; /* how --help calls the value: "LIST" */
	const char *help;
	const char *choices; /* FS_OPTION_CHOICE */
	uint64_t least;      /* FS_OPTION_COUNT, FS_OPTION_SIZE */
};

/** One command, as `help` lists it. */
struct fs_command {
	const char *name;
	const char *summary;  /* one line */
	const char *usage;    /* "show SYSTEM [options]" */
	const char *about;    /* a paragraph or two for --help */
	const char *examples; /* lines */
	/** Returns an exit status. argv[0] is the command's name. */
	int (*run)(const struct fs_command *self, int argc, char **argv);
};

/** All commands; ends with a row whose name is NULL. In commands.c. */
extern const struct fs_command fs_commands[];

/** The command of this name, or NULL with an error that names the nearest one. */
const struct fs_command *fs_command_find(const char *name, struct fs_error *error);

/** Parses argv[1..]. Options may stand anywhere; "--" ends them. positional[] gets the rest, at most `most`.
 *  Returns the number of positional arguments, FS_HELP_PRINTED after --help (to stdout), or -1 with an error
 *  that names the nearest known option. */
enum { FS_HELP_PRINTED = -2 };
int fs_options_parse(const struct fs_command *command, const struct fs_option *options, int argc, char **argv,
                     const char **positional, int most, struct fs_error *error);

/** Prints usage, options and examples. */
void fs_options_help(const struct fs_command *command, const struct fs_option *options);

/** Prints `farscale COMMAND: error` on stderr and returns FS_BAD_INPUT. */
int fs_command_refuse(const struct fs_command *command, const struct fs_error *error);

/** "8", "8,64,512", "8..15488". */
int fs_chip_list_parse(const char *text, struct fs_chip_list *list, struct fs_error *error);

#endif

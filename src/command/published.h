#ifndef FARSCALE_COMMAND_PUBLISHED_H
#define FARSCALE_COMMAND_PUBLISHED_H

/*
 * Published measurements as files, tests/validation/<set>.yaml: where they come from, how exactly they should
 * be met, and a table of them, from which templates make cases.
 *
 *   schema: farscale-validation/1
 *   name: sc21
 *   label: "Megatron-LM on Selene, weak scaling"
 *   source: "D. Narayanan et al., ..., arXiv 2104.04473 (2021), table 1"
 *   trust: R                       # how the figures got here: R read, D derived, M from memory
 *   notes: "..."                   # optional: how the source measures and counts
 *   quantity: step                 # step, memory, collective or phase
 *   unit: s                        # of `measured`: s, ms, us or GiB
 *   bar: {mean: 5, worst: 10}      # percent: of absolute errors mean, median, worst; optional
 *   stack: nccl                    # templates from here on; optional: the system's own
 *   system: selene
 *   model: "custom:layers={layers},hidden={hidden},..."  # step, memory, phase
 *   layout: "tp={tp},pp={pp}"                            # the same
 *   chips: "{gpus}"
 *   collective: "{op}"             # collective: as `bench` calls it
 *   bytes: "{bytes}"               # collective: as nccl-tests counts them
 *   part: "{part}"                 # memory: state, activations or total; phase: 1F, 1B, ...
 *   measured: "{ms}"
 *   row: "{params} on {gpus}"      # how a row is called
 *   layouts_of: "{params}"         # optional: rows that differ in nothing but the layout, to be ranked
 *   groups_of: "{params}"          # optional: what leave-one-out leaves out at once; else rows of one model
 *   fits: ["stack.kernel.memory_efficiency=0.5..1"]  # optional: numbers that were fitted to the set, and
 *                                  # within which bounds (topology/free_number.h)
 *   left_out:                      # optional
 *     - {rows: 3, reason: "..."}
 *   table: |
 *     params gpus ms
 *     1.7B   32   3528
 */

#include "command/case_table.h"
#include "topology/free_number.h"

#include <stdbool.h>
#include <stdint.h>

struct fs_error;
struct fs_yaml_file;

enum fs_measure {
	FS_MEASURE_STEP,       /* seconds of a training step */
	FS_MEASURE_MEMORY,     /* bytes on a chip */
	FS_MEASURE_COLLECTIVE, /* seconds of one collective over all chips */
	FS_MEASURE_PHASE       /* seconds of a part of a training step */
};

/** What templates say of a row. */
enum fs_case_key {
	FS_KEY_SYSTEM,
	FS_KEY_STACK,
	FS_KEY_MODEL,
	FS_KEY_LAYOUT,
	FS_KEY_CHIPS,
	FS_KEY_COLLECTIVE,
	FS_KEY_BYTES,
	FS_KEY_PART,
	FS_KEY_MEASURED,
	FS_KEY_ROW,
	FS_KEY_LAYOUTS_OF,
	FS_KEY_GROUPS_OF,
	FS_CASE_KEYS
};

struct fs_bar_of_set {
	double mean, median, worst; /* of absolute errors, as shares; 0: none */
};

struct fs_published_set {
	struct fs_yaml_file *file; /* owns the texts */
	const char *name, *label, *source, *notes, *unit;
	char trust;
	enum fs_measure measure;
	double unit_value; /* in seconds or bytes */
	struct fs_bar_of_set bar;
	struct fs_free_numbers fits;
	const char *template[FS_CASE_KEYS]; /* NULL: not given */
	int left_out;                       /* rows of the source that are not in the table */
	struct fs_case_table table;
};

/** One row. Texts are "" where the set has no such key. */
struct fs_published_case {
	enum fs_measure measure;
	char system[64], stack[64], model[320], layout[256];
	uint64_t chips;
	char collective[32];
	double bytes;
	char part[32];
	double measured; /* s or bytes */
	char row[128], layouts_of[64];
	char group[320]; /* what groups_of says; else the model, or the collective */
	const char *file;
	int line;
};

/** Reads a set by name (from the home) or path. Errors are one line, file:line and on. Destroy after success.
 */
int fs_published_read(const char *name, struct fs_published_set *set, struct fs_error *error);
void fs_published_destroy(struct fs_published_set *set);

/** The case of row 0 .. table.rows - 1. */
int fs_published_case_of(const struct fs_published_set *set, int row, struct fs_published_case *one,
                         struct fs_error *error);

/** What files call them: "system", "stack", ... */
extern const char *const fs_case_key_names[FS_CASE_KEYS];

/** "step", "memory", ... */
const char *fs_measure_name(enum fs_measure measure);

#endif

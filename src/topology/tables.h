#ifndef FARSCALE_TOPOLOGY_TABLES_H
#define FARSCALE_TOPOLOGY_TABLES_H

/* The keys of system, chip and stack files: for decoding, for --set and for show. Internal to topology/. */

#include "config/fields.h"
#include "topology/system.h"

enum { FS_MAX_CURVES = 32 };

/** A stack file: what a system takes from it, and the curves that it chooses from. */
struct fs_stack_file {
	struct fs_stack stack; /* first: the tables of the file serve the resolved stack too */
	int curves;
	struct fs_kernel_curve curve[FS_MAX_CURVES];
	int nccl_chips;
	struct fs_nccl_chip nccl_chip[FS_MAX_CURVES];
};

/** A system file. A chip or stack that it only names has nothing but its name yet. */
struct fs_system_file {
	struct fs_system system;
	struct fs_stack_file stack;
};

extern const struct fs_field fs_system_fields[]; /* struct fs_system_file */
extern const struct fs_field fs_tier_fields[];   /* struct fs_tier */
extern const struct fs_field fs_fabric_fields[]; /* struct fs_fabric */
extern const struct fs_field fs_chip_fields[];   /* struct fs_chip */
extern const struct fs_field fs_stack_fields[];  /* struct fs_stack_file */
extern const struct fs_field fs_curve_fields[];  /* struct fs_kernel_curve */
extern const struct fs_field fs_hccl_fields[];   /* struct fs_hccl: hccl_tables.c */
extern const struct fs_field fs_nccl_fields[];   /* struct fs_nccl: nccl_tables.c */
extern const struct fs_field fs_nccl_chip_fields[];

/** Visits every number, text and list of the resolved system that has provenance, or would have if it were
 * given: its path, the row of the table that it came from, and the struct that the row describes. */
typedef void fs_path_visitor(const char *path, const struct fs_field *field, void *base, void *context);
void fs_system_walk(struct fs_system *system, fs_path_visitor *visit, void *context);

#endif

#ifndef FARSCALE_WORKLOAD_CHAKRA_H
#define FARSCALE_WORKLOAD_CHAKRA_H

/*
 * Chakra execution traces (Sridharan et al., "Chakra: advancing performance benchmarking and co-design using
 * standardized execution traces", 2023): one file PREFIX.RANK.et for each chip; messages of protobuf, each
 * after its length as a varint: metadata, then a node each. Schema 0.0.4, the only one that was ever
 * numbered; a file without a number is taken for it.
 *
 * Attributes as ASTRA-sim 2.0 reads them: num_ops and tensor_size (flop, bytes) of kernels; comm_type,
 * comm_size (what a chip puts in: its part of an all-gather, all of what is reduced or exchanged), pg_name of
 * collectives; comm_src or comm_dst, comm_size, comm_tag of messages; is_cpu_op. Members of process groups
 * come from metadata nodes, as PyTorch's traces have them: [{"pg_name": "1", "ranks": [0, 1]}]; no name, or
 * no ranks, is everybody. Loads from and stores to memory are kernels that move tensor_size bytes.
 *
 * Our own attributes, which others pass over: duration_s, exact; stream and buffer of collectives; in the
 * metadata chips, of which these files may tell the first only, when all do the same.
 */

#include "workload/workload.h"

enum fs_chakra_node {
	FS_CHAKRA_INVALID,
	FS_CHAKRA_METADATA,
	FS_CHAKRA_MEMORY_LOAD,
	FS_CHAKRA_MEMORY_STORE,
	FS_CHAKRA_COMPUTE,
	FS_CHAKRA_SEND,
	FS_CHAKRA_RECEIVE,
	FS_CHAKRA_COLLECTIVE
};

#define FS_CHAKRA_VERSION "0.0.4"

/** Reads PREFIX.0.et, PREFIX.1.et, ... chips: how many there must be, 0: as many as there are. Errors name
 * the file, and the node. */
int fs_chakra_read(const char *prefix, uint64_t chips, struct fs_workload **workload, struct fs_error *error);

/** Writes the files of the first `files` chips (0: of all). Fewer than all only where all do the same. */
int fs_chakra_write(const struct fs_workload *workload, const char *prefix, uint64_t files,
                    struct fs_error *error);

/** What Chakra calls a collective, -1: it does not. And back: -1 with an error that says what there is. */
int fs_chakra_type_of(enum fs_collective collective);
int fs_chakra_collective(int64_t type, enum fs_collective *collective, struct fs_error *error);

#endif

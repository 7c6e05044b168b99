#ifndef FARSCALE_CALIBRATE_CALIBRATION_H
#define FARSCALE_CALIBRATE_CALIBRATION_H

/*
 * What this host can do, measured once and kept in ${XDG_CACHE_HOME:-~/.cache}/farscale/host-<key>.json.
 *
 * Order of calls in a program that uses it:
 *   fs_calibration_ensure             every rank, before MPI_Init
 *   fs_calibration_reexec_if_needed   every rank, before MPI_Init; only programs that run BLAS
 *   MPI_Init
 *   fs_calibration_measure_mpi        collective; where mpi_latency_s is needed and still 0
 */

#include "calibrate/host.h"
#include "calibrate/statistics.h"
#include "kernels/work.h"

#include <stdbool.h>

struct fs_error;

enum {
	FS_CALIBRATION_SCHEMA = 1, /* raise when a stored calibration no longer means the same */
	FS_CORE_NAME = 32,
	FS_MOST_CORES_TRIED = 8
};

/** One kind of kernel on one core of this host; chunk by chunk, see kernels/live.h. */
struct fs_kernel_rate {
	struct fs_spread chunk_s;       /* median 0: not measured */
	double flop_per_s, bytes_per_s; /* at the median */
};

/** What a gemm reaches with one OpenBLAS core type; 0: not usable here. */
struct fs_core_rate {
	char name[FS_CORE_NAME];
	double flop_per_s;
};

struct fs_calibration {
	struct fs_host host;
	char date[32];                /* of the measurement, ISO 8601, UTC */
	char blas_core[FS_CORE_NAME]; /* the fastest OpenBLAS core type; all kernels are measured with it */
	int cores_tried;
	struct fs_core_rate tried[FS_MOST_CORES_TRIED];
	struct fs_kernel_rate kernel[FS_KERNELS];
	/* How late a sleep of 100 us ends, after fs_host_sharpen_timer. */
	double timer_overshoot_median_s, timer_overshoot_p95_s;
	/* Bytes copied per second, by one core, from and to memory. */
	double memory_copy_Bps;
	/* Between two ranks of this host, one way; 0: not measured yet. */
	double mpi_latency_s, mpi_bandwidth_Bps;
};

struct fs_calibration_options {
	bool again;            /* measure even if a stored calibration fits */
	bool quiet;            /* no progress on stderr; warnings still are */
	double kernel_seconds; /* to measure each kernel for; 0: the default, 0.3 */
};

/** The calibration of this host: the stored one if the host is still the same, else measured now (some
 *  seconds) and stored. Call it before MPI_Init on every rank: one process of the host measures, the
 *  others sleep until it has. Of ranks started together with `again`, one measures. Without a writable cache
 *  directory each process measures for itself, and the first rank says so on stderr; a stored file that is
 *  broken or of another host is measured anew. */
int fs_calibration_ensure(const struct fs_calibration_options *options, struct fs_calibration *calibration,
                          struct fs_error *error);

/** OpenBLAS takes its core type from the environment when it is loaded, which was before main. If it runs
 *  another one than the calibration chose, this starts the program anew with OPENBLAS_CORETYPE set, once,
 *  and does not return. Returns 0 if there was no need, or if it was tried before; -1 if it cannot be done.
 */
int fs_calibration_reexec_if_needed(const struct fs_calibration *calibration, char **argv,
                                    struct fs_error *error);

/** Collective over MPI_COMM_WORLD: measures latency (8 bytes) and bandwidth (1 MiB) between two ranks of
 *  rank 0's host, for about half a second, while all others sleep. The result is on every rank and, if
 *  storing works, in the cache. Nothing changes when rank 0 is alone on its host. */
void fs_calibration_measure_mpi(struct fs_calibration *calibration);

/** The hidden command `farscale calibrate --probe KERNELS SECONDS`: measures "gemm" or "all" under the
 *  OpenBLAS core type in force and prints the result as JSON. argv[0] is "--probe". Returns an exit status.
 *  Calibration starts the running program with `calibrate --probe ...`, so a test program that calibrates
 *  needs to offer it too. */
int fs_calibration_probe(int argc, char **argv);

#endif

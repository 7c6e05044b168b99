#ifndef FARSCALE_CALIBRATE_PROBE_H
#define FARSCALE_CALIBRATE_PROBE_H

/* Kernels are measured in a child process: only a process started with OPENBLAS_CORETYPE set runs that core
 * type, and one that this CPU lacks the instructions for kills nothing but the child. */

#include "calibrate/calibration.h"

struct fs_probe_request {
	const char *core;    /* for OPENBLAS_CORETYPE; "": unset */
	const char *kernels; /* "gemm" or "all" */
	double seconds;      /* for each kernel */
	double patience_s;   /* then the child is killed */
};

/** What a child found. */
struct fs_probe {
	char core[FS_CORE_NAME]; /* the core type that really was in force */
	struct fs_kernel_rate kernel[FS_KERNELS];
};

/** Starts this program as `calibrate --probe KERNELS SECONDS` with one BLAS thread and no trace of MPI in its
 *  environment. Fails if it dies, prints anything but measurements, or takes too long. */
int fs_probe_run(struct fs_probe_request request, struct fs_probe *probe, struct fs_error *error);

/** Is this process such a child? Then it must not calibrate, or it would start children without end. */
bool fs_probe_is_child(void);

/** The environment of a child: a list ended by NULL; free it with fs_probe_environment_free. */
char **fs_probe_environment(char **parent, const char *core);
void fs_probe_environment_free(char **environment);

#endif

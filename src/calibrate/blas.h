#ifndef FARSCALE_CALIBRATE_BLAS_H
#define FARSCALE_CALIBRATE_BLAS_H

/* OpenBLAS carries kernels for many CPUs ("core types") and picks by CPUID when it is loaded. It knows no CPU
 * younger than itself, and then picks one of half the speed. OPENBLAS_CORETYPE overrides its choice. */

#include "calibrate/calibration.h"

#include <stdbool.h>
#include <stddef.h>

/** The variable that tells OpenBLAS its core type, and the one that says that we have set it, and to what. */
#define FS_BLAS_CORE_VARIABLE "OPENBLAS_CORETYPE"
#define FS_BLAS_OURS_VARIABLE "FARSCALE_REEXEC"

/** OpenBLAS's version and build options without the core type in force: "OpenBLAS 0.3.21 DYNAMIC_ARCH". */
void fs_blas_build(char *text, size_t size);

/** The core type that the user insists on through the environment, or NULL. One that we set ourselves when we
 *  started this program anew is none. */
const char *fs_blas_forced_core(void);

/** Puts the core types that may suit this CPU into `list` and returns how many, at least 1. The first is "",
 *  OpenBLAS's own choice; but one that the user insists on is the only one. */
int fs_blas_candidates(const char *list[FS_MOST_CORES_TRIED]);

/** Do both names mean the same core type? OpenBLAS ignores case. */
bool fs_blas_same_core(const char *a, const char *b);

#endif

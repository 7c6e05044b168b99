#ifndef FARSCALE_CALIBRATE_HOST_H
#define FARSCALE_CALIBRATE_HOST_H

/* The machine that farscale runs on, as hwloc sees it, and this process's place on it. */

#include <stddef.h>
#include <stdint.h>

struct fs_error;

enum { FS_HOST_KEY = 17 };

struct fs_host {
	char cpu[128]; /* model name */
	int cores;     /* physical cores that processes may keep busy: of the cpuset, at most the CPU quota */
	int pus;       /* hardware threads of the cpuset */
	int numa_nodes;
	uint64_t l1d_bytes, l2_bytes, l3_bytes; /* one cache of each level; 0: none or unknown */
	uint64_t memory_bytes;
	char blas[128];        /* OpenBLAS's version and build, as it names itself, or "unknown" */
	char key[FS_HOST_KEY]; /* see fs_host_key; set by fs_host_read */
};

/** Reads the machine. Neither the place that a launcher bound this process to nor the OpenBLAS core type
 *  in force changes the result, so all ranks of a host agree. Fails only when hwloc cannot load. */
int fs_host_read(struct fs_host *host, struct fs_error *error);

/** 16 hexadecimal digits that change when measurements of the old host no longer hold: a hash (FNV-1a) over
 *  CPU, cores, caches, memory (to the nearest power of two: virtual machines vary it a little), OpenBLAS and
 *  FS_CALIBRATION_SCHEMA. `core_type`: the OpenBLAS core type that the user insists on, or NULL. */
void fs_host_key(const struct fs_host *host, const char *core_type, char key[FS_HOST_KEY]);

/** Gives this process its place among the `local_size` ranks of this host: left alone when the launcher has
 *  bound it already; spread over the machine (hwloc_distrib) when there is a core for each; else left
 *  unbound, for the scheduler to share out. Says in `text` what it did: "8 ranks on 2 cores: unbound". */
void fs_host_bind(int local_rank, int local_size, char *text, size_t size);

/** Asks the kernel to end this thread's sleeps on time. Linux lets them run up to 50 us late by default
 *  (timer slack, prctl(2)). Calibration measures with it; who relies on the figure has to call it as well. */
void fs_host_sharpen_timer(void);

#endif

#include "calibrate/host.h"

#include "base/error.h"
#include "calibrate/blas.h"
#include "calibrate/calibration.h"

#include <ctype.h>
#include <hwloc.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int load_topology(hwloc_topology_t *topology, struct fs_error *error)
{
	if (hwloc_topology_init(topology))
		return fs_fail(error, "hwloc cannot start");
	if (hwloc_topology_load(*topology)) {
		hwloc_topology_destroy(*topology);
		return fs_fail(error, "hwloc cannot read this machine");
	}
	return 0;
}

static int at_least_one(int count)
{
	return count > 0 ? count : 1;
}

/* Containers are often given a share of the CPUs' time and not CPUs (cgroup v2, as seen inside). */
static int quota_cores(void)
{
	FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
	double quota, period;
	bool limited = file && fscanf(file, "%lf %lf", &quota, &period) == 2 && quota > 0 && period > 0;
	if (file)
		fclose(file);
	return limited ? at_least_one((int)fmin(quota / period, INT_MAX)) : INT_MAX;
}

static int count_cores(hwloc_topology_t topology)
{
	int cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
	if (cores <= 0) /* some virtual machines show threads only */
		cores = at_least_one(hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU));
	int quota = quota_cores();
	return cores < quota ? cores : quota;
}

static uint64_t cache_bytes(hwloc_topology_t topology, hwloc_obj_type_t level)
{
	hwloc_obj_t cache = hwloc_get_obj_by_type(topology, level, 0);
	return cache ? cache->attr->cache.size : 0;
}

static void read_cpu_name(hwloc_topology_t topology, char *name, size_t size)
{
	hwloc_obj_t package = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0);
	const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;
	snprintf(name, size, "%s", model ? model : "unknown");
	for (char *c = name; *c; c++) /* it goes into JSON and onto terminals */
		if (!isprint((unsigned char)*c))
			*c = '?';
}

/* hwloc adds up NUMA nodes, which on some virtual machines leaves out memory that was plugged in later. */
static uint64_t memory_bytes(hwloc_topology_t topology)
{
	uint64_t nodes = hwloc_get_root_obj(topology)->total_memory;
	uint64_t system = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	return nodes > system ? nodes : system;
}

int fs_host_read(struct fs_host *host, struct fs_error *error)
{
	hwloc_topology_t topology;
	if (load_topology(&topology, error))
		return -1;
	*host = (struct fs_host){
	        .cores = count_cores(topology),
	        .pus = at_least_one(hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU)),
	        .numa_nodes = at_least_one(hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE)),
	        .l1d_bytes = cache_bytes(topology, HWLOC_OBJ_L1CACHE),
	        .l2_bytes = cache_bytes(topology, HWLOC_OBJ_L2CACHE),
	        .l3_bytes = cache_bytes(topology, HWLOC_OBJ_L3CACHE),
	        .memory_bytes = memory_bytes(topology),
	};
	read_cpu_name(topology, host->cpu, sizeof host->cpu);
	hwloc_topology_destroy(topology);
	fs_blas_build(host->blas, sizeof host->blas);
	fs_host_key(host, fs_blas_forced_core(), host->key);
	return 0;
}

static uint64_t hash(const char *text)
{
	uint64_t value = 0xcbf29ce484222325;
	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 0x100000001b3;
	return value;
}

void fs_host_key(const struct fs_host *host, const char *core_type, char key[FS_HOST_KEY])
{
	char text[512];
	int memory = host->memory_bytes ? (int)lround(log2((double)host->memory_bytes)) : 0;
	snprintf(text, sizeof text, "%d|%s|%d %d %d|%" PRIu64 " %" PRIu64 " %" PRIu64 "|%d|%s|%s",
	         FS_CALIBRATION_SCHEMA, host->cpu, host->cores, host->pus, host->numa_nodes, host->l1d_bytes,
	         host->l2_bytes, host->l3_bytes, memory, host->blas, core_type ? core_type : "");
	snprintf(key, FS_HOST_KEY, "%016" PRIx64, hash(text));
}

/* What a launcher or taskset leaves this process, if that is less than the machine. */
static bool is_bound(hwloc_topology_t topology)
{
	hwloc_bitmap_t mine = hwloc_bitmap_alloc();
	hwloc_const_bitmap_t all = hwloc_topology_get_allowed_cpuset(topology);
	bool known = hwloc_get_cpubind(topology, mine, HWLOC_CPUBIND_PROCESS) == 0;
	bool bound = known && !hwloc_bitmap_isincluded(all, mine);
	hwloc_bitmap_free(mine);
	return bound;
}

static bool bind_to_place(hwloc_topology_t topology, int place, int places)
{
	hwloc_obj_t machine = hwloc_get_root_obj(topology);
	hwloc_cpuset_t *sets = fs_allocate_zeroed((unsigned long)places, sizeof *sets);
	bool bound = hwloc_distrib(topology, &machine, 1, sets, (unsigned)places, INT_MAX, 0) == 0 &&
	             hwloc_set_cpubind(topology, sets[place], HWLOC_CPUBIND_PROCESS) == 0;
	for (int i = 0; i < places; i++)
		hwloc_bitmap_free(sets[i]);
	free(sets);
	return bound;
}

static const char *take_place(hwloc_topology_t topology, int local_rank, int local_size)
{
	if (is_bound(topology))
		return "bound by the launcher";
	if (local_size > count_cores(topology))
		return "unbound, sharing";
	if (local_size == 1)
		return "unbound";
	if (!bind_to_place(topology, local_rank, local_size))
		return "unbound, binding refused";
	return "each bound to its own";
}

void fs_host_bind(int local_rank, int local_size, char *text, size_t size)
{
	hwloc_topology_t topology;
	struct fs_error error;
	if (load_topology(&topology, &error)) {
		snprintf(text, size, "unbound (%.100s)", error.text);
		return;
	}
	int cores = count_cores(topology);
	snprintf(text, size, "%d rank%s on %d core%s: %s", local_size, local_size == 1 ? "" : "s", cores,
	         cores == 1 ? "" : "s", take_place(topology, local_rank, local_size));
	hwloc_topology_destroy(topology);
}

void fs_host_sharpen_timer(void)
{
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

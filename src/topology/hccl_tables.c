/*
 * The keys of a stack file's `hccl:`.
 */

#include "topology/hccl.h"
#include "topology/tables.h"

#define QUANTITY(member) FS_FIELD_QUANTITY, offsetof(struct fs_hccl, member), 0

/* A stack without HCCL claims nothing of it. */
#define QUIET .optional = true, .quiet = true

const struct fs_field fs_hccl_fields[] = {
        {"server_chips", QUANTITY(server_chips), "chips", 1, 65536, .whole = true, QUIET},
        {"step_us", QUANTITY(step_us), "us", 0, 1e6, QUIET},
        {"net_GBps", QUANTITY(net_GBps), "GB/s", 1e-3, 1e6, QUIET, .fallback = 1},
        {"copied_gather_bytes", QUANTITY(copied_gather_bytes), "bytes", 0, 1e12, QUIET},
        {"copied_reduce_bytes", QUANTITY(copied_reduce_bytes), "bytes", 0, 1e12, QUIET},
        {"copied_gather_bytes_between", QUANTITY(copied_gather_bytes_between), "bytes", 0, 1e12, QUIET},
        {"copied_reduce_bytes_between", QUANTITY(copied_reduce_bytes_between), "bytes", 0, 1e12, QUIET},
        {"kernel_us", QUANTITY(kernel_us), "us", 0, 1e6, QUIET},
        {"alltoall_kernel_us", QUANTITY(alltoall_kernel_us), "us", 0, 1e6, QUIET},
        {"flag_us", QUANTITY(flag_us), "us", 0, 1e6, QUIET},
        {"copy_GBps", QUANTITY(copy_GBps), "GB/s", 1e-3, 1e6, QUIET, .fallback = 1e6},
        {"half_peers", QUANTITY(half_peers), "", 0, 1e6, QUIET},
        {"dispatch_us", QUANTITY(dispatch_us), "us", 0, 1e6, QUIET},
        {"engine_GBps", QUANTITY(engine_GBps), "GB/s", 1e-3, 1e6, QUIET, .fallback = 1e6},
        {"reduce_efficiency", QUANTITY(reduce_efficiency), "", 0.01, 1, QUIET, .fallback = 1},
        {NULL},
};

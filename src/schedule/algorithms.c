/*
 * The table of algorithms: to add one, write its file and one line here.
 * A line: collective, name, builder, paper or origin.
 */

#include "schedule/schedule.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

#define BRUCK "Bruck, Ho, Kipnis, Upfal, Weathersby 1997, doi:10.1109/71.642949"
#define HCCL "Huawei CANN, HCCL: collective communication algorithms"
#define NVLS "NCCL: NVLS; SHARP: Graham et al. 2016, doi:10.1109/COMHPC.2016.006"
#define PATARASUK "Patarasuk, Yuan 2009, doi:10.1016/j.jpdc.2008.09.002"
#define SANDERS "Sanders, Speck, Traff 2009, doi:10.1016/j.parco.2009.09.001"
#define THAKUR "Thakur, Rabenseifner, Gropp 2005, doi:10.1177/1094342005051521"
#define TRAFF "Traff 2024, arXiv:2410.14234"

/* The rows are written once and used twice: to declare the builders and to fill the table. */
/* clang-format off */
#define ROWS(row) \
	row(FS_ALLREDUCE, "ring", fs_ring_allreduce, PATARASUK) \
	row(FS_ALLREDUCE, "halving_doubling", fs_halving_doubling_allreduce, THAKUR) \
	row(FS_ALLREDUCE, "tree", fs_tree_allreduce, SANDERS) \
	row(FS_ALLREDUCE, "hierarchical", fs_hierarchical_allreduce, "per level: " PATARASUK "; " TRAFF) \
	row(FS_ALLREDUCE, "in_network", fs_in_network_allreduce, NVLS) \
	row(FS_ALLREDUCE, "hierarchical_in_network", fs_hierarchical_in_network_allreduce, "per level: " NVLS) \
	row(FS_ALLGATHER, "ring", fs_ring_allgather, PATARASUK) \
	row(FS_ALLGATHER, "recursive_doubling", fs_circulant_allgather, BRUCK) \
	row(FS_ALLGATHER, "multicast", fs_multicast_allgather, NVLS) \
	row(FS_REDUCE_SCATTER, "ring", fs_ring_reduce_scatter, PATARASUK) \
	row(FS_REDUCE_SCATTER, "recursive_halving", fs_circulant_reduce_scatter, TRAFF) \
	row(FS_REDUCE_SCATTER, "in_network", fs_in_network_reduce_scatter, NVLS) \
	row(FS_ALLTOALL, "pairwise", fs_pairwise_alltoall, THAKUR) \
	row(FS_ALLTOALL, "direct", fs_direct_alltoall, "NCCL: grouped ncclSend and ncclRecv") \
	row(FS_ALLTOALL, "bruck", fs_bruck_alltoall, BRUCK) \
	row(FS_ALLTOALL, "hierarchical", fs_hierarchical_alltoall, "per level: " THAKUR) \
	row(FS_BROADCAST, "binomial", fs_binomial_broadcast, THAKUR) \
	row(FS_BROADCAST, "tree", fs_tree_broadcast, SANDERS) \
	row(FS_BROADCAST, "multicast", fs_multicast_broadcast, NVLS) \
	row(FS_SENDRECV, "direct", fs_direct_sendrecv, "nccl-tests: sendrecv")

/* HCCL's own: taken where a library takes them, or a user. */
#define LIBRARY_ROWS(row) \
	row(FS_ALLREDUCE, "mesh", fs_mesh, HCCL) \
	row(FS_ALLREDUCE, "nhr", fs_nhr, HCCL) \
	row(FS_ALLREDUCE, "nb", fs_nb, HCCL "; " BRUCK) \
	row(FS_ALLREDUCE, "mesh_ring", fs_mesh_ring, HCCL) \
	row(FS_ALLREDUCE, "mesh_nhr", fs_mesh_nhr, HCCL) \
	row(FS_ALLREDUCE, "mesh_nb", fs_mesh_nb, HCCL) \
	row(FS_ALLGATHER, "mesh", fs_mesh, HCCL) \
	row(FS_ALLGATHER, "nhr", fs_nhr, HCCL) \
	row(FS_ALLGATHER, "mesh_ring", fs_mesh_ring, HCCL) \
	row(FS_ALLGATHER, "mesh_nhr", fs_mesh_nhr, HCCL) \
	row(FS_ALLGATHER, "mesh_nb", fs_mesh_nb, HCCL) \
	row(FS_REDUCE_SCATTER, "mesh", fs_mesh, HCCL) \
	row(FS_REDUCE_SCATTER, "nhr", fs_nhr, HCCL) \
	row(FS_REDUCE_SCATTER, "mesh_ring", fs_mesh_ring, HCCL) \
	row(FS_REDUCE_SCATTER, "mesh_nhr", fs_mesh_nhr, HCCL) \
	row(FS_REDUCE_SCATTER, "mesh_nb", fs_mesh_nb, HCCL)
/* clang-format on */

#define DECLARE(collective, name, builder, source) fs_schedule_builder builder;
#define FILL(collective, name, builder, source) {collective, name, builder, source, false},
#define FILL_LIBRARY(collective, name, builder, source) {collective, name, builder, source, true},

ROWS(DECLARE)
LIBRARY_ROWS(DECLARE)

const struct fs_algorithm fs_algorithms[] = {ROWS(FILL) LIBRARY_ROWS(FILL_LIBRARY){0}};

const struct fs_algorithm *fs_algorithm_find(enum fs_collective collective, const char *name,
                                             struct fs_error *error)
{
	char known[256] = "";
	for (const struct fs_algorithm *row = fs_algorithms; row->name; row++) {
		if (row->collective != collective)
			continue;
		if (strcmp(row->name, name) == 0)
			return row;
		fs_text_join(known, sizeof known, row->name);
	}
	fs_fail(error, "%s has no algorithm '%.64s'; it has: %s", fs_collective_name(collective), name,
	        known);
	return NULL;
}

#ifndef FARSCALE_ENGINE_GRAPH_COST_H
#define FARSCALE_ENGINE_GRAPH_COST_H

/* What each different collective of a workload takes, asked of the virtual clock once. */

#include "plan/program.h"

struct fs_error;
struct fs_node;
struct fs_workload;

struct fs_graph_costs {
	struct fs_program *program; /* an operation for each different collective */
	double *time_s;             /* of each operation: from when all start to when the last chip ends */
	int **op;                   /* [list][node]: which operation; -1: no collective */
};

int fs_graph_costs_find(const struct fs_system *system, const struct fs_workload *workload,
                        struct fs_graph_costs *costs, struct fs_error *error);
void fs_graph_costs_clear(const struct fs_workload *workload, struct fs_graph_costs *costs);

#endif

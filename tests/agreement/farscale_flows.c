/* When each flow of a description ends, as fs_fair_finish has it. */

#include "description.h"

#include "base/error.h"
#include "fabric/fair.h"

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	struct description description = read_description();
	uint32_t *first = fs_allocate((description.flows + 1) * sizeof *first);
	struct fs_use *use = fs_allocate(description.uses * sizeof *use);
	double *capacity = fs_allocate(description.links * sizeof *capacity);
	double *beta_s = fs_allocate(description.flows * sizeof *beta_s);
	for (size_t i = 0; i < description.links; i++)
		capacity[i] = description.link[i].capacity_Bps;
	for (size_t i = 0; i < description.uses; i++)
		use[i] = (struct fs_use){(uint32_t)description.use[i], 1};
	for (size_t i = 0; i < description.flows; i++)
		first[i] = (uint32_t)description.flow[i].first;
	first[description.flows] = (uint32_t)description.uses;

	struct fs_flows flows = {(uint32_t)description.flows, (uint32_t)description.links, first, use,
	                         capacity};
	struct fs_fair *fair = fs_fair_create();
	fs_fair_finish(fair, &flows, beta_s);
	for (size_t i = 0; i < description.flows; i++)
		printf("%s %.12g\n", description.flow[i].name, description.bytes * beta_s[i]);

	fs_fair_destroy(fair);
	free(beta_s);
	free(capacity);
	free(use);
	free(first);
	clear_description(&description);
	return 0;
}

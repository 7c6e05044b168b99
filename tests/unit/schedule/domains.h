#ifndef FARSCALE_TESTS_UNIT_SCHEDULE_DOMAINS_H
#define FARSCALE_TESTS_UNIT_SCHEDULE_DOMAINS_H

/* The nested domains that hierarchical algorithms are tried on. */

#include "schedule/schedule.h"

static const struct {
	int domains;
	uint32_t domain[FS_MAX_LEVELS];
} domain_rows[] = {
        {0, {0}},          {1, {8}},           {1, {72}},     {2, {2, 16}},
        {3, {2, 16, 768}}, {4, {2, 4, 8, 16}}, {2, {5, 100}}, {2, {8, 8}},
};
enum { DOMAIN_ROWS = sizeof domain_rows / sizeof *domain_rows };

static inline struct fs_schedule_request domain_request(enum fs_collective collective, uint32_t size, int row)
{
	struct fs_schedule_request request = {collective, .size = size, .domains = domain_rows[row].domains};
	for (int i = 0; i < request.domains; i++)
		request.domain[i] = domain_rows[row].domain[i];
	return request;
}

#endif

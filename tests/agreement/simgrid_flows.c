/*
 * When each flow of a description ends, as SimGrid has it: simgrid_flows <DESCRIPTION
 *
 * Every flow has two hosts of its own and a route of exactly its links, which have no latency.
 */

#include "description.h"
#include "flow_model.h"

#include <simgrid/actor.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>

#include <stdio.h>
#include <stdlib.h>

static struct description description;
static double *end_s;

static void write_route(FILE *file, size_t flow)
{
	const struct described_flow *described = &description.flow[flow];
	fprintf(file, "<route src=\"from%zu\" dst=\"to%zu\" symmetrical=\"NO\">", flow, flow);
	for (size_t i = 0; i < described->uses; i++)
		fprintf(file, "<link_ctn id=\"%s\"/>",
		        description.link[description.use[described->first + i]].name);
	fprintf(file, "</route>\n");
}

static void write_platform(FILE *file, const void *context)
{
	(void)context;
	fprintf(file, "<zone id=\"all\" routing=\"Full\">\n");
	for (size_t i = 0; i < description.flows; i++)
		fprintf(file, "<host id=\"from%zu\" speed=\"1Gf\"/><host id=\"to%zu\" speed=\"1Gf\"/>\n", i,
		        i);
	for (size_t i = 0; i < description.links; i++)
		fprintf(file, "<link id=\"%s\" bandwidth=\"%.17gBps\" latency=\"0s\"/>\n",
		        description.link[i].name, description.link[i].capacity_Bps);
	for (size_t i = 0; i < description.flows; i++)
		write_route(file, i);
	fprintf(file, "</zone>\n");
}

static sg_host_t host(const char *end, size_t flow)
{
	char name[32];
	snprintf(name, sizeof name, "%s%zu", end, flow);
	return sg_host_by_name(name);
}

static void send(int argc, char **argv)
{
	(void)argc, (void)argv;
	size_t flow = (size_t)((double *)sg_actor_self_get_data() - end_s);
	sg_host_sendto(sg_host_self(), host("to", flow), description.bytes);
	end_s[flow] = simgrid_get_clock();
}

int main(int argc, char **argv)
{
	flow_model_start(&argc, argv);
	description = read_description();
	end_s = calloc(description.flows, sizeof *end_s);
	if (!end_s) {
		perror("simgrid_flows");
		return 2;
	}
	flow_model_load(write_platform, NULL);
	for (size_t i = 0; i < description.flows; i++) {
		sg_actor_t actor = sg_actor_init(description.flow[i].name, host("from", i));
		sg_actor_set_data(actor, &end_s[i]);
		sg_actor_start_(actor, send, 0, NULL);
	}
	simgrid_run();
	for (size_t i = 0; i < description.flows; i++)
		printf("%s %.12g\n", description.flow[i].name, end_s[i]);
	free(end_s);
	clear_description(&description);
	return 0;
}

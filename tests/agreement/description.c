#include "description.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void quit(const char *what, const char *which)
{
	fprintf(stderr, "description: %s%s\n", what, which);
	exit(2);
}

/* Makes room for one more of `count` elements; doubles at powers of two. */
static void *grown(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	array = realloc(array, (count ? 2 * count : 1) * size);
	if (!array)
		quit("out of memory", "");
	return array;
}

static size_t find_link(const struct description *description, const char *name)
{
	for (size_t i = 0; i < description->links; i++)
		if (!strcmp(description->link[i].name, name))
			return i;
	quit("no link ", name);
	return 0;
}

static void add_link(struct description *description, const char *name, const char *capacity)
{
	description->link = grown(description->link, description->links, sizeof *description->link);
	struct described_link *link = &description->link[description->links++];
	snprintf(link->name, sizeof link->name, "%s", name);
	link->capacity_Bps = strtod(capacity, NULL);
	if (!(link->capacity_Bps > 0))
		quit("no capacity: link ", name);
}

static void add_flow(struct description *description, const char *name, char *links)
{
	description->flow = grown(description->flow, description->flows, sizeof *description->flow);
	struct described_flow *flow = &description->flow[description->flows++];
	*flow = (struct described_flow){.first = description->uses};
	snprintf(flow->name, sizeof flow->name, "%s", name);
	for (char *link; (link = strsep(&links, ","));) {
		description->use = grown(description->use, description->uses, sizeof *description->use);
		description->use[description->uses++] = find_link(description, link);
		flow->uses++;
	}
}

static void read_line(struct description *description, char *line)
{
	char *rest = line, *word = strsep(&rest, " \n"), *name = strsep(&rest, " \n"),
	     *what = strsep(&rest, " \n");
	if (!*word || *word == '#')
		return;
	if (!strcmp(word, "bytes") && name)
		description->bytes = strtod(name, NULL);
	else if (!strcmp(word, "link") && what)
		add_link(description, name, what);
	else if (!strcmp(word, "flow") && what)
		add_flow(description, name, what);
	else
		quit("bytes, link or flow, not ", word);
}

struct description read_description(void)
{
	struct description description = {0};
	char *line = NULL;
	size_t room = 0;
	while (getline(&line, &room, stdin) >= 0)
		read_line(&description, line);
	free(line);
	if (!(description.bytes > 0) || !description.flows)
		quit("bytes and at least one flow are needed", "");
	return description;
}

void clear_description(struct description *description)
{
	free(description->link);
	free(description->flow);
	free(description->use);
}

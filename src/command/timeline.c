#include "command/timeline.h"

#include "base/error.h"
#include "report/timeline.h"
#include "workload/workload.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_CHIPS = 32, MOST_CHIPS = 4096 };

static int parse_chip(const char *text, uint64_t chips, uint64_t *chip, struct fs_error *error)
{
	char *end;
	if (*text < '0' || *text > '9')
		return fs_fail(error, "--trace-chips: '%.40s' is not the number of a chip", text);
	*chip = strtoull(text, &end, 10);
	if (*end || *chip >= chips)
		return fs_fail(error, "--trace-chips: '%.40s' is not the number of a chip, 0 to %" PRIu64,
		               text, chips - 1);
	return 0;
}

static int compare_chips(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;
	return (*left > *right) - (*left < *right);
}

static int parse_chips(const char *text, uint64_t chips, uint64_t *list, int *count, struct fs_error *error)
{
	char *copy = fs_duplicate_text(text), *rest = copy;
	int status = 0;
	*count = 0;
	for (const char *item; !status && (item = strsep(&rest, ","));)
		if (*count == MOST_CHIPS)
			status = fs_fail(error, "--trace-chips: more than %d chips", MOST_CHIPS);
		else
			status = parse_chip(item, chips, &list[(*count)++], error);
	free(copy);
	if (status)
		return -1;
	qsort(list, (size_t)*count, sizeof *list, compare_chips);
	int kept = 1;
	for (int i = 1; i < *count; i++)
		if (list[i] != list[kept - 1])
			list[kept++] = list[i];
	*count = kept;
	return 0;
}

int fs_timeline_chips(const char *text, uint64_t chips, uint64_t **list, int *count, struct fs_error *error)
{
	*list = fs_allocate_zeroed(MOST_CHIPS, sizeof **list);
	if (text) {
		if (!parse_chips(text, chips, *list, count, error))
			return 0;
		free(*list);
		return -1;
	}
	*count = chips < USUAL_CHIPS ? (int)chips : USUAL_CHIPS;
	for (int i = 0; i < *count; i++)
		(*list)[i] = (uint64_t)i * chips / (uint64_t)*count;
	return 0;
}

/* --- what is told of an event */

static void say(struct fs_event *event, const char *key, double number)
{
	event->value[event->values++] = (struct fs_event_value){.key = key, .number = number};
}

static void say_text(struct fs_event *event, const char *key, const char *text)
{
	event->value[event->values++] = (struct fs_event_value){.key = key, .text = text};
}

static void say_collective(struct fs_event *event, enum fs_collective collective, double bytes,
                           struct fs_group group, const char *algorithm)
{
	event->category = "collective";
	say_text(event, "collective", fs_collective_name(collective));
	if (algorithm)
		say_text(event, "algorithm", algorithm);
	say(event, "bytes", bytes);
	say(event, "group_size", group.size);
	say(event, "group_stride", group.stride);
}

/* --- programs */

static const char *const streams[FS_STREAMS] = {
        [FS_STREAM_DATA] = "data",       [FS_STREAM_EXPERT] = "expert",   [FS_STREAM_TENSOR] = "tensor",
        [FS_STREAM_CONTEXT] = "context", [FS_STREAM_WEIGHTS] = "weights",
};

void fs_timeline_see(void *timeline, const struct fs_span *span)
{
	const struct fs_op *op = span->op;
	bool collective = op->kind == FS_OP_COLLECTIVE;
	struct fs_event event = {.chip = span->chip,
	                         .stream = collective ? streams[op->stream] : "compute",
	                         .name = op->label,
	                         .category = op->kind == FS_OP_COMPUTE ? "kernel" : "wait",
	                         .begin_s = span->begin_s,
	                         .end_s = span->end_s};
	if (span->longer) {
		fs_timeline_prolong(timeline, span->chip, event.stream, span->end_s);
		return;
	}
	if (collective) {
		say_collective(&event, op->schedule->collective, op->size_bytes, op->group,
		               op->schedule->algorithm);
	} else if (op->kind == FS_OP_COMPUTE) {
		say(&event, "flop", op->flop);
		say(&event, "bytes", op->bytes);
		say(&event, "layer", op->work.layer);
	} else {
		say_text(&event, "for", streams[op->stream]);
	}
	fs_timeline_add(timeline, &event);
}

/* --- workloads */

void fs_timeline_see_node(void *timeline, const struct fs_graph_span *span)
{
	static const char *const categories[] = {
	        [FS_NODE_COMPUTE] = "kernel",        [FS_NODE_HOST] = "host",
	        [FS_NODE_COLLECTIVE] = "collective", [FS_NODE_SEND] = "message",
	        [FS_NODE_RECEIVE] = "message",       [FS_NODE_JOIN] = "nothing",
	};
	const struct fs_node *node = span->node;
	struct fs_event event = {.chip = span->chip,
	                         .stream = span->stream,
	                         .name = node->name,
	                         .category = categories[node->kind],
	                         .begin_s = span->begin_s,
	                         .end_s = span->end_s};
	say(&event, "node", (double)node->id);
	if (node->kind == FS_NODE_COLLECTIVE) {
		say_collective(&event, node->collective, node->bytes, node->group, span->algorithm);
	} else if (node->kind == FS_NODE_SEND || node->kind == FS_NODE_RECEIVE) {
		say(&event, "bytes", node->bytes);
		say(&event, "peer", (double)node->peer);
	} else if (node->kind == FS_NODE_COMPUTE) {
		say(&event, "flop", node->flop);
		say(&event, "bytes", node->bytes);
	}
	fs_timeline_add(timeline, &event);
}

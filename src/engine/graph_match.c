#include "engine/graph_match.h"

#include "base/error.h"
#include "workload/workload.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Every node that meets others, with what it has in common with those alone: sorted by that they stand
 * together. */
struct seeker {
	bool message;
	/* of a collective its group's size and stride, of a message sender's and receiver's chip */
	uint64_t a, b;
	uint64_t which; /* of these: the group's first chip, or the message's tag */
	uint64_t turn;  /* the how many-th of these of its lane */
	int role;       /* 0, or 1 for receivers */
	struct fs_member member;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* By what tells one meeting from another, turns aside. */
static int compare_parties(const struct seeker *a, const struct seeker *b)
{
	int order = compare_numbers(a->message, b->message);
	order = order ? order : compare_numbers(a->a, b->a);
	order = order ? order : compare_numbers(a->b, b->b);
	return order ? order : compare_numbers(a->which, b->which);
}

static int compare_members(const struct seeker *a, const struct seeker *b)
{
	int order = compare_numbers((uint64_t)a->role, (uint64_t)b->role);
	order = order ? order : compare_numbers((uint64_t)a->member.lane, (uint64_t)b->member.lane);
	return order ? order : compare_numbers(a->member.node, b->member.node);
}

static int by_lane(const void *a, const void *b)
{
	int order = compare_parties(a, b);
	return order ? order : compare_members(a, b);
}

static int by_turn(const void *a, const void *b)
{
	int order = compare_parties(a, b);
	order = order ? order
	              : compare_numbers(((const struct seeker *)a)->turn, ((const struct seeker *)b)->turn);
	return order ? order : compare_members(a, b);
}

static struct seeker seeker_of(const struct fs_lane *lane, const struct fs_node *node,
                               struct fs_member member)
{
	uint64_t own = lane->first_chip;
	if (node->kind == FS_NODE_COLLECTIVE)
		return (struct seeker){.a = node->group.size,
		                       .b = node->group.stride,
		                       .which = fs_group_base(node->group, own),
		                       .member = member};
	bool sends = node->kind == FS_NODE_SEND;
	return (struct seeker){.message = true,
	                       .a = sends ? own : node->peer,
	                       .b = sends ? node->peer : own,
	                       .which = node->tag,
	                       .role = !sends,
	                       .member = member};
}

static bool meets(const struct fs_node *node)
{
	return node->kind == FS_NODE_COLLECTIVE || node->kind == FS_NODE_SEND ||
	       node->kind == FS_NODE_RECEIVE;
}

static struct seeker *all_seekers(const struct fs_workload *workload, uint64_t *count)
{
	uint64_t room = 1;
	*count = 0;
	for (int l = 0; l < workload->lanes; l++)
		room += workload->list[workload->lane[l].list].nodes;
	struct seeker *seekers = fs_allocate(room * sizeof *seekers);
	for (int l = 0; l < workload->lanes; l++) {
		const struct fs_node_list *list = &workload->list[workload->lane[l].list];
		for (uint32_t i = 0; i < list->nodes; i++)
			if (meets(&list->node[i]))
				seekers[(*count)++] = seeker_of(&workload->lane[l], &list->node[i],
				                                (struct fs_member){l, i});
	}
	return seekers;
}

static void count_turns(struct seeker *seekers, uint64_t count)
{
	qsort(seekers, count, sizeof *seekers, by_lane);
	for (uint64_t i = 1; i < count; i++) {
		const struct seeker *before = &seekers[i - 1];
		if (compare_parties(before, &seekers[i]) == 0 && before->role == seekers[i].role &&
		    before->member.lane == seekers[i].member.lane)
			seekers[i].turn = before->turn + 1;
	}
	qsort(seekers, count, sizeof *seekers, by_turn);
}

static const struct fs_node *node_of(const struct fs_workload *workload, struct fs_member member,
                                     const char **origin)
{
	const struct fs_node_list *list = &workload->list[workload->lane[member.lane].list];
	*origin = list->origin;
	return &list->node[member.node];
}

/* In how many lanes the chips of the group are. */
static uint32_t lanes_of_group(const struct fs_workload *workload, const struct seeker *seeker)
{
	uint32_t lanes = 0;
	for (uint64_t i = 0; i < seeker->a; lanes++) {
		const struct fs_lane *lane =
		        &workload->lane[fs_workload_lane(workload, seeker->which + i * seeker->b)];
		uint64_t end = lane->first_chip + lane->chips; /* the first chip of the group beyond it: */
		i = (end - seeker->which + seeker->b - 1) / seeker->b;
	}
	return lanes;
}

static int check_collective(const struct fs_workload *workload, const struct seeker *seekers, uint64_t count,
                            uint64_t lanes, struct fs_error *error)
{
	const char *origin, *other_origin;
	const struct fs_node *node = node_of(workload, seekers[0].member, &origin);
	for (uint64_t i = 1; i < count; i++) {
		const struct fs_node *other = node_of(workload, seekers[i].member, &other_origin);
		if (other->collective != node->collective || other->bytes != node->bytes)
			return fs_fail(error,
			               "%s: node %" PRIu64 " is %s of %g bytes, and %s's node %" PRIu64
			               ", of the same group and in the same place, is %s of %g",
			               origin, node->id, fs_collective_name(node->collective), node->bytes,
			               other_origin, other->id, fs_collective_name(other->collective),
			               other->bytes);
	}
	if (count == lanes)
		return 0;
	return fs_fail(error,
	               "%s: node %" PRIu64 ", %s: only %" PRIu64 " of the %" PRIu64
	               " members of its group get to it",
	               origin, node->id, node->name, count, lanes);
}

static int check_message(const struct fs_workload *workload, const struct seeker *seekers, uint64_t count,
                         struct fs_error *error)
{
	const char *origin, *other_origin;
	const struct fs_node *node = node_of(workload, seekers[0].member, &origin);
	if (count != 2)
		return fs_fail(error,
		               "%s: node %" PRIu64 ": what it %s chip %" PRIu64 " (tag %" PRIu64 ") %s",
		               origin, node->id, seekers[0].role ? "waits for from" : "sends to", node->peer,
		               node->tag, seekers[0].role ? "is never sent" : "is never received");
	const struct fs_node *other = node_of(workload, seekers[1].member, &other_origin);
	if (other->bytes != node->bytes)
		return fs_fail(error,
		               "%s: node %" PRIu64 " sends %g bytes, and %s's node %" PRIu64 " waits for %g",
		               origin, node->id, node->bytes, other_origin, other->id, other->bytes);
	return 0;
}

static void keep(struct fs_meetings *meetings, const struct seeker *seekers, uint64_t count)
{
	meetings->meeting[meetings->count] =
	        (struct fs_meeting){meetings->member_count, (uint32_t)count, 0, 0};
	for (uint64_t i = 0; i < count; i++) {
		struct fs_member member = seekers[i].member;
		meetings->of[member.lane][member.node] = meetings->count;
		meetings->member[meetings->member_count++] = member;
	}
	meetings->count++;
}

static int find_meetings(const struct fs_workload *workload, const struct seeker *seekers, uint64_t count,
                         struct fs_meetings *meetings, struct fs_error *error)
{
	uint64_t lanes = 0;
	for (uint64_t i = 0, end; i < count; i = end) {
		const struct seeker *first = &seekers[i];
		bool new = i == 0 || compare_parties(first, first - 1) != 0;
		for (end = i + 1; end < count; end++)
			if (compare_parties(first, &seekers[end]) != 0 || first->turn != seekers[end].turn)
				break;
		if (new && !first->message)
			lanes = lanes_of_group(workload, first);
		if (first->message ? check_message(workload, first, end - i, error)
		                   : check_collective(workload, first, end - i, lanes, error))
			return -1;
		keep(meetings, first, end - i);
	}
	return 0;
}

int fs_meetings_find(const struct fs_workload *workload, struct fs_meetings *meetings, struct fs_error *error)
{
	uint64_t count;
	struct seeker *seekers = all_seekers(workload, &count);
	count_turns(seekers, count);
	*meetings = (struct fs_meetings){0};
	meetings->meeting = fs_allocate((count + 1) * sizeof *meetings->meeting);
	meetings->member = fs_allocate((count + 1) * sizeof *meetings->member);
	meetings->of = fs_allocate_zeroed((unsigned long)workload->lanes, sizeof *meetings->of);
	for (int l = 0; l < workload->lanes; l++)
		meetings->of[l] = fs_allocate_zeroed(workload->list[workload->lane[l].list].nodes + 1ul,
		                                     sizeof *meetings->of[l]);
	int status = find_meetings(workload, seekers, count, meetings, error);
	free(seekers);
	if (status)
		fs_meetings_clear(workload, meetings);
	return status;
}

void fs_meetings_clear(const struct fs_workload *workload, struct fs_meetings *meetings)
{
	for (int l = 0; meetings->of && l < workload->lanes; l++)
		free(meetings->of[l]);
	free(meetings->of);
	free(meetings->meeting);
	free(meetings->member);
	*meetings = (struct fs_meetings){0};
}

#include "engine/wall_switch.h"

#include "base/error.h"
#include "cost/cost.h"
#include "cost/message.h"
#include "topology/system.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STAMP = sizeof(double) / sizeof(float), TAG_SWITCH = 1 };

/* Messages travel in pieces that MPI takes at once, below the 4 KiB up to which Open MPI's shared memory
 * does: a longer one shakes hands first, and as both ends nap between looks, two such hops can outlast the
 * step. */
enum { PIECE_FLOATS = 960 };

/* Messages of one iteration: [stamp as a double][payload] each. */
struct messages {
	float *floats;
	size_t room;
	MPI_Request *request;
	int count, request_room;
};

struct fs_wall_switch {
	struct fs_switch_step step;
	uint32_t member, digit, size, level_stride; /* of this member, in its group of the level */
	double own_s, last_s; /* when this member, and the last that hands in, got to the step */
	bool answered;
	struct messages in, out;
	struct fs_payload result; /* the first member's: what the switches have */
	size_t result_room;
};

struct fs_wall_switch *fs_wall_switch_create(void)
{
	return fs_allocate_zeroed(1, sizeof(struct fs_wall_switch));
}

void fs_wall_switch_destroy(struct fs_wall_switch *exchange)
{
	if (!exchange)
		return;
	struct messages *both[] = {&exchange->in, &exchange->out};
	for (int i = 0; i < 2; i++) {
		free(both[i]->floats);
		free(both[i]->request);
	}
	free(exchange->result.buffer);
	free(exchange);
}

/* What the member of the group with this digit exchanges, and its rank. */
static struct fs_move move_of(const struct fs_wall_switch *exchange, uint32_t digit, int *rank)
{
	const struct fs_switch_step *step = &exchange->step;
	int64_t away = ((int64_t)digit - exchange->digit) * exchange->level_stride;
	struct fs_move move;
	fs_step_move(step->payload.schedule, step->step, 0, (uint32_t)(exchange->member + away), &move);
	*rank = step->chip + (int)away * (int)step->op->group.stride;
	return move;
}

static void make_room(struct messages *messages, size_t floats)
{
	messages->count = 0;
	if (floats <= messages->room)
		return;
	messages->floats = fs_reallocate(messages->floats, floats * sizeof *messages->floats);
	messages->room = floats;
}

static MPI_Request *next_request(struct messages *messages)
{
	if (messages->count == messages->request_room) {
		messages->request_room = messages->request_room ? 2 * messages->request_room : 16;
		unsigned long bytes = (unsigned long)messages->request_room * sizeof *messages->request;
		messages->request = fs_reallocate(messages->request, bytes);
	}
	return &messages->request[messages->count++];
}

static void receive(struct fs_wall_switch *exchange, float *message, size_t floats, int rank)
{
	for (size_t at = 0; at < floats; at += PIECE_FLOATS) {
		size_t left = floats - at;
		MPI_Irecv(message + at, (int)(left < PIECE_FLOATS ? left : PIECE_FLOATS), MPI_FLOAT, rank,
		          TAG_SWITCH, exchange->step.comm, next_request(&exchange->in));
	}
}

static void send(struct fs_wall_switch *exchange, const float *message, size_t floats, int rank)
{
	for (size_t at = 0; at < floats; at += PIECE_FLOATS) {
		size_t left = floats - at;
		MPI_Isend(message + at, (int)(left < PIECE_FLOATS ? left : PIECE_FLOATS), MPI_FLOAT, rank,
		          TAG_SWITCH, exchange->step.comm, next_request(&exchange->out));
	}
}

/* Floats of all messages that the first member gets (handed_in) or sends. */
static size_t floats_of_all(const struct fs_wall_switch *exchange, bool handed_in)
{
	size_t floats = 0;
	int rank;
	for (uint32_t digit = 1; digit < exchange->size; digit++) {
		struct fs_move move = move_of(exchange, digit, &rank);
		const struct fs_slots *set = handed_in ? &move.sent : &move.received;
		bool any = (handed_in ? move.to : move.from) == FS_SWITCHES;
		floats += any ? STAMP + fs_payload_count(&exchange->step.payload, set) : 0;
	}
	return floats;
}

static void start_first(struct fs_wall_switch *exchange)
{
	const struct fs_switch_step *step = &exchange->step;
	make_room(&exchange->in, floats_of_all(exchange, true));
	float *message = exchange->in.floats;
	int rank;
	for (uint32_t digit = 1; digit < exchange->size; digit++) {
		struct fs_move move = move_of(exchange, digit, &rank);
		if (move.to != FS_SWITCHES)
			continue;
		size_t floats = STAMP + fs_payload_count(&step->payload, &move.sent);
		receive(exchange, message, floats, rank);
		message += floats;
	}
}

static void start_other(struct fs_wall_switch *exchange)
{
	const struct fs_switch_step *step = &exchange->step;
	int rank, first;
	struct fs_move move = move_of(exchange, exchange->digit, &rank);
	move_of(exchange, 0, &first);
	if (move.to == FS_SWITCHES) {
		size_t floats = STAMP + fs_payload_count(&step->payload, &move.sent);
		make_room(&exchange->out, floats);
		memcpy(exchange->out.floats, &exchange->own_s, sizeof exchange->own_s);
		fs_payload_pack(&step->payload, &move.sent, exchange->out.floats + STAMP);
		send(exchange, exchange->out.floats, floats, first);
	}
	size_t floats = STAMP + fs_payload_count(&step->payload, &move.received);
	make_room(&exchange->in, floats);
	receive(exchange, exchange->in.floats, floats, first);
}

void fs_wall_switch_start(struct fs_wall_switch *exchange, const struct fs_switch_step *step, double time_s)
{
	const struct fs_schedule *schedule = step->payload.schedule;
	exchange->step = *step;
	exchange->size = schedule->level_size[step->step->level];
	exchange->level_stride = fs_level_stride(schedule, step->step->level);
	exchange->member = (uint32_t)step->chip / step->op->group.stride % step->op->group.size;
	exchange->digit = exchange->member / exchange->level_stride % exchange->size;
	exchange->own_s = exchange->last_s = time_s;
	exchange->answered = false;
	exchange->in.count = exchange->out.count = 0;
	if (exchange->digit == 0)
		start_first(exchange);
	else
		start_other(exchange);
}

static bool all_done(struct messages *messages)
{
	int done = 1;
	if (messages->count)
		MPI_Testall(messages->count, messages->request, &done, MPI_STATUSES_IGNORE);
	if (done)
		messages->count = 0;
	return done;
}

/* What the first member itself hands in. */
static void take_own(struct fs_wall_switch *exchange)
{
	const struct fs_payload *payload = &exchange->step.payload;
	float *buffer = exchange->result.buffer;
	if (payload->floats > exchange->result_room) {
		buffer = fs_reallocate(buffer, payload->floats * sizeof *buffer);
		exchange->result_room = payload->floats;
	}
	memcpy(buffer, payload->buffer, payload->floats * sizeof *buffer);
	exchange->result = (struct fs_payload){payload->schedule, buffer, payload->floats};
}

/* What the others handed in, in the order of the members, so that sums are everywhere the same bits. */
static void take_all(struct fs_wall_switch *exchange)
{
	float *message = exchange->in.floats;
	int rank;
	take_own(exchange);
	for (uint32_t digit = 1; digit < exchange->size; digit++) {
		struct fs_move move = move_of(exchange, digit, &rank);
		double stamp_s;
		if (move.to != FS_SWITCHES)
			continue;
		memcpy(&stamp_s, message, sizeof stamp_s);
		exchange->last_s = fmax(exchange->last_s, stamp_s);
		message += STAMP;
		message += exchange->step.step->reduce
		                   ? fs_payload_add(&exchange->result, &move.sent, message)
		                   : fs_payload_place(&exchange->result, &move.sent, message);
	}
}

static void answer_all(struct fs_wall_switch *exchange)
{
	make_room(&exchange->out, floats_of_all(exchange, false));
	float *message = exchange->out.floats;
	int rank;
	for (uint32_t digit = 1; digit < exchange->size; digit++) {
		struct fs_move move = move_of(exchange, digit, &rank);
		assert(move.from == FS_SWITCHES);
		memcpy(message, &exchange->last_s, sizeof exchange->last_s);
		size_t floats = STAMP + fs_payload_pack(&exchange->result, &move.received, message + STAMP);
		send(exchange, message, floats, rank);
		message += floats;
	}
}

bool fs_wall_switch_here(struct fs_wall_switch *exchange)
{
	if (exchange->answered)
		return true;
	if (!all_done(&exchange->in))
		return false;
	exchange->answered = true;
	if (exchange->digit == 0) {
		take_all(exchange);
		answer_all(exchange);
	} else {
		memcpy(&exchange->last_s, exchange->in.floats, sizeof exchange->last_s);
	}
	return true;
}

/* As in the virtual clock's in_network.c. */
double fs_wall_switch_effective_at(const struct fs_wall_switch *exchange)
{
	const struct fs_switch_step *step = &exchange->step;
	const struct fs_op *op = step->op;
	const struct fs_tier *switches = fs_cost_switches(step->system, op->group, op->schedule, step->step);
	double bytes = fs_message_bytes(op->schedule, step->step, 0, op->timed_bytes);
	double begin_s = exchange->own_s;
	int rank;
	if (move_of(exchange, exchange->digit, &rank).from == FS_SWITCHES)
		begin_s = fmax(begin_s, exchange->last_s + fs_tier_reduction_alpha_s(switches));
	return begin_s + bytes * fs_tier_reduction_beta_s(switches);
}

bool fs_wall_switch_sent(struct fs_wall_switch *exchange)
{
	return all_done(&exchange->out);
}

void fs_wall_switch_finish(struct fs_wall_switch *exchange)
{
	const struct fs_payload *payload = &exchange->step.payload;
	int rank;
	struct fs_move move = move_of(exchange, exchange->digit, &rank);
	if (move.from != FS_SWITCHES)
		return;
	if (exchange->digit != 0) {
		fs_payload_place(payload, &move.received, exchange->in.floats + STAMP);
		return;
	}
	make_room(&exchange->in, fs_payload_count(payload, &move.received));
	fs_payload_pack(&exchange->result, &move.received, exchange->in.floats);
	fs_payload_place(payload, &move.received, exchange->in.floats);
}

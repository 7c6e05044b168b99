#include "engine/wall_stream.h"

#include "base/error.h"
#include "cost/message.h"
#include "cost/peers.h"
#include "engine/own_links.h"
#include "engine/payload.h"
#include "engine/team_mpi.h"
#include "engine/wall_switch.h"
#include "plan/use.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_QUEUED = 256 };

struct issued {
	const struct fs_op *op;
	float *buffer;
	size_t floats;
	double issued_s;
};

enum phase {
	IDLE,
	UNDER_WAY, /* waits for the message of this iteration */
	DUE        /* it is here, and takes effect at due_s */
};

struct fs_wall_stream {
	MPI_Comm comm;
	int chip;
	const struct fs_system *system;
	const struct fs_program *program;
	const struct fs_dilated_clock *clock;
	const struct fs_wall_stream *other; /* of the same chip */
	struct issued queue[MOST_QUEUED];
	int first, queued;
	/* the collective at queue[first] */
	enum phase phase;
	int step;
	uint32_t s;
	struct fs_move move;
	struct fs_own_links links;
	double time_s;         /* when this chip got here; its sending port is free */
	double receive_port_s; /* when its receiving port is free */
	double due_s;
	float *out,
	        *in; /* [stamp as a double][payload] a message; `out` holds several when sends run ahead */
	size_t out_floats, in_floats;
	MPI_Request receive, *send;
	int sends, sends_room;
	struct fs_wall_switch *switches;
	uint64_t progress;
};

enum { STAMP = sizeof(double) / sizeof(float) };

struct fs_wall_stream *fs_wall_stream_create(struct fs_team *team, const struct fs_system *system,
                                             const struct fs_program *program,
                                             const struct fs_dilated_clock *clock)
{
	struct fs_wall_stream *stream = fs_allocate_zeroed(1, sizeof *stream);
	stream->comm = MPI_COMM_NULL;
	if (team->comm != MPI_COMM_NULL)
		MPI_Comm_dup(team->comm, &stream->comm);
	stream->chip = team->rank;
	stream->system = system;
	stream->program = program;
	stream->clock = clock;
	stream->receive = MPI_REQUEST_NULL;
	stream->switches = fs_wall_switch_create();
	return stream;
}

void fs_wall_stream_destroy(struct fs_wall_stream *stream)
{
	if (!stream)
		return;
	if (stream->comm != MPI_COMM_NULL)
		MPI_Comm_free(&stream->comm);
	free(stream->out);
	free(stream->in);
	free(stream->send);
	fs_wall_switch_destroy(stream->switches);
	free(stream);
}

void fs_wall_stream_beside(struct fs_wall_stream *stream, const struct fs_wall_stream *other)
{
	stream->other = other;
}

void fs_wall_stream_issue(struct fs_wall_stream *stream, const struct fs_op *op, float *buffer, size_t floats,
                          double issued_s)
{
	assert(stream->queued < MOST_QUEUED);
	stream->queue[(stream->first + stream->queued++) % MOST_QUEUED] =
	        (struct issued){op, buffer, floats, issued_s};
}

static const struct issued *current(const struct fs_wall_stream *stream)
{
	return &stream->queue[stream->first];
}

static const struct fs_step *current_step(const struct fs_wall_stream *stream)
{
	return &current(stream)->op->schedule->step[stream->step];
}

/* Group member <-> chip (= rank). */
static uint32_t member_of(const struct fs_op *op, int chip)
{
	return (uint32_t)chip / op->group.stride % op->group.size;
}

static int chip_of(const struct fs_op *op, int chip, int64_t member)
{
	return chip + ((int)member - (int)member_of(op, chip)) * (int)op->group.stride;
}

static struct fs_own_links links_of(const struct fs_wall_stream *stream, uint32_t s)
{
	const struct fs_op *op = current(stream)->op;
	struct fs_iteration iteration = fs_iteration_of(op->group, op->schedule, current_step(stream), s);
	return fs_own_links_of(stream->system, stream->program->contention, &iteration,
	                       (uint64_t)stream->chip);
}

/* How many times as long the message under way takes because of what the chip's other stream is at: where the
 * virtual clock looks at collectives as a whole, this looks at each message. */
static double stretch(const struct fs_wall_stream *stream)
{
	const struct fs_wall_stream *other = stream->other;
	return other && other->phase != IDLE
	               ? fs_use_stretch(stream->program, current(stream)->op, current(other)->op)
	               : 1;
}

/* Modelled bytes of one message. */
static double message_bytes(const struct fs_op *op, const struct fs_step *step, uint32_t s)
{
	return fs_message_bytes(op->schedule, step, s, op->timed_bytes);
}

static struct fs_payload payload_of(const struct issued *issued)
{
	return (struct fs_payload){issued->op->schedule, issued->buffer, issued->floats};
}

static size_t message_floats(const struct issued *issued, const struct fs_slots *set)
{
	struct fs_payload payload = payload_of(issued);
	return STAMP + fs_payload_count(&payload, set);
}

static void make_room(float **buffer, size_t *room, size_t floats)
{
	if (floats <= *room)
		return;
	*buffer = fs_reallocate(*buffer, floats * sizeof **buffer);
	*room = floats;
}

static void send_message(struct fs_wall_stream *stream, const struct fs_move *move, float *message,
                         double stamp_s)
{
	const struct issued *issued = current(stream);
	struct fs_payload payload = payload_of(issued);
	memcpy(message, &stamp_s, sizeof stamp_s);
	size_t floats = STAMP + fs_payload_pack(&payload, &move->sent, message + STAMP);
	if (stream->sends == stream->sends_room) {
		stream->sends_room = stream->sends_room ? 2 * stream->sends_room : 4;
		stream->send =
		        fs_reallocate(stream->send, (unsigned long)stream->sends_room * sizeof *stream->send);
	}
	MPI_Isend(message, (int)floats, MPI_FLOAT, chip_of(issued->op, stream->chip, move->to), 0,
	          stream->comm, &stream->send[stream->sends++]);
}

/* Independent sends all leave at the start of the step, one behind the other through the port. */
static void send_ahead(struct fs_wall_stream *stream)
{
	const struct issued *issued = current(stream);
	const struct fs_step *step = current_step(stream);
	struct fs_move move;
	size_t floats = 0;
	for (uint32_t s = 0; s < step->repeat; s++) {
		fs_step_move(issued->op->schedule, step, s, member_of(issued->op, stream->chip), &move);
		floats += message_floats(issued, &move.sent);
	}
	make_room(&stream->out, &stream->out_floats, floats + 1);
	float *message = stream->out;
	for (uint32_t s = 0; s < step->repeat; s++) {
		fs_step_move(issued->op->schedule, step, s, member_of(issued->op, stream->chip), &move);
		if (move.to < 0)
			continue;
		send_message(stream, &move, message, stream->time_s);
		message += message_floats(issued, &move.sent);
		stream->time_s +=
		        stretch(stream) * (issued->op->message_s +
		                           message_bytes(issued->op, step, s) * links_of(stream, s).beta_out);
	}
}

static void start_exchange(struct fs_wall_stream *stream)
{
	const struct issued *issued = current(stream);
	struct fs_switch_step exchange = {.comm = stream->comm,
	                                  .chip = stream->chip,
	                                  .system = stream->system,
	                                  .op = issued->op,
	                                  .step = current_step(stream),
	                                  .payload = payload_of(issued)};
	fs_wall_switch_start(stream->switches, &exchange, stream->time_s);
}

static void start_iteration(struct fs_wall_stream *stream)
{
	const struct issued *issued = current(stream);
	const struct fs_step *step = current_step(stream);
	stream->phase = UNDER_WAY;
	if (stream->s == 0) {
		stream->receive_port_s = stream->time_s;
		if (step->independent)
			send_ahead(stream);
	}
	struct fs_move *move = &stream->move;
	fs_step_move(issued->op->schedule, step, stream->s, member_of(issued->op, stream->chip), move);
	if (fs_step_in_network(step)) {
		start_exchange(stream);
		return;
	}
	stream->links = links_of(stream, stream->s);
	if (move->from >= 0) {
		size_t floats = message_floats(issued, &move->received);
		make_room(&stream->in, &stream->in_floats, floats);
		MPI_Irecv(stream->in, (int)floats, MPI_FLOAT, chip_of(issued->op, stream->chip, move->from),
		          0, stream->comm, &stream->receive);
	}
	if (move->to >= 0 && !step->independent) {
		make_room(&stream->out, &stream->out_floats, message_floats(issued, &move->sent));
		send_message(stream, move, stream->out, stream->time_s);
	}
}

/* Rule 2, as in the virtual clock's advance(). */
static double effective_at(const struct fs_wall_stream *stream)
{
	const struct fs_op *op = current(stream)->op;
	const struct fs_step *step = current_step(stream);
	const struct fs_move *move = &stream->move;
	if (fs_step_in_network(step))
		return fs_wall_switch_effective_at(stream->switches);
	double bytes = message_bytes(op, step, stream->s), received = stream->receive_port_s,
	       sent = stream->time_s;
	double times = stretch(stream);
	struct fs_own_links links = {times * stream->links.alpha_in, times * stream->links.beta_in,
	                             times * stream->links.beta_out};
	if (move->from >= 0) {
		double stamp_s;
		memcpy(&stamp_s, stream->in, sizeof stamp_s);
		received = fmax(received, stamp_s + links.alpha_in) + times * op->message_s +
		           bytes * links.beta_in;
	}
	if (step->independent)
		return received;
	if (move->to >= 0)
		sent += times * op->message_s + bytes * links.beta_out;
	return fmax(received, sent);
}

static bool sends_done(struct fs_wall_stream *stream)
{
	int done = 1;
	if (stream->sends)
		MPI_Testall(stream->sends, stream->send, &done, MPI_STATUSES_IGNORE);
	if (done)
		stream->sends = 0;
	return done && fs_wall_switch_sent(stream->switches);
}

static bool message_here(struct fs_wall_stream *stream)
{
	int done = 1;
	if (fs_step_in_network(current_step(stream)))
		return fs_wall_switch_here(stream->switches);
	if (stream->receive != MPI_REQUEST_NULL)
		MPI_Test(&stream->receive, &done, MPI_STATUS_IGNORE);
	return done;
}

static void finish_iteration(struct fs_wall_stream *stream)
{
	const struct issued *issued = current(stream);
	const struct fs_step *step = current_step(stream);
	struct fs_payload payload = payload_of(issued);
	if (fs_step_in_network(step))
		fs_wall_switch_finish(stream->switches);
	else if (stream->move.from >= 0 && step->reduce)
		fs_payload_add(&payload, &stream->move.received, stream->in + STAMP);
	else if (stream->move.from >= 0)
		fs_payload_place(&payload, &stream->move.received, stream->in + STAMP);
	stream->receive_port_s = stream->due_s;
	if (!step->independent)
		stream->time_s = stream->due_s;
	stream->progress++;
	if (++stream->s < step->repeat)
		return;
	stream->time_s = fmax(stream->time_s, stream->receive_port_s);
	stream->s = 0;
	stream->step++;
}

/* Begins the next iteration, or the next collective, or becomes idle. */
static void go_on(struct fs_wall_stream *stream)
{
	while (stream->queued) {
		const struct issued *issued = current(stream);
		if (stream->phase == IDLE) {
			stream->step = 0, stream->s = 0;
			stream->time_s = fmax(stream->time_s, issued->issued_s) + issued->op->base_s;
		}
		if (stream->step < issued->op->schedule->steps) {
			start_iteration(stream);
			return;
		}
		stream->first = (stream->first + 1) % MOST_QUEUED;
		stream->queued--;
		stream->phase = IDLE;
	}
	stream->phase = IDLE;
}

void fs_wall_stream_poll(struct fs_wall_stream *stream)
{
	if (stream->phase == IDLE && stream->queued)
		go_on(stream);
	while (stream->phase != IDLE) {
		if (stream->phase == UNDER_WAY) {
			if (!message_here(stream))
				return;
			stream->due_s = effective_at(stream);
			stream->phase = DUE;
		}
		bool last_of_step = stream->s + 1 == current_step(stream)->repeat;
		bool wait_for_sends = last_of_step || !current_step(stream)->independent;
		if (fs_dilated_now_s(stream->clock) < stream->due_s ||
		    (wait_for_sends && !sends_done(stream)))
			return;
		finish_iteration(stream);
		go_on(stream);
	}
}

bool fs_wall_stream_idle(const struct fs_wall_stream *stream)
{
	return stream->queued == 0;
}

double fs_wall_stream_time_s(const struct fs_wall_stream *stream)
{
	return stream->time_s;
}

double fs_wall_stream_due_s(const struct fs_wall_stream *stream)
{
	return stream->phase == DUE ? stream->due_s : INFINITY;
}

void fs_wall_stream_reset(struct fs_wall_stream *stream)
{
	assert(stream->queued == 0);
	stream->time_s = 0;
	stream->receive_port_s = 0;
}

uint64_t fs_wall_stream_progress(const struct fs_wall_stream *stream)
{
	return stream->progress;
}

void fs_wall_stream_describe(const struct fs_wall_stream *stream, char *text, size_t size)
{
	if (!stream->queued) {
		snprintf(text, size, "nothing");
		return;
	}
	const struct fs_op *op = current(stream)->op;
	const struct fs_step *step = current_step(stream);
	int used = snprintf(text, size, "%s (%s), step %d of %d, iteration %u of %u: ",
	                    fs_collective_name(op->schedule->collective), op->schedule->algorithm,
	                    stream->step + 1, op->schedule->steps, stream->s + 1, step->repeat);
	if (used < 0 || (size_t)used >= size)
		return;
	if (fs_step_in_network(step))
		snprintf(text + used, size - (size_t)used, "the other members at the switches");
	else if (stream->move.from >= 0)
		snprintf(text + used, size - (size_t)used, "message from chip %d",
		         chip_of(op, stream->chip, stream->move.from));
	else
		snprintf(text + used, size - (size_t)used, "chip %d to take its message",
		         chip_of(op, stream->chip, stream->move.to));
}

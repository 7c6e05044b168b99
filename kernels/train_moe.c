/* The pieces of a mixture-of-experts layer, after GShard (Lepikhin et al. 2020): every token goes to its
 * top_k experts, each of which keeps a fixed number of places for the tokens of each chip. The router's
 * softmax probability of an expert weights its output, as in the Switch transformer (Fedus et al. 2021, eq.
 * 2), so it is learned for any top_k. Experts are kept equally busy without a balancing loss, by a favour
 * that counts in the choice but not in the weight (Wang et al. 2024, arXiv:2408.15664). It is each chip's
 * own, as the places are. */

#include "kernels/linear.h"
#include "kernels/reduce.h"
#include "kernels/softmax.h"
#include "kernels/stream.h"
#include "kernels/train_state.h"

#include <string.h>

static const float favour_step = 0.01f;

/* place + sign * distance, digit by digit: how the all-to-all schedules count distances. */
static int shifted(const struct fs_trainer_shape *shape, int place, int distance, int sign)
{
	int result = 0, unit = 1;

	for (int level = 0; level < shape->expert_levels; level++) {
		int size = shape->expert_level_size[level];
		int digit = place / unit % size + sign * (distance / unit % size) + size;

		result += digit % size * unit;
		unit *= size;
	}
	return result;
}

/* Rows of one slot, all for the experts of one chip. */
static int slot_rows(const struct fs_trainer *trainer)
{
	return trainer->local_experts * trainer->capacity;
}

/* What is sent to a member in slot j comes back from it in slot -j. */
static int returning_slot(const struct fs_trainer *trainer, int slot)
{
	return shifted(&trainer->shape, 0, slot, -1);
}

static int returning_row(const struct fs_trainer *trainer, int row)
{
	int rows = slot_rows(trainer);

	return returning_slot(trainer, row / rows) * rows + row % rows;
}

static float *row_of(const struct fs_trainer *trainer, float *buffer, int row)
{
	return buffer + (size_t)row * (size_t)trainer->shape.hidden;
}

/* First row of (slot, expert) in a buffer and of (expert, slot) where this chip's experts work. */
static float *in_buffer(const struct fs_trainer *trainer, float *buffer, int slot, int expert)
{
	return row_of(trainer, buffer, (slot * trainer->local_experts + expert) * trainer->capacity);
}

static float *at_expert(const struct fs_trainer *trainer, float *rows, int slot, int expert)
{
	return row_of(trainer, rows, (expert * trainer->shape.expert_group + slot) * trainer->capacity);
}

static size_t bytes_of_places(const struct fs_trainer *trainer)
{
	return (size_t)trainer->capacity * (size_t)trainer->shape.hidden * sizeof(float);
}

/* What arrived, sorted by expert. */
static void collect(const struct fs_trainer *trainer, float *buffer, float *rows)
{
	for (int slot = 0; slot < trainer->shape.expert_group; slot++)
		for (int expert = 0; expert < trainer->local_experts; expert++)
			memcpy(at_expert(trainer, rows, slot, expert),
			       in_buffer(trainer, buffer, slot, expert), bytes_of_places(trainer));
}

/* What the experts made of it, into the slots that return to where it came from. */
static void send_back(const struct fs_trainer *trainer, float *rows, float *buffer)
{
	for (int slot = 0; slot < trainer->shape.expert_group; slot++)
		for (int expert = 0; expert < trainer->local_experts; expert++)
			memcpy(in_buffer(trainer, buffer, returning_slot(trainer, slot), expert),
			       at_expert(trainer, rows, slot, expert), bytes_of_places(trainer));
}

static void clear_rows(const struct fs_trainer *trainer, float *buffer)
{
	memset(buffer, 0, (size_t)trainer->rows * (size_t)trainer->shape.hidden * sizeof *buffer);
}

/* The best expert that has not been chosen yet; the first of equals. */
static int next_choice(const float *gate, const float *favour, int experts, const int *chosen, int count)
{
	int best = -1;

	for (int expert = 0; expert < experts; expert++) {
		bool taken = false;

		for (int i = 0; i < count; i++)
			taken = taken || chosen[i] == expert;
		if (!taken && (best < 0 || gate[expert] + favour[expert] > gate[best] + favour[best]))
			best = expert;
	}
	return best;
}

static void choose(const struct fs_trainer_shape *shape, struct fs_layer_kept *kept)
{
	for (int t = 0; t < shape->tokens; t++) {
		float *gate = kept->gate + (size_t)t * (size_t)shape->experts;
		int *chosen = kept->chosen + t * shape->top_k;

		fs_softmax(gate, (size_t)shape->experts, 1.0f);
		for (int i = 0; i < shape->top_k; i++)
			chosen[i] = next_choice(gate, kept->favour, shape->experts, chosen, i);
	}
}

/* Row of a place in the dispatch buffer, in the slot for the chip that has the expert. */
static int dispatch_row(const struct fs_trainer *trainer, int expert, int place)
{
	int owner = expert / trainer->local_experts, local = expert % trainer->local_experts;
	int slot = shifted(&trainer->shape, owner, trainer->shape.expert_index, -1);

	return (slot * trainer->local_experts + local) * trainer->capacity + place;
}

/* Places go to all first choices before any second choice, as in GShard's algorithm 1. */
static void assign_places(struct fs_trainer *trainer, struct fs_layer_kept *kept)
{
	const struct fs_trainer_shape *shape = &trainer->shape;

	memset(kept->demand, 0, (size_t)shape->experts * sizeof *kept->demand);
	for (int i = 0; i < shape->top_k; i++)
		for (int t = 0; t < shape->tokens; t++) {
			int choice = t * shape->top_k + i, expert = kept->chosen[choice];
			int place = kept->demand[expert]++;
			bool dropped = place >= trainer->capacity;

			kept->row[choice] = dropped ? FS_DROPPED : dispatch_row(trainer, expert, place);
			trainer->dropped += dropped;
		}
}

void fs_train_balance(struct fs_trainer *trainer, int layer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	struct fs_layer_kept *kept = &trainer->layer[layer];
	int choices = shape->tokens * shape->top_k;

	for (int expert = 0; expert < shape->experts; expert++) {
		int surplus = kept->demand[expert] * shape->experts - choices;

		kept->favour[expert] += surplus < 0 ? favour_step : surplus > 0 ? -favour_step : 0.0f;
	}
}

static void pack(const struct fs_trainer *trainer, const struct fs_layer_kept *kept)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	float *buffer = kept->dispatch[FS_FORWARD];

	clear_rows(trainer, buffer);
	for (int choice = 0; choice < shape->tokens * shape->top_k; choice++)
		if (kept->row[choice] != FS_DROPPED)
			memcpy(row_of(trainer, buffer, kept->row[choice]),
			       row_of(trainer, kept->normed2, choice / shape->top_k),
			       (size_t)shape->hidden * sizeof *buffer);
}

/* gate = softmax(norm2(residual) Wrouter); normed tokens into the dispatch buffer */
void fs_train_router(struct fs_trainer *trainer, int layer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	struct fs_layer_parameters weight = fs_train_layer(trainer, trainer->dense.weight, layer);
	struct fs_layer_kept *kept = &trainer->layer[layer];
	struct fs_linear router = {shape->tokens, shape->hidden, shape->experts};

	fs_norm_forward(shape->tokens, shape->hidden, trainer->residual, weight.norm2_gain, weight.norm2_bias,
	                &kept->norm2, kept->normed2);
	fs_linear_forward(router, kept->normed2, weight.router, kept->gate);
	choose(shape, kept);
	assign_places(trainer, kept);
	pack(trainer, kept);
}

/* The gradients of the tokens that went to experts, which came home in the dispatch buffer. */
static void unpack_gradients(const struct fs_trainer *trainer, const struct fs_layer_kept *kept)
{
	const struct fs_trainer_shape *shape = &trainer->shape;

	for (int choice = 0; choice < shape->tokens * shape->top_k; choice++)
		if (kept->row[choice] != FS_DROPPED)
			fs_reduce_add(row_of(trainer, trainer->normed_gradient, choice / shape->top_k),
			              row_of(trainer, kept->dispatch[FS_BACKWARD],
			                     returning_row(trainer, kept->row[choice])),
			              (size_t)shape->hidden);
}

void fs_train_router_backward(struct fs_trainer *trainer, int layer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	struct fs_layer_parameters weight = fs_train_layer(trainer, trainer->dense.weight, layer);
	struct fs_layer_parameters gradient = fs_train_layer(trainer, trainer->dense.gradient, layer);
	struct fs_layer_kept *kept = &trainer->layer[layer];
	struct fs_linear router = {shape->tokens, shape->hidden, shape->experts};
	size_t experts = (size_t)shape->experts;

	for (size_t t = 0; t < (size_t)shape->tokens; t++)
		fs_softmax_backward(kept->gate + t * experts, trainer->gate_gradient + t * experts, experts,
		                    1.0f);
	fs_linear_backward(router, kept->normed2, weight.router, trainer->gate_gradient, gradient.router,
	                   trainer->normed_gradient);
	unpack_gradients(trainer, kept);
	fs_norm_backward(shape->tokens, shape->hidden, &kept->norm2, weight.norm2_gain,
	                 trainer->normed_gradient, trainer->residual_gradient, gradient.norm2_gain,
	                 gradient.norm2_bias);
}

static struct fs_linear expert_linear(const struct fs_trainer *trainer, int in, int out)
{
	return (struct fs_linear){trainer->rows / trainer->local_experts, in, out};
}

/* combine = GELU(dispatch Wup) Wdown, expert by expert */
void fs_train_run_experts(struct fs_trainer *trainer, int layer)
{
	int hidden = trainer->shape.hidden, ffn = trainer->shape.ffn, groups = trainer->local_experts;
	struct fs_expert_parameters weight = fs_train_experts(trainer, trainer->experts.weight, layer);
	struct fs_layer_kept *kept = &trainer->layer[layer];

	collect(trainer, kept->dispatch[FS_FORWARD], kept->expert_in);
	fs_linear_grouped_forward(groups, expert_linear(trainer, hidden, ffn), kept->expert_in, weight.up,
	                          kept->up);
	fs_stream_gelu(kept->up, kept->gelu, (size_t)trainer->rows * (size_t)ffn);
	fs_linear_grouped_forward(groups, expert_linear(trainer, ffn, hidden), kept->gelu, weight.down,
	                          trainer->expert_rows);
	send_back(trainer, trainer->expert_rows, kept->combine[FS_FORWARD]);
}

void fs_train_run_experts_backward(struct fs_trainer *trainer, int layer)
{
	int hidden = trainer->shape.hidden, ffn = trainer->shape.ffn, groups = trainer->local_experts;
	struct fs_expert_parameters weight = fs_train_experts(trainer, trainer->experts.weight, layer);
	struct fs_expert_parameters gradient = fs_train_experts(trainer, trainer->experts.gradient, layer);
	struct fs_layer_kept *kept = &trainer->layer[layer];
	float *rows = trainer->expert_rows;

	collect(trainer, kept->combine[FS_BACKWARD], rows);
	fs_linear_grouped_backward(groups, expert_linear(trainer, ffn, hidden), kept->gelu, weight.down, rows,
	                           gradient.down, trainer->up_gradient);
	fs_stream_gelu_backward(kept->up, trainer->up_gradient, (size_t)trainer->rows * (size_t)ffn);
	fs_linear_grouped_backward(groups, expert_linear(trainer, hidden, ffn), kept->expert_in, weight.up,
	                           trainer->up_gradient, gradient.up, rows);
	send_back(trainer, rows, kept->dispatch[FS_BACKWARD]);
}

/* y[i] += a * x[i] */
static void add_scaled(float *y, float a, const float *x, size_t count)
{
	for (size_t i = 0; i < count; i++)
		y[i] += a * x[i];
}

static float dot(const float *x, const float *y, size_t count)
{
	float sum = 0.0f;

	for (size_t i = 0; i < count; i++)
		sum += x[i] * y[i];
	return sum;
}

/* residual += sum of gate * what came back from the chosen experts */
void fs_train_combine(struct fs_trainer *trainer, int layer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	struct fs_layer_kept *kept = &trainer->layer[layer];

	for (int choice = 0; choice < shape->tokens * shape->top_k; choice++) {
		int t = choice / shape->top_k, row = kept->row[choice];

		if (row == FS_DROPPED)
			continue;
		add_scaled(row_of(trainer, trainer->residual, t),
		           kept->gate[t * shape->experts + kept->chosen[choice]],
		           row_of(trainer, kept->combine[FS_FORWARD], returning_row(trainer, row)),
		           (size_t)shape->hidden);
	}
}

/* Gradients of the outputs go to the experts by the same rows as the tokens did; those of the gates stay
 * here. */
void fs_train_combine_backward(struct fs_trainer *trainer, int layer)
{
	const struct fs_trainer_shape *shape = &trainer->shape;
	struct fs_layer_kept *kept = &trainer->layer[layer];
	float *buffer = kept->combine[FS_BACKWARD];
	size_t hidden = (size_t)shape->hidden, gates = (size_t)shape->tokens * (size_t)shape->experts;

	clear_rows(trainer, buffer);
	memset(trainer->gate_gradient, 0, gates * sizeof *trainer->gate_gradient);
	for (int choice = 0; choice < shape->tokens * shape->top_k; choice++) {
		int t = choice / shape->top_k, row = kept->row[choice];
		int gate = t * shape->experts + kept->chosen[choice];
		const float *gradient = row_of(trainer, trainer->residual_gradient, t);

		if (row == FS_DROPPED)
			continue;
		trainer->gate_gradient[gate] =
		        dot(gradient, row_of(trainer, kept->combine[FS_FORWARD], returning_row(trainer, row)),
		            hidden);
		add_scaled(row_of(trainer, buffer, row), kept->gate[gate], gradient, hidden);
	}
}

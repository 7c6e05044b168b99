#include "kernels/live.h"

#include "kernels/attention.h"
#include "kernels/gemm.h"
#include "kernels/grouped_gemm.h"
#include "kernels/stream.h"

#include <assert.h>
#include <cblas.h>
#include <stdint.h>
#include <stdlib.h>

/* Shapes, each for 0.2 to 0.4 ms at 100 Gflop/s. */
enum { GEMM_SIZE = 256, GROUPS = 8, GROUP_ROWS = 32, TOKENS = 128, HIDDEN = 256, HEADS = 4 };

/* Memory-bound kernels pass, window by window, through arrays that no core's own cache holds: 6 to 10 MB a
 * chunk, 0.05 ms where a large last-level cache serves one core alone, 1 ms at 10 GB/s. */
enum { STREAM_FLOATS = 1 << 20, STREAM_WINDOW = 1 << 19 };

enum { ARRAYS = 3 };

struct fs_live_kernel {
	const struct chunk *chunk;
	size_t window; /* where the next chunk of a memory-bound kernel begins */
	float *array[ARRAYS];
};

/* What one kind of kernel does in a chunk. */
struct chunk {
	const char *name;
	void (*run)(struct fs_live_kernel *kernel);
	double flop;
	double floats_moved; /* every operand read once, every result written once */
	size_t floats[ARRAYS];
};

static void run_gemm(struct fs_live_kernel *kernel)
{
	float **array = kernel->array;

	fs_gemm(FS_GEMM_NN, GEMM_SIZE, GEMM_SIZE, GEMM_SIZE, array[0], array[1], 0.0f, array[2]);
}

static const struct chunk gemm_chunk = {
        .name = "gemm",
        .run = run_gemm,
        .flop = 2.0 * GEMM_SIZE * GEMM_SIZE * GEMM_SIZE,
        .floats_moved = 3.0 * GEMM_SIZE * GEMM_SIZE,
        .floats[0] = GEMM_SIZE * GEMM_SIZE,
        .floats[1] = GEMM_SIZE * GEMM_SIZE,
        .floats[2] = GEMM_SIZE * GEMM_SIZE,
};

static void run_grouped_gemm(struct fs_live_kernel *kernel)
{
	float **array = kernel->array;

	fs_grouped_gemm(FS_GEMM_NN, GROUPS, GROUP_ROWS, GEMM_SIZE, GEMM_SIZE, array[0], array[1], 0.0f,
	                array[2]);
}

static const struct chunk grouped_gemm_chunk = {
        .name = "grouped_gemm",
        .run = run_grouped_gemm,
        .flop = 2.0 * GROUPS * GROUP_ROWS * GEMM_SIZE * GEMM_SIZE,
        .floats_moved = (double)GROUPS * GEMM_SIZE * (GEMM_SIZE + 2 * GROUP_ROWS),
        .floats[0] = GROUPS * GROUP_ROWS * GEMM_SIZE,
        .floats[1] = GROUPS * GEMM_SIZE * GEMM_SIZE,
        .floats[2] = GROUPS * GROUP_ROWS * GEMM_SIZE,
};

static void run_attention(struct fs_live_kernel *kernel)
{
	struct fs_attention_shape shape = {.tokens = TOKENS, .hidden = HIDDEN, .heads = HEADS};

	fs_attention_forward(&shape, kernel->array[0], kernel->array[1], kernel->array[2]);
}

static const struct chunk attention_chunk = {
        .name = "attention",
        .run = run_attention,
        .flop = 4.0 * TOKENS * TOKENS * HIDDEN, /* both gemms, full squares as they are computed */
        .floats_moved = 4.0 * TOKENS * HIDDEN + 2.0 * HEADS * TOKENS * TOKENS,
        .floats[0] = 3 * TOKENS * HIDDEN,
        .floats[1] = HEADS * TOKENS * TOKENS,
        .floats[2] = TOKENS * HIDDEN,
};

static size_t next_window(struct fs_live_kernel *kernel)
{
	size_t here = kernel->window;

	kernel->window = (here + STREAM_WINDOW) % STREAM_FLOATS;
	return here;
}

static void run_stream(struct fs_live_kernel *kernel)
{
	struct fs_sgd sgd = {.rate = 1e-3f, .momentum = 0.9f, .scale = 1.0f};
	float **array = kernel->array;
	size_t at = next_window(kernel);

	fs_stream_sgd(sgd, array[0] + at, array[1] + at, array[2] + at, STREAM_WINDOW);
}

static const struct chunk stream_chunk = {
        .name = "stream",
        .run = run_stream,
        .flop = 5.0 * STREAM_WINDOW,
        .floats_moved = 5.0 * STREAM_WINDOW,
        .floats[0] = STREAM_FLOATS,
        .floats[1] = STREAM_FLOATS,
        .floats[2] = STREAM_FLOATS,
};

static void run_reduce(struct fs_live_kernel *kernel)
{
	size_t at = next_window(kernel);

	fs_reduce_add(kernel->array[0] + at, kernel->array[1] + at, STREAM_WINDOW);
}

static const struct chunk reduce_chunk = {
        .name = "reduce",
        .run = run_reduce,
        .flop = 1.0 * STREAM_WINDOW,
        .floats_moved = 3.0 * STREAM_WINDOW,
        .floats[0] = STREAM_FLOATS,
        .floats[1] = STREAM_FLOATS,
};

static const struct chunk *const chunks[FS_KERNELS] = {
        [FS_KERNEL_GEMM] = &gemm_chunk,           [FS_KERNEL_GROUPED_GEMM] = &grouped_gemm_chunk,
        [FS_KERNEL_ATTENTION] = &attention_chunk, [FS_KERNEL_STREAM] = &stream_chunk,
        [FS_KERNEL_REDUCE] = &reduce_chunk,
};

/* Small values of both signs, so that no kernel ever overflows or meets denormals, however often it runs. */
static void fill(float *array, size_t floats)
{
	uint32_t state = 1;

	for (size_t i = 0; i < floats; i++) {
		state = state * 1664525u + 1013904223u; /* Numerical Recipes' generator */
		array[i] = ((float)(state >> 8) / (float)(1 << 24) - 0.5f) / 16.0f;
	}
}

static float *create_array(size_t floats)
{
	float *array = aligned_alloc(64, floats * sizeof *array);

	if (array)
		fill(array, floats);
	return array;
}

struct fs_live_kernel *fs_live_kernel_create(enum fs_kernel_kind kind)
{
	assert(kind >= 0 && kind < FS_KERNELS);
	struct fs_live_kernel *kernel = calloc(1, sizeof *kernel);

	if (!kernel)
		return NULL;
	kernel->chunk = chunks[kind];
	for (int i = 0; i < ARRAYS && kernel->chunk->floats[i]; i++) {
		kernel->array[i] = create_array(kernel->chunk->floats[i]);
		if (!kernel->array[i]) {
			fs_live_kernel_destroy(kernel);
			return NULL;
		}
	}
	return kernel;
}

void fs_live_kernel_destroy(struct fs_live_kernel *kernel)
{
	if (!kernel)
		return;
	for (int i = 0; i < ARRAYS; i++)
		free(kernel->array[i]);
	free(kernel);
}

void fs_live_kernel_run(struct fs_live_kernel *kernel)
{
	kernel->chunk->run(kernel);
}

double fs_live_kernel_flop(const struct fs_live_kernel *kernel)
{
	return kernel->chunk->flop;
}

double fs_live_kernel_bytes(const struct fs_live_kernel *kernel)
{
	return kernel->chunk->floats_moved * sizeof(float);
}

const char *fs_kernel_name(enum fs_kernel_kind kind)
{
	assert(kind >= 0 && kind < FS_KERNELS);
	return chunks[kind]->name;
}

const char *fs_blas_core(void)
{
	return openblas_get_corename();
}

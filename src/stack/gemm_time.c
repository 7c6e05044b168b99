#include "stack/gemm_time.h"

#include "topology/system.h"

#include <math.h>
#include <stddef.h>

/* Tiles as libraries have them (CUTLASS, cuBLAS, CATLASS). */
static const struct tile {
	double rows, columns;
} tiles[] = {{256, 128}, {128, 256}, {128, 128}, {128, 64}, {64, 128}, {64, 64}};

enum { TILES = sizeof tiles / sizeof *tiles };

static const double whole_tile = 128 * 128; /* what wave_us is said for */
static const double shortest_k = 512;       /* of a piece of k */

/* One tile over `k`, on one core. */
static double wave_s(const struct fs_gemm_chip *chip, const struct tile *tile, double k)
{
	const struct fs_gemm_model *model = chip->model;
	double area = tile->rows * tile->columns;
	double slower = 1 + model->edge.value * (tile->rows + tile->columns) / area;
	return 2 * area * k * slower * chip->cores / (chip->flops * model->efficiency.value) +
	       model->wave_us.value * 1e-6 * (area / whole_tile);
}

/* A long product raises the power and lowers the clock. */
static double heated_s(const struct fs_gemm_model *model, double time_s)
{
	double half_s = model->heat_us.value * 1e-6;
	return half_s > 0 ? time_s * (1 + model->heat.value * time_s / (time_s + half_s)) : time_s;
}

static double with_tile_s(const struct fs_gemm_chip *chip, const struct tile *tile, double count, double m,
                          double n, double k)
{
	double in_all = ceil(m / tile->rows) * ceil(n / tile->columns) * count;
	double whole = ceil(in_all / chip->cores) * wave_s(chip, tile, k);
	if (2 * in_all > chip->cores || k < 2 * shortest_k)
		return whole;
	double pieces = fmin(floor(chip->cores / in_all), floor(k / shortest_k));
	double cut = wave_s(chip, tile, k / pieces) + chip->model->start_us.value * 1e-6;
	return cut < whole ? cut : whole;
}

double fs_gemm_compute_s(const struct fs_gemm_chip *chip, double count, double m, double n, double k)
{
	double best = INFINITY;
	for (size_t i = 0; i < TILES; i++) {
		double time = with_tile_s(chip, &tiles[i], count, m, n, k);
		best = time < best ? time : best;
	}
	return heated_s(chip->model, best);
}

#ifndef FARSCALE_STACK_GEMM_TIME_H
#define FARSCALE_STACK_GEMM_TIME_H

/*
 * How long matrix products keep a chip's arithmetic busy. Internal to stack/.
 *
 * The result is cut into tiles, the cores of the chip take one each, wave after wave: there are
 * ceil(tiles / cores) waves. A core that works on a tile of a x b reads a + b numbers for a·b multiply-adds,
 * so that small tiles are less efficient; but they fill the cores better, and a library takes the tile that
 * is best. The pipeline has to be filled before, and the result to be written after; both grow with the tile.
 *   wave = 2 a b k (1 + edge (a + b) / (a b)) cores / (peak · efficiency) + wave_us · a b / 128²
 * Where tiles leave half of the cores idle, k can be cut among them; a second kernel adds the parts.
 * Long products heat the chip, which lowers its clock: time · (1 + heat · time / (time + heat_us)).
 */

struct fs_gemm_model;

/** A chip's arithmetic for operands of one width. */
struct fs_gemm_chip {
	const struct fs_gemm_model *model;
	double flops; /* peak, per second */
	double cores;
};

/** Seconds of `count` products of m x k with k x n at once, memory and start not counted. */
double fs_gemm_compute_s(const struct fs_gemm_chip *chip, double count, double m, double n, double k);

#endif

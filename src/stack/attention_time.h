#ifndef FARSCALE_STACK_ATTENTION_TIME_H
#define FARSCALE_STACK_ATTENTION_TIME_H

/*
 * How long attention that keeps its scores on the chip (Dao 2023, FlashAttention-2, arXiv 2307.08691) keeps a
 * chip's arithmetic busy. Internal to stack/.
 *
 * A core takes 128 queries of a head and goes over all keys that they see: n of them, or, where causal,
 * n / 2 on average and half a tile of 128 on the diagonal whose scores are masked. It needs the time of
 * `fill` keys more to begin and to end, and for each score the time of `softmax` elements of a head for the
 * exponential:
 *   flop of a tile = 2 · 128 (keys + fill) (k + v) (1 + 2 softmax / (k + v)),  5/2 of it backward
 * at peak · efficiency (· causal) (· backward) / cores. Fewer tiles than cores: the others idle.
 */

struct fs_kernel;
struct fs_system;

double fs_attention_compute_s(const struct fs_system *system, const struct fs_kernel *kernel);

#endif

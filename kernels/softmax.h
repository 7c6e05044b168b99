#ifndef FARSCALE_KERNELS_SOFTMAX_H
#define FARSCALE_KERNELS_SOFTMAX_H

#include <stddef.h>

/** row[i] = e^(scale * row[i]) / sum, in place; stable for any finite values. scale > 0. */
void fs_softmax(float *row, size_t count, float scale);

/** Gradient through p = softmax(scale * x): gradient[i] holds dp on entry, dx on return. */
void fs_softmax_backward(const float *p, float *gradient, size_t count, float scale);

#endif

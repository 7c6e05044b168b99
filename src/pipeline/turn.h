#ifndef FARSCALE_PIPELINE_TURN_H
#define FARSCALE_PIPELINE_TURN_H

/** What a turn belongs to: a pass of a micro-batch with its messages, or what comes after the last one. */
enum fs_turn_kind {
	FS_TURN_END, /* gradients, optimizer; all of a step that is not told apart */
	FS_TURN_FORWARD,
	FS_TURN_BACKWARD,
	FS_TURN_BACKWARD_INPUT, /* its two halves: phase/phase.h */
	FS_TURN_BACKWARD_WEIGHT,
	FS_TURN_PAIR, /* dualpipe: a forward and a backward pass at once */
	FS_TURN_KINDS
};

#endif

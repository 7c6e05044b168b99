#ifndef FARSCALE_PHASE_STREAM_H
#define FARSCALE_PHASE_STREAM_H

/** A chip's streams besides its compute stream: one for each kind of communication. */
enum fs_stream {
	FS_STREAM_DATA,                     /* gradients */
	FS_STREAM_EXPERT,                   /* tokens to experts and back */
	FS_LIVE_STREAMS,                    /* the wall clock knows those before */
	FS_STREAM_TENSOR = FS_LIVE_STREAMS, /* activations within a layer */
	FS_STREAM_CONTEXT,                  /* keys and values of other parts of the sequence */
	FS_STREAM_WEIGHTS,                  /* of ZeRO, gathered before they are needed */
	FS_STREAMS
};

#endif

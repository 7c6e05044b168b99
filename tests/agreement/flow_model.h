#ifndef FARSCALE_TESTS_FLOW_MODEL_H
#define FARSCALE_TESTS_FLOW_MODEL_H

/*
 * SimGrid as all comparisons use it: max-min fair flows without TCP's corrections (model CM02, no traffic of
 * acknowledgements, no window, no weight of links). A flow's share is still in inverse proportion to the
 * latency of its route, if that is not 0: compare only flows of the same latency.
 */

#include <stdio.h>

/** Starts SimGrid; options --cfg=... and --log=... are taken off the arguments. */
void flow_model_start(int *argc, char **argv);

/** Loads the platform that `write` writes as XML. Ends the program if that fails. */
void flow_model_load(void (*write)(FILE *file, const void *context), const void *context);

#endif

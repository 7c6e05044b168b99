#ifndef FARSCALE_COMMAND_INTERRUPT_H
#define FARSCALE_COMMAND_INTERRUPT_H

/** From now on a signal that asks to end (SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGXCPU: Ctrl-C, a batch system's
 * notice) ends the process at once, as it would anyway, after "farscale COMMAND: ended by SIGTERM; " and
 * `advice` on stderr, on the rank that speaks. What is under way is dropped. */
void fs_interrupt_advise(const char *command, const char *advice);

#endif

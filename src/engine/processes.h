#ifndef FARSCALE_ENGINE_PROCESSES_H
#define FARSCALE_ENGINE_PROCESSES_H

/* What the kernel says of the processes of this host (proc(5)). One thread of a process may ask at a time. */

#include <stdbool.h>
#include <sys/types.h>

/** The child of `parent` with the next higher process id than this process's, or else the one with the
 * lowest; 0 if it has no other. Asked by each of them they are a ring. */
pid_t fs_process_next_sibling(pid_t parent);

/** Whether the first thread of this process's parent made it, not another of its threads. */
bool fs_process_is_of_first_thread(void);

/** Stopped by a signal (SIGSTOP, SIGTSTP); one that is traced is not, nor one that is gone. */
bool fs_process_is_stopped(pid_t process);

/** Its rank, as its launcher told it; "" if it has none, or is not ours to look at. Until the next call. */
const char *fs_process_rank(pid_t process);

#endif

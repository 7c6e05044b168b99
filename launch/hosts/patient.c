/*
 * Preloaded into the processes of launch/hosts-local's hosts, which share this machine's cores: who yields
 * sleeps. Waiting ranks of MPI look for messages and yield in between; so many of them would keep all cores
 * busy, and the kernel, which has the network between the hosts to run, would have to wait for them.
 */

#include <sched.h>
#include <time.h>

/* Short beside what messages take over a network that is worth slowing. */
int sched_yield(void)
{
	nanosleep(&(struct timespec){0, 20000}, NULL);
	return 0;
}

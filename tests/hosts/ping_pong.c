/*
 * ping_pong PEER BYTES...: how long messages of so many bytes take from rank 0 to rank PEER, as MPI carries
 * them: half of the median round trip, and of the shortest. Prints a line "BYTES MEDIAN SHORTEST" for each,
 * in seconds.
 */

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WARM = 3, ROUNDS = 15 };

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double round_trip_s(char *message, int bytes, int rank, int peer)
{
	double began = MPI_Wtime();
	if (rank == 0) {
		MPI_Send(message, bytes, MPI_BYTE, peer, 0, MPI_COMM_WORLD);
		MPI_Recv(message, bytes, MPI_BYTE, peer, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	} else if (rank == peer) {
		MPI_Recv(message, bytes, MPI_BYTE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
		MPI_Send(message, bytes, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
	}
	return MPI_Wtime() - began;
}

/* ROUNDS of them, ascending. */
static void measure(int bytes, int rank, int peer, double *seconds)
{
	char *message = calloc(1, (size_t)bytes + 1);
	for (int i = -WARM; i < ROUNDS; i++) {
		double took = round_trip_s(message, bytes, rank, peer);
		if (i >= 0)
			seconds[i] = took / 2;
	}
	free(message);
	qsort(seconds, ROUNDS, sizeof *seconds, ascending);
}

/* Asleep: who is not in it leaves the cores to those who are. */
static void wait_for_all(void)
{
	MPI_Request all;
	MPI_Ibarrier(MPI_COMM_WORLD, &all);
	for (int here = 0; !here; usleep(1000))
		MPI_Test(&all, &here, MPI_STATUS_IGNORE);
}

int main(int argc, char **argv)
{
	int rank, ranks;
	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	int peer = argc > 1 ? atoi(argv[1]) : 0;
	if (argc < 3 || peer < 1 || peer >= ranks) {
		if (rank == 0)
			fprintf(stderr, "usage: ping_pong PEER BYTES..., PEER from 1 to %d\n", ranks - 1);
		MPI_Finalize();
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		double seconds[ROUNDS];
		measure(atoi(argv[i]), rank, peer, seconds);
		if (rank == 0)
			printf("%s %.9f %.9f\n", argv[i], seconds[ROUNDS / 2], seconds[0]);
		wait_for_all();
	}
	MPI_Finalize();
	return 0;
}

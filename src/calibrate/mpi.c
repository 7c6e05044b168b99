#include "base/error.h"
#include "calibrate/cache.h"
#include "calibrate/calibration.h"
#include "calibrate/measure.h"
#include "calibrate/statistics.h"

#include <mpi.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_TRIPS = 2000, WARM_UP_TRIPS = 20, PING = 1, PONG = 2 };
static const double most_seconds = 0.25;

struct result {
	double latency_s, bandwidth_Bps;
};

/* The first byte of each ping says whether another follows: only one side looks at the clock. */
static double ping(MPI_Comm host, char *message, int bytes)
{
	double one_way_s[MOST_TRIPS];
	size_t trips = 0;
	double start = fs_now_s();
	for (bool last = false; !last;) {
		last = trips == MOST_TRIPS - 1 ||
		       (trips > WARM_UP_TRIPS && fs_now_s() - start > most_seconds);
		message[0] = last;
		double sent = fs_now_s();
		MPI_Send(message, bytes, MPI_CHAR, 1, PING, host);
		MPI_Recv(message, bytes, MPI_CHAR, 1, PONG, host, MPI_STATUS_IGNORE);
		one_way_s[trips++] = (fs_now_s() - sent) / 2;
	}
	return fs_spread_of(one_way_s + WARM_UP_TRIPS, trips - WARM_UP_TRIPS).median;
}

static void pong(MPI_Comm host, char *message, int bytes)
{
	do {
		MPI_Recv(message, bytes, MPI_CHAR, 0, PING, host, MPI_STATUS_IGNORE);
		MPI_Send(message, bytes, MPI_CHAR, 0, PONG, host);
	} while (!message[0]);
}

/* Ranks 0 and 1 of the communicator of one host. */
static struct result ping_pong(MPI_Comm host, int rank)
{
	enum { SMALL = 8, LARGE = 1 << 20 };
	char *message = fs_allocate_zeroed(LARGE, 1);
	struct result result = {0};
	if (rank == 0) {
		result.latency_s = ping(host, message, SMALL);
		result.bandwidth_Bps = LARGE / ping(host, message, LARGE);
	} else {
		pong(host, message, SMALL);
		pong(host, message, LARGE);
	}
	free(message);
	return result;
}

/* Those who wait for this broadcast sleep, and leave the cores to the two who measure. */
static void share(struct result *result)
{
	MPI_Request request;
	int done = 0;
	MPI_Ibcast(result, 2, MPI_DOUBLE, 0, MPI_COMM_WORLD, &request);
	for (;;) {
		MPI_Test(&request, &done, MPI_STATUS_IGNORE);
		if (done)
			return;
		nanosleep(&(struct timespec){.tv_nsec = 2 * 1000 * 1000}, NULL);
	}
}

void fs_calibration_measure_mpi(struct fs_calibration *calibration)
{
	MPI_Comm host;
	int rank, host_rank, host_size, on_first_host;
	struct result result = {0};
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &host);
	MPI_Comm_rank(host, &host_rank);
	MPI_Comm_size(host, &host_size);
	on_first_host = rank == 0;
	MPI_Bcast(&on_first_host, 1, MPI_INT, 0, host);
	if (on_first_host && host_size > 1 && host_rank < 2)
		result = ping_pong(host, host_rank);
	share(&result);
	MPI_Comm_free(&host);
	if (result.latency_s == 0)
		return;
	calibration->mpi_latency_s = result.latency_s;
	calibration->mpi_bandwidth_Bps = result.bandwidth_Bps;

	struct fs_cache cache;
	struct fs_error ignored; /* fs_calibration_ensure has warned already */
	if (rank == 0 && fs_cache_open(calibration->host.key, &cache, &ignored) == 0)
		fs_cache_store(&cache, calibration, &ignored);
}

#define _GNU_SOURCE /* pipe2, environ */

#include "calibrate/probe.h"

#include "base/error.h"
#include "calibrate/blas.h"
#include "calibrate/json.h"
#include "calibrate/measure.h"
#include "kernels/live.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char child_mark[] = "FARSCALE_PROBE=1";
enum { MOST_OUTPUT = 16384 };

bool fs_probe_is_child(void)
{
	return getenv("FARSCALE_PROBE") != NULL;
}

/* --- in the child --- */

static int print_probe(const struct fs_kernel_rate *kernel)
{
	json_t *json =
	        json_pack("{s:s, s:o}", "core", fs_blas_core(), "kernels", fs_kernel_rates_to_json(kernel));
	int failed = json_dumpf(json, stdout, JSON_COMPACT) || fflush(stdout);
	json_decref(json);
	return failed ? 1 : 0;
}

int fs_calibration_probe(int argc, char **argv)
{
	double seconds = argc == 3 ? atof(argv[2]) : 0;
	bool all = argc == 3 && strcmp(argv[1], "all") == 0;
	if (!(seconds > 0 && seconds <= 60) || (!all && strcmp(argv[1], "gemm") != 0)) {
		fprintf(stderr, "farscale calibrate: --probe takes gemm or all, and seconds\n");
		return 2;
	}
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* a core type may die of an illegal instruction */
	struct fs_kernel_rate kernel[FS_KERNELS] = {0};
	for (int kind = 0; kind < FS_KERNELS; kind++)
		if (all || kind == FS_KERNEL_GEMM)
			kernel[kind] = fs_measure_kernel(kind, seconds);
	return print_probe(kernel);
}

/* --- in the parent --- */

/* A child of an MPI rank must not be taken for the rank; and what we are about to set must not be there
 * twice. */
static bool stays(const char *variable)
{
	static const char *const gone[] = {"OMPI_",
	                                   "PMIX_",
	                                   "ORTE_",
	                                   "PRTE_",
	                                   "PMI_",
	                                   "OPENBLAS_NUM_THREADS=",
	                                   "OMP_NUM_THREADS=",
	                                   FS_BLAS_CORE_VARIABLE "=",
	                                   "FARSCALE_PROBE="};
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		if (strncmp(variable, gone[i], strlen(gone[i])) == 0)
			return false;
	return true;
}

char **fs_probe_environment(char **parent, const char *core)
{
	size_t count = 0, used = 0;
	while (parent[count])
		count++;
	char **list = fs_allocate_zeroed(count + 5, sizeof *list);
	for (; *parent; parent++)
		if (stays(*parent))
			list[used++] = fs_duplicate_text(*parent);
	list[used++] = fs_duplicate_text(child_mark);
	list[used++] = fs_duplicate_text("OPENBLAS_NUM_THREADS=1");
	list[used++] = fs_duplicate_text("OMP_NUM_THREADS=1");
	if (*core) {
		char text[sizeof FS_BLAS_CORE_VARIABLE + FS_CORE_NAME];
		snprintf(text, sizeof text, "%s=%s", FS_BLAS_CORE_VARIABLE, core);
		list[used++] = fs_duplicate_text(text);
	}
	return list;
}

void fs_probe_environment_free(char **environment)
{
	for (char **variable = environment; *variable; variable++)
		free(*variable);
	free(environment);
}

/* Starts the child with its output in a pipe; returns its id or -1. */
static pid_t start(const struct fs_probe_request *request, int output[2])
{
	if (pipe2(output, O_CLOEXEC))
		return -1;
	char seconds_text[32];
	snprintf(seconds_text, sizeof seconds_text, "%g", request->seconds);
	char *arguments[] = {"farscale",   "calibrate", "--probe", (char *)request->kernels,
	                     seconds_text, NULL};
	char **variables = fs_probe_environment(environ, request->core);
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	pid_t child;
	int failed = posix_spawn(&child, "/proc/self/exe", &actions, NULL, arguments, variables);
	posix_spawn_file_actions_destroy(&actions);
	fs_probe_environment_free(variables);
	close(output[1]);
	if (failed)
		close(output[0]);
	return failed ? -1 : child;
}

/* Reads until the child closes its output; false if it takes too long or says too much. */
static bool read_output(int from, double seconds, char *text, size_t size)
{
	double deadline = fs_now_s() + seconds;
	for (size_t used = 0;;) {
		int left_ms = (int)ceil(1e3 * (deadline - fs_now_s()));
		struct pollfd ready = {.fd = from, .events = POLLIN};
		if (left_ms <= 0 || used + 1 >= size)
			return false;
		if (poll(&ready, 1, left_ms) <= 0)
			continue;
		ssize_t got = read(from, text + used, size - used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			text[used] = 0;
			return got == 0;
		}
		used += (size_t)got;
	}
}

static int parse(const char *text, struct fs_probe *probe, struct fs_error *error)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const char *core = json_string_value(json_object_get(json, "core"));
	struct fs_probe read = {0};
	int result = 0;
	if (!core || !*core || strlen(core) >= sizeof read.core)
		result = fs_fail(error, "it printed no measurements");
	else
		result = fs_kernel_rates_from_json(json_object_get(json, "kernels"), read.kernel, error);
	if (result == 0) {
		snprintf(read.core, sizeof read.core, "%s", core);
		*probe = read;
	}
	json_decref(json);
	return result;
}

int fs_probe_run(struct fs_probe_request request, struct fs_probe *probe, struct fs_error *error)
{
	if (strlen(request.core) >= FS_CORE_NAME)
		return fs_fail(error, "%.40s... is no OpenBLAS core type", request.core);
	int output[2], status;
	char text[MOST_OUTPUT];
	pid_t child = start(&request, output);
	if (child < 0)
		return fs_fail(error, "a probe of OpenBLAS cannot be started");
	bool complete = read_output(output[0], request.patience_s, text, sizeof text);
	close(output[0]);
	if (!complete)
		kill(child, SIGKILL);
	bool ended = waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (!complete || !ended)
		return fs_fail(error, "a probe of OpenBLAS %s %s", request.core,
		               complete ? "failed" : "did not end");
	if (parse(text, probe, error))
		return fs_fail_in(error, "a probe of OpenBLAS %s", request.core);
	return 0;
}

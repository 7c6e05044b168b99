/* Really measures, though briefly. Calibration starts the running program as its child, so this program
 * answers to more command lines than one: see main. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/error.h"
#include "calibrate/blas.h"
#include "calibrate/cache.h"
#include "calibrate/json.h"
#include "calibrate/measure.h"
#include "calibrate/probe.h"
#include "kernels/live.h"
#include "unit/calibrate/example.h"

static const double brief_s = 0.01, patience_s = 10;

static int set_up(void **state)
{
	*state = (void *)use_fresh_cache();
	return 0;
}

static int tear_down(void **state)
{
	remove_cache(*state);
	return 0;
}

static struct fs_calibration ensure(bool again)
{
	struct fs_calibration_options options = {.again = again, .quiet = true, .kernel_seconds = brief_s};
	struct fs_calibration calibration;
	struct fs_error error;
	if (fs_calibration_ensure(&options, &calibration, &error))
		fail_msg("%s", error.text);
	return calibration;
}

static bool same(const struct fs_calibration *a, const struct fs_calibration *b)
{
	json_t *first = fs_calibration_to_json(a), *second = fs_calibration_to_json(b);
	bool equal = json_equal(first, second);
	json_decref(first);
	json_decref(second);
	return equal;
}

static void measures_once_and_again_when_asked(void **state)
{
	(void)state;
	struct fs_calibration first = ensure(false), stored = ensure(false), again = ensure(true);
	assert_true(same(&first, &stored));
	assert_false(same(&first, &again));
	for (int kind = 0; kind < FS_KERNELS; kind++)
		assert_true(first.kernel[kind].bytes_per_s > 1e7);
	assert_true(first.kernel[FS_KERNEL_GEMM].flop_per_s > 1e8);
	assert_true(first.memory_copy_Bps > 1e7);
	assert_true(first.timer_overshoot_p95_s >= first.timer_overshoot_median_s);
	assert_true(first.mpi_latency_s == 0); /* nobody to talk to yet */
}

/* A home on a server has the server's clock, and the host's own may be set. */
static void measured_again_whatever_the_clocks_say(void **state)
{
	(void)state;
	struct fs_calibration first = ensure(false), again;
	const struct timespec in_an_hour = {.tv_sec = time(NULL) + 3600}, both[] = {in_an_hour, in_an_hour};
	struct fs_cache cache;
	struct fs_error error;
	assert_int_equal(fs_cache_open(first.host.key, &cache, &error), 0);
	assert_int_equal(utimensat(AT_FDCWD, cache.file, both, 0), 0);
	again = ensure(true);
	assert_false(same(&first, &again));
}

static void the_chosen_core_type_is_the_fastest(void **state)
{
	(void)state;
	struct fs_calibration calibration = ensure(false);
	double best = 0, chosen = 0;
	for (int i = 0; i < calibration.cores_tried; i++) {
		double rate = calibration.tried[i].flop_per_s;
		best = rate > best ? rate : best;
		if (strcmp(calibration.tried[i].name, calibration.blas_core) == 0)
			chosen = rate;
	}
	assert_true(chosen > 0 && chosen == best);
}

static void a_broken_file_is_measured_anew(void **state)
{
	(void)state;
	struct fs_calibration first = ensure(false), second, third;
	struct fs_cache cache;
	struct fs_error error;
	assert_int_equal(fs_cache_open(first.host.key, &cache, &error), 0);
	FILE *file = fopen(cache.file, "w");
	fputs("{\"schema\": 1, \"host\": {", file);
	fclose(file);
	second = ensure(false);
	third = ensure(false);
	assert_false(same(&first, &second));
	assert_true(same(&second, &third));
}

static void works_without_a_home(void **state)
{
	(void)state;
	setenv("XDG_CACHE_HOME", "/proc/no/such", 1);
	struct fs_calibration first = ensure(false), second = ensure(false);
	assert_true(first.kernel[FS_KERNEL_GEMM].flop_per_s > 1e8);
	assert_false(same(&first, &second));
}

/* Starts `count` processes that calibrate at once; each hands back what it got. */
static void calibrate_at_once(int count, bool again, struct fs_calibration *got)
{
	_Static_assert(sizeof *got <= PIPE_BUF, "all of one process's bytes stay together");
	int results[2];
	assert_int_equal(pipe(results), 0);
	for (int i = 0; i < count; i++)
		if (fork() == 0) {
			struct fs_calibration calibration = ensure(again);
			ssize_t written = write(results[1], &calibration, sizeof calibration);
			_exit(written == sizeof calibration ? 0 : 1);
		}
	close(results[1]);
	FILE *from = fdopen(results[0], "r");
	assert_int_equal(fread(got, sizeof *got, (size_t)count, from), count);
	fclose(from);
	for (int i = 0; i < count; i++) {
		int status;
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
}

static void one_process_measures_for_all(void **state)
{
	(void)state;
	enum { PROCESSES = 6 };
	struct fs_calibration got[PROCESSES], before;
	for (int again = 0; again < 2; again++) {
		calibrate_at_once(PROCESSES, again, got);
		for (int i = 1; i < PROCESSES; i++)
			assert_true(same(&got[0], &got[i]));
		if (again)
			assert_false(same(&got[0], &before));
		before = got[0];
	}
}

static int probe(const char *core, const char *kernels, double patience, struct fs_probe *found,
                 char *complaint)
{
	struct fs_error error = {""};
	int result = fs_probe_run((struct fs_probe_request){core, kernels, brief_s, patience}, found, &error);
	strcpy(complaint, error.text);
	return result;
}

static void probes_that_fail_are_said_to(void **state)
{
	(void)state;
	static const struct {
		const char *core, *kernels;
		double patience_s;
		const char *complaint;
	} table[] = {
	        {"", "crash", patience_s, "failed"},
	        {"", "hang", 0.2, "did not end"},
	        {"", "chatter", patience_s, "did not end"},
	        {"", "nonsense", patience_s, "printed no measurements"},
	        {"", "silence", patience_s, "printed no measurements"},
	        {"", "impossible", patience_s, "gemm: median_s is not a number of at least 0"},
	        {"", "exit", patience_s, "failed"},
	        {"a core type with a name that is far too long", "gemm", patience_s,
	         "is no OpenBLAS core type"},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct fs_probe found;
		char complaint[sizeof(struct fs_error)];
		if (probe(table[i].core, table[i].kernels, table[i].patience_s, &found, complaint) != -1)
			fail_msg("%s: taken", table[i].kernels);
		if (!strstr(complaint, table[i].complaint))
			fail_msg("%s: %s", table[i].kernels, complaint);
	}
}

static void a_probe_runs_the_core_type_it_is_told(void **state)
{
	(void)state;
	const char *candidates[FS_MOST_CORES_TRIED];
	char complaint[sizeof(struct fs_error)];
	int count = fs_blas_candidates(candidates);
	struct fs_probe found;
	assert_string_equal(candidates[0], "");
	if (count < 2)
		skip(); /* this OpenBLAS has but one */
	assert_int_equal(probe(candidates[1], "gemm", patience_s, &found, complaint), 0);
	assert_true(fs_blas_same_core(found.core, candidates[1]));
	assert_true(found.kernel[FS_KERNEL_GEMM].flop_per_s > 1e8);
	assert_true(found.kernel[FS_KERNEL_REDUCE].flop_per_s == 0);
}

static void the_users_core_type_is_the_only_candidate(void **state)
{
	(void)state;
	static const struct {
		const char *core, *ours, *forced; /* forced: NULL if we may choose */
	} table[] = {
	        {NULL, NULL, NULL},
	        {"", NULL, NULL},
	        {"Haswell", NULL, "Haswell"},
	        {"Zen", "Zen", NULL},
	        {"Haswell", "Zen", "Haswell"},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const char *candidates[FS_MOST_CORES_TRIED];
		unsetenv("OPENBLAS_CORETYPE");
		unsetenv("FARSCALE_REEXEC");
		if (table[i].core)
			setenv("OPENBLAS_CORETYPE", table[i].core, 1);
		if (table[i].ours)
			setenv("FARSCALE_REEXEC", table[i].ours, 1);
		int count = fs_blas_candidates(candidates);
		assert_string_equal(candidates[0], table[i].forced ? table[i].forced : "");
		if (table[i].forced)
			assert_int_equal(count, 1);
	}
}

static bool holds(char **environment, const char *start)
{
	for (; *environment; environment++)
		if (strncmp(*environment, start, strlen(start)) == 0)
			return true;
	return false;
}

static void a_probe_knows_nothing_of_mpi(void **state)
{
	(void)state;
	char *parent[] = {"PATH=/bin",
	                  "OMPI_COMM_WORLD_RANK=3",
	                  "PMIX_RANK=3",
	                  "ORTE_X=1",
	                  "PMI_RANK=3",
	                  "OPENBLAS_NUM_THREADS=64",
	                  "OMP_NUM_THREADS=64",
	                  "OMP_PLACES=cores",
	                  "FARSCALE_PROBE=no",
	                  "OPENBLAS_CORETYPE=Haswell",
	                  NULL};
	static const struct {
		const char *start;
		bool there;
	} table[] = {
	        {"PATH=/bin", true},
	        {"OMP_PLACES=cores", true},
	        {"OPENBLAS_NUM_THREADS=1", true},
	        {"OMP_NUM_THREADS=1", true},
	        {"OPENBLAS_CORETYPE=Zen", true},
	        {"FARSCALE_PROBE=1", true},
	        {"OPENBLAS_NUM_THREADS=64", false},
	        {"OPENBLAS_CORETYPE=Haswell", false},
	        {"FARSCALE_PROBE=no", false},
	        {"OMPI_", false},
	        {"PMIX_", false},
	        {"PMI_", false},
	        {"ORTE_", false},
	};
	char **environment = fs_probe_environment(parent, "Zen");
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (holds(environment, table[i].start) != table[i].there)
			fail_msg("%s", table[i].start);
	fs_probe_environment_free(environment);
	environment = fs_probe_environment(parent, "");
	assert_false(holds(environment, "OPENBLAS_CORETYPE="));
	fs_probe_environment_free(environment);
}

/* A program that does not know `calibrate --probe` would calibrate in its child, and so on without end. */
static void a_probe_does_not_calibrate(void **state)
{
	(void)state;
	struct fs_calibration_options options = {.quiet = true, .kernel_seconds = brief_s};
	struct fs_calibration calibration;
	struct fs_error error;
	setenv("FARSCALE_PROBE", "1", 1);
	int result = fs_calibration_ensure(&options, &calibration, &error);
	unsetenv("FARSCALE_PROBE");
	assert_int_equal(result, -1);
}

/* And then knows its host for the same one, or it would measure it again. */
static void started_anew_with_the_chosen_core_type(void **state)
{
	(void)state;
	const char *candidates[FS_MOST_CORES_TRIED];
	int count = fs_blas_candidates(candidates);
	struct fs_host host;
	struct fs_error error;
	assert_int_equal(fs_host_read(&host, &error), 0);
	for (int i = 1; i < count; i++) {
		char command[256], expected[128], line[128], complaint[sizeof error];
		struct fs_probe found;
		if (probe(candidates[i], "gemm", patience_s, &found, complaint))
			continue; /* this CPU cannot run it */
		snprintf(expected, sizeof expected, "%s %s\n", found.core, host.key);
		snprintf(command, sizeof command, "/proc/%d/exe core-after-reexec %s", (int)getpid(),
		         candidates[i]);
		FILE *child = popen(command, "r");
		assert_non_null(fgets(line, sizeof line, child));
		assert_int_equal(pclose(child), 0);
		assert_string_equal(line, expected);
	}
}

/* --- this program as a child --- */

static int core_after_reexec(char **argv)
{
	struct fs_calibration calibration = example_calibration();
	struct fs_error error;
	snprintf(calibration.blas_core, sizeof calibration.blas_core, "%s", argv[2]);
	if (fs_calibration_reexec_if_needed(&calibration, argv, &error))
		return 1;
	if (fs_host_read(&calibration.host, &error))
		return 1;
	printf("%s %s\n", fs_blas_core(), calibration.host.key);
	return 0;
}

static int misbehave(const char *how)
{
	if (strcmp(how, "crash") == 0)
		raise(SIGILL);
	if (strcmp(how, "exit") == 0)
		return 3;
	if (strcmp(how, "nonsense") == 0)
		puts("Illegal instruction, I believe");
	if (strcmp(how, "impossible") == 0)
		puts("{\"core\": \"Zen\", \"kernels\": {\"gemm\": {\"median_s\": -1}}}");
	while (strcmp(how, "hang") == 0)
		pause();
	while (strcmp(how, "chatter") == 0)
		puts("and another thing:");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[2], "--probe") == 0) {
		bool honest = strcmp(argv[3], "gemm") == 0 || strcmp(argv[3], "all") == 0;
		return honest ? fs_calibration_probe(argc - 2, argv + 2) : misbehave(argv[3]);
	}
	if (argc == 3 && strcmp(argv[1], "core-after-reexec") == 0)
		return core_after_reexec(argv);
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(measures_once_and_again_when_asked, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(measured_again_whatever_the_clocks_say, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(the_chosen_core_type_is_the_fastest, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(a_broken_file_is_measured_anew, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(works_without_a_home, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(one_process_measures_for_all, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(probes_that_fail_are_said_to, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(a_probe_runs_the_core_type_it_is_told, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(the_users_core_type_is_the_only_candidate, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(a_probe_knows_nothing_of_mpi, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(a_probe_does_not_calibrate, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(started_anew_with_the_chosen_core_type, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#define _GNU_SOURCE /* sched_setaffinity */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/error.h"
#include "unit/calibrate/example.h"

static void reads_this_machine(void **state)
{
	(void)state;
	struct fs_host host;
	struct fs_error error;
	assert_int_equal(fs_host_read(&host, &error), 0);
	assert_true(strlen(host.cpu) > 0);
	assert_true(host.cores >= 1 && host.cores <= host.pus);
	assert_true(host.numa_nodes >= 1);
	assert_true(host.memory_bytes > 64ull << 20);
	assert_non_null(strstr(host.blas, "OpenBLAS"));
	assert_int_equal(strlen(host.key), FS_HOST_KEY - 1);
}

typedef void change(struct fs_host *host);

static void cpu(struct fs_host *host)
{
	host->cpu[0] = 'e';
}
static void fewer_cores(struct fs_host *host)
{
	host->cores--;
}
static void no_hyperthreads(struct fs_host *host)
{
	host->pus = host->cores;
}
static void numa(struct fs_host *host)
{
	host->numa_nodes = 1;
}
static void larger_l1d(struct fs_host *host)
{
	host->l1d_bytes += 16384;
}
static void larger_l2(struct fs_host *host)
{
	host->l2_bytes *= 2;
}
static void no_l3(struct fs_host *host)
{
	host->l3_bytes = 0;
}
static void more_memory(struct fs_host *host)
{
	host->memory_bytes *= 2;
}
static void younger_blas(struct fs_host *host)
{
	strcpy(host->blas, "OpenBLAS 1.2.4 DYNAMIC_ARCH");
}
static void slightly_less_memory(struct fs_host *host)
{
	host->memory_bytes -= host->memory_bytes / 10;
}

static void key_changes_with_the_host(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		change *change;
		const char *core_type;
		bool other_key;
	} table[] = {
	        {"cpu", cpu, NULL, true},
	        {"fewer cores", fewer_cores, NULL, true},
	        {"no hyperthreads", no_hyperthreads, NULL, true},
	        {"numa", numa, NULL, true},
	        {"larger l1d", larger_l1d, NULL, true},
	        {"larger l2", larger_l2, NULL, true},
	        {"no l3", no_l3, NULL, true},
	        {"more memory", more_memory, NULL, true},
	        {"younger blas", younger_blas, NULL, true},
	        {"core type of the user's", NULL, "Haswell", true},
	        {"slightly less memory", slightly_less_memory, NULL, false},
	        {"nothing", NULL, NULL, false},
	};
	const struct fs_calibration example = example_calibration();
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct fs_host host = example.host;
		char key[FS_HOST_KEY];
		if (table[i].change)
			table[i].change(&host);
		fs_host_key(&host, table[i].core_type, key);
		if ((strcmp(key, example.host.key) != 0) != table[i].other_key)
			fail_msg("%s: the key is %s", table[i].name,
			         table[i].other_key ? "the same" : "another");
	}
}

/* What a child process saw: a process's binding would outlive the test. */
struct seen {
	cpu_set_t cpus;
	char text[128], key[FS_HOST_KEY];
};

static struct seen *in_child(void (*look)(struct seen *seen, int argument), int argument)
{
	struct seen *seen =
	        mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(seen != MAP_FAILED);
	pid_t child = fork();
	if (child == 0) {
		look(seen, argument);
		sched_getaffinity(0, sizeof seen->cpus, &seen->cpus);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	return seen;
}

static void bind_one_of_two(struct seen *seen, int rank)
{
	fs_host_bind(rank, 2, seen->text, sizeof seen->text);
}

static void bind_one_of_too_many(struct seen *seen, int rank)
{
	fs_host_bind(rank, 100000, seen->text, sizeof seen->text);
}

static void pin_to(int cpu_number)
{
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(cpu_number, &one);
	assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
}

static void bind_what_is_bound(struct seen *seen, int cpu_number)
{
	struct fs_host host;
	struct fs_error error;
	pin_to(cpu_number);
	if (fs_host_read(&host, &error) == 0)
		strcpy(seen->key, host.key);
	fs_host_bind(0, 2, seen->text, sizeof seen->text);
}

static void ranks_get_places_of_their_own(void **state)
{
	(void)state;
	struct fs_host host;
	struct fs_error error;
	assert_int_equal(fs_host_read(&host, &error), 0);
	if (host.cores < 2)
		skip();
	struct seen *first = in_child(bind_one_of_two, 0), *second = in_child(bind_one_of_two, 1);
	cpu_set_t both;
	CPU_AND(&both, &first->cpus, &second->cpus);
	assert_non_null(strstr(first->text, "each bound to its own"));
	assert_true(CPU_COUNT(&first->cpus) > 0 && CPU_COUNT(&second->cpus) > 0);
	assert_int_equal(CPU_COUNT(&both), 0);
	munmap(first, sizeof *first);
	munmap(second, sizeof *second);
}

static void too_many_ranks_share(void **state)
{
	(void)state;
	cpu_set_t before;
	sched_getaffinity(0, sizeof before, &before);
	struct seen *seen = in_child(bind_one_of_too_many, 7);
	assert_non_null(strstr(seen->text, "100000 ranks on "));
	assert_non_null(strstr(seen->text, ": unbound, sharing"));
	assert_true(CPU_EQUAL(&before, &seen->cpus));
	munmap(seen, sizeof *seen);
}

/* As mpirun does; and a bound process still names the host as all others do. */
static void a_launchers_binding_is_left_alone(void **state)
{
	(void)state;
	struct fs_host host;
	struct fs_error error;
	cpu_set_t mine;
	sched_getaffinity(0, sizeof mine, &mine);
	assert_int_equal(fs_host_read(&host, &error), 0);
	if (CPU_COUNT(&mine) < 2)
		skip();
	int last = CPU_SETSIZE - 1;
	while (!CPU_ISSET(last, &mine))
		last--;
	struct seen *seen = in_child(bind_what_is_bound, last);
	assert_non_null(strstr(seen->text, ": bound by the launcher"));
	assert_true(CPU_COUNT(&seen->cpus) == 1 && CPU_ISSET(last, &seen->cpus));
	assert_string_equal(seen->key, host.key);
	munmap(seen, sizeof *seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_this_machine),
	        cmocka_unit_test(key_changes_with_the_host),
	        cmocka_unit_test(ranks_get_places_of_their_own),
	        cmocka_unit_test(too_many_ranks_share),
	        cmocka_unit_test(a_launchers_binding_is_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

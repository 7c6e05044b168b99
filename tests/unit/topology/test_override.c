#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "topology/system.h"
#include "unit/config/scratch.h"
#include "unit/topology/whole_system.h"

static char path[256];

static int set_up(void **state)
{
	static struct scratch scratch;
	scratch_create(&scratch);
	strcpy(path, scratch_write(&scratch, "tiny.yaml", whole_system));
	*state = &scratch;
	return 0;
}

enum { MOST = 3 };

static int load(const char *const *texts, struct fs_system **system, struct fs_error *error)
{
	struct fs_override overrides[MOST];
	int count = 0;
	for (; count < MOST && texts[count]; count++)
		overrides[count].text = texts[count];
	return fs_system_load(path, NULL, overrides, count, system, error);
}

struct lookup {
	const char *path;
	struct fs_quantity found;
};

static void look(const struct fs_setting *setting, void *context)
{
	struct lookup *lookup = context;
	if (strcmp(setting->path, lookup->path) == 0)
		lookup->found = (struct fs_quantity){*setting->number, setting->trust, setting->source};
}

struct good_override {
	const char *texts[MOST];
	const char *path;
	double value;
};

static const struct good_override good_overrides[] = {
        {{"tier.net.bandwidth_GBps=100"}, "tier.net.bandwidth_GBps", 100},
        {{"tier.net.latency_us=0"}, "tier.net.latency_us", 0},
        {{"tier.node.oversubscription=3.5"}, "tier.node.oversubscription", 3.5},
        {{"deployed_chips=1000000000"}, "deployed_chips", 1e9},
        {{"chip.peak_bf16_TFLOPS=1e3"}, "chip.peak_bf16_TFLOPS", 1000},
        {{"stack.launch_us=.5"}, "stack.launch_us", 0.5},
        {{"stack.jitter.core_sigma=0.02"}, "stack.jitter.core_sigma", 0.02},
        {{"stack.kernel.min_kernel_us=9"}, "stack.kernel.min_kernel_us", 9},
        {{"chip.power_W=1", "chip.power_W=2"}, "chip.power_W", 2}, /* the last one holds */
        {{"stack.jitter.core_sigma=0.02", "stack.jitter=none"}, "stack.jitter.core_sigma", 0},
        {{"tier.node.group=8", "tier.net.group=24"}, "tier.net.group", 24}, /* right together only */
};

static void sets_any_number_by_its_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good_overrides / sizeof *good_overrides; i++) {
		const struct good_override *row = &good_overrides[i];
		struct lookup lookup = {.path = row->path};
		struct fs_system *system;
		struct fs_error error = {""};
		assert_int_equal(load(row->texts, &system, &error), 0);
		fs_system_each_setting(system, look, &lookup);
		assert_true(lookup.found.value == row->value);
		assert_int_equal(lookup.found.trust, 'U');
		assert_string_equal(lookup.found.source, "--set");
		assert_int_equal(fs_system_trust(system), 'E');
		fs_system_destroy(system);
	}
}

struct bad_override {
	const char *texts[MOST];
	const char *message;
};

static const struct bad_override bad_overrides[] = {
        {{"tier.net.bandwith_GBps=1"},
         "--set 'tier.net.bandwith_GBps=1': tiny has no such number; did you mean tier.net.bandwidth_GBps?"},
        {{"tier.nett.group=16"},
         "--set 'tier.nett.group=16': tiny has no such number; did you mean tier.net.group?"},
        {{"stack.jiter=none"},
         "--set 'stack.jiter=none': tiny has no such number; did you mean stack.jitter?"},
        {{"x=1"}, "--set 'x=1': tiny has no such number; 'farscale show tiny' lists them"},
        {{"name=1"}, "--set 'name=1': tiny has no such number; 'farscale show tiny' lists them"},
        {{"chip.memory_GB"}, "--set 'chip.memory_GB': path=value is needed, for example chip.memory_GB=96"},
        {{"=3"}, "--set '=3': path=value is needed, for example chip.memory_GB=96"},
        {{"chip.memory_GB="},
         "--set chip.memory_GB: a number between 0.001 and 1000000 GB is needed, not ''"},
        {{"chip.memory_GB=lots"},
         "--set chip.memory_GB: a number between 0.001 and 1000000 GB is needed, not 'lots'"},
        {{"chip.memory_GB=nan"},
         "--set chip.memory_GB: a number between 0.001 and 1000000 GB is needed, not 'nan'"},
        {{"chip.memory_GB=1e400"},
         "--set chip.memory_GB: a number between 0.001 and 1000000 GB is needed, not '1e400'"},
        {{"chip.memory_GB=-1"},
         "--set chip.memory_GB: a number between 0.001 and 1000000 GB is needed, not '-1'"},
        {{"chip.memory_GB= 5"},
         "--set chip.memory_GB: a number between 0.001 and 1000000 GB is needed, not ' 5'"},
        {{"tier.net.efficiency=1.5"},
         "--set tier.net.efficiency: a number between 0.01 and 1 is needed, not '1.5'"},
        {{"deployed_chips=2.5"},
         "--set deployed_chips: a whole number between 1 and 1000000000 chips is needed, not '2.5'"},
        {{"stack.jitter=some"}, "--set stack.jitter: the word none is needed, not 'some'"},
        {{"fabric.dwn=net:a"},
         "--set 'fabric.dwn=net:a': tiny has no such number; did you mean fabric.down?"},
        {{"fabric.down=ent:a"}, "--set: fabric.down: there is no tier 'ent'; did you mean net?"},
        {{"fabric.down=node/4:a"}, "--set: fabric.down: tier node has groups 0 to 3, not 4"},
        {{"tier.node.group=3"},
         "--set: tier net: group: a multiple of the 3 chips that tier node joins is needed, not 16"},
        {{"chip.power_W=9", "tier.net.group=2"},
         "--set: tier net: group: a multiple of the 4 chips that tier node joins is needed, not 2"},
};

static void refuses_what_cannot_be_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad_overrides / sizeof *bad_overrides; i++) {
		struct fs_system *system;
		struct fs_error error = {"loaded"};
		assert_int_equal(load(bad_overrides[i].texts, &system, &error), -1);
		assert_string_equal(error.text, bad_overrides[i].message);
	}
}

/* What loading with these overrides prints on stderr. */
static void capture(const char *const *texts, const struct scratch *scratch, char *printed, size_t size)
{
	char file[128];
	struct fs_system *system;
	struct fs_error error;
	snprintf(file, sizeof file, "%s/stderr", scratch->folder);
	fflush(stderr);
	int saved = dup(STDERR_FILENO);
	assert_non_null(freopen(file, "w", stderr));
	assert_int_equal(load(texts, &system, &error), 0);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	fs_system_destroy(system);
	FILE *in = fopen(file, "r");
	printed[fread(printed, 1, size - 1, in)] = 0;
	fclose(in);
}

struct warning {
	const char *texts[MOST];
	const char *rank; /* as mpirun tells it */
	const char *printed;
};

static const struct warning warnings[] = {
        {{"chip.memory_GB=17"}, NULL, ""},
        {{"chip.memory_GB=16.0"},
         NULL,
         "farscale: warning: --set chip.memory_GB=16.0 changes nothing: that is its value already\n"},
        {{"stack.jitter=none"},
         NULL,
         "farscale: warning: --set stack.jitter=none changes nothing: that is its value already\n"},
        {{"stack.jitter=none"},
         "0",
         "farscale: warning: --set stack.jitter=none changes nothing: that is its value already\n"},
        {{"stack.jitter=none"}, "3", ""},
        {{"tier.net.fabric.planes=2"}, NULL, ""},
        {{"tier.net.fabric.planes=1"},
         NULL,
         "farscale: warning: --set tier.net.fabric.planes=1 changes nothing: that is its value already\n"},
        {{"tier.net.fabric.kind=switch"},
         NULL,
         "farscale: warning: --set tier.net.fabric.kind=switch changes nothing: that is its value already\n"},
        {{"fabric.down=net:a", "fabric.down=node/3:b,net/0:a"}, NULL, ""},
        {{"fabric.down=net:a", "fabric.down=net/0:a"},
         NULL,
         "farscale: warning: --set fabric.down=net/0:a changes nothing: that is its value already\n"},
};

static void warns_once_about_what_changes_nothing(void **state)
{
	for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++) {
		char printed[512];
		if (warnings[i].rank)
			setenv("OMPI_COMM_WORLD_RANK", warnings[i].rank, 1);
		else
			unsetenv("OMPI_COMM_WORLD_RANK");
		capture(warnings[i].texts, *state, printed, sizeof printed);
		assert_string_equal(printed, warnings[i].printed);
	}
	unsetenv("OMPI_COMM_WORLD_RANK");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(sets_any_number_by_its_path, set_up, scratch_tear_down),
	        cmocka_unit_test_setup_teardown(refuses_what_cannot_be_set, set_up, scratch_tear_down),
	        cmocka_unit_test_setup_teardown(warns_once_about_what_changes_nothing, set_up,
	                                        scratch_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

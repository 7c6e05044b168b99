#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "topology/system.h"
#include "unit/config/scratch.h"
#include "unit/topology/whole_system.h"

/* Stacks that state only what differs from another. The system of whole_system.h, whose chip is called toy,
 * with software in files beside it. */

static const char base[] = "schema: farscale-stack/1\n"
                           "name: base\n"
                           "label: The base\n"
                           "trust: R\n"
                           "source: s\n"
                           "launch_us: 3\n"
                           "overlap_slowdown: 0.1\n"
                           "jitter: {core_sigma: 0.1, tail_probability: 0.2, tail_mean: 0.3}\n"
                           "kernels:\n"
                           "  - {chip: default, min_kernel_us: 2, memory_efficiency: 0.9, gemm: {log10_flop: "
                           "[8, 10], efficiency: [0.1, 0.6]}}\n"
                           "  - {chip: toy, min_kernel_us: 4, memory_efficiency: 0.7, gemm: {log10_flop: "
                           "[8], efficiency: [0.5]}}\n"
                           "sources: {s: The base says so}\n";

/* 1 schema, 2 name, 3 extends, 4 trust, 5 source, 6 sources, 7 ... */
#define EXTENDING(name, other)                                                                               \
	"schema: farscale-stack/1\nname: " name "\nextends: " other                                          \
	"\ntrust: E\nsource: s\nsources: {s: " name " says so}\n"

static int set_up(void **state)
{
	static struct scratch scratch;
	scratch_create(&scratch);
	scratch_write(&scratch, "stacks/base.yaml", base);
	*state = &scratch;
	return 0;
}

/* The system with the software of `stack` beside it. */
static int load(void **state, const char *stack, struct fs_system **system, struct fs_error *error)
{
	const char *path = scratch_write(*state, "tiny.yaml", whole_system);
	return fs_system_load(path, stack, NULL, 0, system, error);
}

struct expected {
	double value;
	char trust;
	const char *source;
};

static void assert_quantity(const struct fs_quantity *found, struct expected expected)
{
	assert_true(found->value == expected.value);
	assert_int_equal(found->trust, expected.trust);
	assert_string_equal(found->source, expected.source);
}

static void what_is_not_said_comes_from_the_other_with_its_source(void **state)
{
	struct fs_system *system;
	struct fs_error error;
	scratch_write(*state, "stacks/old.yaml",
	              EXTENDING("old", "base") "launch_us: 9\njitter: {tail_mean: 0.5}\n"
	                                       "kernels:\n  - {chip: toy, memory_efficiency: 0.6}\n");
	if (load(state, "old", &system, &error))
		fail_msg("%s", error.text);
	const struct fs_stack *stack = &system->stack;
	assert_string_equal(stack->name, "old");
	assert_string_equal(stack->extends, "base");
	assert_string_equal(stack->label, "The base");
	assert_quantity(&stack->launch_us, (struct expected){9, 'E', "old says so"});
	assert_quantity(&stack->overlap_slowdown, (struct expected){0.1, 'R', "The base says so"});
	assert_quantity(&stack->jitter.core_sigma, (struct expected){0.1, 'R', "The base says so"});
	assert_quantity(&stack->jitter.tail_mean, (struct expected){0.5, 'E', "old says so"});
	assert_string_equal(stack->kernel.chip, "toy");
	assert_quantity(&stack->kernel.min_kernel_us, (struct expected){4, 'R', "The base says so"});
	assert_quantity(&stack->kernel.memory_efficiency, (struct expected){0.6, 'E', "old says so"});
	assert_int_equal(stack->kernel.points, 1);
	assert_true(stack->kernel.efficiency[0] == 0.5);
	assert_int_equal(stack->kernel.gemm.trust, 'R');
	fs_system_destroy(system);
}

static void stacks_extend_each_other(void **state)
{
	struct fs_system *system;
	struct fs_error error;
	scratch_write(*state, "stacks/old.yaml", EXTENDING("old", "base") "launch_us: 9\n");
	scratch_write(*state, "stacks/older.yaml", EXTENDING("older", "old") "overlap_slowdown: 0.7\n");
	if (load(state, "older", &system, &error))
		fail_msg("%s", error.text);
	assert_string_equal(system->stack.extends, "old");
	assert_quantity(&system->stack.launch_us, (struct expected){9, 'E', "old says so"});
	assert_quantity(&system->stack.overlap_slowdown, (struct expected){0.7, 'E', "older says so"});
	assert_quantity(&system->stack.kernel.min_kernel_us, (struct expected){4, 'R', "The base says so"});
	fs_system_destroy(system);
}

static void a_system_describes_an_extending_stack_in_place(void **state)
{
	struct fs_system *system;
	struct fs_error error;
	char *text = replaced(whole_system, "  label: Toy software\n", "  extends: base\n");
	char *kernels = strstr(text, "  jitter: none\n"), *sources = strstr(text, "sources:\n");
	memmove(kernels, sources, strlen(sources) + 1);
	if (fs_system_load(scratch_write(*state, "tiny.yaml", text), NULL, NULL, 0, &system, &error))
		fail_msg("%s", error.text);
	assert_string_equal(system->stack.name, "toyware");
	assert_string_equal(system->stack.label, "The base");
	assert_quantity(&system->stack.launch_us, (struct expected){3, 'E', "A guess"});
	assert_quantity(&system->stack.kernel.min_kernel_us, (struct expected){4, 'R', "The base says so"});
	fs_system_destroy(system);
	free(text);
}

struct bad_stack {
	const char *text, *place, *part;
};

static const struct bad_stack bad_stacks[] = {
        {EXTENDING("old", "bose"), "3:10", "unknown stack 'bose'; did you mean 'base'?"},
        {EXTENDING("old", "old"), "3:10",
         "extends: 'old' extends itself in the end; a stack that does not is needed"},
        {EXTENDING("old", "[base]"), "3:10", "extends: a name of letters"},
        {EXTENDING("old", "base") "launch: 3\n", "7:1", "unknown key 'launch' in a stack"},
        {EXTENDING("other", "base"), "2:7", "name: must be the file's name, 'old', not 'other'"},
        {"schema: farscale-stack/1\nextends: base\n", "1:1", "a stack needs the key 'name'"},
        {EXTENDING("old", "base") "kernels:\n  - {memory_efficiency: 0.6}\n", "8:5",
         "a chip's kernels needs the key 'chip'"},
        /* a chip that the other does not know */
        {EXTENDING("old", "base") "kernels:\n  - {chip: new, memory_efficiency: 0.6}\n", "8:5",
         "a chip's kernels needs the key 'gemm'"},
        {EXTENDING("old", "base") "kernels:\n  - {chip: toy, gemm: {efficiency: [0.1, 0.2]}}\n", "8:36",
         "efficiency: as many numbers as in log10_flop are needed, 1, not 2"},
        {EXTENDING("old", "base") "kernels:\n  - {chip: toy, gemm: {log10_flop: [8, 9]}}\n", "8:23",
         "efficiency: as many numbers as in log10_flop are needed, 2, not 1"},
        {EXTENDING("old", "base") "kernels:\n  - {chip: default, gemm: {log10_flop: [9, 8]}}\n", "8:44",
         "log10_flop: must rise, but 8 follows 9"},
        {EXTENDING("old", "base") "kernels:\n  - {chip: toy}\n  - {chip: toy}\n", "9:12",
         "chip: 'toy' has a curve already"},
};

static void refuses_with_the_place(void **state)
{
	for (size_t i = 0; i < sizeof bad_stacks / sizeof *bad_stacks; i++) {
		struct fs_system *system;
		struct fs_error error = {"loaded"};
		char path[256];
		strcpy(path, scratch_write(*state, "stacks/old.yaml", bad_stacks[i].text));
		assert_int_equal(load(state, "old", &system, &error), -1);
		assert_error(error.text, path, bad_stacks[i].place, bad_stacks[i].part);
	}
}

static void a_circle_of_two_is_found(void **state)
{
	struct fs_system *system;
	struct fs_error error = {"loaded"};
	char path[256];
	scratch_write(*state, "stacks/old.yaml", EXTENDING("old", "older"));
	strcpy(path, scratch_write(*state, "stacks/older.yaml", EXTENDING("older", "old")));
	assert_int_equal(load(state, "old", &system, &error), -1);
	assert_error(error.text, path, "3:10", "extends: 'old' extends itself in the end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(what_is_not_said_comes_from_the_other_with_its_source, set_up,
	                                        scratch_tear_down),
	        cmocka_unit_test_setup_teardown(stacks_extend_each_other, set_up, scratch_tear_down),
	        cmocka_unit_test_setup_teardown(a_system_describes_an_extending_stack_in_place, set_up,
	                                        scratch_tear_down),
	        cmocka_unit_test_setup_teardown(refuses_with_the_place, set_up, scratch_tear_down),
	        cmocka_unit_test_setup_teardown(a_circle_of_two_is_found, set_up, scratch_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "config/home.h"
#include "topology/system.h"
#include "unit/config/scratch.h"
#include "unit/topology/whole_system.h"

#include <math.h>

/* What is changed in the good file, and the complaint. */
struct bad_file {
	const char *from, *to, *place, *part;
};

static const struct bad_file bad_files[] = {
        /* the file */
        {"farscale-system/1", "farscale-chip/1", "1:9",
         "schema: farscale-system/1 is needed, not 'farscale-chip/1'"},
        {"farscale-system/1", "[]", "1:9", "schema: farscale-system/1 is needed, not a list"},
        {"schema: farscale-system/1\n", "", "1:1",
         "needs the key 'schema'; this kind of file is 'schema: farscale-system/1'"},
        {"label: A tiny", "lable: A tiny", "3:1", "unknown key 'lable' in a system; did you mean 'label'?"},
        {"label: A tiny", "zzzzzzzzzz: A tiny", "3:1",
         "unknown key 'zzzzzzzzzz' in a system; allowed: name, label, chip, stack, deployed_chips, tiers, "
         "fabric, trust, source"},
        {"name: tiny\n", "", "1:1", "a system needs the key 'name'"},
        {"name: tiny\n", "name: tiny\nname: tiny\n", "3:1", "the key 'name' is given twice, first in line 2"},
        {"name: tiny", "name: two words", "2:7",
         "name: a name of letters, digits, '-', '_' and '.', at most 47, is needed, not 'two words'"},
        {"name: tiny", "name: ../tiny", "2:7", "name: a name of letters"},
        {"name: tiny", "name:", "2:1", "is needed, not nothing"},
        {"name: tiny", "name: [tiny]", "2:7", "is needed, not a list"},
        {"name: tiny", "name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "2:7", "at most 47"},
        {"A tiny cluster", "\"\"", "3:8", "label: a text of 1 to 127 bytes is needed, not an empty text"},
        {"A tiny cluster", "\"a\\nb\"", "3:8", "label: a text of 1 to 127 bytes is needed, not 'a b'"},
        /* numbers */
        {"bandwidth_GBps: 10\n", "bandwith_GBps: 10\n", "27:5",
         "unknown key 'bandwith_GBps' in a tier; did you mean 'bandwidth_GBps'?"},
        {"bandwidth_GBps: 10\n", "bandwidth_GBps: -10\n", "27:21",
         "bandwidth_GBps: a number between 0.001 and 1000000 GB/s is needed, not '-10'"},
        {"bandwidth_GBps: 10\n", "bandwidth_GBps: 0\n", "27:21", "a number between 0.001 and 1000000 GB/s"},
        {"bandwidth_GBps: 10\n", "bandwidth_GBps: .nan\n", "27:21", "is needed, not '.nan'"},
        {"bandwidth_GBps: 10\n", "bandwidth_GBps: nan\n", "27:21", "is needed, not 'nan'"},
        {"bandwidth_GBps: 10\n", "bandwidth_GBps: .inf\n", "27:21", "is needed, not '.inf'"},
        {"bandwidth_GBps: 10\n", "bandwidth_GBps: 1e999\n", "27:21", "is needed, not '1e999'"},
        {"bandwidth_GBps: 10\n", "bandwidth_GBps: 0x10\n", "27:21", "is needed, not '0x10'"},
        {"bandwidth_GBps: 10\n", "bandwidth_GBps: 10 GB/s\n", "27:21", "is needed, not '10 GB/s'"},
        {"bandwidth_GBps: 10\n", "bandwidth_GBps: \"10\"\n", "27:21", "is needed, not '10'"},
        {"bandwidth_GBps: 10\n", "bandwidth_GBps:\n", "27:5", "is needed, not nothing"},
        {"bandwidth_GBps: 10\n", "bandwidth_GBps: [10]\n", "27:21", "is needed, not a list"},
        {"bandwidth_GBps: 10\n", "bandwidth_GBps: {}\n", "27:21", "bandwidth_GBps: needs the key 'value'"},
        {"bandwidth_GBps: 10\n", "bandwidth_GBps: {value: 10, trsut: R}\n", "27:33",
         "bandwidth_GBps: unknown key 'trsut'; allowed: value, trust, source"},
        {"bandwidth_GBps: 10\n", "bandwidth_GBps: {value: {}}\n", "27:29", "is needed, not a mapping"},
        {"    bandwidth_GBps: 10\n", "", "24:5", "a tier needs the key 'bandwidth_GBps'"},
        {"efficiency: 0.5\n", "efficiency: 1.01\n", "28:17",
         "efficiency: a number between 0.01 and 1 is needed, not '1.01'"},
        {"oversubscription: 2", "oversubscription: 0.5", "30:23",
         "oversubscription: a number between 1 and 1000 is needed"},
        {"memory_GB: 16", "memory_GB: 16e30", "12:14",
         "memory_GB: a number between 0.001 and 1000000 GB is needed"},
        {"value: 16", "value: 1.5", "6:25",
         "deployed_chips: a whole number between 1 and 1000000000 chips is needed, not '1.5'"},
        /* tiers */
        {"group: 16", "group: 10", "26:12",
         "tier net: group: a multiple of the 4 chips that tier node joins is needed, not 10"},
        {"group: 16", "group: 4", "26:12", "tier net: group: a multiple of the 4 chips"},
        {"group: 4", "group: 0", "20:12",
         "group: a whole number between 1 and 1000000000 chips is needed, not '0'"},
        {"name: net", "name: node", "24:11", "name: there already is a tier 'node'"},
        {"name: node", "name: no.de", "16:11", "name: the name of a tier without '.' is needed, not 'no.de'"},
        {"kind: scale_out", "kind: scaleout", "25:11",
         "kind: one of scale_up|scale_out|wan is needed, not 'scaleout'"},
        {"  - name: node\n", "  - node\n  - name: node\n", "16:5",
         "tiers: a list of mappings is needed, not 'node'"},
        /* cables that are down */
        {"sources:\n", "fabric: {down: net;a}\nsources:\n", "44:16",
         "fabric.down: tier:cable or tier/group:cable is needed (ib:leaf0-spine1), not 'net;a'"},
        {"sources:\n", "fabric:\n  down: net:a,node/4:b\nsources:\n", "45:9",
         "fabric.down: tier node has groups 0 to 3, not 4"},
        {"sources:\n", "fabric: {dwon: net:a}\nsources:\n", "44:10",
         "unknown key 'dwon' in the fabric of a system; did you mean 'down'?"},
        {"sources:\n", "fabric: {down: []}\nsources:\n", "44:16",
         "down: a text of 1 to 1023 bytes is needed, not a list"},
        /* provenance */
        {"trust: E\n", "", "10:3",
         "peak_bf16_TFLOPS: has no 'trust:' letter (R, D, M or E); give it here or in a mapping around it"},
        {"trust: E", "trust: X", "4:8",
         "trust: one of R (read in a source), D (derived), M (from memory), E (estimate) is needed, not 'X'"},
        {"trust: E", "trust: RD", "4:8", "is needed, not 'RD'"},
        {"source: guess\n", "", "10:3",
         "peak_bf16_TFLOPS: has no 'source:'; give it here or in a mapping around it"},
        {"source: guess", "source: gues", "5:9",
         "source: 'gues' is not in this file's 'sources:'; did you mean 'guess'?"},
        {"source: guess", "source: 17", "5:9",
         "source: the id of a citation in this file's 'sources:' is needed, not '17'"},
        {"source: guess", "source: []", "5:9",
         "source: the id of a citation in this file's 'sources:' is needed, not a list"},
        {"[sheet, guess]", "[sheet, gess]", "19:21",
         "source: 'gess' is not in this file's 'sources:'; did you mean 'guess'?"},
        {"guess: A guess", "guess:", "46:3",
         "source guess: a citation of 1 to 1000 bytes without ' | ' is needed, not nothing"},
        {"guess: A guess", "guess: a | b", "46:10", "source guess: a citation"},
        {"sources:\n", "sources: x\nsuorces:\n", "44:10",
         "sources: a mapping of at most 64 ids to citations is needed"},
        /* chip and stack */
        {"unit: package", "unit: half", "10:9", "unit: one of package|die is needed, not 'half'"},
        {"stack:\n  name: toyware", "stack: none-such\nzzz:\n  name: toyware", "32:1",
         "unknown key 'zzz' in a system"},
        {"jitter: none", "jitter: some", "36:11", "jitter: a mapping or the word none is needed, not 'some'"},
        {"jitter: none", "jitter: {core_sigma: 0.1}", "36:11", "jitter needs the key 'tail_probability'"},
        {"jitter: none", "jitter: {core_sigma: 0.1, tail_probability: 2, tail_mean: 0}", "36:47",
         "tail_probability: a number between 0 and 1 is needed"},
        {"chip: default", "chip: other", "38:5", "kernels: no curve for chip toy, and none for 'default'"},
        {"[8, 10]", "[8, 10, 12]", "43:21",
         "efficiency: as many numbers as in log10_flop are needed, 3, not 2"},
        {"[8, 10]", "[8, 8]", "42:25", "log10_flop: must rise, but 8 follows 8"},
        {"[8, 10]", "[8, x]", "42:25", "log10_flop: a number between 0 and 30 is needed, not 'x'"},
        {"[8, 10]", "[]", "42:21", "log10_flop: a list of 1 to 32 numbers is needed, not one of 0"},
        {"[0.1, 0.6]", "0.1", "43:21", "efficiency: a list of 1 to 32 numbers is needed, not '0.1'"},
};

static void refuses_bad_files_with_the_place(void **state)
{
	for (size_t i = 0; i < sizeof bad_files / sizeof *bad_files; i++) {
		const struct bad_file *row = &bad_files[i];
		struct fs_system *system;
		struct fs_error error = {"loaded"};
		char *text = replaced(whole_system, row->from, row->to);
		const char *path = scratch_write(*state, "tiny.yaml", text);
		assert_int_equal(fs_system_load(path, NULL, NULL, 0, &system, &error), -1);
		assert_error(error.text, path, row->place, row->part);
		free(text);
	}
}

struct expected_quantity {
	const char *path;
	double value;
	char trust;
	const char *source;
};

static const struct expected_quantity expected_quantities[] = {
        {"deployed_chips", 16, 'R', "The data sheet"},
        {"chip.peak_bf16_TFLOPS", 100, 'E', "A guess"},
        {"chip.memory_GB", 16, 'E', "A guess"},
        {"chip.memory_TBps", 0.5, 'E', "A guess"},
        {"chip.power_W", 75, 'E', "A guess"},
        {"tier.node.group", 4, 'D', "The data sheet | A guess"},
        {"tier.node.bandwidth_GBps", 100, 'M', "The data sheet | A guess"},
        {"tier.node.efficiency", 0.8, 'D', "The data sheet | A guess"},
        {"tier.node.latency_us", 1, 'D', "The data sheet | A guess"},
        {"tier.node.oversubscription", 1, 'E', "not given; the default of the format"},
        {"tier.net.group", 16, 'E', "A guess"},
        {"tier.net.bandwidth_GBps", 10, 'E', "A guess"},
        {"tier.net.efficiency", 0.5, 'E', "A guess"},
        {"tier.net.latency_us", 5, 'E', "A guess"},
        {"tier.net.oversubscription", 2, 'E', "A guess"},
        {"stack.launch_us", 3, 'E', "A guess"},
        {"stack.overlap_slowdown", 0.1, 'E', "A guess"},
        {"stack.jitter.core_sigma", 0, 'E', "A guess"},
        {"stack.jitter.tail_probability", 0, 'E', "A guess"},
        {"stack.jitter.tail_mean", 0, 'E', "A guess"},
        {"stack.kernel.min_kernel_us", 2, 'E', "A guess"},
        {"stack.kernel.memory_efficiency", 0.9, 'E', "A guess"},
};
enum { QUANTITIES = sizeof expected_quantities / sizeof *expected_quantities };

static void compare_with_expected(const struct fs_setting *setting, void *context)
{
	int *seen = context;
	assert_in_range(*seen, 0, QUANTITIES - 1);
	const struct expected_quantity *expected = &expected_quantities[(*seen)++];
	assert_non_null(setting->unit);
	assert_string_equal(setting->path, expected->path);
	assert_int_equal(setting->count, 1);
	assert_true(*setting->number == expected->value);
	assert_int_equal(setting->trust, expected->trust);
	assert_string_equal(setting->source, expected->source);
}

static void loads_a_system_written_in_one_file(void **state)
{
	struct fs_system *system;
	struct fs_error error;
	int seen = 0;
	const char *path = scratch_write(*state, "tiny.yaml", whole_system);
	assert_int_equal(fs_system_load(path, NULL, NULL, 0, &system, &error), 0);
	assert_string_equal(system->name, "tiny");
	assert_string_equal(system->file, path);
	assert_string_equal(system->chip.name, "toy");
	assert_string_equal(system->stack.name, "toyware");
	assert_string_equal(system->tier[1].kind, "scale_out");
	assert_int_equal(system->stack.kernel.points, 2);
	fs_system_each_setting(system, compare_with_expected, &seen);
	assert_int_equal(seen, QUANTITIES);
	assert_int_equal(fs_system_trust(system), 'E');
	fs_system_destroy(system);
	fs_system_destroy(NULL);
}

/* A system that names a chip and a stack which lie beside it, and one from the home. */
static void composes_from_files_beside_it(void **state)
{
	static const char chip[] =
	        "schema: farscale-chip/1\nname: toy\nlabel: Toy\nunit: die\ntrust: R\nsource: s\n"
	        "peak_bf16_TFLOPS: 7\nmemory_GB: 1\nmemory_TBps: 1\npower_W: 1\nsources: {s: x}\n";
	struct fs_system *system;
	struct fs_error error;
	char *start = replaced(whole_system, "chip:\n", "chip: toy\nstack: cann\n");
	char *cut = strstr(start, "  name: toy\n"), *tiers = strstr(start, "tiers:");
	char *stack = strstr(start, "stack:\n"), *sources = strstr(start, "sources:");
	char text[4096], path[256];
	snprintf(text, sizeof text, "%.*s%.*s%s", (int)(cut - start), start, (int)(stack - tiers), tiers,
	         sources);
	scratch_write(*state, "chips/toy.yaml", chip);
	strcpy(path, scratch_write(*state, "tiny.yaml", text));
	assert_int_equal(fs_system_load(path, NULL, NULL, 0, &system, &error), 0);
	assert_true(system->chip.peak_bf16_TFLOPS.value == 7);
	assert_string_equal(system->stack.name, "cann");
	assert_string_equal(system->stack.kernel.chip, "default");
	fs_system_destroy(system);
	assert_int_equal(fs_system_load(path, "nccl", NULL, 0, &system, &error), 0);
	assert_string_equal(system->stack.name, "nccl");
	fs_system_destroy(system);

	assert_int_equal(fs_system_load(path, "ncll", NULL, 0, &system, &error), -1);
	assert_non_null(strstr(error.text, "unknown stack 'ncll'; did you mean 'nccl'? There are: cann, "));
	scratch_write(*state, "chips/toy.yaml", "schema: farscale-chip/1\nname: boy\nbits: 3\n");
	assert_int_equal(fs_system_load(path, NULL, NULL, 0, &system, &error), -1);
	assert_non_null(strstr(error.text, "/chips/toy.yaml:3:1: unknown key 'bits' in a chip"));
	char *other = replaced(chip, "name: toy", "name: boy");
	scratch_write(*state, "chips/toy.yaml", other);
	assert_int_equal(fs_system_load(path, NULL, NULL, 0, &system, &error), -1);
	assert_non_null(
	        strstr(error.text, "/chips/toy.yaml:2:7: name: must be the file's name, 'toy', not 'boy'"));
	char *unknown = replaced(text, "chip: toy", "chip: tow");
	scratch_write(*state, "tiny.yaml", unknown);
	assert_int_equal(fs_system_load(path, NULL, NULL, 0, &system, &error), -1);
	assert_error(error.text, path, "7:7", "unknown chip 'tow'; did you mean 'toy'? There are: toy");
	free(start);
	free(other);
	free(unknown);
}

/* What only some systems and stacks say. */
static bool is_optional(const char *path)
{
	static const char *const parts[] = {
	        ".fabric.",   ".reduction", "stack.alltoall_",  "_peer_us_per_MB", ".gemm_16bit",
	        ".gemm_8bit", ".attention", "kernel_launch_us", "peak_fp8",        "chip.cores",
	        "stack.nccl", "stack.hccl", "kernel.sustained", "forward_tokens",  "communication_cores"};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strstr(path, parts[i]))
			return true;
	return false;
}

static void check_provenance(const struct fs_setting *setting, void *context)
{
	int *count = context;
	for (int i = 0; i < setting->count; i++)
		assert_true(isfinite(setting->number[i]));
	assert_true(setting->word || setting->count > 0);
	assert_non_null(strchr("RDME", setting->trust));
	assert_true(strlen(setting->source) > 10);
	if (!is_optional(setting->path))
		(*count)++;
}

/* Every system of the project, under its own and under every other stack. */
static void every_shipped_file_loads(void **state)
{
	(void)state;
	struct fs_names systems, stacks;
	fs_shelf_list(&fs_shelf_systems, &systems);
	fs_shelf_list(&fs_shelf_stacks, &stacks);
	assert_true(systems.count >= 3 && stacks.count >= 2);
	for (int i = 0; i < systems.count; i++)
		for (int j = -1; j < stacks.count; j++) {
			const char *stack = j < 0 ? NULL : stacks.name[j];
			struct fs_system *system;
			struct fs_error error;
			int count = 0;
			if (fs_system_load(systems.name[i], stack, NULL, 0, &system, &error))
				fail_msg("%s", error.text);
			fs_system_each_setting(system, check_provenance, &count);
			assert_int_equal(count, 12 + 5 * system->tiers);
			if (!stack) /* at home, a chip has a curve of its own */
				assert_string_equal(system->stack.kernel.chip, system->chip.name);
			fs_system_destroy(system);
		}
	fs_names_clear(&systems);
	fs_names_clear(&stacks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(refuses_bad_files_with_the_place, scratch_set_up,
	                                        scratch_tear_down),
	        cmocka_unit_test_setup_teardown(loads_a_system_written_in_one_file, scratch_set_up,
	                                        scratch_tear_down),
	        cmocka_unit_test_setup_teardown(composes_from_files_beside_it, scratch_set_up,
	                                        scratch_tear_down),
	        cmocka_unit_test(every_shipped_file_loads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

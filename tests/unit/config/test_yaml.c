#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "config/text_file.h"
#include "config/yaml.h"
#include "unit/config/scratch.h"

#include <sys/resource.h>
#include <sys/stat.h>

struct bad_text {
	const char *text, *place, *part;
};

static const struct bad_text bad_texts[] = {
        {"", "1:1", "is empty"},
        {"# only a comment\n", "1:1", "is empty"},
        {"- a\n- b\n", "1:1", "a mapping (key: value lines) is needed"},
        {"just words\n", "1:1", "a mapping (key: value lines) is needed"},
        {"a: 1\nb: 2\na: 3\n", "3:1", "the key 'a' is given twice, first in line 1"},
        {"a: {b: 1, c: 2, b: 3}\n", "1:17", "the key 'b' is given twice, first in line 1"},
        {"a: &x 1\n", "1:4", "anchors are not supported"},
        {"a: 1\nb: *x\n", "2:4", "aliases are not supported"},
        {"a: &a [b, *a]\n", "1:4", "anchors are not supported"},
        {"a: !!int 3\n", "1:4", "tags are not supported"},
        {"a: !secret {}\n", "1:4", "tags are not supported"},
        {"a: 1\n---\nb: 2\n", "3:1", "a second document; only one is allowed"},
        {"a: 1\n...\nb: 2\n", "3:1", "a second document; only one is allowed"},
        {"? [a, b]\n: c\n", "1:3", "a key must be a word"},
        {": 1\n", "1:1", "a key must not be empty"},
        {"a: [1, 2\nb: 3\n", "3:1", "not valid YAML: flow sequence without a closing bracket"},
        {"a: \"abc\n", "1:5", "not valid YAML: double-quoted scalar without closing quote"},
        {"a:\n\tb: 1\n", "2:1", "not valid YAML: tab character may not be used as indentation"},
        {"a: |0\n  b\n", "1:1", "not valid YAML after this"}, /* libfyaml would print this one itself */
        {"a: @x\n", "1:4", "not valid YAML: plain scalar cannot start with '@'"},
        {"a: 1\n  b: 2\n", "1:4", "not valid YAML: invalid multiline plain key"},
        {"a: \xff\n", "1:4", "not valid UTF-8 (byte 0xFF)"},
        {"a: \xc0\xaf\n", "1:4", "not valid UTF-8 (byte 0xC0)"},                /* '/' in two bytes */
        {"a: \xed\xa0\x80\n", "1:4", "not valid UTF-8 (byte 0xED)"},            /* half a surrogate pair */
        {"\xc3\xa4: \xf4\x90\x80\x80\n", "1:4", "not valid UTF-8 (byte 0xF4)"}, /* beyond Unicode */
        {"a: \xe2\x82", "1:4", "not valid UTF-8 (byte 0xE2)"},                  /* cut short */
        {"\xff\xfe"
         "a",
         "1:1", "not valid UTF-8 (byte 0xFF)"}, /* UTF-16 */
        {"a: 1\nb: \x1b[31m\n", "2:4", "control character 0x1B"},
        {"a: 1\x7f\n", "1:5", "control character 0x7F"},
};

static void refuses_bad_texts_with_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad_texts / sizeof *bad_texts; i++) {
		const struct bad_text *row = &bad_texts[i];
		struct fs_yaml_file *file;
		struct fs_error error;
		assert_int_equal(fs_yaml_parse("f.yaml", row->text, strlen(row->text), &file, &error), -1);
		assert_error(error.text, "f.yaml", row->place, row->part);
	}
}

/* unit repeated `times`, with something before and behind. */
struct large_text {
	const char *before, *unit, *behind;
	int times;
	const char *place, *part;
};

static const struct large_text large_texts[] = {
        {"a: ", "[", "", 13, "1:16", "nested more than 12 deep"},
        {"a: ", "[", "", 100000, "1:1", "more than 10000 brackets"},
        {"", "{a: ", "", 100000, "1:1", "more than 10000 brackets"},
        {"", "[\n", "", 500000, "1:1", "more than 10000 brackets"},
        {"", "- ", "", 300000, "1:27", "nested more than 12 deep"},
        {"", "? ", "", 300000, "1:3", "a key must be a word"},
        {"a: [", "1,", "1]", 400000, "1:19999", "more than 10000 values"},
        {"a: ", "&a ", "1", 200000, "1:4", "anchors are not supported"},
        {"a: ", "a: ", "1", 200000, "1:5", "not valid YAML"},
        {"a:\n", "- [1, 2]\n", "", 5000, "3334:4", "more than 10000 values"},
};

static char *build(const struct large_text *row)
{
	size_t unit = strlen(row->unit), before = strlen(row->before);
	char *text = malloc(before + (size_t)row->times * unit + strlen(row->behind) + 1),
	     *end = text + before;
	memcpy(text, row->before, before);
	for (int i = 0; i < row->times; i++, end += unit)
		memcpy(end, row->unit, unit);
	strcpy(end, row->behind);
	return text;
}

static void refuses_bombs_cheaply(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof large_texts / sizeof *large_texts; i++) {
		struct fs_yaml_file *file;
		struct fs_error error;
		char *text = build(&large_texts[i]);
		assert_int_equal(fs_yaml_parse("f.yaml", text, strlen(text), &file, &error), -1);
		assert_error(error.text, "f.yaml", large_texts[i].place, large_texts[i].part);
		free(text);
	}
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	assert_true(usage.ru_utime.tv_sec < 20);
	assert_true(usage.ru_maxrss < 300 * 1024); /* KiB; the sanitizers' own memory is in it */
}

static void refuses_nul_bytes(void **state)
{
	(void)state;
	static const char text[] = "a: 1\nb: x\0y\n";
	struct fs_yaml_file *file;
	struct fs_error error;
	assert_int_equal(fs_yaml_parse("f.yaml", text, sizeof text - 1, &file, &error), -1);
	assert_error(error.text, "f.yaml", "2:5", "control character 0x00; only text is allowed");
}

static void refuse(const char *path, const char *message)
{
	struct fs_yaml_file *file;
	struct fs_error error;
	char expected[512];
	snprintf(expected, sizeof expected, "%s: %s", path, message);
	assert_int_equal(fs_yaml_read(path, &file, &error), -1);
	assert_string_equal(error.text, expected);
}

static void refuses_what_is_no_file(void **state)
{
	(void)state;
	struct scratch scratch;
	char path[128];
	scratch_create(&scratch);
	refuse(scratch.folder, "is a directory; a YAML file is needed");
	refuse("/dev/zero", "is not a regular file");
	snprintf(path, sizeof path, "%s/pipe", scratch.folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	refuse(path, "is not a regular file");
	snprintf(path, sizeof path, "%s/none.yaml", scratch.folder);
	refuse(path, "No such file or directory");
	snprintf(path, sizeof path, "%s/large.yaml", scratch.folder);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(ftruncate(fileno(file), 1L << 30), 0); /* a hole; it takes no disk */
	fclose(file);
	refuse(path, "has 1073741824 bytes; at most 1048576 are read");
	scratch_destroy(&scratch);
}

struct node_row {
	const char *key;
	enum fs_yaml_kind kind;
	int line, column, count;
	const char *described;
};

static void remembers_where_everything_stood(void **state)
{
	(void)state;
	static const char text[] = "\xef\xbb\xbf# a byte order mark is fine\r\n"
	                           "a: 1\r\n"
	                           "'b': {c: \"\xc3\xa4 b\", d: [1, 2,3]}\n"
	                           "e:\n"
	                           "  - f: x\n"
	                           "g:\n"
	                           "h: ''\n"
	                           "i: |\n"
	                           "  two\n"
	                           "  lines\n";
	static const struct node_row rows[] = {
	        {"a", FS_YAML_TEXT, 2, 4, 0, "'1'"},           {"b", FS_YAML_MAPPING, 3, 6, 2, "a mapping"},
	        {"e", FS_YAML_LIST, 5, 3, 1, "a list"},        {"g", FS_YAML_TEXT, 6, 1, 0, "nothing"},
	        {"h", FS_YAML_TEXT, 7, 4, 0, "an empty text"}, {"i", FS_YAML_TEXT, 9, 1, 0, "'two lines '"},
	};
	struct fs_yaml_file *file;
	struct fs_error error;
	char described[64];
	assert_int_equal(fs_yaml_parse("f.yaml", text, sizeof text - 1, &file, &error), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct fs_yaml *node = fs_yaml_get(&file->root, rows[i].key);
		assert_non_null(node);
		assert_int_equal(node->kind, rows[i].kind);
		assert_int_equal(node->line, rows[i].line);
		assert_int_equal(node->column, rows[i].column);
		assert_int_equal(node->count, rows[i].count);
		assert_string_equal(fs_yaml_describe(node, described, sizeof described), rows[i].described);
	}
	const struct fs_yaml *list = fs_yaml_get(fs_yaml_get(&file->root, "b"), "d");
	assert_int_equal(list->key_column, 17); /* characters, not bytes */
	assert_int_equal(list->child[2].column, 26);
	assert_null(fs_yaml_get(&file->root, "z"));
	fs_yaml_destroy(file);
	fs_yaml_destroy(NULL);
}

static void quotes_long_and_dirty_texts_for_messages(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
	        {"short", "'short'"},
	        {"two\nlines\x01", "'two lines '"},
	        {"0123456789012345678901234567890123456789", "'0123456789012345678901234567890123456789'"},
	        {"01234567890123456789012345678901234567890",
	         "'0123456789012345678901234567890123456789...'"},
	        /* not cut within a character */
	        {"012345678901234567890123456789012345678\xc3\xa4\xc3\xa4",
	         "'012345678901234567890123456789012345678...'"},
	};
	char quoted[64];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(fs_text_quote(rows[i][0], quoted, sizeof quoted), rows[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(refuses_bad_texts_with_their_place),
	        cmocka_unit_test(refuses_bombs_cheaply),
	        cmocka_unit_test(refuses_nul_bytes),
	        cmocka_unit_test(refuses_what_is_no_file),
	        cmocka_unit_test(remembers_where_everything_stood),
	        cmocka_unit_test(quotes_long_and_dirty_texts_for_messages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

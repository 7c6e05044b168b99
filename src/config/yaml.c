#include "config/yaml.h"

#include "base/error.h"
#include "base/text.h"
#include "config/text_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfyaml.h>

/* The tree is built from libfyaml's events and not from its documents: events come without recursion and
 * without resolving anything, so what is refused here never costs more than reading it. */
struct builder {
	struct fy_parser *parser;
	struct fy_diag *diag;
	struct fs_yaml_file *file;
	struct fs_error *error;
	int nodes;
	int line, column; /* of the node before */
};

static int fail_at(const char *path, int line, int column, struct fs_error *error, const char *format,
                   va_list arguments)
{
	char message[768];
	vsnprintf(message, sizeof message, format, arguments);
	return fs_fail(error, "%s:%d:%d: %s", path, line, column, message);
}

int fs_yaml_fail(const struct fs_yaml_file *file, const struct fs_yaml *node, struct fs_error *error,
                 const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fail_at(file->path, node->line, node->column, error, format, arguments);
	va_end(arguments);
	return -1;
}

int fs_yaml_fail_key(const struct fs_yaml_file *file, const struct fs_yaml *node, struct fs_error *error,
                     const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fail_at(file->path, node->key_line, node->key_column, error, format, arguments);
	va_end(arguments);
	return -1;
}

const char *fs_text_quote(const char *text, char *buffer, size_t size)
{
	enum { LONGEST = 40 };
	size_t length = strnlen(text, LONGEST + 1);
	bool cut = length > LONGEST;
	if (cut)
		for (length = LONGEST; length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80;)
			length--;
	snprintf(buffer, size, "'%.*s%s'", (int)length, text, cut ? "..." : "");
	for (char *byte = buffer; *byte; byte++)
		if ((unsigned char)*byte < 0x20)
			*byte = ' ';
	return buffer;
}

const char *fs_yaml_describe(const struct fs_yaml *node, char *buffer, size_t size)
{
	if (node->kind == FS_YAML_LIST)
		snprintf(buffer, size, "a list");
	else if (node->kind == FS_YAML_MAPPING)
		snprintf(buffer, size, "a mapping");
	else if (!*node->text)
		snprintf(buffer, size, node->quoted ? "an empty text" : "nothing");
	else
		fs_text_quote(node->text, buffer, size);
	return buffer;
}

const struct fs_yaml *fs_yaml_get(const struct fs_yaml *mapping, const char *key)
{
	if (mapping->kind != FS_YAML_MAPPING)
		return NULL;
	for (int i = 0; i < mapping->count; i++)
		if (strcmp(mapping->child[i].key, key) == 0)
			return &mapping->child[i];
	return NULL;
}

static void clear(struct fs_yaml *node)
{
	for (int i = 0; i < node->count; i++)
		clear(&node->child[i]);
	free(node->child);
	free(node->key);
	free(node->text);
}

void fs_yaml_destroy(struct fs_yaml_file *file)
{
	if (!file)
		return;
	clear(&file->root);
	free(file->path);
	free(file);
}

static int fail_here(struct builder *builder, const struct fs_yaml *at, const char *message)
{
	return fs_yaml_fail(builder->file, at, builder->error, "%s", message);
}

/* libfyaml's own first complaint as one line. */
static int syntax_error(struct builder *builder)
{
	void *iterator = NULL;
	struct fy_diag_error *first = fy_diag_errors_iterate(builder->diag, &iterator);
	if (!first)
		return fs_fail(builder->error, "%s:%d:%d: not valid YAML after this", builder->file->path,
		               builder->line, builder->column);
	/* Lines and columns are counted from 0 in marks and from 1 in collected errors. */
	return fs_fail(builder->error, "%s:%d:%d: not valid YAML: %s", builder->file->path, first->line,
	               first->column, first->msg);
}

/* *event is NULL at the end of the stream. */
static int next_event(struct builder *builder, struct fy_event **event)
{
	*event = fy_parser_parse(builder->parser);
	if (!*event && fy_parser_get_stream_error(builder->parser))
		return syntax_error(builder);
	return 0;
}

struct properties {
	struct fy_token *place, *anchor, *tag;
};

static struct properties properties_of(const struct fy_event *event)
{
	switch (event->type) {
	case FYET_SCALAR:
		return (struct properties){event->scalar.value, event->scalar.anchor, event->scalar.tag};
	case FYET_SEQUENCE_START:
		return (struct properties){event->sequence_start.sequence_start, event->sequence_start.anchor,
		                           event->sequence_start.tag};
	case FYET_MAPPING_START:
		return (struct properties){event->mapping_start.mapping_start, event->mapping_start.anchor,
		                           event->mapping_start.tag};
	case FYET_ALIAS:
		return (struct properties){event->alias.anchor, NULL, NULL};
	default:
		return (struct properties){0};
	}
}

/* Tokens that libfyaml inserts (an empty value) have no place; they keep that of what they belong to.
 * sigil: libfyaml's place is behind the quote, the '&' or the '*' that the token starts with. */
static void stand_at(struct fs_yaml *node, struct fy_token *token, bool sigil)
{
	const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
	if (mark) {
		node->line = mark->line + 1;
		node->column = mark->column + 1 - sigil;
	}
}

static bool is_quoted(const struct fy_event *event)
{
	if (event->type != FYET_SCALAR || !event->scalar.value)
		return false;
	enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);
	return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

static int refuse(struct builder *builder, struct fs_yaml *node, const char *what)
{
	return fs_yaml_fail(builder->file, node, builder->error, "%s are not supported", what);
}

/* Sets where the node stands; refuses what no node may have. */
static int place(struct builder *builder, const struct fy_event *event, struct fs_yaml *node)
{
	struct properties properties = properties_of(event);
	stand_at(node, properties.place, event->type == FYET_ALIAS || is_quoted(event));
	if (event->type == FYET_ALIAS)
		return refuse(builder, node, "aliases");
	if (properties.anchor) {
		stand_at(node, properties.anchor, true);
		return refuse(builder, node, "anchors");
	}
	if (properties.tag) {
		stand_at(node, properties.tag, false);
		return refuse(builder, node, "tags");
	}
	builder->line = node->line;
	builder->column = node->column;
	if (++builder->nodes > FS_YAML_NODES)
		return fs_yaml_fail(builder->file, node, builder->error, "more than %d values in one file",
		                    FS_YAML_NODES);
	return 0;
}

/* "\e[31m" in quotes is as little of a text as the characters themselves (fs_text_check). */
static int check_text(struct builder *builder, const struct fs_yaml *node, const char *text, size_t length)
{
	for (size_t bytes; length > 0; text += bytes, length -= bytes) {
		bytes = fs_text_character(text, length);
		if (!bytes || (fs_text_controls(text) && *text != '\t' && *text != '\n'))
			return fail_here(builder, node, "a control character in a text");
	}
	return 0;
}

/* NULL: it is refused. */
static char *event_text(struct builder *builder, const struct fy_event *event, const struct fs_yaml *node)
{
	size_t length = 0;
	const char *text = event->scalar.value ? fy_token_get_text(event->scalar.value, &length) : NULL;
	if (text && check_text(builder, node, text, length))
		return NULL;
	char *copy = fs_allocate(length + 1);
	if (text)
		memcpy(copy, text, length);
	copy[length] = 0;
	return copy;
}

static struct fs_yaml *add_child(struct fs_yaml *parent)
{
	if ((parent->count & (parent->count - 1)) == 0) { /* 0 or a power of two: full */
		int room = parent->count ? 2 * parent->count : 1;
		parent->child = fs_reallocate(parent->child, (size_t)room * sizeof *parent->child);
	}
	struct fs_yaml *child = &parent->child[parent->count++];
	*child = (struct fs_yaml){.line = parent->line, .column = parent->column};
	return child;
}

static int build(struct builder *builder, const struct fy_event *event, struct fs_yaml *node, int depth);

static int build_list(struct builder *builder, struct fs_yaml *list, int depth)
{
	for (;;) {
		struct fy_event *event;
		if (next_event(builder, &event))
			return -1;
		bool end = event->type == FYET_SEQUENCE_END;
		int result = end ? 0 : build(builder, event, add_child(list), depth + 1);
		fy_parser_event_free(builder->parser, event);
		if (end || result)
			return result;
	}
}

static int build_key(struct builder *builder, const struct fy_event *event, struct fs_yaml *mapping)
{
	struct fs_yaml key = {.line = mapping->line, .column = mapping->column};
	char quoted[64];
	if (place(builder, event, &key))
		return -1;
	if (event->type != FYET_SCALAR)
		return fail_here(builder, &key, "a key must be a word");
	char *text = event_text(builder, event, &key);
	if (!text)
		return -1;
	const struct fs_yaml *first = fs_yaml_get(mapping, text);
	if (first || !*text) {
		first ? fs_yaml_fail(builder->file, &key, builder->error,
		                     "the key %s is given twice, first in line %d",
		                     fs_text_quote(text, quoted, sizeof quoted), first->key_line)
		      : fail_here(builder, &key, "a key must not be empty");
		free(text);
		return -1;
	}
	struct fs_yaml *entry = add_child(mapping);
	entry->key = text;
	entry->line = entry->key_line = key.line;
	entry->column = entry->key_column = key.column;
	return 0;
}

static int build_value(struct builder *builder, struct fs_yaml *mapping, int depth)
{
	struct fy_event *event;
	if (next_event(builder, &event))
		return -1;
	int result = build(builder, event, &mapping->child[mapping->count - 1], depth + 1);
	fy_parser_event_free(builder->parser, event);
	return result;
}

static int build_mapping(struct builder *builder, struct fs_yaml *mapping, int depth)
{
	for (;;) {
		struct fy_event *event;
		if (next_event(builder, &event))
			return -1;
		bool end = event->type == FYET_MAPPING_END;
		int result = end ? 0 : build_key(builder, event, mapping);
		fy_parser_event_free(builder->parser, event);
		if (end || result)
			return result;
		if (build_value(builder, mapping, depth))
			return -1;
	}
}

static int build(struct builder *builder, const struct fy_event *event, struct fs_yaml *node, int depth)
{
	node->text = NULL;
	if (place(builder, event, node))
		return -1;
	if (depth > FS_YAML_DEPTH)
		return fs_yaml_fail(builder->file, node, builder->error, "nested more than %d deep",
		                    FS_YAML_DEPTH);
	switch (event->type) {
	case FYET_SCALAR:
		node->kind = FS_YAML_TEXT;
		node->text = event_text(builder, event, node);
		node->quoted =
		        event->scalar.value && fy_token_scalar_style(event->scalar.value) != FYSS_PLAIN;
		return node->text ? 0 : -1;
	case FYET_SEQUENCE_START:
		node->kind = FS_YAML_LIST;
		return build_list(builder, node, depth);
	case FYET_MAPPING_START:
		node->kind = FS_YAML_MAPPING;
		return build_mapping(builder, node, depth);
	default:
		return fail_here(builder, node, "unexpected end");
	}
}

static bool starts_node(const struct fy_event *event)
{
	return event->type == FYET_SCALAR || event->type == FYET_SEQUENCE_START ||
	       event->type == FYET_MAPPING_START || event->type == FYET_ALIAS;
}

static int refuse_second_document(struct builder *builder, const struct fy_event *event)
{
	struct fs_yaml second = {.line = 1, .column = 1};
	stand_at(&second, properties_of(event).place, is_quoted(event));
	return fail_here(builder, &second, "a second document; only one is allowed");
}

static int build_stream(struct builder *builder)
{
	struct fs_yaml *root = &builder->file->root;
	int documents = 0;
	for (;;) {
		struct fy_event *event;
		int result = 0;
		if (next_event(builder, &event))
			return -1;
		if (!event)
			break;
		if (starts_node(event))
			result = documents++ ? refuse_second_document(builder, event)
			                     : build(builder, event, root, 0);
		fy_parser_event_free(builder->parser, event);
		if (result)
			return result;
	}
	if (documents == 0)
		return fail_here(builder, root, "is empty");
	if (root->kind != FS_YAML_MAPPING)
		return fail_here(builder, root, "a mapping (key: value lines) is needed");
	return 0;
}

/* libfyaml looks ahead over any number of open brackets and spends half a kilobyte on each. */
static int check_brackets(const char *path, const char *text, size_t length, struct fs_error *error)
{
	int brackets = 0;
	for (size_t i = 0; i < length; i++)
		brackets += text[i] == '[' || text[i] == '{';
	if (brackets > FS_YAML_NODES)
		return fs_fail(error, "%s:1:1: more than %d brackets in one file", path, FS_YAML_NODES);
	return 0;
}

/* Some of libfyaml's complaints are printed even while errors are collected. */
static void say_nothing(struct fy_diag *diag, void *user, const char *text, size_t length)
{
	(void)diag;
	(void)user;
	(void)text;
	(void)length;
}

int fs_yaml_parse(const char *path, const char *text, size_t length, struct fs_yaml_file **file,
                  struct fs_error *error)
{
	if (fs_text_check(path, text, length, error) || check_brackets(path, text, length, error))
		return -1;
	struct fy_diag_cfg diag_config;
	fy_diag_cfg_default(&diag_config);
	diag_config.fp = NULL;
	diag_config.output_fn = say_nothing;
	struct fy_diag *diag = fy_diag_create(&diag_config);
	fy_diag_set_collect_errors(diag, true);
	struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag};
	struct builder builder = {
	        .parser = fy_parser_create(&config), .diag = diag, .error = error, .line = 1, .column = 1};
	builder.file = fs_allocate_zeroed(1, sizeof *builder.file);
	builder.file->path = fs_duplicate_text(path);
	builder.file->root = (struct fs_yaml){.line = 1, .column = 1};
	fy_parser_set_string(builder.parser, text, length);
	int result = build_stream(&builder);
	fy_parser_destroy(builder.parser);
	fy_diag_destroy(diag);
	if (result)
		fs_yaml_destroy(builder.file);
	else
		*file = builder.file;
	return result;
}

int fs_yaml_read(const char *path, struct fs_yaml_file **file, struct fs_error *error)
{
	char *text;
	size_t length;
	if (fs_text_file_read(path, &text, &length, error))
		return -1;
	int result = fs_yaml_parse(path, text, length, file, error);
	free(text);
	return result;
}

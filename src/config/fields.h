#ifndef FARSCALE_CONFIG_FIELDS_H
#define FARSCALE_CONFIG_FIELDS_H

/*
 * Mappings into structs, by table. A table lists the keys of one kind of mapping: where each value goes, its
 * unit, its bounds. The same tables decode files, check --set and print `farscale show`.
 *
 * Provenance: in a file that has it, a number that describes hardware or software is written `key: 450` or
 * `key: {value: 450, trust: R, source: id}`. What a number does not say itself it takes from the nearest
 * enclosing mapping that has a `trust:` / `source:`. `source:` names one or several entries of the file's
 * `sources:` mapping (id: citation). A number without both is refused. Texts and lists that say as much about
 * the hardware have provenance too (`origin` in their row).
 */

#include "config/quantity.h"
#include "config/texts.h"
#include "config/yaml.h"

#include <stdbool.h>
#include <stddef.h>

struct fs_error;

enum fs_field_kind {
	FS_FIELD_NAME,     /* char[size]: letters, digits, '-', '_', '.' */
	FS_FIELD_TEXT,     /* char[size] */
	FS_FIELD_CHOICE,   /* char[size]: one of `choices`, "a|b" */
	FS_FIELD_COUNT,    /* uint32_t */
	FS_FIELD_QUANTITY, /* struct fs_quantity */
	FS_FIELD_NUMBERS,  /* double[size], how many in an int at `count` */
	FS_FIELD_GROUP, /* a mapping of its own, `fields`, into the struct at `offset`. With `word`, that word
	                 * alone means that all its quantities are 0. */
	FS_FIELD_LIST, /* a list of 1 .. size mappings into an array of structs of `stride` bytes, how many in
	                * an int at `count` */
	FS_FIELD_NAMED, /* the name of something in a file of its own, into the char[FS_NAME] at `offset`; or
	                 * that thing itself, a mapping, into the struct there, whose first member is its name
	                 */
	FS_FIELD_ORIGIN /* no key: struct fs_quantity whose trust and source become the mapping's */
};

struct fs_field {
	const char *key; /* NULL ends the table */
	enum fs_field_kind kind;
	size_t offset;
	size_t size;      /* of a text, in bytes; of a list, in items */
	const char *unit; /* of a quantity; "" for a plain number */
	double least, most;
	bool whole;      /* a quantity that is a whole number */
	bool exact;      /* numbers: as many as `size`, no less */
	bool optional;   /* may be missing; then 0 (of a group: the fallbacks of its fields), or: */
	double fallback; /* of a quantity */
	const char *choices, *word;
	const struct fs_field *fields;
	const char *what; /* "a tier": how messages call the mapping */
	size_t count, stride;
	size_t origin; /* of a choice or numbers with provenance: the struct fs_quantity that holds it */
	bool quiet;    /* a fallback is nobody's claim: it has no trust letter and no source */
	const char *fallback_word; /* of a choice, when the optional group around it is missing */
};

/** What decoding a file needs to know. */
struct fs_decoder {
	const struct fs_yaml_file *file;
	struct fs_texts *texts; /* keeps the sources; NULL: numbers of this kind of file have no provenance */
	struct fs_error *error;
};

/** Decodes a whole file: checks that `schema:` is `schema`, and fills the struct `target`, zeroed by the
 * caller, from its other keys. what: "a system". */
int fs_file_decode(const struct fs_decoder *decoder, const char *schema, const char *what,
                   const struct fs_field *fields, void *target);

/** Is `value` within the bounds of a quantity's or count's field, or of a list's items? */
bool fs_field_allows(const struct fs_field *field, double value);

/** Is `text` one of a choice's? */
bool fs_field_offers(const struct fs_field *field, const char *text);

/** Reads a finite decimal number; nothing may follow it. */
bool fs_number_parse(const char *text, double *value);

/** "a number between 0 and 1e+06 us": what fs_field_allows. Returns the buffer. */
const char *fs_field_allowed(const struct fs_field *field, char *buffer, size_t size);

/** Reads a quantity, a choice or numbers (8x8x4, or 8,8,4) from one text, as --set gives it, into the struct
 * at `base`. Leaves provenance as it is. False, and nothing is written, if the text is not allowed. */
bool fs_field_read(const struct fs_field *field, const char *text, void *base, bool *changed);

/** What fs_field_read takes. Returns the buffer. */
const char *fs_field_readable(const struct fs_field *field, char *buffer, size_t size);

/** Numbers with an x between them: "8x8x4"; cut when full. Returns the buffer. */
const char *fs_numbers_text(const double *number, int count, char *buffer, size_t size);

/** Where the provenance of a field's value lies in the struct at `base`; NULL: it has none. */
struct fs_quantity *fs_field_origin(const struct fs_field *field, void *base);

/** Gives the field of the struct at `base` what holds if its key is missing. texts: keeps the source. */
void fs_field_default(const struct fs_field *field, void *base, struct fs_texts *texts);

#endif

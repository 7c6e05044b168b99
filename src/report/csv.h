#ifndef FARSCALE_REPORT_CSV_H
#define FARSCALE_REPORT_CSV_H

/* Comma-separated values, RFC 4180 (with '\n' at line ends), safe to open in a spreadsheet. */

#include <stdio.h>

#include <jansson.h>

/** Prints a text as one field: quoted where it must be, and with a ' before a text that a spreadsheet would
 * take for a formula (=, +, -, @, tab or return first). */
void fs_csv_print_text(FILE *out, const char *text);

/** Prints a flat object's keys as a header; its values as a line. Numbers with 17 significant digits, null as
 * an empty field. */
void fs_csv_print_header(FILE *out, json_t *object);
void fs_csv_print_line(FILE *out, json_t *object);

/** Prints flat objects: a header with the keys of the first one, a line for each. All have the same keys. */
void fs_csv_print_objects(FILE *out, json_t *const *objects, int count);

#endif

#ifndef FARSCALE_REPORT_ESCAPE_H
#define FARSCALE_REPORT_ESCAPE_H

/* Names come from users' files: what they say must stay a name wherever it is printed. Every function writes
 * at most `size` bytes, ends them with a 0 and returns the buffer. (CSV has its own rules: csv.h.) */

#include <stddef.h>

/** For a terminal: control characters become '?'. */
const char *fs_escape_plain(const char *text, char *buffer, size_t size);

/** For gnuplot: a string in single quotes, in which gnuplot expands nothing (no `command`, no @macro), or
 * several with a dot between them. To be used with noenhanced; the SVG terminal takes care of < and & itself,
 * but not of
 * ]]>, whose > becomes '?'. */
const char *fs_escape_gnuplot(const char *text, char *buffer, size_t size);

/** For XML's text and attributes: < > & ' " become entities, what XML does not allow (control characters,
 * bytes that are no UTF-8) becomes '?'. Nothing is cut in half. */
const char *fs_escape_xml(const char *text, char *buffer, size_t size);

/** For a file's name: letters, digits, '.', '_' and '-' stay, but not as a leading '.' or '-'; all else
 * becomes '_'. */
const char *fs_escape_file_name(const char *text, char *buffer, size_t size);

#endif

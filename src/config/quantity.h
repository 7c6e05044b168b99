#ifndef FARSCALE_CONFIG_QUANTITY_H
#define FARSCALE_CONFIG_QUANTITY_H

enum { FS_NAME = 48 }; /* bytes of a name, with its NUL */

#define FS_SOURCE_SEPARATOR " | " /* between the citations of one number */

/** A number with its provenance. trust: 'R' read in a source, 'D' derived, 'M' from memory, 'E' estimate,
 *  'U' set by the user with --set; 0: nobody said it, it is a default that claims nothing. */
struct fs_quantity {
	double value;
	char trust;
	const char *source; /* citations, joined by FS_SOURCE_SEPARATOR; owned by whoever loaded the file */
};

#endif

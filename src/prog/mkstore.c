/*
 * virbl-mkstore: makes the database of a new node. It stands apart so that
 * virbl itself does not load SQLite, which takes as long as most commands.
 *
 *	virbl-mkstore PATH
 *
 * Exit status 0, or 1 and a line that says why not.
 */
#include <sodium.h>
#include <stdio.h>

#include "base/buf.h"
#include "shell/store.h"

int
main(int argc, char **argv)
{
	struct buf error;
	int rc;

	if (argc != 2 || sodium_init() == -1) {
		fprintf(stderr, "usage: virbl-mkstore PATH\n");
		return (2);
	}
	buf_init(&error, 4096);
	rc = store_create(argv[1], &error);
	if (rc != 0)
		puts(buf_string(&error));
	buf_free(&error);
	return (rc == 0 ? 0 : 1);
}

/*
 * evidence_id: names for the sightings of a file, so that reading a file twice
 * counts once.
 *
 * The id of a line that holds a time is made of its text and of how often the
 * same text stood in the file before: two equal lines are two sightings, the
 * same lines in another run, or in another file, are the same ones. A line
 * without a time means "now", so the time the file was last written is part of
 * its id: the same file again is a repetition, a new file with the same line is
 * new. From a pipe such a line is new in each run.
 */
#ifndef EVIDENCE_ID_H
#define EVIDENCE_ID_H

#include <stdbool.h>
#include <stddef.h>

#define EVIDENCE_ID	33	/* 32 hex digits and a NUL */

struct evidence_id;

/**
 * evidence_id_new(fd):
 * Begin the file that is open as ${fd}. Free with evidence_id_free().
 */
struct evidence_id *evidence_id_new(int fd);

/**
 * evidence_id_of(e, line, len, timed, id):
 * Write the id of the next line; ${timed} tells whether it holds a time.
 */
void evidence_id_of(struct evidence_id *e, const char *line, size_t len,
    bool timed, char id[EVIDENCE_ID]);

/**
 * evidence_id_free(e):
 * Free ${e}; NULL is harmless.
 */
void evidence_id_free(struct evidence_id *e);

#endif

/*
 * conftext: the text of a configuration file before it is parsed.
 */
#ifndef CONFTEXT_H
#define CONFTEXT_H

#include <stddef.h>

#include "base/buf.h"

/**
 * conftext_scrub(text, len, line):
 * Overwrite the comments in ${text} (from "#" or "//" to the end of the line,
 * and between slash-star and star-slash) with spaces, so that they may stand
 * anywhere and lines are counted right. Return NULL; or say what is wrong, with
 * its line in *${line}: a string, comment or section that never ends, an
 * escape that means different things to different people, a NUL.
 */
const char *conftext_scrub(char *text, size_t len, unsigned *line);

/**
 * conftext_quote(out, text):
 * Append ${text} as a string in double quotes that reads back as the same;
 * control characters are left out.
 */
void conftext_quote(struct buf *out, const char *text);

#endif

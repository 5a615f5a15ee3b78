/*
 * snippet: what another program needs in its configuration to use this node,
 * with local values; made from the templates in src/prog/snippets/.
 *
 * A template is text with lines that begin with "%":
 *	%help TEXT	one line about the product
 *	%needs NAME	fails unless the array NAME of the values has an item
 *	%say TEXT	for people, before the parts
 *	%part FILE [TITLE]	the lines that follow belong into FILE
 *	%run		the lines that follow are commands
 *	%test		... are how to try it
 *	%each NAME	repeat up to %end for each item of the array NAME
 * {{name}} is a value: of the item, else of all.
 */
#ifndef SNIPPET_H
#define SNIPPET_H

#include <jansson.h>
#include <stddef.h>

/**
 * snippet_name(i), snippet_help(i):
 * Return the name of template number ${i}, and what it is for (static, its
 * length in *${len}); NULL if there are fewer.
 */
const char *snippet_name(size_t i);
const char *snippet_help(size_t i, size_t *len);

/**
 * snippet_fill(i, values):
 * Fill template ${i} with the members of the object ${values}. Return
 * {"product", "help", "say": [...], "parts": [{"file", "title", "text"}],
 * "test"}, where a part to be run has no file (null); or, if the array that it
 * needs is empty, the name of that array. Free with json_decref().
 */
json_t *snippet_fill(size_t i, const json_t *values);

#endif

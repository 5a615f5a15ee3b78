/*
 * html: pages made by the node itself, for browsers without scripts.
 *
 * What comes from outside goes through html_text(), always.
 */
#ifndef HTML_H
#define HTML_H

#include "base/buf.h"

/**
 * html_text(out, s):
 * Append ${s} with what HTML gives a meaning escaped; NULL is "".
 */
void html_text(struct buf *out, const char *s);

/**
 * html_begin(out, title), html_end(out):
 * Append the page up to its main part, whose heading is not in it; and the
 * rest.
 */
void html_begin(struct buf *out, const char *title);
void html_end(struct buf *out);

/**
 * html_search(out, address):
 * Append the form that asks about an address, filled in with ${address}
 * (NULL: empty).
 */
void html_search(struct buf *out, const char *address);

#endif

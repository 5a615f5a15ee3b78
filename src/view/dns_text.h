/*
 * dns_text: why something is listed, as the text of a TXT record.
 */
#ifndef DNS_TEXT_H
#define DNS_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

#define DNS_TEXT	256	/* bytes with the final NUL: one string */

/**
 * dns_text_write(e, list, subject, now, out):
 * Write category, threat and time of the latest sighting of ${subject} that
 * counts on ${list}, and the URL of the look-up, NUL-terminated. What does not
 * fit is left out: first the end of the threat's name, then the URL.
 */
void dns_text_write(const struct engine *e, const char *list, uint64_t subject,
    uint32_t now, char out[DNS_TEXT]);

/**
 * dns_text_brief(list, url, subject, out):
 * Write what is known without an engine: the list and the look-up at the node's
 * ${url}, "" for none.
 */
void dns_text_brief(const char *list, const char *url, uint64_t subject,
    char out[DNS_TEXT]);

#endif

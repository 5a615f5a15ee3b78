/*
 * dns_text: why something is listed, as the text of a TXT record.
 */
#ifndef DNS_TEXT_H
#define DNS_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

/**
 * dns_text_write(e, list, subject, now, out):
 * Write category, threat and time of the latest sighting of ${subject} that
 * counts on ${list}, and the URL that tells more, NUL-terminated; cut off at
 * 255 bytes.
 */
void dns_text_write(const struct engine *e, const char *list, uint64_t subject,
    uint32_t now, char out[256]);

#endif

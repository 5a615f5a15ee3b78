#include <stdio.h>

#include <virbl/key.h>

#include "base/text.h"
#include "view/uuid.h"

void
uuid_named(char out[UUID_TEXT], const char *domain, struct buf *name)
{
	uint8_t hash[HASH_BYTES];
	char hex[33];

	key_hash(domain, buf_string(name), name->len, hash);
	hash[6] = (uint8_t)((hash[6] & 0x0f) | 0x50);
	hash[8] = (uint8_t)((hash[8] & 0x3f) | 0x80);
	text_hex(hash, 16, hex);
	snprintf(out, UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
	    hex + 12, hex + 16, hex + 20);
}

#include <sodium.h>

#include <virbl/subject.h>

#include "view/digest.h"

void
digest_rows(const struct listing_row *rows, size_t n, struct digest *ret)
{
	crypto_hash_sha256_state state;
	char line[SUBJECT_TEXT + 1];
	size_t i, len;

	crypto_hash_sha256_init(&state);
	ret->count = n;
	ret->expires = 0;
	for (i = 0; i < n; i++) {
		len = subject_format(rows[i].subject, line);
		line[len] = '\n';
		crypto_hash_sha256_update(&state, (const uint8_t *)line,
		    len + 1);
		if (ret->expires == 0 || rows[i].until < ret->expires)
			ret->expires = rows[i].until;
	}
	crypto_hash_sha256_final(&state, ret->sha256);
}

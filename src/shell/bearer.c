#include <string.h>
#include <strings.h>

#include <sodium.h>

#include <virbl/key.h>

#include "shell/bearer.h"

#define PREFIX "virbl_"
#define SCHEME "Bearer "
#define SECRET 32
#define DOMAIN "virbl token 1"
#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING

void
bearer_new(char text[BEARER_TEXT], uint8_t hash[32])
{
	uint8_t secret[SECRET];
	const size_t skip = sizeof(PREFIX) - 1;

	randombytes_buf(secret, sizeof(secret));
	key_hash(DOMAIN, secret, sizeof(secret), hash);
	memcpy(text, PREFIX, skip);
	sodium_bin2base64(text + skip, BEARER_TEXT - skip, secret,
	    sizeof(secret), VARIANT);
	sodium_memzero(secret, sizeof(secret));
}

int
bearer_hash(const char *header, uint8_t hash[32])
{
	const char *p = header;

	if (strncasecmp(p, SCHEME, sizeof(SCHEME) - 1) != 0)
		return (-1);
	p += sizeof(SCHEME) - 1;
	while (*p == ' ')
		p++;
	return (bearer_read(p, hash));
}

int
bearer_read(const char *text, uint8_t hash[32])
{
	uint8_t secret[SECRET];
	const char *p = text, *end;
	size_t len;
	int rc;

	if (strncmp(p, PREFIX, sizeof(PREFIX) - 1) != 0)
		return (-1);
	p += sizeof(PREFIX) - 1;
	rc = sodium_base642bin(secret, sizeof(secret), p, strlen(p), NULL, &len,
	    &end, VARIANT);
	if (rc != 0 || len != SECRET || *end != '\0')
		return (-1);
	key_hash(DOMAIN, secret, sizeof(secret), hash);
	sodium_memzero(secret, sizeof(secret));
	return (0);
}

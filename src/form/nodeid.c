#include <string.h>

#include <virbl/key.h>

#define CHARS 52 /* of base32: 256 bits and 4 zero bits */
#define GROUP 13 /* characters covered by one check character */
#define CHECKED 56 /* characters with check characters */
#define DASH 7 /* characters between two "-" */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* The check value of GROUP values: Luhn, modulo 32. */
static unsigned
check(const uint8_t *v)
{
	unsigned i, n, sum = 0;

	for (i = 0; i < GROUP; i++) {
		n = v[i] * (i % 2 + 1);
		sum += n / 32 + n % 32;
	}
	return ((32 - sum % 32) % 32);
}

/* Write bits of five, the most significant first. */
static void
spread(const uint8_t public[KEY_BYTES], uint8_t v[CHARS])
{
	unsigned i, acc = 0, bits = 0, n = 0;

	for (i = 0; i < CHARS; i++) {
		if (bits < 5) {
			acc = acc << 8 | (n < KEY_BYTES ? public[n] : 0);
			n++;
			bits += 8;
		}
		bits -= 5;
		v[i] = acc >> bits & 31;
		acc &= (1u << bits) - 1;
	}
}

void
nodeid_format(const uint8_t public[KEY_BYTES], char out[NODEID_TEXT])
{
	uint8_t v[CHARS];
	unsigned i, n = 0;
	char *p = out;

	spread(public, v);
	for (i = 0; i < CHECKED; i++) {
		if (i > 0 && i % DASH == 0)
			*p++ = '-';
		if (i % (GROUP + 1) == GROUP)
			*p++ = alphabet[check(v + n - GROUP)];
		else
			*p++ = alphabet[v[n++]];
	}
	*p = '\0';
}

/* The value of a character, with the usual slips repaired; -1 if none. */
static int
value(char c)
{
	const char *p;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	else if (c == '0')
		c = 'O';
	else if (c == '1')
		c = 'I';
	else if (c == '8')
		c = 'B';
	p = c != '\0' ? strchr(alphabet, c) : NULL;
	return (p != NULL ? (int)(p - alphabet) : -1);
}

/* Read CHARS values and verify the check characters among them. */
static int
collect(const char *text, uint8_t v[CHARS])
{
	unsigned i = 0, n = 0;
	int c;

	for (; *text != '\0'; text++) {
		if (*text == '-' || *text == ' ')
			continue;
		if (i == CHECKED || (c = value(*text)) == -1)
			return (-1);
		if (i++ % (GROUP + 1) != GROUP)
			v[n++] = (uint8_t)c;
		else if ((unsigned)c != check(v + n - GROUP))
			return (-1);
	}
	return (i == CHECKED ? 0 : -1);
}

int
nodeid_parse(const char *text, uint8_t public[KEY_BYTES])
{
	uint8_t v[CHARS];
	unsigned i, acc = 0, bits = 0, n = 0;

	if (collect(text, v) == -1 || (v[CHARS - 1] & 15) != 0)
		return (-1);
	for (i = 0; i < CHARS; i++) {
		acc = (acc << 5 | v[i]) & 0xfff;
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			public[n++] = (uint8_t)(acc >> bits);
		}
	}
	return (0);
}

#include <stdlib.h>
#include <string.h>

#include <virbl/batch.h>
#include <virbl/card.h>

#include "base/wire.h"

#define MAGIC "VRBC"
#define FORMAT 1

int
card_name_valid(const char *name)
{
	size_t n = strlen(name);

	return (n >= 1 && n <= CARD_NAME &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n &&
	    strchr("._-", name[0]) == NULL);
}

/* True if s is printable ASCII that neither begins nor ends with a space. */
static bool
printable(const char *s)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++)
		if (s[i] < 0x20 || s[i] > 0x7e)
			return (false);
	return (i == 0 || (s[0] != ' ' && s[i - 1] != ' '));
}

static bool
url_valid(const char *url)
{
	return (strncmp(url, "https://", 8) == 0 && url[8] != '\0' &&
	    printable(url) && strchr(url, ' ') == NULL);
}

/* True if p is what its own text says: no host bits, none that is IPv4. */
static bool
prefix_canonical(const struct prefix *p)
{
	char text[SUBJECT_TEXT];
	struct prefix back;

	prefix_format(p, text);
	return (prefix_parse(text, &back) == 0 && back.family == p->family);
}

/* Order of prefixes: that of their bytes on the wire. */
static int
prefix_compare(const void *a, const void *b)
{
	const struct prefix *p = a, *q = b;

	if (p->family != q->family)
		return (p->family - q->family);
	if (p->len != q->len)
		return (p->len - q->len);
	return (memcmp(p->addr, q->addr, sizeof(p->addr)));
}

/* Read n bytes as a string of at most max; -1 if too long or with a NUL. */
static int
get_text(struct reader *r, size_t n, char *out, size_t max)
{
	const uint8_t *p;

	if (n > max || (p = wire_bytes(r, n)) == NULL ||
	    memchr(p, '\0', n) != NULL)
		return (-1);
	memcpy(out, p, n);
	out[n] = '\0';
	return (0);
}

static int
get_urls(struct reader *r, struct card *c)
{
	size_t i;

	if ((c->nurls = wire_u8(r)) > CARD_URLS)
		return (-1);
	for (i = 0; i < c->nurls; i++)
		if (get_text(r, wire_u16(r), c->urls[i], CARD_URL) == -1 ||
		    !url_valid(c->urls[i]))
			return (-1);
	return (0);
}

static int
get_prefixes(struct reader *r, struct card *c)
{
	const uint8_t *p;
	struct prefix *to;
	size_t i, n;

	if ((c->nprefixes = wire_u16(r)) > CARD_PREFIXES)
		return (-1);
	for (i = 0; i < c->nprefixes; i++) {
		to = &c->prefixes[i];
		to->family = wire_u8(r);
		to->len = wire_u8(r);
		if (to->family != 4 && to->family != 6)
			return (-1);
		n = to->family == 4 ? 4 : 16;
		if ((p = wire_bytes(r, n)) == NULL)
			return (-1);
		memcpy(to->addr, p, n);
		if (!prefix_canonical(to) ||
		    (i > 0 && prefix_compare(to - 1, to) >= 0))
			return (-1);
	}
	return (0);
}

/* Read everything before the signature; NULL or what is wrong. */
static const char *
get_body(struct reader *r, struct card *c)
{
	const uint8_t *p;

	memset(c, 0, sizeof(*c));
	if ((p = wire_bytes(r, 8)) == NULL)
		return ("cut short");
	if (memcmp(p, MAGIC, 4) != 0)
		return ("bad magic");
	if (p[4] != FORMAT)
		return ("unknown format");
	if (memcmp(p + 5, "\0\0", 3) != 0)
		return ("reserved bytes set");
	if ((p = wire_bytes(r, KEY_BYTES)) == NULL)
		return ("cut short");
	memcpy(c->key, p, KEY_BYTES);
	c->version = wire_u32(r);
	c->created = (int64_t)wire_u64(r);
	if (r->bad)
		return ("cut short");
	if (c->version == 0)
		return ("bad version");
	if (c->created < 0 || c->created > BATCH_CREATED_MAX)
		return ("bad time");
	if (get_text(r, wire_u8(r), c->name, CARD_NAME) == -1 ||
	    !card_name_valid(c->name))
		return ("bad name");
	if (get_text(r, wire_u8(r), c->group, CARD_GROUP) == -1 ||
	    !printable(c->group))
		return ("bad group");
	if (get_text(r, wire_u8(r), c->contact, CARD_CONTACT) == -1 ||
	    !printable(c->contact))
		return ("bad contact");
	if (get_urls(r, c) == -1)
		return ("bad url");
	if (get_prefixes(r, c) == -1)
		return ("bad prefix");
	return (r->bad ? "cut short" : r->left > 0 ? "bytes left over" : NULL);
}

const char *
card_decode(const uint8_t *bytes, size_t len, struct card *ret)
{
	struct reader r = {bytes, len, false};
	struct card c;
	const char *bad;

	if (len > CARD_BYTES)
		return ("too long");
	if (len < SIGNATURE_BYTES)
		return ("cut short");
	r.left = len -= SIGNATURE_BYTES;
	if ((bad = get_body(&r, &c)) != NULL)
		return (bad);
	if (key_verify(c.key, CARD_DOMAIN, bytes, len, bytes + len) == -1)
		return ("bad signature");
	*ret = c;
	return (NULL);
}

static void
put_text(struct writer *w, const char *s)
{
	wire_put_u8(w, (uint8_t)strlen(s));
	wire_put(w, s, strlen(s));
}

/* Write the prefixes in order, repeats dropped. */
static void
put_prefixes(struct writer *w, const struct card *card)
{
	struct prefix p[CARD_PREFIXES];
	size_t i, n = 0;

	memcpy(p, card->prefixes, card->nprefixes * sizeof(p[0]));
	if (card->nprefixes > 1)
		qsort(p, card->nprefixes, sizeof(p[0]), prefix_compare);
	for (i = 0; i < card->nprefixes; i++)
		if (n == 0 || prefix_compare(&p[n - 1], &p[i]) != 0)
			p[n++] = p[i];
	wire_put_u16(w, (uint16_t)n);
	for (i = 0; i < n; i++) {
		wire_put_u8(w, p[i].family);
		wire_put_u8(w, p[i].len);
		wire_put(w, p[i].addr, p[i].family == 4 ? 4 : 16);
	}
}

size_t
card_build(const struct card *card, const struct signer *signer,
    uint8_t out[CARD_BYTES])
{
	struct writer w = {out, CARD_BYTES - SIGNATURE_BYTES, false};
	struct reader r = {out, 0, false};
	struct card check;
	size_t i, len;

	if (card->nurls > CARD_URLS || card->nprefixes > CARD_PREFIXES)
		return (0);
	wire_put(&w, MAGIC "\1\0\0\0", 8);
	wire_put(&w, signer->public, KEY_BYTES);
	wire_put_u32(&w, card->version);
	wire_put_u64(&w, (uint64_t)card->created);
	put_text(&w, card->name);
	put_text(&w, card->group);
	put_text(&w, card->contact);
	wire_put_u8(&w, (uint8_t)card->nurls);
	for (i = 0; i < card->nurls; i++) {
		wire_put_u16(&w, (uint16_t)strlen(card->urls[i]));
		wire_put(&w, card->urls[i], strlen(card->urls[i]));
	}
	put_prefixes(&w, card);
	len = (size_t)(w.p - out);
	r.left = len;
	if (w.bad || get_body(&r, &check) != NULL)
		return (0);
	signer->sign(signer->ctx, CARD_DOMAIN, out, len, out + len);
	return (len + SIGNATURE_BYTES);
}

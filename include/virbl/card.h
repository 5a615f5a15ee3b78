/*
 * card: a member's signed description of itself.
 *
 * What a card says of group and prefixes is a proposal: only what the local
 * operator accepted counts. The highest version of a key wins.
 *
 *	magic "VRBC" 4 | format 1 | zero 3 | key 32 | version 4 |
 *	created 8 (ms) | name | group | contact | urls | prefixes |
 *	signature 64
 * name, group, contact: length 1, bytes (printable ASCII, neither first nor
 * last a space; name [a-z0-9][a-z0-9._-]*, 1..32; group 0..64; contact
 * 0..128). urls: count 1 (at most 4), each length 2, bytes ("https://" and
 * more, printable without spaces, at most 256). prefixes: count 2 (at most
 * 256), each family 1, length 1, address 4 or 16 bytes, host bits zero, none
 * of IPv6 inside ::ffff:0:0/96; strictly ascending as byte strings.
 * signature = Ed25519("virbl card 1" | everything before it)
 */
#ifndef VIRBL_CARD_H
#define VIRBL_CARD_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/key.h>
#include <virbl/subject.h>

#define CARD_NAME	32
#define CARD_GROUP	64
#define CARD_CONTACT	128
#define CARD_URL	256
#define CARD_URLS	4
#define CARD_PREFIXES	256
#define CARD_BYTES	8192	/* no card is longer */
#define CARD_DOMAIN	"virbl card 1"

struct card {
	uint8_t	 key[KEY_BYTES];
	uint32_t version;	/* from 1 */
	int64_t	 created;	/* ms UTC */
	char	 name[CARD_NAME + 1];
	char	 group[CARD_GROUP + 1];
	char	 contact[CARD_CONTACT + 1];
	char	 urls[CARD_URLS][CARD_URL + 1];
	size_t	 nurls;
	struct prefix prefixes[CARD_PREFIXES];
	size_t	 nprefixes;
};

/**
 * card_name_valid(name):
 * True if ${name} can name a node: 1 to 32 of a-z 0-9 . _ -, first a letter or
 * digit.
 */
int card_name_valid(const char *name);

/**
 * card_build(card, signer, out):
 * Encode and sign ${card}; card->key is taken from ${signer}, prefixes are
 * sorted and repeats dropped. Return the length, or 0 if a field is out of
 * range.
 */
size_t card_build(const struct card *card, const struct signer *signer,
    uint8_t out[CARD_BYTES]);

/**
 * card_decode(bytes, len, ret):
 * Decode strictly and check the signature. Return NULL and fill *${ret}, or a
 * text that says what is wrong, *${ret} untouched.
 */
const char *card_decode(const uint8_t *bytes, size_t len, struct card *ret);

#endif

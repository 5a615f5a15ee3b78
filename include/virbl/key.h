/*
 * key: a node's Ed25519 identity: sign, verify, node ID.
 *
 * Signatures are plain Ed25519 (RFC 8032) over a domain string and the
 * message. Verification is strict, so that every implementation agrees: the
 * single-signature check of libsodium must accept, and both the public key
 * and R must be canonical points of the prime-order subgroup, other than its
 * neutral element.
 *
 * All this works without sodium_init(), but slower: a program calls it once,
 * before any thread is made.
 *
 * A node ID is the 32-byte public key in base32 (RFC 4648, no padding, 52
 * characters) with one Luhn-mod-32 check character after each 13, written in
 * eight groups of seven joined by "-", as Syncthing writes device IDs.
 */
#ifndef VIRBL_KEY_H
#define VIRBL_KEY_H

#include <stddef.h>
#include <stdint.h>

#define KEY_BYTES	32
#define KEY_SEED	32
#define SIGNATURE_BYTES	64
#define HASH_BYTES	32
#define NODEID_TEXT	64	/* 63 characters and a NUL */

/* A secret key. Wipe with key_wipe(). */
struct key {
	uint8_t	public[KEY_BYTES];
	uint8_t	secret[64];
};

/*
 * Whatever can sign for a node. The engine holds only this, so that the
 * secret stays in one place.
 */
struct signer {
	uint8_t	public[KEY_BYTES];
	/* Sign domain string ${domain} followed by ${len} bytes at ${msg}. */
	void	(*sign)(void *ctx, const char *domain, const uint8_t *msg,
		    size_t len, uint8_t sig[SIGNATURE_BYTES]);
	void	*ctx;
};

/**
 * key_from_seed(key, seed):
 * Derive the key pair of ${seed} into *${key}.
 */
void key_from_seed(struct key *key, const uint8_t seed[KEY_SEED]);

/**
 * key_signer(key):
 * Return a signer that signs with ${key}, which must outlive it.
 */
struct signer key_signer(const struct key *key);

/**
 * key_wipe(key):
 * Overwrite *${key} with zeros.
 */
void key_wipe(struct key *key);

/**
 * key_verify(public, domain, msg, len, sig):
 * Return 0 if ${sig} is a strictly valid signature under ${public} of
 * ${domain} (without its NUL) followed by ${len} bytes at ${msg}; else -1.
 */
int key_verify(const uint8_t public[KEY_BYTES], const char *domain,
    const uint8_t *msg, size_t len, const uint8_t sig[SIGNATURE_BYTES]);

/**
 * key_valid(public):
 * Return 0 if ${public} is a canonical point of the prime-order subgroup.
 */
int key_valid(const uint8_t public[KEY_BYTES]);

/**
 * key_sound():
 * Return 0 if libsodium tells points outside the prime-order subgroup, as
 * key_valid() needs; -1 if it is one with CVE-2025-69277. Ask once at the start
 * of a program that verifies.
 */
int key_sound(void);

/**
 * key_hash(domain, msg, len, out):
 * Store BLAKE2b-256 of ${domain} (without its NUL) followed by ${len} bytes
 * at ${msg}.
 */
void key_hash(const char *domain, const void *msg, size_t len,
    uint8_t out[HASH_BYTES]);

/**
 * nodeid_format(public, out):
 * Write the node ID of ${public}, NUL-terminated.
 */
void nodeid_format(const uint8_t public[KEY_BYTES], char out[NODEID_TEXT]);

/**
 * nodeid_parse(text, public):
 * Read a node ID. Case, "-" and spaces do not matter; 0, 1 and 8 are read
 * as O, I and B. Return 0, or -1 with ${public} untouched if a character, the
 * length or a check character is wrong.
 */
int nodeid_parse(const char *text, uint8_t public[KEY_BYTES]);

#endif

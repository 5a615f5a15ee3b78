/*
 * filesig: the signature beside a file: FILE.sig holds 64 bytes, plain Ed25519
 * (RFC 8032) over the bytes of FILE, as rspamd's maps and openssl have it.
 *
 * Nothing says what the bytes are: that whoever holds the key wrote them is all
 * that is proved. No file that is signed here begins with the word "virbl", as
 * all that the node signs otherwise does.
 */
#ifndef FILESIG_H
#define FILESIG_H

#include <virbl/key.h>

#include "base/buf.h"

#define FILESIG_SUFFIX ".sig"

/**
 * filesig_make(fd, key, sig, error):
 * Sign the file open as ${fd}. Return 0, or -1 with a line in ${error}.
 */
int filesig_make(int fd, const struct key *key, uint8_t sig[SIGNATURE_BYTES],
    struct buf *error);

/**
 * filesig_read(path, sig, error):
 * Read the signature beside the file ${path}. Return 0, 1 if there is none, or
 * -1 with a line in ${error}.
 */
int filesig_read(const char *path, uint8_t sig[SIGNATURE_BYTES],
    struct buf *error);

/**
 * filesig_check(bytes, len, sig, public):
 * Return 0 if ${sig} is of ${bytes} and by ${public}.
 */
int filesig_check(const void *bytes, size_t len,
    const uint8_t sig[SIGNATURE_BYTES], const uint8_t public[KEY_BYTES]);

#endif

/*
 * text: small conversions between text and values.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_TIME	25	/* "2026-11-23T10:00:00.000Z" and a NUL */

/**
 * text_u64(s, max, ret):
 * Read a decimal number without sign or space, at most ${max}. Return 0, or -1
 * with *${ret} untouched.
 */
int text_u64(const char *s, uint64_t max, uint64_t *ret);

/**
 * text_milli(s, max, ret):
 * Read a decimal with at most three places ("2", "0.5", "1.125") into
 * thousandths, at most ${max}. Return 0, or -1 with *${ret} untouched.
 */
int text_milli(const char *s, uint64_t max, uint64_t *ret);

/**
 * text_duration(s, ret):
 * Read a duration into milliseconds: a number and one of ms s m h d ("90s",
 * "24h"), at most 366 days; a bare 0 is allowed. Return 0 or -1.
 */
int text_duration(const char *s, uint64_t *ret);

/**
 * text_time(s, ret):
 * Read an RFC 3339 time in UTC ("2026-11-23T10:00:00Z", fractions dropped, an
 * offset applied) or Unix seconds into seconds. Return 0 or -1.
 */
int text_time(const char *s, uint32_t *ret);

/**
 * text_time_format(sec, out):
 * Write ${sec} as "2026-11-23T10:00:00Z".
 */
void text_time_format(uint32_t sec, char out[TEXT_TIME]);

/**
 * text_duration_format(ms, out, size):
 * Write ${ms} as text_duration() reads it, with the largest unit that is exact.
 */
void text_duration_format(uint64_t ms, char *out, size_t size);

/**
 * text_milli_format(milli, out, size):
 * Write thousandths with as few places as needed: "2", "0.5".
 */
void text_milli_format(uint64_t milli, char *out, size_t size);

/**
 * text_hex(p, n, out):
 * Write 2 * ${n} lower-case hex digits and a NUL.
 */
void text_hex(const uint8_t *p, size_t n, char *out);

/**
 * text_unhex(s, out, n):
 * Read exactly 2 * ${n} hex digits, lower case. Return 0 or -1.
 */
int text_unhex(const char *s, uint8_t *out, size_t n);

/**
 * text_nearest(word, words, n):
 * Return the one of ${n} ${words} that ${word} is most likely a misspelling
 * of, or NULL if none is near.
 */
const char *text_nearest(const char *word, const char *const *words, size_t n);

/**
 * text_copy(dst, size, src):
 * Copy ${src} to ${dst}, of ${size} bytes, with its NUL. Return 0, or -1 and
 * store "" if it does not fit.
 */
int text_copy(char *dst, size_t size, const char *src);

/**
 * text_utf8(p, n):
 * True if ${n} bytes at ${p} are valid UTF-8 (RFC 3629) without NUL.
 */
bool text_utf8(const void *p, size_t n);

/**
 * text_name(s):
 * True if ${s} can be a threat name: 1 to 64 of the bytes 0x20..0x7e, neither
 * first nor last a space.
 */
bool text_name(const char *s);

#endif

/*
 * mem: allocation that stops the program when memory is gone.
 *
 * A log on disk makes a restart safe, so lost memory is not survived. Callers
 * cap every size that comes from outside before they allocate.
 */
#ifndef MEM_H
#define MEM_H

#include <stddef.h>

/**
 * mem_alloc(n), mem_zero(n):
 * Return ${n} bytes (at least one), zeroed for mem_zero(). Never NULL.
 */
void *mem_alloc(size_t n);
void *mem_zero(size_t n);

/**
 * mem_array(p, n, size):
 * Resize ${p} (or allocate, if NULL) to ${n} elements of ${size} bytes;
 * overflow stops the program. Never NULL.
 */
void *mem_array(void *p, size_t n, size_t size);

/**
 * mem_dup(p, n), mem_string(s):
 * Return a copy of ${n} bytes at ${p}, or of the string ${s}.
 */
void *mem_dup(const void *p, size_t n);
char *mem_string(const char *s);

/**
 * mem_free(p):
 * Free ${p}; NULL is harmless.
 */
void mem_free(void *p);

#endif

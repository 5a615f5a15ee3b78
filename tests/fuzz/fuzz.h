/*
 * fuzz: what every fuzz target has.
 *
 * With --enable-fuzz (CC=clang) each target is linked with libFuzzer:
 *	tests/fuzz/fuzz_NOUN -max_total_time=30 tests/fuzz/corpus/NOUN
 * else with driver.c, which runs it once over each file it is given.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/**
 * LLVMFuzzerTestOneInput(data, size):
 * Try one input; a wrong result aborts. Return 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif

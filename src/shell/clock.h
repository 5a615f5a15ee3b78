/*
 * clock: the only reader of clocks.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <virbl/time.h>

/**
 * clock_wall(), clock_mono():
 * Return the present time.
 */
struct wall clock_wall(void);
struct mono clock_mono(void);

/**
 * clock_us():
 * Return microseconds since an arbitrary start, to measure how long something
 * took.
 */
uint64_t clock_us(void);

#endif

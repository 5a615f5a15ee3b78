/*
 * course: lets happen what is planned on a stage.
 */
#ifndef COURSE_H
#define COURSE_H

#include "sim/stage.h"

/**
 * course_run(s, until):
 * Let things happen up to and including ${until}, or until something broke.
 */
void course_run(struct stage *s, int64_t until);

/**
 * course_end(s):
 * Stop all nodes and free ${s}; NULL is harmless.
 */
void course_end(struct stage *s);

#endif

/*
 * liar: what a dishonest node makes of its answers.
 */
#ifndef LIAR_H
#define LIAR_H

#include "base/buf.h"
#include "sim/stage.h"

/**
 * liar_answer(s, a, letter, body):
 * Change the answer ${body} of ${a} as its lies say. Return the ms by which
 * it comes later.
 */
int64_t liar_answer(struct stage *s, struct actor *a, struct letter *letter,
    struct buf *body);

/**
 * liar_hear(s, a, letter):
 * ${letter} is an answer to the dishonest ${a}: take out what it does not want
 * its engine to know.
 */
void liar_hear(struct stage *s, struct actor *a, struct letter *letter);

#endif

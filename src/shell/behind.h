/*
 * behind: a thread that writes votes and listings behind the engine, for
 * people with sqlite3 (derive.h does the writing).
 */
#ifndef BEHIND_H
#define BEHIND_H

#define BEHIND_SECONDS	10	/* between two looks */

struct behind;
struct node;

/**
 * behind_start(node, dir):
 * Keep ${dir}/derived.db after the state of ${node}. Return NULL if there
 * can be no thread (logged); the node serves without it.
 */
struct behind *behind_start(struct node *node, const char *dir);

/**
 * behind_stop(b):
 * Stop the thread; NULL is harmless.
 */
void behind_stop(struct behind *b);

#endif

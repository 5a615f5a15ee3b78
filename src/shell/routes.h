/*
 * routes: the table of HTTP routes: who may do what, and what answers.
 */
#ifndef ROUTES_H
#define ROUTES_H

#include <stdio.h>

#include "shell/request.h"

/**
 * routes_admit(node, q, r, body):
 * Find the route of ${q}, check door, token and role, before a body is read.
 * Return true and the most bytes of a body that it takes, or false with the
 * problem (404, 401, 403, 405) in ${r}.
 */
bool routes_admit(struct node *node, struct request *q, struct response *r,
    size_t *body);

/**
 * routes_run(node, q, r):
 * Admit ${q} as routes_admit() does and run its route; q->route is its row.
 */
void routes_run(struct node *node, struct request *q, struct response *r);

/**
 * routes_name(i, method, pattern):
 * Store what stands in row ${i} of the table; false if there is no such row.
 */
bool routes_name(unsigned i, const char **method, const char **pattern);

/**
 * routes_print(out):
 * Print one line a route: METHOD PATTERN ROLE.
 */
void routes_print(FILE *out);

#endif

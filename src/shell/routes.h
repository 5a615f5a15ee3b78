/*
 * routes: the table of HTTP routes: who may do what, and what answers.
 */
#ifndef ROUTES_H
#define ROUTES_H

#include <stdio.h>

#include "shell/request.h"

/**
 * routes_run(node, q, r):
 * Find the route of ${q}, check door, token and role, run it. Problems (404,
 * 401, 403, 405) are answered here.
 */
void routes_run(struct node *node, struct request *q, struct response *r);

/**
 * routes_print(out):
 * Print one line a route: METHOD PATTERN ROLE.
 */
void routes_print(FILE *out);

#endif

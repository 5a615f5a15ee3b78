/*
 * sessions: people at the page, who logged in by a one-time code or a token.
 * They live in memory: after a restart everybody logs in again.
 */
#ifndef SESSIONS_H
#define SESSIONS_H

#include "shell/bearer.h"
#include "shell/store.h"

#define SESSIONS_CODES	64	/* most codes not yet used; the oldest goes */
#define SESSIONS_MAX	256	/* most sessions; the oldest goes */
#define SESSIONS_CODE_S	300	/* s: a code works for */
#define SESSIONS_LIFE_S	43200	/* s: a session lasts */

struct sessions;

/**
 * sessions_new(), sessions_free(s):
 * Nobody is logged in. NULL is harmless.
 */
struct sessions *sessions_new(void);
void sessions_free(struct sessions *s);

/**
 * sessions_code(s, t, text):
 * Any thread: make a code that opens one session with what ${t} (copied) may
 * do.
 */
void sessions_code(struct sessions *s, const struct token *t,
    char text[BEARER_TEXT]);

/**
 * sessions_redeem(s, code, ret):
 * Any thread: use ${code} up. Return 0 and fill *${ret} (its prefixes owned by
 * the caller), or -1 if it is none or too old.
 */
int sessions_redeem(struct sessions *s, const char *code, struct token *ret);

/**
 * sessions_open(s, t, text):
 * Any thread: begin a session for ${t} (copied); ${text} names it.
 */
void sessions_open(struct sessions *s, const struct token *t,
    char text[BEARER_TEXT]);

/**
 * sessions_find(s, text, ret, left):
 * Any thread: return 0, who it is in *${ret} (its prefixes owned by the
 * caller) and the seconds left in *${left}; -1 if there is no such session.
 */
int sessions_find(struct sessions *s, const char *text, struct token *ret,
    uint32_t *left);

/**
 * sessions_close(s, text):
 * Any thread: end a session, if there is one.
 */
void sessions_close(struct sessions *s, const char *text);

#endif

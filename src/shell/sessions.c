#include <pthread.h>
#include <string.h>

#include <sodium.h>

#include "base/mem.h"
#include "shell/clock.h"
#include "shell/sessions.h"

/* A secret somebody may show, and what it opens. */
struct pass {
	uint8_t hash[32];
	struct token token; /* owns its prefixes */
	int64_t ends; /* mono ms; 0: unused */
};

struct sessions {
	pthread_mutex_t mutex;
	struct pass codes[SESSIONS_CODES];
	struct pass open[SESSIONS_MAX];
};

struct sessions *
sessions_new(void)
{
	struct sessions *s = mem_zero(sizeof(*s));

	pthread_mutex_init(&s->mutex, NULL);
	return (s);
}

static void
copy(struct token *to, const struct token *from)
{
	*to = *from;
	to->prefixes =
	    mem_dup(from->prefixes, from->nprefixes * sizeof(*to->prefixes));
}

static void
drop(struct pass *p)
{
	mem_free(p->token.prefixes);
	memset(p, 0, sizeof(*p));
}

/* The place of the one with ${hash}, NULL if there is none. */
static struct pass *
find(struct pass *list, size_t n, const uint8_t hash[32])
{
	int64_t now = clock_mono().ms;
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i].ends > now &&
		    sodium_memcmp(list[i].hash, hash, 32) == 0)
			return (&list[i]);
	return (NULL);
}

/* Put in a new one, where there is room or the oldest was. */
static void
put(struct pass *list, size_t n, const struct token *t, uint32_t life,
    char text[BEARER_TEXT])
{
	struct pass *p = &list[0];
	size_t i;

	for (i = 1; i < n; i++)
		if (list[i].ends < p->ends)
			p = &list[i];
	drop(p);
	bearer_new(text, p->hash);
	copy(&p->token, t);
	p->ends = clock_mono().ms + (int64_t)life * 1000;
}

void
sessions_code(struct sessions *s, const struct token *t, char text[BEARER_TEXT])
{
	pthread_mutex_lock(&s->mutex);
	put(s->codes, SESSIONS_CODES, t, SESSIONS_CODE_S, text);
	pthread_mutex_unlock(&s->mutex);
}

int
sessions_redeem(struct sessions *s, const char *code, struct token *ret)
{
	uint8_t hash[32];
	struct pass *p;
	int rc = -1;

	if (bearer_read(code, hash) != 0)
		return (-1);
	pthread_mutex_lock(&s->mutex);
	p = find(s->codes, SESSIONS_CODES, hash);
	if (p != NULL) {
		copy(ret, &p->token);
		drop(p);
		rc = 0;
	}
	pthread_mutex_unlock(&s->mutex);
	return (rc);
}

void
sessions_open(struct sessions *s, const struct token *t, char text[BEARER_TEXT])
{
	pthread_mutex_lock(&s->mutex);
	put(s->open, SESSIONS_MAX, t, SESSIONS_LIFE_S, text);
	pthread_mutex_unlock(&s->mutex);
}

int
sessions_find(struct sessions *s, const char *text, struct token *ret,
    uint32_t *left)
{
	uint8_t hash[32];
	struct pass *p;
	int rc = -1;

	if (bearer_read(text, hash) != 0)
		return (-1);
	pthread_mutex_lock(&s->mutex);
	p = find(s->open, SESSIONS_MAX, hash);
	if (p != NULL) {
		copy(ret, &p->token);
		*left = (uint32_t)((p->ends - clock_mono().ms) / 1000);
		rc = 0;
	}
	pthread_mutex_unlock(&s->mutex);
	return (rc);
}

void
sessions_close(struct sessions *s, const char *text)
{
	uint8_t hash[32];
	struct pass *p;

	if (bearer_read(text, hash) != 0)
		return;
	pthread_mutex_lock(&s->mutex);
	p = find(s->open, SESSIONS_MAX, hash);
	if (p != NULL)
		drop(p);
	pthread_mutex_unlock(&s->mutex);
}

void
sessions_free(struct sessions *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < SESSIONS_CODES; i++)
		drop(&s->codes[i]);
	for (i = 0; i < SESSIONS_MAX; i++)
		drop(&s->open[i]);
	pthread_mutex_destroy(&s->mutex);
	mem_free(s);
}

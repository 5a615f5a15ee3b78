#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "shell/pulls.h"

struct entry {
	struct pulls_who who;
	struct bouncer_cursor cursor;
	uint64_t turn; /* of the last pull; 0 a free place */
};

struct pulls {
	pthread_mutex_t mutex;
	struct entry *entries;
	size_t n;
	uint64_t turns;
};

struct pulls *
pulls_new(void)
{
	struct pulls *p = mem_zero(sizeof(*p));

	pthread_mutex_init(&p->mutex, NULL);
	return (p);
}

void
pulls_free(struct pulls *p)
{
	if (p == NULL)
		return;
	pthread_mutex_destroy(&p->mutex);
	mem_free(p->entries);
	mem_free(p);
}

/* Return the entry of ${who}, NULL if there is none; with the mutex held. */
static struct entry *
find(struct pulls *p, const struct pulls_who *who)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->entries[i].who.token == who->token &&
		    strcmp(p->entries[i].who.client, who->client) == 0)
			return (&p->entries[i]);
	return (NULL);
}

/* Return a place for one more: a new one, or that of the longest unheard. */
static struct entry *
place(struct pulls *p)
{
	struct entry *oldest = p->entries;
	size_t i;

	if (p->n < PULLS_MAX) {
		p->entries =
		    mem_array(p->entries, p->n + 1, sizeof(*p->entries));
		return (&p->entries[p->n++]);
	}
	for (i = 1; i < p->n; i++)
		if (p->entries[i].turn < oldest->turn)
			oldest = &p->entries[i];
	return (oldest);
}

int
pulls_get(struct pulls *p, const struct pulls_who *who,
    struct bouncer_cursor *ret)
{
	const struct entry *e;

	pthread_mutex_lock(&p->mutex);
	e = find(p, who);
	if (e != NULL)
		*ret = e->cursor;
	pthread_mutex_unlock(&p->mutex);
	return (e != NULL ? 0 : -1);
}

void
pulls_put(struct pulls *p, const struct pulls_who *who,
    const struct bouncer_cursor *c)
{
	struct entry *e;

	pthread_mutex_lock(&p->mutex);
	e = find(p, who);
	if (e == NULL)
		e = place(p);
	e->who = *who;
	e->cursor = *c;
	e->turn = ++p->turns;
	pthread_mutex_unlock(&p->mutex);
}

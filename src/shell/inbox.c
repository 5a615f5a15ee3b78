#include <pthread.h>

#include "base/mem.h"
#include "shell/inbox.h"

struct inbox {
	pthread_mutex_t mutex;
	struct letter *first;
	struct letter **last;
	size_t reports;
	size_t limit;
	bool closed;
};

struct inbox *
inbox_new(size_t limit)
{
	struct inbox *in = mem_zero(sizeof(*in));

	pthread_mutex_init(&in->mutex, NULL);
	in->last = &in->first;
	in->limit = limit;
	return (in);
}

static bool
is_bounded(const struct letter *l)
{
	return (l->type == LETTER_REPORT || l->type == LETTER_CALLED);
}

int
inbox_put(struct inbox *in, struct letter *letter)
{
	bool report = is_bounded(letter);
	int rc = 0;

	pthread_mutex_lock(&in->mutex);
	if (report && (in->closed || in->reports >= in->limit)) {
		rc = -1;
	} else {
		letter->next = NULL;
		*in->last = letter;
		in->last = &letter->next;
		in->reports += report;
	}
	pthread_mutex_unlock(&in->mutex);
	return (rc);
}

struct letter *
inbox_take(struct inbox *in)
{
	struct letter *l;

	pthread_mutex_lock(&in->mutex);
	l = in->first;
	if (l != NULL) {
		in->first = l->next;
		if (in->first == NULL)
			in->last = &in->first;
		in->reports -= is_bounded(l);
		l->next = NULL;
	}
	pthread_mutex_unlock(&in->mutex);
	return (l);
}

void
inbox_close(struct inbox *in)
{
	pthread_mutex_lock(&in->mutex);
	in->closed = true;
	pthread_mutex_unlock(&in->mutex);
}

void
inbox_free(struct inbox *in)
{
	struct letter *l;

	if (in == NULL)
		return;
	while ((l = inbox_take(in)) != NULL)
		letter_free(l);
	pthread_mutex_destroy(&in->mutex);
	mem_free(in);
}

void
letter_free(struct letter *l)
{
	if (l == NULL)
		return;
	policy_free(l->policy);
	mem_free(l->items);
	mem_free(l->who);
	mem_free(l->bytes);
	mem_free(l->reason);
	mem_free(l);
}

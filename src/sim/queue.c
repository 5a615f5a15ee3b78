#include <assert.h>

#include "base/mem.h"
#include "sim/queue.h"

#define ROOM_MIN 256

struct planned {
	int64_t when;
	uint64_t serial;
	void *thing;
};

struct queue {
	struct planned *heap; /* binary, first to happen first */
	size_t n;
	size_t room;
	uint64_t serial;
};

struct queue *
queue_new(void)
{
	return (mem_zero(sizeof(struct queue)));
}

static inline int
before(const struct planned *a, const struct planned *b)
{
	return (a->when != b->when ? a->when < b->when : a->serial < b->serial);
}

void
queue_add(struct queue *q, int64_t when, void *thing)
{
	struct planned new = {when, ++q->serial, thing};
	size_t i = q->n++, up;

	if (q->n > q->room) {
		q->room = q->room == 0 ? ROOM_MIN : q->room * 2;
		q->heap = mem_array(q->heap, q->room, sizeof(*q->heap));
	}
	for (; i > 0; i = up) {
		up = (i - 1) / 2;
		if (!before(&new, &q->heap[up]))
			break;
		q->heap[i] = q->heap[up];
	}
	q->heap[i] = new;
}

void *
queue_take(struct queue *q, int64_t by, int64_t *when)
{
	struct planned first, last;
	size_t i = 0, down;

	if (q->n == 0 || q->heap[0].when > by)
		return (NULL);
	first = q->heap[0];
	last = q->heap[--q->n];
	while ((down = 2 * i + 1) < q->n) {
		if (down + 1 < q->n &&
		    before(&q->heap[down + 1], &q->heap[down]))
			down++;
		if (!before(&q->heap[down], &last))
			break;
		q->heap[i] = q->heap[down];
		i = down;
	}
	if (q->n > 0)
		q->heap[i] = last;
	*when = first.when;
	return (first.thing);
}

size_t
queue_length(const struct queue *q)
{
	return (q->n);
}

void
queue_free(struct queue *q)
{
	if (q == NULL)
		return;
	assert(q->n == 0);
	mem_free(q->heap);
	mem_free(q);
}

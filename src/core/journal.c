#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "core/journal.h"

struct journal {
	struct entry *list; /* by number */
	size_t n;
	size_t newest; /* number + 1, 0 none */
	uint64_t arrival;
};

struct journal *
journal_new(void)
{
	return (mem_zero(sizeof(struct journal)));
}

struct entry *
journal_entry(struct journal *j, size_t number, const uint8_t key[KEY_BYTES])
{
	struct entry *e;

	for (; j->n <= number; j->n++) {
		if ((j->n & (j->n - 1)) == 0)
			j->list = mem_array(j->list, j->n == 0 ? 1 : j->n * 2,
			    sizeof(*j->list));
		memset(&j->list[j->n], 0, sizeof(j->list[j->n]));
	}
	e = &j->list[number];
	memcpy(e->durable.member, key, KEY_BYTES);
	memcpy(e->next.member, key, KEY_BYTES);
	return (e);
}

enum chain_verdict
journal_judge(const struct journal *j, size_t number,
    const struct batch_header *h, const uint8_t id[HASH_BYTES])
{
	const struct entry *e;
	struct head head;

	assert(number < j->n);
	e = &j->list[number];
	head = e->next;
	if (e->learned_epoch == h->epoch && h->epoch == head.epoch &&
	    e->learned_floor > head.floor)
		head.floor = e->learned_floor;
	if (e->learned_epoch == h->epoch && h->epoch > head.epoch &&
	    h->seq > 1) {
		/* The first batches of this epoch are gone for everybody. */
		memset(&head, 0, sizeof(head));
		head.floor = e->learned_floor;
	}
	return (chain_judge(&head, h, id));
}

void
journal_accept(struct journal *j, size_t number, const struct batch *b)
{
	struct entry *e;

	assert(number < j->n);
	e = &j->list[number];
	chain_advance(&e->next, &b->h, b->id);
	memcpy(e->header, b->bytes, JOURNAL_SIGNED);
	e->signed_head = true;
	e->accepted++;
	e->records += b->h.records;
}

static bool
above(const struct head *a, const struct head *b)
{
	return (
	    a->epoch > b->epoch || (a->epoch == b->epoch && a->seq > b->seq));
}

/* Put ${number} at the end of the order of arrival. */
static void
arrive(struct journal *j, size_t number)
{
	struct entry *e = &j->list[number];

	e->arrival = ++j->arrival;
	if (j->newest == number + 1)
		return;
	if (e->prev != 0)
		j->list[e->prev - 1].later = e->later;
	if (e->later != 0)
		j->list[e->later - 1].prev = e->prev;
	e->later = 0;
	e->prev = j->newest;
	if (j->newest != 0)
		j->list[j->newest - 1].later = number + 1;
	j->newest = number + 1;
}

void
journal_durable(struct journal *j, size_t number, const struct head *head)
{
	struct entry *e;

	assert(number < j->n);
	e = &j->list[number];
	if (!above(head, &e->durable))
		return;
	e->durable = *head;
	if (above(head, &e->next)) {
		e->next = *head;
		e->signed_head = false;
	}
	arrive(j, number);
}

const struct entry *
journal_get(const struct journal *j, size_t number)
{
	return (number < j->n ? &j->list[number] : NULL);
}

long
journal_newest(const struct journal *j)
{
	return ((long)j->newest - 1);
}

void
journal_free(struct journal *j)
{
	if (j == NULL)
		return;
	mem_free(j->list);
	mem_free(j);
}

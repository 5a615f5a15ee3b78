#include "base/mem.h"
#include "sim/actor.h"
#include "sim/course.h"

static void
letter_free(struct letter *l)
{
	if (l == NULL)
		return;
	mem_free(l->bytes);
	mem_free(l);
}

/* The life that planned ${h} ended: somebody may notice. */
static void
outlived(struct stage *s, struct happening *h)
{
	struct letter *l = h->letter;
	struct happening *f;

	if (h->hap == HAP_ARRIVE && l->life == s->actors[l->from].life) {
		f = stage_add(s, s->now + 5, HAP_FAIL, &s->actors[l->from]);
		f->number = l->request;
		f->why = "connection reset";
	}
	letter_free(l);
	h->letter = NULL;
}

/* Do ${h}. Return false if it goes on being planned. */
static bool
happen(struct stage *s, struct happening *h)
{
	struct actor *a;

	if (h->hap == HAP_CALL) {
		h->call(s, h->arg);
		return (true);
	}
	a = &s->actors[h->actor];
	if (a->engine == NULL || a->life != h->life) {
		outlived(s, h);
		return (true);
	}
	if (h->hap == HAP_GO) {
		if (a->paused <= s->now)
			stage_resume(s, a);
		return (true);
	}
	if (a->paused > s->now) {
		/* In the order in which it happened: last first. */
		h->spare = a->still;
		a->still = h;
		return (false);
	}
	if (a->busy > s->now) {
		queue_add(s->queue, a->busy, h);
		return (false);
	}
	actor_happen(s, h);
	return (true);
}

void
course_run(struct stage *s, int64_t until)
{
	struct happening *h;
	int64_t when;

	while (
	    !s->stopped && (h = queue_take(s->queue, until, &when)) != NULL) {
		s->now = when;
		s->events++;
		tale_mix(&s->tale,
		    (uint64_t)when << 16 ^ (uint64_t)h->actor << 4 ^ h->hap);
		if (!happen(s, h))
			continue;
		h->spare = s->spare;
		s->spare = h;
		s->stopped = s->stopped || s->tale.broken != 0;
	}
	if (!s->stopped && until != STAGE_NEVER)
		s->now = until;
}

static void
free_actor(struct stage *s, struct actor *a)
{
	actor_stop(s, a, STOP_NOTHING);
	letter_free(a->kept);
	disk_free(a->disk);
	stance_free(&a->stance);
	mem_free(a->writes);
	mem_free(a->asked);
	mem_free(a->replied);
	mem_free(a->acked);
	mem_free(a->said);
}

void
course_end(struct stage *s)
{
	struct happening *h;
	struct letter *l;
	int64_t when;
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++) {
		stage_resume(s, &s->actors[i]);
		free_actor(s, &s->actors[i]);
	}
	for (i = 0; i < s->n * s->n; i++)
		while ((l = s->links[i].held) != NULL) {
			s->links[i].held = l->later;
			letter_free(l);
		}
	while ((h = queue_take(s->queue, STAGE_NEVER, &when)) != NULL) {
		letter_free(h->letter);
		mem_free(h);
	}
	while ((h = s->spare) != NULL) {
		s->spare = h->spare;
		mem_free(h);
	}
	queue_free(s->queue);
	annals_free(s->annals);
	mem_free(s->heads);
	mem_free(s->links);
	mem_free(s->keys);
	mem_free(s->actors);
	mem_free(s);
}

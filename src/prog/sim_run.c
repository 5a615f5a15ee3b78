#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "prog/sim_fake.h"
#include "prog/sim_run.h"
#include "sim/play.h"

#define TWICE 20 /* of so many random runs one is run twice */
#define DAY_MS 86400e3
#define YEAR_MS (365.25 * DAY_MS)

static void
on_line(void *arg, const char *text)
{
	(void)arg;
	puts(text);
}

static struct play *
make(const char *text, const char *name, uint64_t seed,
    const struct sim_options *o)
{
	struct play_setup setup = {.name = name,
	    .seed = seed,
	    .real = sim_real_signer,
	    .fake = sim_fake_signer,
	    .honour = o->real,
	    .line = o->verbose ? on_line : NULL};
	struct play *p;
	struct buf error;

	buf_init(&error, 65536);
	p = play_new(text, &setup, &error);
	if (p == NULL)
		fprintf(stderr, "%s", buf_string(&error));
	buf_free(&error);
	return (p);
}

static void
add(struct sim_sum *sum, const struct play *p)
{
	const struct stage *s = p->stage;
	size_t i;

	sum->runs++;
	sum->events += s->events;
	sum->lived += stage_lived(s);
	if (p->settling > sum->slowest)
		sum->slowest = p->settling;
	for (i = 0; i < FAULTS; i++)
		sum->faults[i] += s->tale.faults[i];
	for (i = 0; i <= INVARIANTS; i++)
		sum->checks[i] += s->tale.checks[i];
}

/* Print the end of the tale and what broke. */
static void
print_failure(const struct play *p, const char *name, uint64_t seed, bool all)
{
	const struct tale *t = &p->stage->tale;
	char when[32];
	size_t i;

	for (i = t->n > TALE_LINES ? t->n - TALE_LINES : 0; !all && i < t->n;
	     i++)
		puts(t->lines[i % TALE_LINES]);
	tale_moment(t->when, when, sizeof(when));
	if (t->broken == TALE_EXPECT)
		printf("FAIL %s, seed %llu, at %s: %s\n", name,
		    (unsigned long long)seed, when, t->how);
	else
		printf("FAIL %s, seed %llu, at %s: invariant I%u: %s\n", name,
		    (unsigned long long)seed, when, t->broken, t->how);
}

/* Run it again. Return 0 if it went the same way. */
static int
again(const char *text, const char *name, const struct play *first,
    const struct sim_options *o, struct sim_sum *sum)
{
	struct sim_options silent = *o;
	struct play *p;
	int rc;

	silent.verbose = false;
	p = make(text, name, first->stage->setup.seed, &silent);
	play_run(p);
	rc = p->stage->tale.print == first->stage->tale.print &&
		p->stage->events == first->stage->events ?
	    0 :
	    1;
	if (rc != 0)
		printf("FAIL %s: invariant I17: run again it goes another "
		       "way\n",
		    name);
	sum->twice++;
	sum->checks[17]++;
	play_free(p);
	return (rc);
}

int
sim_run(const char *text, const char *name, uint64_t seed,
    const struct sim_options *o, struct sim_sum *sum)
{
	struct play *p = make(text, name, seed, o);
	int rc;

	if (p == NULL)
		return (2);
	rc = play_run(p) == 0 ? 0 : 1;
	if (p->error[0] != '\0') {
		fprintf(stderr, "%s: %s\n", name, p->error);
		play_free(p);
		return (2);
	}
	if (rc != 0)
		print_failure(p, name, seed, o->verbose);
	else if (!o->quiet)
		printf("ok   %s: %llu events, %.2f node-days, settled in %.1f "
		       "s, print %016llx\n",
		    name, (unsigned long long)p->stage->events,
		    (double)stage_lived(p->stage) / DAY_MS,
		    (double)p->settling / 1000,
		    (unsigned long long)p->stage->tale.print);
	if (rc == 0 && o->quiet && seed % TWICE == 0)
		rc = again(text, name, p, o, sum);
	add(sum, p);
	sum->failed += rc != 0;
	play_free(p);
	return (rc);
}

int
sim_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return ((int)(u.ru_utime.tv_sec + u.ru_stime.tv_sec));
}

void
sim_report(const struct sim_sum *sum)
{
	double years = (double)sum->lived / YEAR_MS;
	double hours = sim_seconds() / 3600.0;
	size_t i;

	printf("%llu runs, %llu of them twice, %llu events\n",
	    (unsigned long long)sum->runs, (unsigned long long)sum->twice,
	    (unsigned long long)sum->events);
	printf("%.2f node-years simulated", years);
	if (hours > 0)
		printf(", %.0f node-years per CPU-hour", years / hours);
	printf("\nlongest settling: %.1f s\nfaults injected:",
	    (double)sum->slowest / 1000);
	for (i = 0; i < FAULTS; i++)
		printf(" %s %llu", tale_fault_name((enum fault)i),
		    (unsigned long long)sum->faults[i]);
	printf("\ninvariants checked:");
	for (i = 1; i <= INVARIANTS; i++)
		printf(" I%zu %llu", i, (unsigned long long)sum->checks[i]);
	printf("\n%llu passed, %llu failed\n",
	    (unsigned long long)(sum->runs - sum->failed),
	    (unsigned long long)sum->failed);
}

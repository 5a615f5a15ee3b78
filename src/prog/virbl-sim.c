/*
 * virbl-sim: many engines in one process, in virtual time, among faults and
 * liars. docs/simulator.md says how to use it.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <popt.h>
#include <sodium.h>

#include "base/text.h"
#include "prog/sim_run.h"
#include "shell/infile.h"
#include "sim/chaos.h"
#include "sim/play.h"

#define EXIT_USAGE 2

struct args {
	long long seed;
	int nodes;
	int days;
	int print;
	int seconds;
	const char *seeds;
	struct sim_options run;
};

static int
usage(const char *why)
{
	fprintf(stderr,
	    "virbl-sim: %s\n"
	    "usage: virbl-sim run [--seed N] [-v] [--real] SCENARIO...\n"
	    "       virbl-sim random --seed N [--nodes K] [--days D] [--print] "
	    "[-v]\n"
	    "       virbl-sim sweep --seeds A-B [--nodes K] [--days D] "
	    "[--seconds S]\n",
	    why);
	return (EXIT_USAGE);
}

/* Run the scenario files that are left on the line. */
static int
run(const struct args *a, poptContext ctx)
{
	struct sim_sum sum;
	const char *file;
	struct buf text, error;
	int rc, failed = 0, passed = 0;

	memset(&sum, 0, sizeof(sum));
	while ((file = poptGetArg(ctx)) != NULL) {
		buf_init(&text, PLAY_BYTES);
		buf_init(&error, 4096);
		if (infile_read(file, &text, NULL, &error) != 0) {
			fprintf(stderr, "virbl-sim: %s\n", buf_string(&error));
			rc = EXIT_USAGE;
		} else
			rc = sim_run(buf_string(&text), file, (uint64_t)a->seed,
			    &a->run, &sum);
		buf_free(&text);
		buf_free(&error);
		if (rc == EXIT_USAGE)
			return (rc);
		passed += rc == 0;
		failed += rc != 0;
	}
	if (passed + failed == 0)
		return (usage("no scenario given"));
	printf("%d passed, %d failed\n", passed, failed);
	return (failed > 0);
}

/* Run the random scenario of one seed. */
static int
one_seed(const struct args *a, uint64_t seed, struct sim_sum *sum)
{
	char name[40];
	struct buf text;
	int rc = 0;

	buf_init(&text, PLAY_BYTES);
	chaos_write(seed, (size_t)a->nodes, (unsigned)a->days, &text);
	snprintf(name, sizeof(name), "seed %llu", (unsigned long long)seed);
	if (a->print)
		fputs(buf_string(&text), stdout);
	else
		rc = sim_run(buf_string(&text), name, seed, &a->run, sum);
	buf_free(&text);
	return (rc);
}

/* Run the seeds "A-B" until they are done or the time is over. */
static int
sweep(struct args *a)
{
	uint64_t from, to = 0;
	struct sim_sum sum;
	char first[24];
	size_t n;

	n = a->seeds == NULL ? 0 : strcspn(a->seeds, "-");
	if (n == 0 || n >= sizeof(first) || a->seeds[n] == '\0')
		return (usage("sweep needs --seeds A-B"));
	memcpy(first, a->seeds, n);
	first[n] = '\0';
	if (text_u64(first, UINT64_MAX, &from) != 0 ||
	    text_u64(a->seeds + n + 1, UINT64_MAX, &to) != 0 || from > to)
		return (usage("--seeds wants two numbers, A-B"));
	memset(&sum, 0, sizeof(sum));
	a->run.quiet = true;
	for (;; from++) {
		if (one_seed(a, from, &sum) == EXIT_USAGE)
			return (EXIT_FAILURE);
		if (from == to ||
		    (a->seconds > 0 && sim_seconds() > a->seconds))
			break;
	}
	sim_report(&sum);
	return (sum.failed > 0);
}

static int
obey(const char *word, struct args *a, poptContext ctx)
{
	struct sim_sum sum;

	if (word != NULL && strcmp(word, "run") == 0)
		return (run(a, ctx));
	if (word == NULL || poptPeekArg(ctx) != NULL)
		return (usage("say run, random or sweep"));
	memset(&sum, 0, sizeof(sum));
	if (strcmp(word, "random") == 0)
		return (one_seed(a, (uint64_t)a->seed, &sum));
	if (strcmp(word, "sweep") == 0)
		return (sweep(a));
	return (usage("say run, random or sweep"));
}

int
main(int argc, char **argv)
{
	struct args a = {.seed = 1};
	int verbose = 0, real = 0, rc;
	struct poptOption table[] =
	    {{"seed", '\0', POPT_ARG_LONGLONG, &a.seed, 0,
		 "the seed of everything that is left to chance", "N"},
		{"seeds", '\0', POPT_ARG_STRING, &a.seeds, 0,
		    "sweep: the first and the last seed", "A-B"},
		{"seconds", '\0', POPT_ARG_INT, &a.seconds, 0,
		    "sweep: begin no seed after so much processor time", "S"},
		{"nodes", '\0', POPT_ARG_INT, &a.nodes, 0,
		    "random, sweep: so many nodes", "K"},
		{"days", '\0', POPT_ARG_INT, &a.days, 0,
		    "random, sweep: so many days", "D"},
		{"print", '\0', POPT_ARG_NONE, &a.print, 0,
		    "random: print the scenario instead of running it", NULL},
		{"real", '\0', POPT_ARG_NONE, &real, 0,
		    "real signatures, even where the scenario says fake", NULL},
		{"verbose", 'v', POPT_ARG_NONE, &verbose, 0,
		    "print every line of the tale", NULL},
		POPT_AUTOHELP POPT_TABLEEND};
	poptContext ctx;

	if (sodium_init() < 0) {
		fprintf(stderr, "virbl-sim: libsodium does not work here\n");
		return (EXIT_FAILURE);
	}
	mallopt(M_MMAP_THRESHOLD, 64 << 20);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	ctx = poptGetContext("virbl-sim", argc, (const char **)(uintptr_t)argv,
	    table, 0);
	rc = poptGetNextOpt(ctx);
	a.run.verbose = verbose;
	a.run.real = real;
	if (rc < -1 || a.nodes < 0 || a.nodes == 1 || a.nodes == 2 ||
	    a.days < 0)
		rc = usage(rc < -1 ? poptStrerror(rc) :
				     "nodes are 3 or more, days 0 or more");
	else
		rc = obey(poptGetArg(ctx), &a, ctx);
	poptFreeContext(ctx);
	return (rc);
}

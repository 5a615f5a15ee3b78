/*
 * report: one sighting, from a script or a ban action. It must never block or
 * fail its caller because the daemon restarts or hangs: then it goes into the
 * spool.
 */
#include <string.h>

#include <virbl/category.h>
#include <virbl/subject.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/clock.h"
#include "shell/spool.h"

#include "call.h"
#include "commands.h"
#include "out.h"
#include "posting.h"

#define PATIENCE 2000 /* ms until a daemon that says nothing is left alone */

enum { CATEGORY = 1, THREAT, COUNT, TIME, PORT };

/* Check what was typed, so that nothing useless goes into the spool. */
static int
check(struct cmd_ctx *ctx, const char *addr, unsigned long n[2], uint32_t *seen)
{
	const char *category = cmd_option(ctx, CATEGORY);
	const char *threat = cmd_option(ctx, THREAT);
	const char *names[CATEGORY_MAX];
	enum subject_verdict v;
	uint64_t subject;
	unsigned i;

	if (category == NULL || threat == NULL)
		return (cmd_fail(ctx, CMD_USAGE, "report: --%s is missing",
		    category == NULL ? "category" : "threat"));
	if ((v = subject_parse(addr, &subject)) != SUBJECT_OK)
		return (cmd_fail(ctx, CMD_USAGE, "'%s': %s", addr,
		    subject_verdict_text(v)));
	for (i = 0; i < CATEGORY_MAX; i++)
		names[i] = category_name(i + 1);
	if (cmd_choose(ctx, "category", category, names, CATEGORY_MAX) == -1)
		return (CMD_USAGE);
	if (!text_name(threat))
		return (cmd_fail(ctx, CMD_USAGE,
		    "'%s' is no threat name: "
		    "1 to 64 printable ASCII "
		    "characters",
		    threat));
	if (cmd_number(ctx, COUNT, UINT32_MAX, &n[0]) != 0 ||
	    cmd_number(ctx, PORT, 65535, &n[1]) != 0)
		return (CMD_USAGE);
	if (n[0] == 0)
		return (cmd_fail(ctx, CMD_USAGE, "--count is at least 1"));
	/* The time of delivery is not the time it was seen. */
	*seen = wall_sec(clock_wall());
	if (cmd_option(ctx, TIME) != NULL &&
	    text_time(cmd_option(ctx, TIME), seen) == -1)
		return (cmd_fail(ctx, CMD_USAGE,
		    "'%s' is no time: give "
		    "2026-11-23T10:00:00Z or "
		    "Unix seconds",
		    cmd_option(ctx, TIME)));
	return (CMD_OK);
}

/* The line as NDJSON, freed with mem_free(). */
static char *
make_line(struct cmd_ctx *ctx, const char *addr, const unsigned long n[2],
    uint32_t seen)
{
	char id[POSTING_ID], time[TEXT_TIME], *text, *line;
	json_t *o;
	size_t len;

	posting_id(id);
	text_time_format(seen, time);
	o = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "address", addr,
	    "category", cmd_option(ctx, CATEGORY), "threat",
	    cmd_option(ctx, THREAT), "count", (json_int_t)n[0], "time", time,
	    "id", id);
	if (cmd_option(ctx, PORT) != NULL)
		json_object_set_new(o, "port", json_integer((json_int_t)n[1]));
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	len = strlen(text);
	line = mem_alloc(len + 2);
	memcpy(line, text, len);
	memcpy(line + len, "\n", 2);
	mem_free(text);
	return (line);
}

/* The daemon is away for the reason in ${why}: keep the report. */
static int
spool(struct cmd_ctx *ctx, const struct conf *conf, const char *line,
    struct buf *why)
{
	enum spool_verdict v;
	struct buf error;
	int rc = CMD_OK;

	buf_init(&error, 4096);
	v = spool_write(conf->state, clock_wall(), line, strlen(line), &error);
	if (v == SPOOL_OK) {
		cmd_note("the daemon is away: the report is kept and counted "
			 "when it is back");
		if (ctx->json)
			puts("{\"accepted\":0,\"duplicate\":0,"
			     "\"rejected\":[],\"spooled\":1}");
	} else {
		rc = cmd_fail(ctx,
		    v == SPOOL_FULL ? CMD_TEMPORARY : CMD_UNREACHABLE, "%s",
		    buf_string(why));
		cmd_note("virbl: nor could it be kept: %s", buf_string(&error));
	}
	buf_free(&error);
	return (rc);
}

/* What the daemon answered about the one line. */
static int
tell(struct cmd_ctx *ctx, const char *addr, const struct posting *p,
    const struct answer *a)
{
	const json_t *first = json_array_get(p->rejected, 0);

	if (ctx->json)
		out_json(a->body.data, a->body.len);
	else if (p->accepted + p->duplicate > 0)
		printf("%s: %s\n", addr,
		    p->accepted > 0 ? "accepted" : "known already");
	if (p->accepted + p->duplicate > 0)
		return (CMD_OK);
	fprintf(stderr, "virbl: rejected: ");
	out_value(stderr, json_object_get(first, "field"));
	fprintf(stderr, ": ");
	out_value(stderr, json_object_get(first, "error"));
	fprintf(stderr, "\n");
	return (CMD_FAILED);
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	unsigned long n[2] = {1, 0};
	struct posting_lines lines = {.adapter = "report"};
	struct posting p;
	struct answer a;
	struct client *c;
	struct conf *conf;
	uint32_t seen;
	char *line;
	int rc;

	(void)argc;
	if ((rc = check(ctx, argv[0], n, &seen)) != CMD_OK)
		return (rc);
	if ((conf = call_conf(ctx)) == NULL)
		return (CMD_FAILED);
	line = make_line(ctx, argv[0], n, seen);
	c = client_open(conf->socket);
	client_hurry(c, PATIENCE);
	lines.bytes = line;
	lines.len = strlen(line);
	rc = posting_send(c, &lines, &p, &a);
	if (rc == CMD_OK)
		rc = tell(ctx, argv[0], &p, &a);
	else if (rc == CMD_UNREACHABLE || rc == CMD_TEMPORARY)
		rc = spool(ctx, conf, line, &a.error);
	else
		cmd_fail(ctx, rc, "%s", buf_string(&a.error));
	posting_free(&p);
	client_answer_free(&a);
	client_close(c);
	conf_free(conf);
	mem_free(line);
	return (rc);
}

static const struct poptOption options[] = {
    {"category", '\0', POPT_ARG_STRING, NULL, CATEGORY,
	"worm, malware, spam, phish, bruteforce, scan, exploit or test",
	"CATEGORY"},
    {"threat", '\0', POPT_ARG_STRING, NULL, THREAT, "the scanner's name for it",
	"NAME"},
    {"count", '\0', POPT_ARG_STRING, NULL, COUNT,
	"how often it was seen (default 1)", "N"},
    {"time", '\0', POPT_ARG_STRING, NULL, TIME,
	"when it was seen last (default now)", "TIME"},
    {"port", '\0', POPT_ARG_STRING, NULL, PORT, "its source port", "PORT"},
    POPT_TABLEEND,
};

const struct command cmd_report = {
    "report",
    "ADDR --category CATEGORY --threat NAME [--count N] [--time TIME] "
    "[--port PORT]",
    "report what was seen from an address",
    run,
    options,
    1,
    1,
};

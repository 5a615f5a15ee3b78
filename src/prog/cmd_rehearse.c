/*
 * rehearse: the listing rule over a file of votes, without a node.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "shell/conf.h"
#include "shell/infile.h"
#include "view/rehearse.h"

#include "commands.h"
#include "deflists.h"
#include "self.h"

#define MOST ((size_t)4 << 30) /* bytes of a file of votes */
#define TALK 1048576 /* most bytes of complaints */

enum { OPT_LIST = 1, OPT_AT };

static const struct poptOption options[] = {
    {"list", '\0', POPT_ARG_STRING, NULL, OPT_LIST,
	"decide this list (may be left out where there is one)", "NAME"},
    {"at", '\0', POPT_ARG_STRING, NULL, OPT_AT,
	"decide for this time (default: the last one in the file)", "TIME"},
    POPT_TABLEEND,
};

/* The policy of the configuration; without any, that of a new node. */
static struct policy *
policy_get(const struct cmd_ctx *ctx)
{
	struct policy *p = NULL;
	struct buf error;
	struct conf *c;

	if (!ctx->config_given && access(ctx->config, F_OK) != 0) {
		p = policy_new();
		deflists_add(p);
		policy_ready(p);
		return (p);
	}
	buf_init(&error, TALK);
	if ((c = conf_load(ctx->config, NULL, &error)) != NULL)
		p = conf_policy(c);
	self_say(buf_string(&error));
	conf_free(c);
	buf_free(&error);
	return (p);
}

/* The list asked for; NULL after saying what is wrong. */
static const struct policy_list *
list_get(const struct cmd_ctx *ctx, const struct policy *p)
{
	const char *want = cmd_option(ctx, OPT_LIST);
	const char *names[POLICY_LISTS];
	size_t i;
	int n;

	if (want == NULL && p->nlists == 1)
		return (&p->lists[0]);
	if (p->nlists == 0) {
		cmd_fail(ctx, CMD_FAILED, "%s: has no list", ctx->config);
		return (NULL);
	}
	for (i = 0; i < p->nlists; i++)
		names[i] = p->lists[i].name;
	if (want == NULL) {
		cmd_fail(ctx, CMD_USAGE,
		    "there are %zu lists: say which with --list", p->nlists);
		return (NULL);
	}
	n = cmd_choose(ctx, "list", want, names, p->nlists);
	return (n == -1 ? NULL : &p->lists[n]);
}

static void
row_write(struct jsonw *w, const struct rehearse_row *row)
{
	char text[SUBJECT_TEXT];

	subject_format(row->subject, text);
	jsonw_object(w);
	jsonw_key(w, "address");
	jsonw_string(w, text);
	jsonw_key(w, "since");
	jsonw_time(w, row->verdict.since);
	jsonw_key(w, "until");
	jsonw_time(w, row->verdict.until);
	jsonw_key(w, "score");
	jsonw_milli(w, row->verdict.score);
	jsonw_key(w, "groups");
	jsonw_u64(w, row->verdict.groups);
	jsonw_key(w, "reason");
	jsonw_string(w, rule_reason_text(row->verdict.reason));
	jsonw_end_object(w);
}

static void
print_json(const struct policy_list *list, const struct rehearsal *r)
{
	struct jsonw w;
	struct buf out;
	size_t i;

	buf_init(&out, TALK);
	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_key(&w, "list");
	jsonw_string(&w, list->name);
	jsonw_key(&w, "at");
	jsonw_time(&w, r->at);
	jsonw_key(&w, "rows_read");
	jsonw_u64(&w, r->good);
	jsonw_key(&w, "rows_bad");
	jsonw_u64(&w, r->bad);
	jsonw_key(&w, "count");
	jsonw_u64(&w, r->nrows);
	jsonw_key(&w, "rows");
	jsonw_array(&w);
	for (i = 0; i < r->nrows; i++) {
		row_write(&w, &r->rows[i]);
		/* Long lists are not kept whole. */
		if (out.len > TALK / 2) {
			fwrite(out.data, 1, out.len, stdout);
			buf_reset(&out);
		}
	}
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	buf_text(&out, "\n");
	fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
}

static void
print(const struct cmd_ctx *ctx, const struct policy_list *list,
    const struct rehearsal *r)
{
	char text[SUBJECT_TEXT];
	size_t i;

	if (ctx->json) {
		print_json(list, r);
		return;
	}
	for (i = 0; i < r->nrows; i++) {
		subject_format(r->rows[i].subject, text);
		puts(text);
	}
}

/* Say which rows were left out. */
static void
complain(const char *file, const struct rehearsal *r)
{
	const struct rehearse_error *e;
	size_t i;

	for (i = 0; i < r->nerrors; i++) {
		e = &r->errors[i];
		cmd_note("%s:%zu: %s: %s", file, e->line, e->field, e->text);
	}
	if (r->bad > r->nerrors)
		cmd_note("%s: %zu more bad rows", file, r->bad - r->nerrors);
	if (r->bad > 0)
		cmd_note("%zu of %zu rows were left out", r->bad,
		    r->bad + r->good);
}

static int
decide(struct cmd_ctx *ctx, const struct policy *p,
    const struct policy_list *list, const char *file, uint32_t at)
{
	const char *path = strcmp(file, "-") == 0 ? "/dev/stdin" : file;
	struct rehearsal *r;
	struct buf text, error;
	int rc = CMD_OK;

	buf_init(&text, MOST);
	buf_init(&error, TALK);
	if (infile_read(path, &text, NULL, &error) != 0) {
		rc = cmd_fail(ctx, CMD_FAILED, "%s", buf_string(&error));
	} else {
		r = rehearse(p, list, buf_string(&text), text.len, at);
		complain(file, r);
		print(ctx, list, r);
		if (r->bad > 0)
			rc = r->good > 0 ? CMD_PARTIAL : CMD_FAILED;
		rehearse_free(r);
	}
	buf_free(&text);
	buf_free(&error);
	return (rc);
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	const char *when = cmd_option(ctx, OPT_AT);
	const struct policy_list *list;
	struct policy *p;
	uint32_t at = 0;
	int rc = CMD_FAILED;

	(void)argc;
	if (when != NULL && (text_time(when, &at) != 0 || at == 0))
		return (cmd_fail(ctx, CMD_USAGE,
		    "'%s' is no time: give 2026-11-23T10:00:00Z or Unix "
		    "seconds",
		    when));
	if ((p = policy_get(ctx)) == NULL)
		return (CMD_FAILED);
	if ((list = list_get(ctx, p)) != NULL)
		rc = decide(ctx, p, list, argv[0], at);
	else if (cmd_option(ctx, OPT_LIST) == NULL && p->nlists > 0)
		rc = CMD_USAGE;
	policy_free(p);
	return (rc);
}

const struct command cmd_rehearse = {"rehearse",
    "[--list NAME] [--at TIME] VOTES.tsv|-",
    "apply the listing rule to a file of votes", run, options, 1, 1};

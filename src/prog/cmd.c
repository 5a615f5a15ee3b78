#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#include "cmd.h"

const char *
cmd_option(const struct cmd_ctx *ctx, int val)
{
	const char *last = NULL;
	size_t i;

	for (i = 0; i < ctx->ngiven; i++) {
		if (ctx->given[i].val == val)
			last =
			    ctx->given[i].arg != NULL ? ctx->given[i].arg : "";
	}
	return (last);
}

const char *
cmd_option_at(const struct cmd_ctx *ctx, int val, size_t n)
{
	size_t i;

	for (i = 0; i < ctx->ngiven; i++) {
		if (ctx->given[i].val != val)
			continue;
		if (n-- == 0)
			return (
			    ctx->given[i].arg != NULL ? ctx->given[i].arg : "");
	}
	return (NULL);
}

/* The long name of an option of this command, for messages. */
static const char *
long_name(const struct cmd_ctx *ctx, int val)
{
	const struct poptOption *o = ctx->command->options;

	for (; o != NULL && o->longName != NULL; o++) {
		if (o->val == val)
			return (o->longName);
	}
	return ("option");
}

int
cmd_number(const struct cmd_ctx *ctx, int val, unsigned long max,
    unsigned long *ret)
{
	const char *s = cmd_option(ctx, val);
	uint64_t v;

	if (s == NULL)
		return (0);
	if (text_u64(s, max, &v) == -1)
		return (cmd_fail(ctx, CMD_USAGE,
		    "--%s takes a number up to %lu, not '%s'",
		    long_name(ctx, val), max, s));
	*ret = (unsigned long)v;
	return (0);
}

int
cmd_choose(const struct cmd_ctx *ctx, const char *what, const char *word,
    const char *const *words, size_t n)
{
	const char *near;
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(words[i], word) == 0)
			return ((int)i);
	}
	cmd_fail(ctx, CMD_FAILED, "no such %s: '%s'", what, word);
	if ((near = text_nearest(word, words, n)) != NULL) {
		cmd_hint("did you mean '%s'?", near);
		return (-1);
	}
	fprintf(stderr, "hint: one of");
	for (i = 0; i < n; i++)
		fprintf(stderr, " %s", words[i]);
	fprintf(stderr, "\n");
	return (-1);
}

int
cmd_fail(const struct cmd_ctx *ctx, enum cmd_exit code, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "virbl: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	if (code == CMD_USAGE && ctx->command != NULL)
		fprintf(stderr, "usage: virbl %s%s%s\n", ctx->command->name,
		    ctx->command->args[0] != '\0' ? " " : "",
		    ctx->command->args);
	return (code);
}

void
cmd_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
}

void
cmd_hint(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "hint: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
}

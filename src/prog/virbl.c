/*
 * virbl: the control tool. The table of commands, and how a command line is
 * read.
 */
#include "config.h"

#include <popt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/conf.h"

#include "cmd.h"
#include "commands.h"

#define MAX_ROWS 64 /* most commands, and most options of one */

enum { COMMON_CONFIG = 0x10001, COMMON_JSON, COMMON_HELP, COMMON_VERSION };

static int help_run(struct cmd_ctx *, int, char **);

static const struct command cmd_help = {"help", "[COMMAND]",
    "show how a command is used", help_run, NULL, 0, 1};

/* In the order of the help text; a title opens a paragraph. */
static const struct {
	const char *title;
	const struct command *command;
} table[] = {
    {"The node", &cmd_init},
    {NULL, &cmd_id},
    {NULL, &cmd_check_config},
    {NULL, &cmd_status},
    {NULL, &cmd_doctor},
    {NULL, &cmd_reload},
    {NULL, &cmd_peer},
    {NULL, &cmd_token},
    {NULL, &cmd_web},
    {"Evidence", &cmd_report},
    {NULL, &cmd_ingest},
    {NULL, &cmd_retract},
    {NULL, &cmd_clear},
    {NULL, &cmd_removal},
    {NULL, &cmd_exempt},
    {"Lists", &cmd_lookup},
    {NULL, &cmd_export},
    {NULL, &cmd_digest},
    {NULL, &cmd_rehearse},
    {NULL, &cmd_verify},
    {"With other programs", &cmd_integrate},
    {"This tool", &cmd_help},
};

#define NROWS (sizeof(table) / sizeof(table[0]))

/* Known to every command, before and after its name. */
static const struct poptOption common[] = {
    {"config", 'c', POPT_ARG_STRING, NULL, COMMON_CONFIG,
	"use this configuration file (or VIRBL_CONFIG)", "FILE"},
    {"json", '\0', POPT_ARG_NONE, NULL, COMMON_JSON, "print the result as JSON",
	NULL},
    {"help", 'h', POPT_ARG_NONE, NULL, COMMON_HELP, "show this help", NULL},
    POPT_TABLEEND,
};

static const struct poptOption only_global[] = {
    {"version", 'V', POPT_ARG_NONE, NULL, COMMON_VERSION, "show the version",
	NULL},
    POPT_TABLEEND,
};

/* The options ${first} and then the common ones in one popt table. */
static void
join_options(const struct poptOption *first,
    struct poptOption out[2 * MAX_ROWS])
{
	size_t n = 0;

	for (; first != NULL && first->longName != NULL && n < MAX_ROWS;)
		out[n++] = *first++;
	/* With the closing row. */
	memcpy(&out[n], common, sizeof(common));
}

static const struct command *
find(const char *name)
{
	size_t i;

	for (i = 0; i < NROWS; i++) {
		if (strcmp(table[i].command->name, name) == 0)
			return (table[i].command);
	}
	return (NULL);
}

static int
unknown(const struct cmd_ctx *ctx, const char *name)
{
	const char *names[NROWS], *near;
	size_t i;

	for (i = 0; i < NROWS; i++)
		names[i] = table[i].command->name;
	cmd_fail(ctx, CMD_USAGE, "no such command: '%s'", name);
	if ((near = text_nearest(name, names, NROWS)) != NULL)
		cmd_hint("did you mean '%s'?", near);
	else
		cmd_hint("'virbl help' lists the commands");
	return (CMD_USAGE);
}

static void
print_all(FILE *to)
{
	size_t i;

	fprintf(to, "usage: virbl [-c FILE] [--json] COMMAND [ARGUMENT...]\n");
	for (i = 0; i < NROWS; i++) {
		if (table[i].title != NULL)
			fprintf(to, "\n%s\n", table[i].title);
		fprintf(to, "  %-14s %s\n", table[i].command->name,
		    table[i].command->help);
	}
	fprintf(to,
	    "\n'virbl help COMMAND' shows the options of one; "
	    "virbl(1) explains all\n");
}

static void
print_one(const struct command *c)
{
	struct poptOption options[2 * MAX_ROWS];
	char name[64];
	const char *argv[] = {name, NULL};
	poptContext con;

	join_options(c->options, options);
	snprintf(name, sizeof(name), "virbl %s", c->name);
	con = poptGetContext(NULL, 1, argv, options, 0);
	poptSetOtherOptionHelp(con, c->args);
	printf("%s: %s\n\n", name, c->help);
	poptPrintHelp(con, stdout, 0);
	poptFreeContext(con);
}

static int
help_run(struct cmd_ctx *ctx, int argc, char **argv)
{
	const struct command *c;

	if (argc == 0) {
		print_all(stdout);
		return (CMD_OK);
	}
	if ((c = find(argv[0])) == NULL)
		return (unknown(ctx, argv[0]));
	print_one(c);
	return (CMD_OK);
}

/* Say what popt did not like about the option it stopped at. */
static int
bad_option(const struct cmd_ctx *ctx, poptContext con, int rc,
    const struct poptOption *options)
{
	const char *names[2 * MAX_ROWS], *near, *bad;
	size_t n;

	bad = poptBadOption(con, POPT_BADOPTION_NOALIAS);
	cmd_fail(ctx, CMD_USAGE, "%s: %s", bad, poptStrerror(rc));
	if (rc != POPT_ERROR_BADOPT || strncmp(bad, "--", 2) != 0)
		return (CMD_USAGE);
	for (n = 0; options[n].longName != NULL; n++)
		names[n] = options[n].longName;
	if ((near = text_nearest(bad + 2, names, n)) != NULL)
		cmd_hint("did you mean '--%s'?", near);
	return (CMD_USAGE);
}

/*
 * Read the options of ${con} into ${ctx}. Return -1 to go on, or the code to
 * end with.
 */
static int
read_options(struct cmd_ctx *ctx, poptContext con,
    const struct poptOption *options)
{
	int rc;

	while ((rc = poptGetNextOpt(con)) > 0) {
		if (ctx->ngiven == CMD_OPTIONS)
			return (cmd_fail(ctx, CMD_USAGE, "too many options"));
		ctx->given =
		    mem_array(ctx->given, ctx->ngiven + 1, sizeof(*ctx->given));
		ctx->given[ctx->ngiven++] =
		    (struct cmd_given){.val = rc, .arg = poptGetOptArg(con)};
		if (rc == COMMON_JSON)
			ctx->json = true;
	}
	if (rc != -1)
		return (bad_option(ctx, con, rc, options));
	if (cmd_option(ctx, COMMON_CONFIG) != NULL) {
		ctx->config = cmd_option(ctx, COMMON_CONFIG);
		ctx->config_given = true;
	}
	if (cmd_option(ctx, COMMON_VERSION) != NULL) {
		printf("virbl %s\n", PACKAGE_VERSION);
		return (CMD_OK);
	}
	if (cmd_option(ctx, COMMON_HELP) == NULL)
		return (-1);
	if (ctx->command != NULL)
		print_one(ctx->command);
	else
		print_all(stdout);
	return (CMD_OK);
}

/* Run ${ctx->command} with what stands behind its name. */
static int
run(struct cmd_ctx *ctx, int argc, const char **args)
{
	const struct command *c = ctx->command;
	struct poptOption options[2 * MAX_ROWS];
	const char **argv, **rest;
	poptContext con;
	int rc, i, n = 0;

	join_options(c->options, options);
	argv = mem_array(NULL, (size_t)argc + 2, sizeof(*argv));
	argv[0] = "virbl";
	for (i = 0; i < argc; i++)
		argv[i + 1] = args[i];
	argv[argc + 1] = NULL;
	con = poptGetContext(NULL, argc + 1, argv, options, 0);
	rc = read_options(ctx, con, options);
	rest = poptGetArgs(con);
	while (rest != NULL && rest[n] != NULL)
		n++;
	if (rc == -1 && n < c->least)
		rc = cmd_fail(ctx, CMD_USAGE, "%s: something is missing",
		    c->name);
	else if (rc == -1 && c->most >= 0 && n > c->most)
		rc = cmd_fail(ctx, CMD_USAGE, "%s: '%s' is too much", c->name,
		    rest[c->most]);
	else if (rc == -1)
		rc = c->run(ctx, n, (char **)(uintptr_t)rest);
	poptFreeContext(con);
	mem_free(argv);
	return (rc);
}

static bool
wants_color(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return (isatty(STDOUT_FILENO) && (no == NULL || *no == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0);
}

/* Results that were not written are not results. */
static int
flush(const struct cmd_ctx *ctx, int rc)
{
	if ((fflush(stdout) == EOF || ferror(stdout)) && rc == CMD_OK)
		return (cmd_fail(ctx, CMD_FAILED, "cannot write the result"));
	return (rc);
}

int
main(int argc, char **argv)
{
	struct poptOption options[2 * MAX_ROWS];
	struct cmd_ctx ctx = {.config = CONF_DEFAULT};
	const char **args, *env = getenv("VIRBL_CONFIG");
	poptContext con;
	int rc, n = 0;
	size_t i;

	if (sodium_init() == -1)
		return (cmd_fail(&ctx, CMD_FAILED, "no source of randomness"));
	ctx.color = wants_color();
	if (env != NULL && *env != '\0') {
		ctx.config = env;
		ctx.config_given = true;
	}
	join_options(only_global, options);
	con = poptGetContext(NULL, argc, (const char **)(uintptr_t)argv,
	    options, POPT_CONTEXT_POSIXMEHARDER);
	rc = read_options(&ctx, con, options);
	args = poptGetArgs(con);
	while (args != NULL && args[n] != NULL)
		n++;
	if (rc == -1 && n == 0) {
		print_all(stderr);
		rc = CMD_USAGE;
	} else if (rc == -1 && (ctx.command = find(args[0])) == NULL) {
		rc = unknown(&ctx, args[0]);
	} else if (rc == -1) {
		rc = run(&ctx, n - 1, args + 1);
	}
	rc = flush(&ctx, rc);
	poptFreeContext(con);
	for (i = 0; i < ctx.ngiven; i++)
		mem_free(ctx.given[i].arg);
	mem_free(ctx.given);
	return (rc);
}

/*
 * cmd: what a command of the control tool is, and what all of them share.
 *
 * A command is one row: a `const struct command` in its own file, named in the
 * table of virbl.c. Its options are a popt table that stores nothing: every
 * option has a `val` above 0 and no `arg`, and the command asks cmd_option()
 * afterwards. --json, --config and --help are added to each.
 *
 * Results go to stdout, talk to stderr. With --json, stdout carries JSON only.
 */
#ifndef CMD_H
#define CMD_H

#include <popt.h>
#include <stdbool.h>
#include <stddef.h>

/* How the program ends: part of the contract, listed in virbl(1). */
enum cmd_exit {
	CMD_OK = 0,
	CMD_FAILED = 1,
	CMD_USAGE = 2,
	CMD_NOTHING = 3,	/* nothing found, not listed */
	CMD_UNREACHABLE = 4,	/* the daemon does not answer */
	CMD_REFUSED = 5,
	CMD_PARTIAL = 6,
	CMD_TEMPORARY = 75,	/* try again: EX_TEMPFAIL */
};

#define CMD_OPTIONS	1024	/* most options on one command line */

struct command;

/* An option that was given. */
struct cmd_given {
	int	 val;		/* of its row in the popt table */
	char	*arg;		/* NULL if it takes none; owned */
};

struct cmd_ctx {
	const struct command *command;
	const char *config;	/* the configuration file to use */
	bool	 config_given;	/* by -c or $VIRBL_CONFIG, not by default */
	bool	 json;
	bool	 color;		/* stdout is a terminal that wants it */
	struct cmd_given *given; /* owned, in order */
	size_t	 ngiven;
};

struct command {
	const char *name;
	const char *args;	/* "ADDR --category C"; "" none */
	const char *help;	/* one line, lower case, no full stop */
	/* Do it; argv holds what is left after options, without the name. */
	int	(*run)(struct cmd_ctx *, int argc, char **argv);
	const struct poptOption *options; /* ends with POPT_TABLEEND; or NULL */
	int	 least, most;	/* arguments taken, most -1: any number */
};

/**
 * cmd_option(ctx, val):
 * Return the argument of the last option ${val} given, "" if it takes none;
 * NULL if it was not given.
 */
const char *cmd_option(const struct cmd_ctx *ctx, int val);

/**
 * cmd_option_at(ctx, val, n):
 * Return the argument of the ${n}th (from 0) option ${val}, NULL if there is
 * none: for options that may be repeated.
 */
const char *cmd_option_at(const struct cmd_ctx *ctx, int val, size_t n);

/**
 * cmd_number(ctx, val, max, ret):
 * Store the option ${val} as a number of at most ${max}; *${ret} stays as it is
 * if it was not given. Return 0, or CMD_USAGE after saying why.
 */
int cmd_number(const struct cmd_ctx *ctx, int val, unsigned long max,
    unsigned long *ret);

/**
 * cmd_choose(ctx, what, word, words, n):
 * Return the index of ${word} among ${words}; -1 after saying that there is no
 * such ${what} ("role", "command"), with a suggestion or the list.
 */
int cmd_choose(const struct cmd_ctx *ctx, const char *what, const char *word,
    const char *const *words, size_t n);

/**
 * cmd_fail(ctx, code, fmt, ...):
 * Say "virbl: " and the message on stderr. Return ${code}. With CMD_USAGE a
 * second line shows how the command is called.
 */
int cmd_fail(const struct cmd_ctx *ctx, enum cmd_exit code, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/**
 * cmd_note(fmt, ...), cmd_hint(fmt, ...):
 * Say a line on stderr, plain or after "hint: ".
 */
void cmd_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cmd_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

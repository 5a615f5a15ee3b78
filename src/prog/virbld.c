/*
 * virbld: the daemon. The parts, in the order they start, stand in
 * node_start(); this is arguments, identity and going into the background.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <popt.h>
#include <sodium.h>

#include "config.h"
#include "base/mem.h"
#include "shell/conf.h"
#include "shell/keyfile.h"
#include "shell/log.h"
#include "shell/node.h"
#include "shell/notify.h"
#include "shell/routes.h"

#define EXIT_USAGE 2

struct args {
	char *file; /* popt's; freed at exit */
	int foreground;
	int verbose;
	int routes;
	int version;
};

static int
parse(int argc, const char **argv, struct args *a)
{
	struct poptOption table[] =
	    {{"config", 'c', POPT_ARG_STRING, &a->file, 0,
		 "configuration file (default " CONF_DEFAULT ")", "FILE"},
		{"foreground", 'f', POPT_ARG_NONE, &a->foreground, 0,
		    "stay in the foreground and log to stderr", NULL},
		{"verbose", 'v', POPT_ARG_NONE, &a->verbose, 0,
		    "log what is of interest to developers too", NULL},
		{"routes", 0, POPT_ARG_NONE, &a->routes, 0,
		    "print the HTTP routes and stop", NULL},
		{"version", 'V', POPT_ARG_NONE, &a->version, 0,
		    "print the version and stop", NULL},
		POPT_AUTOHELP POPT_TABLEEND};
	poptContext ctx = poptGetContext("virbld", argc, argv, table, 0);
	int rc = poptGetNextOpt(ctx);

	if (rc < -1)
		fprintf(stderr, "virbld: %s: %s\n",
		    poptBadOption(ctx, POPT_BADOPTION_NOALIAS),
		    poptStrerror(rc));
	else if (poptPeekArg(ctx) != NULL)
		fprintf(stderr, "virbld: unexpected argument '%s'\n",
		    poptPeekArg(ctx));
	rc = rc < -1 || poptPeekArg(ctx) != NULL ? -1 : 0;
	poptFreeContext(ctx);
	return (rc);
}

static int
complain(struct buf *error)
{
	fprintf(stderr, "virbld: %s\n", buf_string(error));
	buf_free(error);
	return (EXIT_FAILURE);
}

/* Become ${user} if started as root. */
static int
drop(const char *user, struct buf *error)
{
	struct passwd *pw;

	if (user == NULL || geteuid() != 0)
		return (0);
	pw = getpwnam(user);
	if (pw == NULL) {
		buf_printf(error, "no such user '%s' (node user)", user);
		return (-1);
	}
	if (initgroups(pw->pw_name, pw->pw_gid) != 0 ||
	    setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0) {
		buf_printf(error, "cannot become user '%s': %s", user,
		    strerror(errno));
		return (-1);
	}
	return (0);
}

/*
 * Go into the background. The parent waits until the child says how the start
 * went and exits with that. Return the descriptor to say it on.
 */
static int
background(void)
{
	int p[2];
	char status = EXIT_FAILURE;
	pid_t pid;

	if (pipe(p) != 0 || (pid = fork()) == -1) {
		perror("virbld: cannot go into the background");
		exit(EXIT_FAILURE);
	}
	if (pid != 0) {
		close(p[1]);
		if (read(p[0], &status, 1) != 1)
			status = EXIT_FAILURE;
		_exit(status);
	}
	close(p[0]);
	setsid();
	return (p[1]);
}

/* Started: leave the terminal, log to a file in the state directory. */
static void
detach(int fd, const char *state)
{
	char ok = EXIT_SUCCESS;
	struct buf path;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), log;

	buf_init(&path, 4096);
	buf_printf(&path, "%s/virbld.log", state);
	log = open(buf_string(&path), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
	    0640);
	if (log == -1)
		log_warn("virbld: cannot log to %s: %s", buf_string(&path),
		    strerror(errno));
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(log != -1 ? log : null, STDERR_FILENO);
	if (log != -1)
		close(log);
	close(null);
	if (write(fd, &ok, 1) != 1)
		log_warn("virbld: whoever started me is gone");
	close(fd);
	buf_free(&path);
}

/* From configuration to a node that runs; the exit status. */
static int
serve(const struct args *a, int fd)
{
	struct buf error;
	struct conf *conf;
	struct key key;
	struct node *node;
	char *state;
	int rc;

	buf_init(&error, 65536);
	conf = conf_paths(a->file, &error);
	if (conf == NULL)
		return (complain(&error));
	rc = keyfile_read(conf->key_file, &key, &error);
	conf_free(conf);
	if (rc != 0)
		return (complain(&error));
	conf = conf_load(a->file, key.public, &error);
	if (conf == NULL)
		return (complain(&error));
	state = mem_string(conf->state);
	if (drop(conf->user, &error) != 0 ||
	    (node = node_start(conf, &key, &error)) == NULL) {
		mem_free(state);
		return (complain(&error));
	}
	key_wipe(&key);
	if (fd != -1)
		detach(fd, state);
	mem_free(state);
	notify_ready();
	log_info("virbld: %s serving", PACKAGE_VERSION);
	rc = node_run(node);
	notify_stopping();
	node_free(node);
	log_info("virbld: stopped");
	buf_free(&error);
	return (rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

int
main(int argc, char **argv)
{
	struct args a = {NULL, 0, 0, 0, 0};
	const char *env;
	int rc;

	if (parse(argc, (const char **)(uintptr_t)argv, &a) != 0)
		return (EXIT_USAGE);
	if (a.version) {
		puts("virbld " PACKAGE_VERSION);
		return (EXIT_SUCCESS);
	}
	if (a.routes) {
		routes_print(stdout);
		return (EXIT_SUCCESS);
	}
	env = getenv("VIRBL_CONFIG");
	if (a.file == NULL)
		a.file = strdup(env != NULL ? env : CONF_DEFAULT);
	if (sodium_init() < 0) {
		fprintf(stderr, "virbld: libsodium does not work here\n");
		return (EXIT_FAILURE);
	}
	signal(SIGPIPE, SIG_IGN);
	umask(0027);
	log_open(a.verbose);
	rc = serve(&a, a.foreground ? -1 : background());
	free(a.file);
	return (rc);
}

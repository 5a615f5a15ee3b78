/*
 * virbld: the daemon. The parts, in the order they start, stand in
 * node_start(); this is arguments, identity and going into the background.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <popt.h>
#include <sodium.h>

#include "config.h"
#include "base/mem.h"
#include "shell/conf.h"
#include "shell/dnsd.h"
#include "shell/httpd.h"
#include "shell/keyfile.h"
#include "shell/log.h"
#include "shell/node.h"
#include "shell/notify.h"
#include "shell/outputs.h"
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

/* Say what is wrong: one line, or those of a configuration. */
static int
complain(struct buf *error)
{
	while (error->len > 0 && error->data[error->len - 1] == '\n')
		error->len--;
	fprintf(stderr, "virbld: %s\n", buf_string(error));
	buf_free(error);
	return (EXIT_FAILURE);
}

/* Of all that root may, keep only to open ports below 1024, DNS's for one. */
static int
keep_ports(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3,
	    0};
	struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};

	data[0].permitted = data[0].effective = 1u << CAP_NET_BIND_SERVICE;
	return ((int)syscall(SYS_capset, &header, data));
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
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 ||
	    initgroups(pw->pw_name, pw->pw_gid) != 0 ||
	    setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0 ||
	    keep_ports() != 0) {
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

static void
on_zones(void *arg)
{
	dnsd_zones(arg);
}

static void
on_counts(void *arg, struct jsonw *w)
{
	dnsd_counts(arg, w);
}

static void
on_each(void *arg, node_dns_count *count, void *to)
{
	dnsd_each(arg, count, to);
}

static bool
on_ready(void *arg, struct buf *why)
{
	return (dnsd_ready(arg, why));
}

/* What runs beside the node. */
struct parts {
	struct node *node;
	struct dnsd *dnsd; /* NULL: no DNS */
	struct node_dns dns;
	struct outputs *outputs;
	struct node_part exports;
	struct httpd *httpd;
};

static void
on_moved(void *arg, uint16_t lists, bool heads)
{
	struct parts *p = arg;

	httpd_wake(p->httpd, lists, heads);
	if (lists != 0)
		outputs_moved(p->outputs);
}

static void
on_exports(void *arg, struct jsonw *w)
{
	outputs_write(arg, w);
}

/* Stop the parts that run, the last one first. */
static void
parts_stop(struct parts *p)
{
	node_on_moved(p->node, NULL, NULL);
	httpd_stop(p->httpd);
	node_on_exports(p->node, NULL);
	outputs_stop(p->outputs);
	node_on_dns(p->node, NULL);
	dnsd_stop(p->dnsd);
	node_free(p->node);
}

/* Start the parts, in this order. Return 0 or -1. */
static int
parts_start(struct parts *p, struct conf *conf, const struct key *key,
    struct buf *error)
{
	bool good = true;

	memset(p, 0, sizeof(*p));
	p->node = node_start(conf, key, error);
	if (p->node == NULL)
		return (-1);
	if (conf->ndns > 0) {
		p->dnsd = dnsd_start(p->node, conf, error);
		good = p->dnsd != NULL;
	}
	if (p->dnsd != NULL) {
		p->dns = (struct node_dns){on_zones, on_counts, on_each,
		    on_ready, p->dnsd};
		node_on_dns(p->node, &p->dns);
	}
	if (good) {
		p->outputs = outputs_start(p->node, key);
		good = p->outputs != NULL;
		if (!good)
			buf_text(error, "cannot start a thread for exports");
	}
	if (good) {
		p->exports = (struct node_part){on_exports, p->outputs};
		node_on_exports(p->node, &p->exports);
		p->httpd = httpd_start(p->node, node_conf(p->node), key, error);
		node_conf_release(p->node);
		good = p->httpd != NULL;
	}
	if (!good) {
		parts_stop(p);
		return (-1);
	}
	node_on_moved(p->node, on_moved, p);
	return (0);
}

/* Read who we are and what to do; NULL with lines in ${error}. */
static struct conf *
identify(const char *file, struct key *key, struct buf *error)
{
	struct conf *conf = conf_paths(file, error);
	int rc;

	if (conf == NULL)
		return (NULL);
	rc = keyfile_read(conf->key_file, key, error);
	conf_free(conf);
	if (rc != 0)
		return (NULL);
	conf = conf_load(file, key->public, error);
	if (conf != NULL && drop(conf->user, error) != 0) {
		conf_free(conf);
		conf = NULL;
	}
	return (conf);
}

/* From configuration to a node that runs; the exit status. */
static int
serve(const struct args *a, int fd)
{
	struct parts parts;
	struct buf error;
	struct conf *conf;
	struct key key;
	char *state;
	int rc;

	buf_init(&error, 65536);
	conf = identify(a->file, &key, &error);
	if (conf == NULL)
		return (complain(&error));
	state = mem_string(conf->state);
	rc = parts_start(&parts, conf, &key, &error);
	key_wipe(&key);
	if (rc == 0 && fd != -1)
		detach(fd, state);
	mem_free(state);
	if (rc != 0)
		return (complain(&error));
	notify_ready();
	log_info("virbld: %s serving", PACKAGE_VERSION);
	rc = node_run(parts.node);
	notify_stopping();
	parts_stop(&parts);
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
	if (sodium_init() < 0 || key_sound() != 0) {
		fprintf(stderr,
		    "virbld: libsodium does not work here, "
		    "or has CVE-2025-69277: upgrade it\n");
		return (EXIT_FAILURE);
	}
	signal(SIGPIPE, SIG_IGN);
	/*
	 * Tables double and leave their old memory behind; large blocks go
	 * back to the system if the limit for them does not move up.
	 */
	mallopt(M_MMAP_THRESHOLD, 262144);
	umask(0027);
	log_open(a.verbose);
	rc = serve(&a, a.foreground ? -1 : background());
	free(a.file);
	return (rc);
}

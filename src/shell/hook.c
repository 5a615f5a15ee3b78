#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "shell/clock.h"
#include "shell/hook.h"

#define PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define ENV 16 /* most variables */

struct hook {
	pid_t pid;
	int fd; /* what it says */
	struct buf says;
	int64_t deadline; /* mono ms */
	bool asked; /* to end */
	bool killed;
};

/*
 * Where the child's descriptors go: nothing to read, all it says to ${fd}, no
 * others; and where it is.
 */
static int
descriptors(posix_spawn_file_actions_t *fa, int fd)
{
	if (posix_spawn_file_actions_addopen(fa, STDIN_FILENO, "/dev/null",
		O_RDONLY, 0) != 0 ||
	    posix_spawn_file_actions_adddup2(fa, fd, STDOUT_FILENO) != 0 ||
	    posix_spawn_file_actions_adddup2(fa, fd, STDERR_FILENO) != 0 ||
	    posix_spawn_file_actions_addchdir_np(fa, "/") != 0)
		return (-1);
	return (posix_spawn_file_actions_addclosefrom_np(fa, 3));
}

/* A group of its own, and signals as a program expects them. */
static int
attributes(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	if (posix_spawnattr_setpgroup(attr, 0) != 0 ||
	    posix_spawnattr_setsigmask(attr, &none) != 0 ||
	    posix_spawnattr_setsigdefault(attr, &all) != 0)
		return (-1);
	return (posix_spawnattr_setflags(attr,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
		POSIX_SPAWN_SETSIGDEF));
}

/* Return 0 or an errno. */
static int
spawn(pid_t *pid, char *const argv[], const char *const env[], int fd)
{
	const char *all[ENV + 2] = {PATH};
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	size_t i;
	int rc = ENOMEM;

	for (i = 0; i < ENV && env[i] != NULL; i++)
		all[i + 1] = env[i];
	if (posix_spawn_file_actions_init(&fa) != 0)
		return (ENOMEM);
	if (posix_spawnattr_init(&attr) == 0) {
		if (descriptors(&fa, fd) == 0 && attributes(&attr) == 0)
			rc = posix_spawn(pid, argv[0], &fa, &attr, argv,
			    (char *const *)(uintptr_t)all);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&fa);
	return (rc);
}

struct hook *
hook_start(char *const argv[], const char *const env[], uint32_t seconds,
    struct buf *error)
{
	struct hook *h = mem_zero(sizeof(*h));
	int p[2], why;

	buf_init(&h->says, HOOK_SAYS);
	why = pipe2(p, O_CLOEXEC) == 0 ? 0 : errno;
	if (why == 0) {
		why = spawn(&h->pid, argv, env, p[1]);
		close(p[1]);
		if (why != 0)
			close(p[0]);
	}
	if (why != 0) {
		buf_printf(error, "cannot run %s: %s", argv[0], strerror(why));
		mem_free(h);
		return (NULL);
	}
	h->fd = p[0];
	fcntl(h->fd, F_SETFL, O_NONBLOCK);
	h->deadline = clock_mono().ms + (int64_t)seconds * 1000;
	return (h);
}

/* Keep the beginning of what it says; the rest is read and forgotten. */
static void
listen_to(struct hook *h)
{
	char text[4096];
	size_t room;
	ssize_t n;

	while ((n = read(h->fd, text, sizeof(text))) > 0) {
		room = h->says.limit - h->says.len;
		buf_add(&h->says, text, (size_t)n < room ? (size_t)n : room);
	}
}

static void
enforce(struct hook *h)
{
	int64_t now = clock_mono().ms;

	if (now < h->deadline || h->killed)
		return;
	h->killed = h->asked;
	h->asked = true;
	h->deadline = now + HOOK_GRACE * 1000;
	kill(-h->pid, h->killed ? SIGKILL : SIGTERM);
}

/* Append what it said, as one line. */
static void
quote(const struct hook *h, struct buf *error)
{
	size_t i, n = h->says.len;
	char c;

	while (n > 0 && h->says.data[n - 1] <= ' ')
		n--;
	if (n > 0)
		buf_text(error, ": ");
	for (i = 0; i < n; i++) {
		c = (char)h->says.data[i];
		if (c == '\n')
			buf_text(error, "; ");
		else
			buf_add(error, c >= ' ' && c < 0x7f ? &c : "?", 1);
	}
}

enum hook_state
hook_poll(struct hook *h, struct buf *error)
{
	int status;
	pid_t pid;

	listen_to(h);
	pid = waitpid(h->pid, &status, WNOHANG);
	if (pid == 0 || (pid == -1 && errno == EINTR)) {
		enforce(h);
		return (HOOK_RUNS);
	}
	listen_to(h);
	if (h->asked)
		buf_text(error, "hook took too long and was stopped");
	else if (pid == -1)
		buf_printf(error, "hook got lost: %s", strerror(errno));
	else if (WIFSIGNALED(status))
		buf_printf(error, "hook died of signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		buf_printf(error, "hook exited with %d", WEXITSTATUS(status));
	if (error->len > 0)
		quote(h, error);
	/* Nobody of its group is left behind either. */
	if (h->asked)
		kill(-h->pid, SIGKILL);
	close(h->fd);
	buf_free(&h->says);
	mem_free(h);
	return (error->len > 0 ? HOOK_FAILED : HOOK_DONE);
}

void
hook_end(struct hook *h)
{
	if (h != NULL && !h->asked)
		h->deadline = 0;
}

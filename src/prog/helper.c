#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper.h"

#define PATH_BYTES 4096

extern char **environ;

/* The file of the helper ${name}. */
static void
find(const char *name, struct buf *path)
{
	char self[PATH_BYTES], *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	buf_init(path, 2 * PATH_BYTES);
	self[n > 0 ? n : 0] = '\0';
	if ((slash = strrchr(self, '/')) != NULL) {
		*slash = '\0';
		buf_printf(path, "%s/%s", self, name);
		if (access(buf_string(path), X_OK) == 0)
			return;
		buf_reset(path);
	}
	buf_printf(path, PKGLIBEXECDIR "/%s", name);
}

pid_t
helper_start(const char *const *argv, int in, int *out)
{
	posix_spawn_file_actions_t fa;
	struct buf path;
	pid_t pid = -1;
	int p[2], rc;

	if (pipe2(p, O_CLOEXEC) != 0)
		return (-1);
	find(argv[0], &path);
	posix_spawn_file_actions_init(&fa);
	if (in == -1)
		posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null",
		    O_RDONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&fa, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&fa, p[1], STDOUT_FILENO);
	rc = posix_spawn(&pid, buf_string(&path), &fa, NULL,
	    (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	buf_free(&path);
	close(p[1]);
	if (rc != 0) {
		close(p[0]);
		errno = rc;
		return (-1);
	}
	*out = p[0];
	return (pid);
}

int
helper_end(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return (-1);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

int
helper_ask(const char *const *argv, struct buf *answer)
{
	char chunk[4096];
	ssize_t n;
	int out;
	pid_t pid = helper_start(argv, -1, &out);

	if (pid == -1)
		return (-1);
	while ((n = read(out, chunk, sizeof(chunk))) != 0) {
		if (n > 0)
			buf_add(answer, chunk, (size_t)n);
		else if (errno != EINTR)
			break;
	}
	close(out);
	return (helper_end(pid));
}

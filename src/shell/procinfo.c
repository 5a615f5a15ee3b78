#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shell/procinfo.h"

/* Fields of /proc/self/stat behind the name, from 3; proc(5). */
struct stat_line {
	unsigned long long utime, stime; /* ticks */
	unsigned long long threads;
	unsigned long long start; /* ticks after boot */
	unsigned long long vsize; /* bytes */
	unsigned long long rss; /* pages */
};

/* Read a small file of the kernel; false if it is not there. */
static bool
slurp(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return (false);
	n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	fclose(f);
	return (n > 0);
}

static bool
read_stat(struct stat_line *st)
{
	char text[1024], *p;

	if (!slurp("/proc/self/stat", text, sizeof(text)) ||
	    (p = strrchr(text, ')')) == NULL)
		return (false);
	return (sscanf(p + 1,
		    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u"
		    " %llu %llu %*d %*d %*d %*d %llu %*d %llu %llu %llu",
		    &st->utime, &st->stime, &st->threads, &st->start,
		    &st->vsize, &st->rss) == 6);
}

/* Unix seconds of the last boot, 0 if it cannot be told. */
static unsigned long long
boot_time(void)
{
	unsigned long long sec = 0;
	char line[256];
	FILE *f = fopen("/proc/stat", "re");

	if (f == NULL)
		return (0);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "btime %llu", &sec) == 1)
			break;
	fclose(f);
	return (sec);
}

static void
write_stat(struct promw *w)
{
	unsigned long long hz = (unsigned long long)sysconf(_SC_CLK_TCK);
	unsigned long long page = (unsigned long long)sysconf(_SC_PAGESIZE);
	unsigned long long boot = boot_time();
	struct stat_line st;

	if (!read_stat(&st))
		return;
	promw_family(w, "counter", "process_cpu_seconds_total",
	    "User and system CPU time.");
	promw_sample(w, "");
	promw_us(w, (st.utime + st.stime) * 1000000 / hz);
	promw_one(w, "gauge", "process_threads", "Threads.", st.threads);
	promw_one(w, "gauge", "process_virtual_memory_bytes",
	    "Address space in use.", st.vsize);
	promw_one(w, "gauge", "process_resident_memory_bytes", "Memory in use.",
	    st.rss * page);
	if (boot == 0)
		return;
	promw_family(w, "gauge", "process_start_time_seconds",
	    "When the process started, Unix time.");
	promw_sample(w, "");
	promw_us(w, boot * 1000000 + st.start * 1000000 / hz);
}

static void
write_files(struct promw *w)
{
	DIR *d = opendir("/proc/self/fd");
	struct rlimit limit;
	unsigned n = 0;

	if (d != NULL) {
		while (readdir(d) != NULL)
			n++;
		closedir(d);
		/* Not ".", ".." and the one for looking. */
		promw_one(w, "gauge", "process_open_fds", "Open files.",
		    n > 3 ? n - 3 : 0);
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		promw_one(w, "gauge", "process_max_fds",
		    "Most files that may be open.", limit.rlim_cur);
}

void
procinfo_write(struct promw *w)
{
	write_stat(w);
	write_files(w);
}

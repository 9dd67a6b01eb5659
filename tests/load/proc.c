/* proc.c - see proc.h */
#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int read_line(char *line, size_t size, const char *path)
{
	FILE *f = fopen(path, "r");
	int err = 0;

	if (!f)
		return -errno;
	if (!fgets(line, (int)size, f))
		err = -EIO;
	fclose(f);
	return err;
}

/* Calls take() for each entry of a folder; how many there are. */
static int each(const char *path, void (*take)(const char *name, void *arg),
		void *arg)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	int n = 0;

	if (!dir)
		return -errno;
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.') {
			n++;
			if (take)
				take(e->d_name, arg);
		}
	closedir(dir);
	return n;
}

struct cpu {
	long pid;
	unsigned long long ns;
	bool exact;
};

/* schedstat begins with the nanoseconds that a thread has run. */
static void add_thread(const char *tid, void *arg)
{
	struct cpu *cpu = arg;
	char path[320], line[128];
	unsigned long long ns;

	snprintf(path, sizeof(path), "/proc/%ld/task/%s/schedstat", cpu->pid,
		 tid);
	if (read_line(line, sizeof(line), path) < 0 ||
	    sscanf(line, "%llu", &ns) != 1)
		cpu->exact = false;
	else
		cpu->ns += ns;
}

/* Where the kernel keeps no schedstat: clock ticks of 10 ms. */
static double cpu_by_stat(long pid)
{
	unsigned long user, sys;
	char path[64], line[1024];
	const char *p;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	if (read_line(line, sizeof(line), path) < 0)
		return 0;
	p = strrchr(line, ')');
	if (!p || sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u"
			 " %lu %lu", &user, &sys) != 2)
		return 0;
	return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

int proc_use(struct proc_use *use, long pid)
{
	struct cpu cpu = { .pid = pid, .exact = true };
	unsigned long long pages = 0;
	char path[64], line[256];
	int threads, fds, err;

	snprintf(path, sizeof(path), "/proc/%ld/task", pid);
	threads = each(path, add_thread, &cpu);
	snprintf(path, sizeof(path), "/proc/%ld/fd", pid);
	fds = each(path, NULL, NULL);
	snprintf(path, sizeof(path), "/proc/%ld/statm", pid);
	err = read_line(line, sizeof(line), path);
	if (threads < 0 || fds < 0 || err < 0)
		return threads < 0 ? threads : fds < 0 ? fds : err;
	if (sscanf(line, "%*u %llu", &pages) != 1)
		return -EIO;
	*use = (struct proc_use){
		.cpu_s = cpu.exact ? (double)cpu.ns / 1e9 : cpu_by_stat(pid),
		.rss_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE),
		.threads = (uint32_t)threads,
		.fds = (uint32_t)fds,
	};
	return 0;
}

/* proc.h - what a process uses, from /proc. */
#ifndef LOAD_PROC_H
#define LOAD_PROC_H

#include <stdint.h>

struct proc_use {
	double cpu_s;           /* user and system time of all its threads */
	uint64_t rss_bytes;
	uint32_t threads, fds;
};

/** 0 or -errno (no such process, not ours). */
int proc_use(struct proc_use *use, long pid);

#endif

/* wake.h - an eventfd by which one thread wakes another. */
#ifndef WAKE_H
#define WAKE_H

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/** A new one, to be closed by its owner; or -errno. */
static inline int wake_open(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/** Makes fd readable. Never waits; any thread. */
static inline void wake_send(int fd)
{
	uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));

	(void)n;        /* EAGAIN: 2^64 - 2 are waiting, it is readable */
}

/** Makes fd wait again. Look at what it speaks of after this, not before. */
static inline void wake_clear(int fd)
{
	uint64_t count;
	ssize_t n = read(fd, &count, sizeof(count));

	(void)n;        /* EAGAIN: nobody has called */
}

#endif

/* conns.c - see conns.h */
#include "conns.h"

#include <sys/stat.h>

/* 0: it is not open. */
static ino_t inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

static void drop_closed(struct conns *c)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < c->n; i++)
		if (inode_of(c->at[i].fd) == c->at[i].inode)
			c->at[kept++] = c->at[i];
	c->n = kept;
}

static bool has_place(const struct conns *c, const union addr *from)
{
	unsigned same = 0;

	if (c->n == SIP_CONNECTIONS_MAX)
		return false;
	for (unsigned i = 0; i < c->n; i++)
		same += addr_same_source(&c->at[i].from, from);
	return same < CONNS_PER_SOURCE;
}

bool conns_add(struct conns *c, int fd, const union addr *from, int64_t now_us)
{
	if (!has_place(c, from)) {
		if (c->looked_us && now_us - c->looked_us < CONNS_LOOK_US)
			return false;
		c->looked_us = now_us;
		drop_closed(c);
		if (!has_place(c, from))
			return false;
	}
	c->at[c->n++] = (struct conn){ fd, inode_of(fd), *from };
	return true;
}

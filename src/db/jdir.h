/*
 * jdir.h - the journal's folder and the small files in it.
 *
 *	lock			held by the server that uses the folder
 *	server			the server's id, a UUID, made once
 *	alive			when the server was last known to live
 *	checkpoint		up to where PostgreSQL has the records
 *	rooms			a copy of the rooms, for a start without database
 *	0005f2c1a0b3d844.log	records from that position on (hex, jlog.h)
 *	rejected.jsonl		records that PostgreSQL refused
 *
 * A small file is replaced as a whole: written beside, synced, renamed.
 */
#ifndef JDIR_H
#define JDIR_H

#include <stddef.h>
#include <stdint.h>

struct jdir {
	int fd;                         /* the folder, -1: not open */
	int lock;
};

enum { JDIR_NAME_LEN = 24 };

/** Opens the folder, made if it is missing, and takes its lock. 0, -EBUSY
 *  (another server has it) or another -errno. */
int jdir_open(struct jdir *dir, const char *path);
/** Lets go; fine for one that jdir_open() refused or that is {-1, -1}. */
void jdir_close(struct jdir *dir);

/** Reads a small file into buf, terminated. Its length, or -errno. */
int jdir_read(int dirfd, const char *name, char *buf, size_t size);
/** Replaces a small file. 0 or -errno. */
int jdir_write(int dirfd, const char *name, const char *text, size_t len);

/** Reads or replaces a number with a check sum; -EBADMSG: it is damaged. */
int jdir_read_num(int dirfd, const char *name, uint64_t *num);
int jdir_write_num(int dirfd, const char *name, uint64_t num);

/** Writes all of data at an offset. 0 or -errno. */
int jdir_pwrite(int fd, const char *data, size_t len, uint64_t offset);

/** The name of the segment that begins at pos. */
void jdir_segment_name(char out[static JDIR_NAME_LEN], uint64_t pos);
/** All segments' beginnings in rising order; *starts is the caller's to free.
 *  0 or -errno. */
int jdir_segments(int dirfd, uint64_t **starts, size_t *n);

#endif

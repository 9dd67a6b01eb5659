/*
 * log.h - log lines: `TIME LEVEL object: what, key=value`.
 *
 * error = someone must act, warn = service suffered, info = a call's life,
 * debug = for us. A line is formatted by the caller and handed to a writer
 * thread through a bounded ring, so that no thread waits for a disk or a pipe;
 * what does not fit is counted and said later. Never used on a media thread.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/**
 * Opens the log. Before that, and after log_close(), lines go straight to
 * stderr.
 *
 * @param path   file to append to; NULL for stderr
 * @param level  lines above it are dropped
 * @return 0 or -errno
 */
int log_open(const char *path, enum log_level level);
/** Writes what is queued and closes. */
void log_close(void);
/** Opens the file again under its name (log rotation). 0 or -errno. */
int log_reopen(void);
void log_set_level(enum log_level level);
/** "error", "warn", "info", "debug" -> level; -EINVAL for another word. */
int log_level_parse(const char *word, enum log_level *level);

/** tag: the object speaking, e.g. "leg 17", "room 1000", "db". */
void log_at(enum log_level level, const char *tag, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(tag, ...) log_at(LOG_ERROR, tag, __VA_ARGS__)
#define log_warn(tag, ...) log_at(LOG_WARN, tag, __VA_ARGS__)
#define log_info(tag, ...) log_at(LOG_INFO, tag, __VA_ARGS__)
#define log_debug(tag, ...) log_at(LOG_DEBUG, tag, __VA_ARGS__)

/**
 * May a line about this source be written now? At most one a second for each
 * source (an address, say); bounded memory however many sources there are.
 * Control thread only. *missed gets how many were refused since the last yes.
 */
bool log_allow(const char *source, unsigned *missed);

#endif

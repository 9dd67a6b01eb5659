/* ask.c - see ask.h. */
#include "ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

struct ask {
	int fd;
	FILE *in;
	char *line;
	size_t cap;
};

int ask_open(struct ask **ap, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct ask *a;
	int err;

	if (!str_copy(addr.sun_path, sizeof(addr.sun_path), path))
		return -ENAMETOOLONG;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (a->fd >= 0 &&
	    connect(a->fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0)
		a->in = fdopen(a->fd, "r");
	if (a->in) {
		*ap = a;
		return 0;
	}
	err = -errno;
	ask_close(a);
	return err;
}

void ask_close(struct ask *a)
{
	if (!a)
		return;
	if (a->in)
		fclose(a->in);
	else if (a->fd >= 0)
		close(a->fd);
	free(a->line);
	free(a);
}

const char *ask_line(struct ask *a)
{
	return getline(&a->line, &a->cap, a->in) > 0 ? a->line : NULL;
}

json_t *ask(struct ask *a, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	size_t len = text ? strlen(text) : 0, done = 0;
	const char *line;
	ssize_t n = 0;

	if (!text)
		return NULL;
	text[len++] = '\n';             /* in place of the NUL */
	while (done < len && n >= 0) {
		n = send(a->fd, text + done, len - done, MSG_NOSIGNAL);
		done += n > 0 ? (size_t)n : 0;
	}
	free(text);
	/* A server that refuses us may have answered before it closed. */
	line = ask_line(a);
	return line ? json_loads(line, 0, NULL) : NULL;
}

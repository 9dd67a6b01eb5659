/* music.c - see music.h */
#include "music.h"

#include <string.h>

#include "base/log.h"
#include "files/stream.h"
#include "hub_int.h"

static void list_folder(struct hub *hub, unsigned first, struct media_play *play)
{
	unsigned n = 0;

	while (n < MEDIA_CLIPS_MAX && files_music(hub->files, n))
		n++;
	for (; play->n < n; play->n++)
		play->clips[play->n] = files_music(hub->files,
						   (first + play->n) % n);
}

void music_list(struct music *m, struct hub *hub, const char *source,
		uint32_t rate_hz, unsigned first, struct media_play *play)
{
	struct stream *old = m->stream;

	play->loop = true;
	play->n = 0;
	m->stream = NULL;
	if (*source == '\0') {
		list_folder(hub, first, play);
	} else if (strcmp(source, "none") != 0) {
		m->stream = hub->streams ? stream_take(hub->streams, source, rate_hz)
					 : NULL;
		if (m->stream)
			play->clips[play->n++] = stream_clip(m->stream);
		else
			log_warn("music", "there are too many sources, source=%s",
				 source);
	}
	stream_drop(old);
}

void music_drop(struct music *m)
{
	stream_drop(m->stream);
	m->stream = NULL;
}

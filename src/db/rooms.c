/* rooms.c - see rooms.h */
#include "rooms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "base/str.h"

struct entry {
	struct hash_node node;
	struct link in_patterns;        /* in none: a room */
	struct room_row row;
	unsigned gen;                   /* the last load that mentioned it */
};

struct rooms {
	struct hash by_number;          /* patterns too */
	struct list patterns;
	struct room_row made;           /* by the latest rooms_find() */
};

/* What a sweep hands to every entry. */
struct sweep {
	struct rooms *rooms;
	unsigned gen;
	void (*gone)(void *arg, const char *number);
	void *arg;
};

int rooms_new(struct rooms **rp)
{
	struct rooms *rooms = calloc(1, sizeof(*rooms));
	int err;

	if (!rooms)
		return -ENOMEM;
	list_init(&rooms->patterns);
	err = hash_init(&rooms->by_number);
	if (err) {
		free(rooms);
		return err;
	}
	*rp = rooms;
	return 0;
}

static struct entry *entry_of(struct hash_node *node)
{
	return container_of(node, struct entry, node);
}

static void del(struct rooms *rooms, struct entry *e)
{
	hash_del(&rooms->by_number, &e->node);
	list_del(&rooms->patterns, &e->in_patterns);
	free(e);
}

static void del_each(struct hash_node *node, void *arg)
{
	del(arg, entry_of(node));
}

void rooms_free(struct rooms *rooms)
{
	if (!rooms)
		return;
	hash_each(&rooms->by_number, del_each, rooms);
	hash_fini(&rooms->by_number);
	free(rooms);
}

size_t rooms_n(const struct rooms *rooms)
{
	return rooms->by_number.n - rooms->patterns.n;
}

static bool takes(const char *pattern, const char *number)
{
	for (; *pattern && *number; pattern++, number++) {
		const char least = *pattern == 'X' ? '0' : *pattern == 'Z' ? '1' :
			*pattern == 'N' ? '2' : '\0';

		if (least ? *number < least || *number > '9' : *number != *pattern)
			return false;
	}
	return !*pattern && !*number;
}

static const struct room_row *make(struct rooms *rooms, const char *number)
{
	const struct entry *best = NULL, *e;

	list_each(&rooms->patterns, e, it, struct entry, in_patterns)
		if (takes(e->row.room.number + 1, number) &&
		    (!best || strcmp(e->row.room.number,
				     best->row.room.number) < 0))
			best = e;
	if (!best)
		return NULL;
	memcpy(&rooms->made, &best->row, sizeof(rooms->made));
	memset(rooms->made.room.number, 0, sizeof(rooms->made.room.number));
	str_copy(rooms->made.room.number, sizeof(rooms->made.room.number), number);
	return &rooms->made;
}

const struct room_row *rooms_find(struct rooms *rooms, const char *number)
{
	struct hash_node *node = hash_find(&rooms->by_number, number);

	if (db_is_adhoc(number))
		return NULL;            /* who dials a pattern gets none */
	return node ? &entry_of(node)->row : make(rooms, number);
}

const struct room_row *rooms_set(struct rooms *rooms, const struct room_row *row,
				 unsigned gen)
{
	struct hash_node *node = hash_find(&rooms->by_number, row->room.number);
	struct entry *e = node ? entry_of(node) : NULL;

	if (e) {
		e->gen = gen;
		if (memcmp(&e->row, row, sizeof(*row)) == 0)
			return NULL;
		/* The key lies in the row and stays the same text. */
		memcpy(&e->row, row, sizeof(*row));
		return &e->row;
	}
	e = calloc(1, sizeof(*e));
	if (e) {
		memcpy(&e->row, row, sizeof(*row));
		e->gen = gen;
		if (hash_add(&rooms->by_number, &e->node,
			     e->row.room.number) == 0) {
			if (db_is_adhoc(e->row.room.number))
				list_add(&rooms->patterns, &e->in_patterns);
			return &e->row;
		}
		free(e);
	}
	log_error("db", "no memory for a room, number=%s", row->room.number);
	return NULL;
}

bool rooms_del(struct rooms *rooms, const char *number)
{
	struct hash_node *node = hash_find(&rooms->by_number, number);

	if (node)
		del(rooms, entry_of(node));
	return node != NULL;
}

static void sweep_each(struct hash_node *node, void *arg)
{
	struct entry *e = entry_of(node);
	struct sweep *s = arg;
	char number[DB_NUMBER_MAX];

	if (e->gen == s->gen)
		return;
	memcpy(number, e->row.room.number, sizeof(number));
	del(s->rooms, e);
	s->gone(s->arg, number);
}

void rooms_sweep(struct rooms *rooms, unsigned gen,
		 void (*gone)(void *arg, const char *number), void *arg)
{
	struct sweep s = { .rooms = rooms, .gen = gen, .gone = gone,
			   .arg = arg };

	hash_each(&rooms->by_number, sweep_each, &s);
}

/* rooms.c - see rooms.h */
#include "rooms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"

struct entry {
	struct hash_node node;
	struct room_row row;
	unsigned gen;                   /* the last load that mentioned it */
};

struct rooms {
	struct hash by_number;
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
	return rooms->by_number.n;
}

const struct room_row *rooms_find(const struct rooms *rooms, const char *number)
{
	struct hash_node *node = hash_find(&rooms->by_number, number);

	return node ? &entry_of(node)->row : NULL;
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
			     e->row.room.number) == 0)
			return &e->row;
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

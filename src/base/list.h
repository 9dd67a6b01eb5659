/*
 * list.h - a doubly linked list through a member of the owner's struct.
 *
 *	struct room { struct list members; };
 *	struct leg { struct link in_room; };
 *
 * A zeroed link is in no list. Not for use between threads.
 */
#ifndef LIST_H
#define LIST_H

#include <stdbool.h>
#include <stddef.h>

struct link {
	struct link *next, *prev;       /* NULL: in no list */
};

struct list {
	struct link head;
	size_t n;
};

#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))

/** Every element of type, member being its link; e may be taken out inside. */
#define list_each(l, e, tmp, type, member) \
	for (struct link *tmp##_l = (l)->head.next, *tmp##_n = tmp##_l->next; \
	     tmp##_l != &(l)->head && \
	     ((e) = container_of(tmp##_l, type, member), 1); \
	     tmp##_l = tmp##_n, tmp##_n = tmp##_l->next)

static inline void list_init(struct list *l)
{
	l->head.next = l->head.prev = &l->head;
	l->n = 0;
}

static inline bool list_is_in(const struct link *k)
{
	return k->next != NULL;
}

/** Adds at the end; k must be in no list. */
static inline void list_add(struct list *l, struct link *k)
{
	k->prev = l->head.prev;
	k->next = &l->head;
	k->prev->next = k;
	l->head.prev = k;
	l->n++;
}

/** Takes k out of l; fine if it is in no list. */
static inline void list_del(struct list *l, struct link *k)
{
	if (!list_is_in(k))
		return;
	k->prev->next = k->next;
	k->next->prev = k->prev;
	k->next = k->prev = NULL;
	l->n--;
}

static inline struct link *list_first(const struct list *l)
{
	return l->n ? l->head.next : NULL;
}

#endif

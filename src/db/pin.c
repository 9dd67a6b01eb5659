/* pin.c - see pin.h */
#include "pin.h"

#include <crypt.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/box.h"
#include "base/str.h"
#include "thread.h"

/* About 1 s of work: who waits longer has hung up. */
enum { QUEUE = 256, NICE = 5 };

/* Of a random secret nobody kept, as costly as what gen_salt('bf', 6) makes. */
static const char no_hash[] =
	"$2a$06$9E7P8n2vG0m9lq5pZcV3nuN/YWktDneywRHPTqi9Pt7n7eSSs.tG.";

struct question {
	struct pin_verdict verdict;     /* without result and hash */
	char text[DB_PIN_MAX];
	char pin_hash[ROOMS_HASH_MAX];
	char moderator_hash[ROOMS_HASH_MAX];
	char invite_salt[ROOMS_SALT_MAX];
};

struct pin {
	struct thread thread;
	int tell;
	struct box *questions, *answers;
	struct crypt_data *data;        /* the thread's; 32 KiB */
};

/* 1: it is that PIN, 0: it is not, -1: the hash is none that crypt(3) knows. */
static int check(struct pin *pin, const char *text, const char *hash)
{
	const char *want = *hash ? hash : no_hash;
	size_t len = strlen(want);
	unsigned char diff = 0;
	const char *got;

	memset(pin->data, 0, sizeof(*pin->data));
	got = crypt_r(text, want, pin->data);
	if (!got || *got == '*' || strlen(got) != len)
		return *hash ? -1 : 0;
	for (size_t i = 0; i < len; i++)
		diff |= (unsigned char)(got[i] ^ want[i]);
	return *hash && !diff;
}

static enum db_pin judge(struct pin *pin, const struct question *q)
{
	int user, moderator;

	if (!*q->pin_hash && !*q->moderator_hash && !*q->invite_salt)
		return DB_PIN_USER;
	user = check(pin, q->text, q->pin_hash);
	moderator = check(pin, q->text, q->moderator_hash);
	if (moderator == 1)
		return DB_PIN_MODERATOR;
	if (user == 1 || (!*q->pin_hash && !*q->text))
		return DB_PIN_USER;
	return user < 0 || moderator < 0 ? DB_PIN_FAILED : DB_PIN_WRONG;
}

/* Invitees share a salt, so that the hash is enough to find whose it is. */
static void hash_invited(struct pin *pin, const struct question *q,
			 char out[static ROOMS_HASH_MAX])
{
	const char *got;

	if (!*q->invite_salt)
		return;
	memset(pin->data, 0, sizeof(*pin->data));
	got = crypt_r(q->text, q->invite_salt, pin->data);
	if (got && *got != '*')
		str_copy(out, ROOMS_HASH_MAX, got);
}

static void *run(void *arg)
{
	struct pin *pin = arg;
	struct pollfd p = { .fd = pin->thread.wake, .events = POLLIN };

	/* On Linux a thread has its own: a flood of guesses must not take time
	 * from media. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	while (!thread_is_asked(&pin->thread)) {
		struct question q;
		struct pin_verdict a;

		if (!box_take(pin->questions, &q)) {
			poll(&p, 1, -1);
			wake_clear(pin->thread.wake);
			continue;
		}
		a = q.verdict;
		a.result = judge(pin, &q);
		hash_invited(pin, &q, a.hash);
		explicit_bzero(&q, sizeof(q));
		/* Control reads answers before it asks more, and there is a
		 * place for every question; a full box means it is busy. */
		while (box_put(pin->answers, &a) < 0 &&
		       !thread_is_asked(&pin->thread))
			poll(NULL, 0, 1);
		wake_send(pin->tell);
	}
	return NULL;
}

int pin_new(struct pin **pinp, int tell)
{
	struct pin *pin = calloc(1, sizeof(*pin));
	int err;

	if (!pin)
		return -ENOMEM;
	pin->tell = tell;
	err = thread_init(&pin->thread);
	if (!err)
		err = box_new(&pin->questions, QUEUE, sizeof(struct question));
	if (!err)
		err = box_new(&pin->answers, QUEUE, sizeof(struct pin_verdict));
	if (!err) {
		pin->data = malloc(sizeof(*pin->data));
		err = pin->data ? 0 : -ENOMEM;
	}
	if (!err)
		err = thread_start(&pin->thread, run, pin, "db-pin");
	if (err) {
		pin_free(pin);
		return err;
	}
	*pinp = pin;
	return 0;
}

void pin_free(struct pin *pin)
{
	if (!pin)
		return;
	thread_fini(&pin->thread);
	box_free(pin->questions);
	box_free(pin->answers);
	free(pin->data);
	free(pin);
}

int pin_ask(struct pin *pin, const struct room_row *row,
	    const struct db_pin_ask *ask)
{
	struct question q = { .verdict = { .leg = ask->leg } };
	int err;

	/* Longer than a PIN can be: wrong, but not sooner than others are. */
	if (!str_copy(q.text, sizeof(q.text), ask->pin))
		str_copy(q.text, sizeof(q.text), "too long");
	str_copy(q.verdict.room, sizeof(q.verdict.room), ask->room);
	str_copy(q.verdict.source, sizeof(q.verdict.source), ask->source);
	str_copy(q.verdict.caller, sizeof(q.verdict.caller), ask->caller);
	memcpy(q.pin_hash, row->pin_hash, sizeof(q.pin_hash));
	memcpy(q.moderator_hash, row->moderator_hash, sizeof(q.moderator_hash));
	memcpy(q.invite_salt, row->invite_salt, sizeof(q.invite_salt));
	err = box_put(pin->questions, &q);
	explicit_bzero(&q, sizeof(q));
	if (!err)
		wake_send(pin->thread.wake);
	return err;
}

bool pin_answer(struct pin *pin, struct pin_verdict *verdict)
{
	return box_take(pin->answers, verdict);
}

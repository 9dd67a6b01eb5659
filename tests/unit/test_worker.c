/*
 * test_worker.c - media threads and what the system lets them have: priority, a
 * core each, descriptors. How they keep time is in test_overload.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "media/media.h"
#include "media/worker.h"
#include "mixer/dsp/dsp.h"

enum { PORT_MIN = 20000, PORT_MAX = 29999 };

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- its mailboxes ------------------------------------------------------ */

/* A room comes and goes while its worker is about to sleep: control is woken for
 * the account that comes before, and for the room's end. */
static void the_end_of_what_came_before_its_sleep_is_told(void **state)
{
	struct worker_cfg cfg = { .slots = 4, .buses = 4, .ops = &net_plain,
				  .dsp = mx_dsp_best() };
	struct mx_mix_cfg mix = { .dsp = mx_dsp_best(), .rate_hz = 8000 };
	struct cmd add = { .kind = CMD_BUS_ADD, .bus = 1 };
	struct cmd del = { .kind = CMD_BUS_CLOSE, .bus = 1 };
	struct pollfd p = { .events = POLLIN };
	struct mx_resamp_bank *bank;
	struct worker *w;
	struct event ev;
	unsigned rooms = 0;

	(void)state;
	assert_int_equal(mx_resamp_bank_new(&bank, mix.dsp), 0);
	mix.bank = bank;
	assert_int_equal(mx_mix_new(&add.add_mix, &mix), 0);
	assert_int_equal(worker_new(&w, &cfg), 0);
	assert_int_equal(worker_tell(w, &add), 0);
	assert_int_equal(worker_tell(w, &del), 0);
	assert_int_equal(worker_start(w), 0);
	p.fd = worker_event_fd(w);
	for (uint64_t woken = 0, n; woken < 2; woken += n) {
		assert_int_equal(poll(&p, 1, 10000), 1);
		assert_int_equal(read(p.fd, &n, sizeof(n)), sizeof(n));
	}
	while (worker_ask(w, &ev))
		if (ev.kind == EV_BUS_GONE) {
			mx_mix_free(ev.mix);
			rooms++;
		}
	assert_int_equal(rooms, 1);
	worker_stop(w);
	worker_free(w);
	mx_resamp_bank_free(bank);
}

/* ---- priority and core ------------------------------------------------- */

/* The thread of that name in this process, 0: none. */
static pid_t thread_named(const char *name)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *e;
	pid_t found = 0;

	assert_non_null(dir);
	while ((e = readdir(dir))) {
		char path[300], comm[32] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm",
			 e->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fgets(comm, sizeof(comm), f) &&
		    strcspn(comm, "\n") == strlen(name) &&
		    strncmp(comm, name, strlen(name)) == 0)
			found = (pid_t)atoi(e->d_name);
		fclose(f);
	}
	closedir(dir);
	return found;
}

static struct loop *loop;
static struct media *media;

static void turn(int ms)
{
	for (int64_t until = now_us() + ms * 1000; now_us() < until;)
		loop_wait(loop, 5);
}

static void start(struct media_cfg cfg)
{
	cfg.port_min = PORT_MIN;
	cfg.port_max = PORT_MAX;
	if (!cfg.legs_max)
		cfg.legs_max = 10;
	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(media_new(&media, &cfg, loop), 0);
	for (int i = 0; i < 200 && !thread_named("media/0"); i++)
		turn(5);
	turn(50);
}

static void stop(void)
{
	media_free(media);
	loop_free(loop);
}

static void pinned_workers_have_a_core_each(void **state)
{
	cpu_set_t may, one;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(may), &may), 0);
	for (unsigned pin = 0; pin < 2; pin++) {
		cpu_set_t both;

		CPU_ZERO(&both);
		start((struct media_cfg){ .workers = 2, .pin = pin });
		for (unsigned i = 0; i < 2; i++) {
			char name[16];
			pid_t tid;

			snprintf(name, sizeof(name), "media/%u", i);
			tid = thread_named(name);
			assert_int_not_equal(tid, 0);
			assert_int_equal(sched_getaffinity(tid, sizeof(one),
							   &one), 0);
			assert_int_equal(CPU_COUNT(&one),
					 pin ? 1 : CPU_COUNT(&may));
			CPU_OR(&both, &both, &one);
		}
		if (pin)
			assert_int_equal(CPU_COUNT(&both),
					 CPU_COUNT(&may) > 1 ? 2 : 1);
		stop();
	}
}

static void priority_is_what_is_told(void **state)
{
	(void)state;
	for (unsigned wanted = 0; wanted < 2; wanted++) {
		int policy;

		start((struct media_cfg){ .workers = 1, .realtime = wanted });
		policy = sched_getscheduler(thread_named("media/0"));
		assert_int_equal(media_worker_stats(media, 0)->realtime,
				 policy == SCHED_FIFO);
		if (!wanted)
			assert_int_equal(policy, SCHED_OTHER);
		stop();
	}
}

static unsigned lines_with(const char *path, const char *text)
{
	FILE *f = fopen(path, "r");
	char line[512];
	unsigned n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, text) != NULL;
	if (f)
		fclose(f);
	return n;
}

/* Runs a function in a process of its own, which may have less than we, and
 * whose log is at path. Returns what it returns; 255 if it fails otherwise. */
static int in_child(int (*f)(void), const char *path)
{
	int status, fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0666);
	pid_t pid;

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0666), 0);
	close(fd);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int err = 255;

		if (log_open(path, LOG_INFO) >= 0) {
			err = f();
			log_close();
		}
		_exit(err);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int run_unprivileged(void)
{
	const struct rlimit none = { 0, 0 };
	bool realtime;

	if (setrlimit(RLIMIT_RTPRIO, &none) != 0 ||
	    (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0))
		return 2;
	start((struct media_cfg){ .workers = 1, .realtime = true });
	realtime = media_worker_stats(media, 0)->realtime;
	stop();
	return realtime;
}

/* It runs all the same, and says what is amiss. */
static void without_the_right_it_runs_and_warns(void **state)
{
	const char *path = *state;

	assert_int_equal(in_child(run_unprivileged, path), 0);
	assert_int_equal(lines_with(path, "no real-time priority"), 1);
	assert_int_equal(lines_with(path, "CAP_SYS_NICE"), 1);
}

/* ---- want -------------------------------------------------------------- */

static void on_closed(void *arg, const struct media_stats *st)
{
	(void)st;
	++*(unsigned *)arg;
}

enum { LEGS = 200, FILES = 100 };

static int open_many(void)
{
	static const struct media_port_ops ops = { .on_closed = on_closed };
	const struct rlimit few = { FILES, FILES };
	struct media_port *port[LEGS], *more;
	unsigned n = 0, closed = 0;
	int err = 0;

	if (setrlimit(RLIMIT_NOFILE, &few) != 0)
		return 2;
	start((struct media_cfg){ .workers = 2, .legs_max = LEGS });
	while (n < LEGS && (err = media_port_open(media, AF_INET, NULL, &ops,
						  &closed, &port[n])) == 0)
		n++;
	if (err != -EMFILE || n < FILES / 4 ||
	    media_port_open(media, AF_INET, NULL, &ops, &closed,
			    &more) != -EMFILE)
		return 3;
	media_port_close(port[n - 1]);
	while (closed == 0)
		turn(10);
	if (media_port_open(media, AF_INET, NULL, &ops, &closed,
			    &port[n - 1]) != 0)
		return 4;
	for (unsigned i = 0; i < n; i++)
		media_port_close(port[i]);
	while (closed < n + 1)
		turn(10);
	stop();
	return 0;
}

/* Fewer descriptors than legs_max asks for: it runs without io_uring, whose
 * table would be too long, with as many legs as there are; an error for the next
 * ones, a line in the log for all of them, and room again when one has gone. */
static void few_descriptors_limit_legs_and_nothing_else(void **state)
{
	const char *path = *state;

	assert_int_equal(in_child(open_many, path), 0);
	assert_int_equal(lines_with(path, "no io_uring here"), 1);
	assert_int_equal(lines_with(path, "no port for a leg"), 1);
}

static int name_log(void **state)
{
	static char path[64];

	snprintf(path, sizeof(path), "test_worker.%ld.log", (long)getpid());
	*state = path;
	return 0;
}

static int remove_log(void **state)
{
	return unlink(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_of_what_came_before_its_sleep_is_told),
		cmocka_unit_test(pinned_workers_have_a_core_each),
		cmocka_unit_test(priority_is_what_is_told),
		cmocka_unit_test_setup_teardown(
			without_the_right_it_runs_and_warns, name_log,
			remove_log),
		cmocka_unit_test_setup_teardown(
			few_descriptors_limit_legs_and_nothing_else, name_log,
			remove_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

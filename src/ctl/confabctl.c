/*
 * confabctl.c - asks a running confabd, or tells it what to do.
 *
 * The command line is made into a request by the table of spec.c; long lists
 * come in pages and are put together here. Exit status: 0, 1 (refused, or a
 * wrong command line), 2 (no server).
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "base/str.h"
#include "show.h"
#include "spec.h"

enum { EXIT_REFUSED = 1, EXIT_NO_SERVER = 2 };

struct options {
	const char *path;
	bool json;
};

static const char usage_text[] =
	"usage: confabctl [--socket PATH] [--json] COMMAND [ARGUMENTS]\n"
	"  -s, --socket PATH  the server's socket: its [server] control\n"
	"                     (default: $CONFAB_SOCKET, or var/confabd.sock)\n"
	"  -j, --json         prints the server's answer as it is, on one line\n"
	"  -V, --version\n"
	"  -h, --help\n"
	"commands:\n";

static void print_usage(FILE *f)
{
	fputs(usage_text, f);
	ctl_print_help(f);
	fprintf(f, "  %-22s  %s\n", "help", "Prints this.");
}

/* ---- the command line into a request ------------------------------------ */

static int wrong(const struct ctl_spec *spec)
{
	char text[CTL_USAGE_MAX];

	ctl_usage(spec, text, sizeof(text));
	fprintf(stderr, "usage: confabctl %s\n", text);
	return -EINVAL;
}

static json_t *from_word(const struct ctl_arg *a, const char *word)
{
	uint64_t n;

	switch (a->type) {
	case CTL_NUMBER:
		return str_u64(word, strlen(word), a->max, &n) == 0
			? json_integer((json_int_t)n) : NULL;
	case CTL_TEXT:
		return json_string(word);
	case CTL_SWITCH:
		if (strcmp(word, "on") != 0 && strcmp(word, "off") != 0)
			return NULL;
		return json_boolean(word[1] == 'n');
	default:
		return NULL;
	}
}

/* The argument that is written --word. */
static const struct ctl_arg *flag(const struct ctl_spec *spec, const char *word)
{
	for (int i = 0; i < CTL_ARGS_MAX; i++)
		if ((spec->args[i].type == CTL_FLAG ||
		     spec->args[i].type == CTL_OPTION) &&
		    strncmp(word, "--", 2) == 0 &&
		    strcmp(word + 2, spec->args[i].name) == 0)
			return &spec->args[i];
	return NULL;
}

/* The next argument that takes a word, or NULL. */
static const struct ctl_arg *next_arg(const struct ctl_spec *spec, int *i)
{
	while (*i < CTL_ARGS_MAX) {
		const struct ctl_arg *a = &spec->args[(*i)++];

		if (a->type == CTL_NUMBER || a->type == CTL_TEXT ||
		    a->type == CTL_SWITCH)
			return a;
	}
	return NULL;
}

/* Adds the words to request. 0, or -EINVAL after the usage has been printed. */
static int add_words(json_t *request, const struct ctl_spec *spec, char **words)
{
	const struct ctl_arg *a;
	int i = 0;

	for (; *words; words++) {
		json_t *v;

		a = flag(spec, *words);
		if (a && a->type == CTL_OPTION) {
			v = words[1] ? json_string(*++words) : NULL;
		} else if (a) {
			v = json_true();
		} else {
			a = next_arg(spec, &i);
			v = a ? from_word(a, *words) : NULL;
		}
		if (!v || json_object_set_new(request, a->name, v) != 0)
			return wrong(spec);
	}
	a = next_arg(spec, &i);
	return a && !a->optional ? wrong(spec) : 0;
}

/* ---- the answer --------------------------------------------------------- */

static int refused(const json_t *answer)
{
	const char *text = json_string_value(json_object_get(answer, "text"));

	fprintf(stderr, "confabctl: %s\n", text ? text : "the server refused");
	return EXIT_REFUSED;
}

/* Puts the lists of a further page at the end of those of the first. */
static void add_page(json_t *first, json_t *page)
{
	const char *key;
	json_t *v;

	json_object_foreach(page, key, v)
		if (json_is_array(v))
			json_array_extend(json_object_get(first, key), v);
	json_object_del(first, "next");
	v = json_object_get(page, "next");
	if (v)
		json_object_set(first, "next", v);
}

/* Asks for all pages; what comes first is returned, with all of them in it. */
static json_t *ask_all(struct ask *a, json_t *request, bool paged)
{
	json_t *answer = ask(a, request), *page, *next;
	json_t *result = json_object_get(answer, "result");

	while (paged && (next = json_object_get(result, "next"))) {
		json_object_set(request, "from", next);
		page = ask(a, request);
		if (!json_is_true(json_object_get(page, "ok"))) {
			json_decref(answer);
			return page;
		}
		add_page(result, json_object_get(page, "result"));
		json_decref(page);
	}
	return answer;
}

static int lost(void)
{
	fputs("confabctl: the server has gone\n", stderr);
	return EXIT_NO_SERVER;
}

static void print_line(const json_t *v)
{
	json_dumpf(v, stdout, JSON_COMPACT);
	putchar('\n');
}

/* JSON lines, until the server goes. */
static int follow(struct ask *a)
{
	const char *line;

	while ((line = ask_line(a))) {
		fputs(line, stdout);
		if (fflush(stdout) == EOF)
			return EXIT_REFUSED;
	}
	return lost();
}

static int run(const struct options *opt, struct ask *a,
	       enum ctl_command command, json_t *request)
{
	json_t *answer = ask_all(a, request, command != CTL_EVENTS);
	const bool ok = json_is_true(json_object_get(answer, "ok"));
	int status = 0;

	if (!answer)
		return lost();
	if (opt->json && command != CTL_EVENTS)
		print_line(answer);
	if (!ok)
		status = refused(answer);
	else if (command == CTL_EVENTS)
		status = follow(a);
	else if (!opt->json)
		show(stdout, json_object_get(answer, "result"));
	json_decref(answer);
	return status;
}

static int no_server(const char *path, int err)
{
	fprintf(stderr, "confabctl: no server answers at %s: %s\n", path,
		strerror(-err));
	return EXIT_NO_SERVER;
}

static int command_line(const struct options *opt, char **words)
{
	const enum ctl_command command = ctl_find(words[0]);
	json_t *request;
	struct ask *a;
	int status, err;

	if (strcmp(words[0], "help") == 0) {
		print_usage(stdout);
		return 0;
	}
	if (command == CTL__MAX) {
		fprintf(stderr, "confabctl: %s is no command; confabctl help\n",
			words[0]);
		return EXIT_REFUSED;
	}
	request = json_pack("{ss}", "command", words[0]);
	if (add_words(request, ctl_spec(command), words + 1) < 0) {
		json_decref(request);
		return EXIT_REFUSED;
	}
	err = ask_open(&a, opt->path);
	if (err < 0) {
		json_decref(request);
		return no_server(opt->path, err);
	}
	status = run(opt, a, command, request);
	ask_close(a);
	json_decref(request);
	return status;
}

/* --json may stand behind the command too. */
static bool take_json(char **words)
{
	bool found = false;
	char **out = words;

	for (; *words; words++) {
		if (strcmp(*words, "--json") == 0 || strcmp(*words, "-j") == 0)
			found = true;
		else
			*out++ = *words;
	}
	*out = NULL;
	return found;
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct options opt = { .path = getenv("CONFAB_SOCKET") };
	int c;

	if (!opt.path || !*opt.path)
		opt.path = "var/confabd.sock";
	/* "+": options end where the command begins, which has its own. */
	while ((c = getopt_long(argc, argv, "+s:jVh", long_options, NULL)) >= 0) {
		switch (c) {
		case 's': opt.path = optarg; break;
		case 'j': opt.json = true; break;
		case 'V': puts(PACKAGE_STRING); return 0;
		case 'h': print_usage(stdout); return 0;
		default: print_usage(stderr); return EXIT_REFUSED;
		}
	}
	if (optind == argc) {
		print_usage(stderr);
		return EXIT_REFUSED;
	}
	opt.json |= take_json(argv + optind);
	return command_line(&opt, argv + optind);
}

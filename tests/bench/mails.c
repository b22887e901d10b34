/* bench_mails - how long a submission takes from its bytes to its candidates,
 * beside a bare GMime loop over the same bytes.
 *
 * The files are read first; nothing but the processor is measured. One
 * process, one thread, no sandbox: what the parser child does between request
 * and answer. With --peak each mail is read in a child of its own, and the
 * most memory that any of these had is told instead. */
#include <dirent.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ingest/result.h"
#include "tests/bench/clock.h"

#define MAIL_MAX (64 << 20)

struct mail {
	char *name;
	struct buf bytes;
};

static struct mail *mails;
static size_t n_mails;
static uint64_t octets;
static struct zone_config *config;
static bool raw;

static void
fail(const char *what)
{
	fprintf(stderr, "bench_mails: %s\n", what);
	exit(1);
}

static uint64_t
spent_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return clock_ns_of(&t);
}

static int
by_name(const void *a, const void *b)
{
	const struct mail *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Into memory of just its size, as the parser child has it. */
static struct buf
load(const char *path)
{
	struct buf b = { 0 };
	FILE *f = fopen(path, "re");
	struct stat st;

	if (f == NULL || fstat(fileno(f), &st) < 0 || st.st_size > MAIL_MAX) {
		fail(path);
	}
	b.cap = (size_t)st.st_size + 1;
	b.data = malloc(b.cap);
	if (b.data == NULL) {
		fail("no memory");
	}
	b.len = fread(b.data, 1, b.cap - 1, f);
	b.data[b.len] = '\0';
	fclose(f);
	return b;
}

static void
add(const char *path)
{
	struct mail m = { .name = strdup(path), .bytes = load(path) };

	mails = reallocarray(mails, n_mails + 1, sizeof(*mails));
	if (mails == NULL || m.name == NULL) {
		fail("no memory");
	}
	octets += m.bytes.len;
	mails[n_mails++] = m;
}

static void
add_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *d;
	char path[4096];

	if (dir == NULL) {
		add(folder);
		return;
	}
	while ((d = readdir(dir)) != NULL) {
		size_t len = strlen(d->d_name);

		if (len > 4 && strcmp(d->d_name + len - 4, ".eml") == 0) {
			snprintf(
			    path, sizeof(path), "%s/%s", folder, d->d_name);
			add(path);
		}
	}
	closedir(dir);
}

/* ---- what is compared -------------------------------------------------- */

static void
read_mail(const struct mail *m, bool answer)
{
	struct ingest_task task = {
		.config = config, .file = m->name, .raw = raw
	};
	struct arena arena = { 0 };
	struct ingest_report report;
	struct buf out = { 0 };

	if (ingest_report_make(
		&task, m->bytes.data, m->bytes.len, &arena, &report) < 0 ||
	    (answer && ingest_result_encode(&report, &out) < 0)) {
		fail(m->name);
	}
	buf_free(&out);
	arena_free(&arena);
}

/* From the bytes to the candidates. */
static void
ours(const struct mail *m)
{
	read_mail(m, false);
}

/* And what the parser's child tells its parent of it. */
static void
ours_answer(const struct mail *m)
{
	read_mail(m, true);
}

static GMimeMessage *
parsed(const struct mail *m)
{
	GMimeStream *stream =
	    g_mime_stream_mem_new_with_buffer(m->bytes.data, m->bytes.len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);

	g_object_unref(parser);
	g_object_unref(stream);
	return message;
}

static void
bare(const struct mail *m)
{
	GMimeMessage *message = parsed(m);

	if (message != NULL) {
		g_object_unref(message);
	}
}

static void
decode(GMimeObject *parent, GMimeObject *part, gpointer to)
{
	(void)parent;
	if (GMIME_IS_MESSAGE_PART(part)) {
		GMimeMessage *inner =
		    g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));

		if (inner != NULL) {
			g_mime_message_foreach(inner, decode, to);
		}
	} else if (GMIME_IS_PART(part)) {
		GMimeDataWrapper *content =
		    g_mime_part_get_content(GMIME_PART(part));

		if (content != NULL) {
			g_mime_data_wrapper_write_to_stream(content, to);
		}
	}
}

static void
bare_decode(const struct mail *m)
{
	GMimeMessage *message = parsed(m);
	GMimeStream *null = g_mime_stream_null_new();

	if (message != NULL) {
		g_mime_message_foreach(message, decode, null);
		g_object_unref(message);
	}
	g_object_unref(null);
}

static const struct {
	const char *name;
	void (*run)(const struct mail *m);
} ways[] = {
	{ "rbl-ingest", ours },
	{ "rbl-ingest-answer", ours_answer },
	{ "gmime", bare },
	{ "gmime-decode", bare_decode },
};

#define N_WAYS (sizeof(ways) / sizeof(ways[0]))

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Alternated rounds over all mails; microseconds of processor a mail. */
static void
measure(unsigned rounds)
{
	double *got = calloc(N_WAYS * rounds, sizeof(*got));

	if (got == NULL) {
		fail("no memory");
	}
	for (unsigned r = 0; r < rounds; r++) {
		for (size_t w = 0; w < N_WAYS; w++) {
			uint64_t began = spent_ns();

			for (size_t i = 0; i < n_mails; i++) {
				ways[w].run(&mails[i]);
			}
			got[w * rounds + r] = (double)(spent_ns() - began) /
			    1e3 / (double)n_mails;
		}
	}
	printf("{\"mails\":%zu,\"octets\":%llu", n_mails,
	    (unsigned long long)octets);
	for (size_t w = 0; w < N_WAYS; w++) {
		double *us = got + w * rounds;

		printf(",\"%s\":[", ways[w].name);
		for (unsigned r = 0; r < rounds; r++) {
			printf("%s%.1f", r > 0 ? "," : "", us[r]);
		}
		qsort(us, rounds, sizeof(*us), by_value);
		printf("],\"%s-median\":%.1f", ways[w].name, us[rounds / 2]);
	}
	printf("}\n");
	free(got);
}

/* Each mail in a child of its own: the most memory, the longest time. */
static void
peaks(bool every)
{
	long most = 0;
	double longest = 0;
	const char *which = "", *slowest = "";

	for (size_t i = 0; i < n_mails; i++) {
		struct rusage used;
		double s;
		int status = -1;
		pid_t pid = fork();

		if (pid == 0) {
			struct mail m = { .name = mails[i].name,
				.bytes = load(mails[i].name) };

			ours_answer(&m);
			_exit(0);
		}
		if (pid < 0 || wait4(pid, &status, 0, &used) != pid) {
			fail("fork");
		}
		if (status != 0) {
			fail(mails[i].name);
		}
		s = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
		    (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) /
			1e6;
		if (every) {
			printf("%8ld KiB %7.3f s  %s\n", used.ru_maxrss, s,
			    mails[i].name);
		}
		if (used.ru_maxrss > most) {
			most = used.ru_maxrss;
			which = mails[i].name;
		}
		if (s > longest) {
			longest = s;
			slowest = mails[i].name;
		}
	}
	printf("{\"mails\":%zu,\"kib\":%ld,\"of\":\"%s\",\"seconds\":%.3f,"
	       "\"by\":\"%s\"}\n",
	    n_mails, most, which, longest, slowest);
}

int
main(int argc, char **argv)
{
	struct err_text why;
	unsigned rounds = 5;
	bool peak = false, every = false;
	int c;

	while ((c = getopt(argc, argv, "pvrn:")) != -1) {
		switch (c) {
		case 'p': peak = true; break;
		case 'v': every = true; break;
		case 'r': raw = true; break;
		case 'n': rounds = (unsigned)strtoul(optarg, NULL, 10); break;
		default: rounds = 0;
		}
	}
	if (rounds == 0 || optind == argc) {
		fputs("Usage: bench_mails [-n ROUNDS] [-r] FOLDER|FILE...\n"
		      "       bench_mails -p [-v] [-r] FOLDER|FILE...\n"
		      "-r: the mails are the spam itself, as from a trap\n"
		      "-p: the peak of memory and time of a mail\n",
		    stderr);
		return 2;
	}
	if (zone_config_default(&config) < 0 ||
	    ingest_report_init(config, &why) < 0) {
		fail("init");
	}
	for (int i = optind; i < argc; i++) {
		add_folder(argv[i]);
	}
	if (n_mails == 0) {
		fail("no .eml there");
	}
	qsort(mails, n_mails, sizeof(*mails), by_name);
	if (peak) {
		for (size_t i = 0; i < n_mails; i++) {
			buf_free(&mails[i].bytes); /* not the children's */
		}
		peaks(every);
	} else {
		measure(rounds);
	}
	return 0;
}

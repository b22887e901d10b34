/* ctl_import.c - rblctl import: a list file, all of it or nothing.
 *
 * One pass over the file, one transaction. With --replace, every entry that
 * this source made is first taken out of the change and then put back by the
 * file's own lines, since the last word on a key counts; what the transaction
 * would really remove is counted within it, and refused there when it is too
 * much. A list that empties itself because a download broke off would let all
 * the spam in; one that fills itself with garbage would stop all the mail.
 */
#include "zone/ctl.h"

#include <stdlib.h>

#include "base/when.h"
#include "zone/guard.h"

#define SHOW_REFUSED 20 /* lines told one by one */

/* A text as it stood in the file, and as it can be stored, with a NUL. */
struct said {
	struct buf raw, clean;
};

/* From word OP of the change on, words and lines go in step. */
struct step {
	uint64_t op, line;
};

struct import {
	struct ctl *ctl;
	const struct zone_list_conf *list;
	const char *source;
	bool own_source; /* said with --source, or --replace: lines keep none */
	bool skip_bad, replace, force, dry;
	struct ctl_lines lines;
	struct zone_format_in in;
	struct zone_change *change;
	struct zone_change_result result;
	struct said reason, criterion, from; /* the last line's */
	struct zone_terms terms;             /* of the last line that listed */
	uint64_t words;                      /* its number; 0: none */
	uint64_t ops;                        /* words that the change has */
	struct step *steps;
	size_t n_steps, cap_steps;
	int64_t now;
	uint64_t entries; /* taken from the file */
	uint64_t refused, expired;
	uint64_t points;  /* test points, which nobody has to list */
	bool too_much;    /* said within the transaction */
	bool twice;       /* the same */
	uint64_t present; /* entries that this source made before */
};

/* ---- one line ------------------------------------------------------------ */

/* TEXT as one line that can be stored. Most lines say the same as the line
 * before them, so the last one is kept. */
static const char *
clean(struct said *said, struct span text, size_t max)
{
	struct buf utf8 = { 0 }, *b = &said->clean;

	if (text.len == 0) {
		return "";
	}
	if (!said->raw.bad && !b->bad && said->raw.len == text.len &&
	    memcmp(said->raw.data, text.at, text.len) == 0) {
		return b->len > 0 ? b->data : "";
	}
	buf_clear(&said->raw);
	buf_add(&said->raw, text.at, text.len);
	buf_clear(b);
	text_to_utf8(&utf8, text.at, text.len);
	if (utf8.len > 0) {
		zone_format_oneline(b, span(utf8.data, utf8.len), max);
	}
	b->bad = b->bad || utf8.bad;
	buf_free(&utf8);
	return b->len > 0 ? b->data : "";
}

static void
forget(struct said *said)
{
	buf_free(&said->raw);
	buf_free(&said->clean);
}

/* The terms of LINE, whose texts stay as they are until the next call. */
static int
terms_of(struct import *im, const struct zone_format_line *line)
{
	struct zone_terms *t = &im->terms;

	*t = (struct zone_terms){ .exempt = line->exempt,
		.code = line->code,
		.until = line->until,
		.forever =
		    line->exempt || (line->said_until && line->until == 0),
		.source = im->source };
	t->reason = clean(&im->reason, line->reason, CTL_REASON_MAX);
	t->criterion = clean(&im->criterion, line->criterion, CTL_NAME_MAX);
	t->template = line->template && t->reason[0] != '\0';
	if (line->said_until && line->until != 0) {
		t->forever = false;
	}
	if (!im->own_source && line->source.len > 0) {
		t->source = clean(&im->from, line->source, CTL_NAME_MAX);
	}
	im->words = line->words;
	return im->reason.clean.bad || im->criterion.clean.bad ||
		im->from.clean.bad
	    ? ERR_NOMEM
	    : 0;
}

/* The word that comes next in the change is about the line in hand. */
static int
mark_line(struct import *im)
{
	const struct step *last =
	    im->n_steps > 0 ? &im->steps[im->n_steps - 1] : NULL;

	if (last != NULL && im->in.at - last->line == im->ops - last->op) {
		return 0;
	}
	if (im->n_steps == im->cap_steps) {
		size_t cap = im->cap_steps == 0 ? 64 : im->cap_steps * 2;
		void *p = reallocarray(im->steps, cap, sizeof(*im->steps));

		if (p == NULL) {
			return ERR_NOMEM;
		}
		im->steps = p;
		im->cap_steps = cap;
	}
	im->steps[im->n_steps++] = (struct step){ im->ops, im->in.at };
	return 0;
}

/* The line that word OP of the change came from. */
static unsigned long long
line_of(const struct import *im, uint64_t op)
{
	size_t a = 0, b = im->n_steps;

	while (b - a > 1) {
		size_t m = a + (b - a) / 2;

		*(im->steps[m].op <= op ? &a : &b) = m;
	}
	return im->steps[a].line + (op - im->steps[a].op);
}

static int
take(const struct zone_format_line *line, void *ctx, struct err_text *why)
{
	struct import *im = ctx;
	unsigned flags = ZONE_PUT_KEEP_PERSON | ZONE_PUT_KEEP_SAME |
	    (line->first ? ZONE_PUT_FIRST : 0) |
	    (line->over ? ZONE_PUT_OVER : 0);
	struct zone_key key;
	int r = zone_format_key(im->list->kind, line, &key, why);

	if (r < 0) {
		return r;
	}
	if (line->said_until && line->until != 0 && line->until <= im->now) {
		im->expired++;
		return 0;
	}
	/* Other servers have to list these; here the server itself answers. */
	if (im->in.format->types && !line->exempt &&
	    zone_guard_test_point(&key)) {
		im->points++;
		return 0;
	}
	if (line->words == 0 || line->words != im->words) {
		r = terms_of(im, line);
	}
	if (r == 0) {
		r = mark_line(im);
	}
	if (r == 0) {
		r = zone_change_put(
		    im->change, im->list, &key, &im->terms, flags, why);
	}
	if (r == 0) {
		im->ops++;
		im->entries += line->over ? 0 : 1;
	}
	return r;
}

/* Is R about the line, or about us? */
static bool
about_line(int r)
{
	return r == ERR_FORMAT || r == ERR_RANGE || r == ERR_REFUSED;
}

static int
refuse(struct import *im, int r, const struct err_text *why)
{
	if (!about_line(r)) {
		return ctl_failed(r, why, im->lines.name);
	}
	if (++im->refused <= SHOW_REFUSED) {
		fprintf(stderr, "%s:%llu: %s\n", im->lines.name,
		    (unsigned long long)im->in.at,
		    why->text[0] != '\0' ? why->text : err_str(r));
	}
	return CTL_DONE;
}

static int
read_file(struct import *im)
{
	struct span line;
	int r, exit = CTL_DONE;

	while (
	    exit == CTL_DONE && (r = ctl_lines_next(&im->lines, &line)) > 0) {
		struct err_text why = { "" };

		im->in.cut = im->lines.cut;
		r = zone_format_in_line(&im->in, line, &why);
		if (r < 0) {
			exit = refuse(im, r, &why);
		}
		ctl_lines_progress(&im->lines, im->in.lines);
	}
	if (exit != CTL_DONE) {
		return exit;
	}
	if (r < 0) {
		return ctl_lines_failed(&im->lines, r);
	}
	do {
		struct err_text why = { "" };

		r = zone_format_in_end(&im->in, &why);
		exit = r < 0 ? refuse(im, r, &why) : CTL_DONE;
	} while (r < 0 && exit == CTL_DONE);
	if (im->refused > SHOW_REFUSED) {
		fprintf(stderr, "%s: %llu further lines refused\n",
		    im->lines.name,
		    (unsigned long long)(im->refused - SHOW_REFUSED));
	}
	return exit;
}

/* ---- what this source made before ---------------------------------------- */

struct before {
	struct import *im;
	struct zone_view *view;
	uint32_t detail; /* the last one looked at */
	bool ours;
};

static int
before_entry(const struct zone_entry *entry, void *ctx)
{
	struct before *b = ctx;
	struct zone_detail d;
	int r;

	if (entry->detail != b->detail) {
		r = zone_view_detail(b->view, entry->detail, &d);
		if (r <= 0) {
			return r < 0 ? r : ERR_CORRUPT;
		}
		b->detail = entry->detail;
		b->ours = !d.person && span_is(d.source, b->im->source);
	}
	if (!b->ours) {
		return 0;
	}
	b->im->present++;
	b->im->ops++;
	return zone_change_remove(b->im->change, b->im->list, &entry->key,
	    ZONE_PUT_OWN_SOURCE | ZONE_PUT_KEEP_PERSON);
}

static int
take_out_ours(struct import *im)
{
	struct before b = { .im = im };
	uint16_t number;
	int r = ctl_open_view(im->ctl);

	if (r != CTL_DONE) {
		return r;
	}
	b.view = im->ctl->view;
	r = zone_view_list(b.view, im->list->name, im->list->kind, &number);
	if (r > 0) {
		r = zone_view_walk(
		    b.view, number, im->list->kind, before_entry, &b);
	}
	zone_view_rest(b.view);
	return r < 0 ? ctl_failed(r, NULL, im->list->name) : CTL_DONE;
}

/* ---- writing ------------------------------------------------------------- */

/* A dry run changes nothing; and a file that would take out more than half of
 * what its source made is more likely a broken file than a good day. */
static bool
stop(const struct zone_change_result *result, void *ctx)
{
	struct import *im = ctx;

	im->too_much =
	    im->replace && !im->force && result->removed > im->present / 2;
	im->twice = result->twice > 0 && !im->skip_bad;
	return im->too_much || im->twice || im->dry;
}

/* Keys on which lines disagree. */
static int
tell_twice(const struct import *im)
{
	for (size_t i = 0; i < im->result.twice && i < ZONE_TWICE; i++) {
		fprintf(stderr,
		    "%s:%llu: the same key as in line %llu, with another "
		    "value\n",
		    im->lines.name, line_of(im, im->result.twice_at[i].lost),
		    line_of(im, im->result.twice_at[i].counts));
	}
	if (im->skip_bad) {
		return CTL_DONE;
	}
	return ctl_fail("%s: %zu lines give another value to a key that has "
			"one; nothing was changed (--skip-bad lets the first "
			"line on a key count)",
	    im->lines.name, im->result.twice);
}

static int
write_change(struct import *im)
{
	struct zone_why why = { .by = im->ctl->by,
		.action = ZONE_ACTION_IMPORT,
		.source = im->source };
	struct err_text text = { "" };
	int r = zone_change_commit_unless(
	    &im->change, &why, stop, im, &im->result, &text);

	if (im->too_much) {
		return ctl_fail("%s: %zu of the %llu entries that source "
				"\"%s\" made would go, more than half; nothing "
				"was changed (--force does it all the same)",
		    im->lines.name, im->result.removed,
		    (unsigned long long)im->present, im->source);
	}
	if (im->result.twice > 0 && tell_twice(im) != CTL_DONE) {
		return CTL_FAILED;
	}
	if (r == ERR_REFUSED && im->dry) {
		r = 0;
	}
	return r < 0 ? ctl_failed(r, &text, "nothing was changed") : CTL_DONE;
}

static void
tell(const struct import *im)
{
	if (im->result.serial != 0) {
		printf("serial %llu\n", (unsigned long long)im->result.serial);
	} else {
		printf("%s\n",
		    im->dry ? "dry run, nothing was changed" : "unchanged");
	}
	printf("added %zu\nchanged %zu\nremoved %zu\nkept %zu\nrefused %llu\n",
	    im->result.added, im->result.changed, im->result.removed,
	    im->result.kept, (unsigned long long)im->refused);
	if (im->expired > 0) {
		printf("expired %llu\n", (unsigned long long)im->expired);
	}
	if (im->in.ignored > 0) {
		printf("ignored %llu\n", (unsigned long long)im->in.ignored);
	}
	if (im->result.twice > 0) {
		printf("repeated %zu\n", im->result.twice);
	}
	if (im->points > 0) {
		printf("test-points %llu\n", (unsigned long long)im->points);
	}
	if (im->in.not_taken > 0) {
		printf(
		    "other-parts %llu\n", (unsigned long long)im->in.not_taken);
	}
}

static int
import(struct import *im)
{
	int r;

	if (im->replace && (r = take_out_ours(im)) != CTL_DONE) {
		return r;
	}
	if ((r = read_file(im)) != CTL_DONE) {
		return r;
	}
	if (im->refused > 0 && !im->skip_bad) {
		return ctl_fail("%s: %llu of %llu lines refused; nothing was "
				"changed (--skip-bad leaves them out)",
		    im->lines.name, (unsigned long long)im->refused,
		    (unsigned long long)im->in.lines);
	}
	if (im->in.whole.text[0] != '\0' && !im->force) {
		return ctl_fail("%s: %s; nothing was changed (--force takes it "
				"all the same)",
		    im->lines.name, im->in.whole.text);
	}
	if (im->entries == 0 && !im->force) {
		return ctl_fail("%s: no entries in it; nothing was changed "
				"(--force takes it all the same)",
		    im->lines.name);
	}
	if ((r = write_change(im)) == CTL_DONE) {
		tell(im);
	}
	return r;
}

static int
run_import(struct ctl *ctl, const struct ctl_args *args)
{
	char *format_name = NULL, *type;
	const char *path = args->words[1], *slash = strrchr(path, '/');
	const struct zone_format *format;
	struct err_text why = { "" };
	struct import im = { .ctl = ctl,
		.source = ctl_given(args, "source"),
		.skip_bad = ctl_given(args, "skip-bad") != NULL,
		.replace = ctl_given(args, "replace") != NULL,
		.force = ctl_given(args, "force") != NULL,
		.dry = ctl_given(args, "dry-run") != NULL,
		.lines.fd = -1,
		.now = when_now() };
	struct zone_format_about about;
	int r;

	im.own_source = im.source != NULL || im.replace;
	if (im.source == NULL) {
		im.source = slash != NULL ? slash + 1 : path;
		if (strcmp(path, "-") == 0) {
			im.source = "stdin";
		}
	}
	if ((r = ctl_want_list(ctl, args->words[0], &im.list)) != 0) {
		return r;
	}
	if (ctl_given(args, "format") == NULL) {
		return ctl_wrong("import: expected --format; see "
				 "\"rblctl import --help\"");
	}
	about = (struct zone_format_about){ .list = im.list->name,
		.kind = im.list->kind,
		.code = im.list->code,
		.subzone = ctl_given(args, "subzone"),
		.dataset = ctl_given(args, "dataset"),
		.host_bits = ctl_given(args, "host-bits") != NULL };
	format_name = strdup(ctl_given(args, "format"));
	if (format_name == NULL) {
		return ctl_fail("no memory");
	}
	if ((type = strchr(format_name, ':')) != NULL) {
		*type = '\0';
		about.type = type + 1;
	}
	if ((r = ctl_want_format(format_name, &format)) != 0 ||
	    (r = ctl_want_text("--source", im.source, CTL_NAME_MAX)) != 0) {
		goto out;
	}
	if (im.source[0] == '\0') {
		r = ctl_wrong("--source: expected a name");
		goto out;
	}
	if (zone_format_in_init(&im.in, format, &about, take, &im, &why) < 0) {
		r = ctl_wrong("%s", why.text);
		goto out;
	}
	if ((r = ctl_open_store(ctl, ZONE_WRITE)) != 0 ||
	    (r = ctl_lines_open(&im.lines, path)) != 0) {
		goto out;
	}
	r = zone_change_new(ctl->store, ctl->config, &im.change);
	r = r < 0 ? ctl_failed(r, NULL, "import") : import(&im);
out:
	zone_change_free(&im.change);
	zone_format_in_fini(&im.in);
	ctl_lines_close(&im.lines);
	forget(&im.reason);
	forget(&im.criterion);
	forget(&im.from);
	free(im.steps);
	free(format_name);
	return r;
}

const struct ctl_command ctl_import_commands[] = {
	{ "import", "LIST FILE|-", "read a list file, all or nothing", 2, 2,
	    run_import,
	    { { "format", "FORMAT", "plain, rbldnsd, rbldnsd:TYPE or jsonl",
		  false },
		{ "replace", NULL, "take out what this source no longer has",
		    false },
		{ "source", "NAME", "instead of the file's name", false },
		{ "dry-run", NULL, "only count", false },
		{ "force", NULL,
		    "also an empty file, or one that removes more than half",
		    false },
		{ "skip-bad", NULL, "leave refused lines out", false },
		{ "subzone", "NAME", "which part of a combined file", false },
		{ "dataset", "NAME", "the same, by the part's name", false },
		{ "host-bits", NULL, "192.0.2.1/24 is 192.0.2.0/24",
		    false } } },
	{ 0 },
};

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

#define SHOW_REFUSED 20 /* lines told one by one */

/* A text as it stood in the file, and as it can be stored, with a NUL. */
struct said {
	struct buf raw, clean;
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
	int64_t now;
	uint64_t entries; /* taken from the file */
	uint64_t refused, expired;
	bool too_much;    /* said within the transaction */
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

static bool
no_memory(const struct import *im)
{
	return im->reason.clean.bad || im->criterion.clean.bad ||
	    im->from.clean.bad;
}

static void
forget(struct said *said)
{
	buf_free(&said->raw);
	buf_free(&said->clean);
}

static int
take(const struct zone_format_line *line, void *ctx, struct err_text *why)
{
	struct import *im = ctx;
	struct zone_terms terms = { .exempt = line->exempt,
		.code = line->code,
		.until = line->until,
		.forever =
		    line->exempt || (line->said_until && line->until == 0),
		.source = im->source };
	struct zone_key key;
	int r;

	r = zone_key_parse(im->list->kind, line->key, &key, why);
	if (r < 0) {
		return r;
	}
	if (line->said_until && line->until != 0) {
		terms.forever = false;
		if (line->until <= im->now) {
			im->expired++;
			return 0;
		}
	}
	terms.reason = clean(&im->reason, line->reason, CTL_REASON_MAX);
	terms.criterion = clean(&im->criterion, line->criterion, CTL_NAME_MAX);
	terms.template = line->template && terms.reason[0] != '\0';
	if (!im->own_source && line->source.len > 0) {
		terms.source = clean(&im->from, line->source, CTL_NAME_MAX);
	}
	if (no_memory(im)) {
		return ERR_NOMEM;
	}
	r = zone_change_put(im->change, im->list, &key, &terms,
	    ZONE_PUT_KEEP_PERSON | ZONE_PUT_KEEP_SAME, why);
	if (r == 0) {
		im->entries++;
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
read_file(struct import *im)
{
	struct span line;
	int r;

	while ((r = ctl_lines_next(&im->lines, &line)) > 0) {
		struct err_text why = { "" };

		r = zone_format_in_line(&im->in, line, &why);
		if (r < 0 && !about_line(r)) {
			return ctl_failed(r, &why, im->lines.name);
		}
		if (r < 0 && ++im->refused <= SHOW_REFUSED) {
			fprintf(stderr, "%s:%llu: %s\n", im->lines.name,
			    (unsigned long long)im->in.lines,
			    why.text[0] != '\0' ? why.text : err_str(r));
		}
		ctl_lines_progress(&im->lines, im->in.lines);
	}
	if (r < 0) {
		return ctl_failed(r, NULL, im->lines.name);
	}
	if (im->refused > SHOW_REFUSED) {
		fprintf(stderr, "%s: %llu further lines refused\n",
		    im->lines.name,
		    (unsigned long long)(im->refused - SHOW_REFUSED));
	}
	return CTL_DONE;
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
	return im->too_much || im->dry;
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
	const char *format_name = ctl_given(args, "format");
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
	if (format_name == NULL) {
		return ctl_wrong("import: expected --format; see "
				 "\"rblctl import --help\"");
	}
	about = (struct zone_format_about){ .list = im.list->name,
		.kind = im.list->kind,
		.code = im.list->code };
	if ((r = ctl_want_format(format_name, &format)) != 0 ||
	    (r = ctl_want_text("--source", im.source, CTL_NAME_MAX)) != 0) {
		return r;
	}
	if (im.source[0] == '\0') {
		return ctl_wrong("--source: expected a name");
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
	return r;
}

const struct ctl_command ctl_import_commands[] = {
	{ "import", "LIST FILE|-", "read a list file, all or nothing", 2, 2,
	    run_import,
	    { { "format", "FORMAT", "plain, rbldnsd or jsonl", false },
		{ "replace", NULL, "take out what this source no longer has",
		    false },
		{ "source", "NAME", "instead of the file's name", false },
		{ "dry-run", NULL, "only count", false },
		{ "force", NULL,
		    "also an empty file, or one that removes more than half",
		    false },
		{ "skip-bad", NULL, "leave refused lines out", false } } },
	{ 0 },
};

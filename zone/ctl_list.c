/* ctl_list.c - rblctl list, export: what is in a list. */
#include "zone/ctl.h"

#include <errno.h>
#include <unistd.h>

#include "base/file.h"
#include "base/when.h"

struct listing {
	const struct zone_list_conf *list;
	struct zone_view *view;
	const char *filter; /* NULL: everything */
	int64_t now;
	struct zone_detail detail;
	struct buf reason;
	struct buf out; /* a view waits for nobody: shown when it rests */
	struct zone_format_out json;
	bool as_json;
	uint64_t shown;
};

static bool
matches(const struct listing *l, const char *key)
{
	return l->filter == NULL ||
	    span_find(span_str(key), l->filter) != NULL ||
	    span_find(l->detail.reason, l->filter) != NULL ||
	    span_find(l->detail.source, l->filter) != NULL;
}

static int
list_entry(const struct zone_entry *entry, void *ctx)
{
	struct listing *l = ctx;
	char key[ZONE_KEY_TEXT], code[16], when[WHEN_TEXT];
	bool over = entry->until != 0 && entry->until <= l->now;
	int r;

	if (l->detail.id != entry->detail) {
		r = zone_view_detail(l->view, entry->detail, &l->detail);
		if (r <= 0) {
			l->detail.id = 0;
			return r < 0 ? r : ERR_CORRUPT;
		}
	}
	if (!matches(l, zone_key_format(key, &entry->key))) {
		return 0;
	}
	l->shown++;
	if (l->as_json) {
		if (!over) {
			zone_format_out_entry(&l->json, entry, &l->detail);
		}
		return l->json.failed;
	}
	text_printable(&l->out, key, strlen(key));
	buf_fmt(&l->out, "  %s  %s%s  ",
	    entry->code != 0 ? zone_code_format(code, entry->code) : "exempt",
	    entry->until == 0 ? "for good" : when_format(when, entry->until),
	    over ? " (expired)" : "");
	text_printable(&l->out, l->detail.source.at, l->detail.source.len);
	if (l->detail.source.len > 0 && l->detail.reason.len > 0) {
		buf_str(&l->out, ": ");
	}
	buf_clear(&l->reason);
	zone_detail_reason(&l->detail, key, &l->reason);
	if (l->reason.len > 0) {
		text_printable(&l->out, l->reason.data, l->reason.len);
	}
	buf_u8(&l->out, '\n');
	return l->out.bad ? ERR_NOMEM : 0;
}

static int
show_json(struct listing *l)
{
	buf_clear(&l->out);
	if (zone_format_out_end(&l->json, &l->out) < 0) {
		return ctl_fail("no memory");
	}
	return ctl_print_jsonl(&l->out);
}

static int
run_list(struct ctl *ctl, const struct ctl_args *args)
{
	struct listing l = { .as_json = ctl_given(args, "json") != NULL,
		.filter = args->n_words > 1 ? args->words[1] : NULL };
	struct zone_format_about about;
	struct err_text why = { "" };
	uint16_t number;
	int r;

	if ((r = ctl_want_list(ctl, args->words[0], &l.list)) != 0 ||
	    (r = ctl_open_view(ctl)) != 0) {
		return r;
	}
	about = (struct zone_format_about){
		.list = l.list->name, .kind = l.list->kind, .code = l.list->code
	};
	r = zone_format_out_init(&l.json, &zone_format_jsonl, &about, &why);
	if (r < 0) {
		return ctl_failed(r, &why, l.list->name);
	}
	l.view = ctl->view;
	l.now = zone_view_now(ctl->view);
	r = zone_view_list(ctl->view, l.list->name, l.list->kind, &number);
	if (r > 0) {
		r = zone_view_walk(
		    ctl->view, number, l.list->kind, list_entry, &l);
	}
	zone_view_rest(ctl->view);
	if (r < 0) {
		r = ctl_failed(r, NULL, l.list->name);
	} else if (l.as_json) {
		r = show_json(&l);
	} else if (l.out.len > 0) {
		fwrite(l.out.data, 1, l.out.len, stdout);
	}
	zone_format_out_fini(&l.json);
	buf_free(&l.out);
	buf_free(&l.reason);
	return r;
}

/* ---- export -------------------------------------------------------------- */

static int
to_stdout(const struct buf *b)
{
	const char *at = b->data;
	struct buf shown = { 0 };
	int r = CTL_DONE;

	if (b->len == 0) {
		return CTL_DONE;
	}
	if (isatty(STDOUT_FILENO) != 1) {
		fwrite(b->data, 1, b->len, stdout);
		return CTL_DONE;
	}
	while (at < b->data + b->len && r == CTL_DONE) {
		const char *end =
		    memchr(at, '\n', (size_t)(b->data + b->len - at));

		end = end != NULL ? end : b->data + b->len;
		buf_clear(&shown);
		text_printable(&shown, at, (size_t)(end - at));
		printf("%s\n", shown.len > 0 ? shown.data : "");
		r = shown.bad ? ctl_fail("no memory") : CTL_DONE;
		at = end + 1;
	}
	buf_free(&shown);
	return r;
}

static int
run_export(struct ctl *ctl, const struct ctl_args *args)
{
	const char *name = ctl_given(args, "format");
	const char *path = ctl_given(args, "output");
	const struct zone_format *format;
	const struct zone_list_conf *list;
	struct zone_format_about about;
	struct zone_format_out out = { 0 };
	struct err_text why = { "" };
	struct buf b = { 0 };
	int r;

	if ((r = ctl_want_list(ctl, args->words[0], &list)) != 0 ||
	    (r = ctl_want_format(name != NULL ? name : "plain", &format)) !=
		0) {
		return r;
	}
	about = (struct zone_format_about){
		.list = list->name,
		.kind = list->kind,
		.code = list->code,
		.licence = ctl->config->publish.licence,
		.see = ctl->config->www.n_listen > 0 ? ctl->config->www.url
						     : NULL
	};
	if (zone_format_out_init(&out, format, &about, &why) < 0) {
		return ctl_wrong("%s", why.text); /* not this kind of list */
	}
	if ((r = ctl_open_view(ctl)) != 0) {
		goto out;
	}
	r = zone_format_write(ctl->view, format, &about, &out, &b, &why);
	zone_view_rest(ctl->view);
	if (r < 0) {
		r = ctl_failed(r, &why, list->name);
		goto out;
	}
	if (path == NULL || strcmp(path, "-") == 0) {
		r = to_stdout(&b);
	} else if (file_write(path, b.len > 0 ? b.data : "", b.len, 0644) < 0) {
		r = ctl_fail("%s: %m; it is as it was", path);
	} else {
		r = CTL_DONE;
	}
	if (r == CTL_DONE &&
	    out.unknown + out.inexpressible + out.exempt + out.cut > 0) {
		fprintf(stderr,
		    "rblctl: %llu written; left out: %llu known by digest "
		    "only, %llu not expressible in this format, %llu "
		    "exemptions; %llu %s\n",
		    (unsigned long long)out.entries,
		    (unsigned long long)out.unknown,
		    (unsigned long long)out.inexpressible,
		    (unsigned long long)out.exempt,
		    (unsigned long long)out.cut,
		    list->kind == ZONE_KIND_ADDRESS
			? "exempted in another spelling"
			: "exemptions cut out of what is listed");
	}
out:
	zone_format_out_fini(&out);
	buf_free(&b);
	return r;
}

const struct ctl_command ctl_list_commands[] = {
	{ "list", "LIST [FILTER]",
	    "entries; FILTER is part of key, reason or source", 1, 2, run_list,
	    { { "json", NULL, "one JSON object a line", false } } },
	{ "export", "LIST", "write a list file", 1, 1, run_export,
	    { { "format", "FORMAT",
		  "plain (default), rbldnsd, csv, jsonl, postfix, exim, ...",
		  false },
		{ "output", "FILE", "put in place when it is whole",
		    false } } },
	{ 0 },
};

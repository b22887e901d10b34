/* ctl_providers.c - rblctl providers: the table of shared mail servers and
 * domains. */
#include "zone/ctl.h"

#include "base/file.h"
#include "zone/providers.h"

static int
load(const struct ctl *ctl, struct arena *arena, struct zone_providers *ret)
{
	struct err_text why = { "" };
	int r = zone_providers_load(
	    ctl->config->ingest.providers, arena, ret, &why);

	return r < 0 ? ctl_failed(r, &why, "providers") : CTL_DONE;
}

static void
value_of(const struct zone_provider_row *row, char *out, size_t cap)
{
	char ip[NET_IP_TEXT];

	if (row->name != NULL) {
		snprintf(out, cap, "%s", row->name);
	} else {
		snprintf(out, cap, "%s/%u", net_ip_format(ip, &row->prefix.ip),
		    row->prefix.plen);
	}
}

static int
show(const struct zone_provider_row *row, bool json)
{
	const char *kind =
	    zone_provider_kind_name(row->kind, row->name != NULL);
	char value[300];
	json_t *j;

	value_of(row, value, sizeof(value));
	if (json) {
		j = json_object();
		json_object_set_new(j, "provider", ctl_json_str(row->provider));
		json_object_set_new(j, "kind", json_string(kind));
		json_object_set_new(j, "value", ctl_json_str(value));
		json_object_set_new(j, "date", ctl_json_str(row->date));
		json_object_set_new(j, "source", ctl_json_str(row->source));
		json_object_set_new(j, "builtin", json_boolean(row->builtin));
		return ctl_print_json(j);
	}
	ctl_print_span(span_str(row->provider));
	printf(" %s %s %s ", kind, value, row->date);
	ctl_print_span(span_str(row->source));
	printf("%s\n", row->builtin ? " (built in)" : "");
	return CTL_DONE;
}

/* ---- list, test ---------------------------------------------------------- */

static int
run_list(struct ctl *ctl, const struct ctl_args *args)
{
	bool json = ctl_given(args, "json") != NULL;
	struct arena arena = { 0 };
	struct zone_providers p;
	size_t shown = 0;
	int r = load(ctl, &arena, &p);

	for (size_t i = 0; r == CTL_DONE && i < p.n; i++) {
		if (args->n_words == 0 ||
		    strcasecmp(p.rows[i].provider, args->words[0]) == 0) {
			r = show(&p.rows[i], json);
			shown++;
		}
	}
	arena_free(&arena);
	return r == CTL_DONE && shown == 0 ? CTL_NEGATIVE : r;
}

static int
run_test(struct ctl *ctl, const struct ctl_args *args)
{
	bool json = ctl_given(args, "json") != NULL, any = false;
	struct span what = span_str(args->words[0]);
	struct arena arena = { 0 };
	struct zone_providers p;
	struct net_ip ip;
	int r = load(ctl, &arena, &p);
	bool address;

	if (r != CTL_DONE) {
		arena_free(&arena);
		return r;
	}
	address = net_ip_parse(what, &ip) == 0;
	if (address) {
		net_ip_unmap(&ip);
	} else if (memchr(what.at, '.', what.len) == NULL) {
		arena_free(&arena);
		return ctl_wrong("expected an address or a domain");
	}
	for (unsigned kind = 0; r == CTL_DONE && kind < ZONE_PROVIDER_KINDS;
	     kind++) {
		const struct zone_provider_row *row = address
		    ? zone_providers_ip(&p, &ip, ZONE_PROVIDER(kind))
		    : zone_providers_name(&p, what, ZONE_PROVIDER(kind));

		if (row != NULL) {
			any = true;
			r = show(row, json);
		}
	}
	if (r == CTL_DONE && !any) {
		if (!json) {
			ctl_print_span(what);
			printf(" is nobody's in the table\n");
		}
		r = CTL_NEGATIVE;
	}
	arena_free(&arena);
	return r;
}

/* ---- update -------------------------------------------------------------- */

static size_t
own_rows(const struct zone_providers *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		n += p->rows[i].builtin ? 0 : 1;
	}
	return n;
}

/* What becomes less by the new table, in words: a cut download looks so. */
static bool
shrinks(const struct zone_providers *old, const struct zone_providers *new)
{
	bool less = false;

	for (unsigned i = 0; i < ZONE_PROVIDER_KINDS; i++) {
		printf("%-10s %6zu rows, before %zu%s\n",
		    zone_provider_kind_name((enum zone_provider_kind)i, true),
		    new->counts[i], old->counts[i],
		    new->counts[i] * 2 < old->counts[i] ? " (!)" : "");
		less = less || new->counts[i] * 2 < old->counts[i];
	}
	return less;
}

static int
run_update(struct ctl *ctl, const struct ctl_args *args)
{
	const char *to = ctl->config->ingest.providers;
	const char *from = args->words[0];
	struct arena arena = { 0 };
	struct zone_providers new, old;
	struct err_text why = { "" };
	struct buf b = { 0 };
	bool less;
	int r;

	if (to == NULL) {
		return ctl_fail("no table is configured: providers in section "
				"ingest of rbl.conf(5) says where it goes");
	}
	r = file_read(from, ZONE_PROVIDERS_MAX, &b);
	if (r < 0) {
		r = r == ERR_FULL ? ctl_fail("%s: more than 4 MiB", from)
				  : ctl_failed(r, NULL, from);
		goto out;
	}
	r = zone_providers_read(from, b.data, b.len, &arena, &new, &why);
	if (r < 0) {
		r = ctl_failed(r, &why, "not installed");
		goto out;
	}
	if (own_rows(&new) == 0) {
		r = ctl_fail("%s: no row in it: not installed", from);
		goto out;
	}
	/* a broken or absent one is what an update mends */
	if (zone_providers_load(to, &arena, &old, &why) < 0 &&
	    (r = zone_providers_load(NULL, &arena, &old, &why)) < 0) {
		r = ctl_failed(r, &why, to);
		goto out;
	}
	less = shrinks(&old, &new);
	if (ctl_given(args, "dry-run") != NULL) {
		r = CTL_DONE;
	} else if (less && ctl_given(args, "force") == NULL) {
		r = ctl_fail("less than half of a kind would be left: not "
			     "installed; --force does it all the same");
	} else {
		r = file_write(to, b.data, b.len, 0644);
		r = r < 0 ? ctl_failed(r, NULL, to) : CTL_DONE;
		if (r == CTL_DONE) {
			printf("%s: %zu rows; rbl-ingest reads it with the "
			       "next mail\n",
			    to, own_rows(&new));
		}
	}
out:
	arena_free(&arena);
	buf_free(&b);
	return r;
}

const struct ctl_command ctl_providers_commands[] = {
	{ "providers list", "[PROVIDER]", "print the table of shared servers",
	    0, 1, run_list, { { "json", NULL, "one object a line", false } } },
	{ "providers test", "ADDRESS|DOMAIN",
	    "whose is it, and how do we know? Exit 3: nobody's", 1, 1, run_test,
	    { { "json", NULL, "one object a line", false } } },
	{ "providers update", "FILE|-", "check a new table and install it", 1,
	    1, run_update,
	    { { "dry-run", NULL, "only check and compare", false },
		{ "force", NULL, "install one that is much smaller",
		    false } } },
	{ 0 },
};

/* ctl_access.c - rblctl access: keys of subscribers. */
#include "base/secret.h"
#include "base/when.h"
#include "zone/access.h"
#include "zone/ctl.h"

/* The zone that --zone names, as the configuration writes it; NULL: all. */
static int
want_zone(
    const struct ctl *ctl, const struct ctl_args *args, const char **ret_zone)
{
	const char *text = ctl_given(args, "zone");
	const struct zone_zone_conf *zone;
	char shown[80];

	*ret_zone = NULL;
	if (text == NULL) {
		return CTL_DONE;
	}
	zone = zone_config_zone(ctl->config, span_str(text));
	text_printable_in(shown, sizeof(shown), text, strlen(text));
	if (zone == NULL) {
		return ctl_wrong("--zone: there is no zone \"%s\"; expected "
				 "one of the configuration",
		    shown);
	}
	if (!zone->access_keys) {
		return ctl_wrong("--zone: \"%s\" asks for no keys; expected a "
				 "zone with access-keys = yes",
		    shown);
	}
	*ret_zone = zone->name;
	return CTL_DONE;
}

static int
finish(int err, const struct err_text *why, const char *name)
{
	char shown[80];

	if (err >= 0) {
		return CTL_DONE;
	}
	text_printable_in(shown, sizeof(shown), name, strlen(name));
	if (err == ERR_FORMAT) {
		return ctl_wrong("access \"%s\": %s", shown, why->text);
	}
	return ctl_fail("access \"%s\": %s", shown,
	    why->text[0] != '\0' ? why->text : err_str(err));
}

static int
run_add(struct ctl *ctl, const struct ctl_args *args)
{
	const char *name = args->words[0], *text = ctl_given(args, "until");
	char label[ZONE_ACCESS_LABEL + 1] = "";
	struct err_text why = { "" };
	const char *zone;
	int64_t until = 0;
	uint64_t serial;
	int r;

	if ((text != NULL && (r = ctl_want_until(text, &until)) != 0) ||
	    (r = want_zone(ctl, args, &zone)) != 0 ||
	    (r = ctl_open_store(ctl, ZONE_WRITE)) != 0) {
		return r;
	}
	if ((r = secret_init()) < 0) {
		return ctl_failed(r, NULL, "no randomness");
	}
	r = zone_access_add(
	    ctl->store, name, zone, until, ctl->by, label, &serial, &why);
	r = finish(r, &why, name);
	if (r == CTL_DONE) {
		/* the one time that it is shown */
		printf("%s\n", label);
	}
	explicit_bzero(label, sizeof(label));
	return r;
}

static int
run_remove(struct ctl *ctl, const struct ctl_args *args)
{
	const char *name = args->words[0];
	struct err_text why = { "" };
	uint64_t serial;
	int r = ctl_open_store(ctl, ZONE_WRITE);

	if (r != CTL_DONE) {
		return r;
	}
	r = zone_access_remove(ctl->store, name, ctl->by, &serial, &why);
	r = finish(r, &why, name);
	if (r == CTL_DONE) {
		printf("removed, serial %llu\n", (unsigned long long)serial);
	}
	return r;
}

struct listing {
	bool json;
	int64_t now;
	int status;
};

static int
show(const struct zone_access_key *key, void *ctx)
{
	struct listing *l = ctx;
	bool over = key->until != 0 && key->until <= l->now;
	char when[WHEN_TEXT];

	if (l->json) {
		l->status =
		    ctl_print_json(json_pack("{s:o, s:o, s:o, s:o, s:o, s:b}",
			"name", ctl_json_str(key->name), "zone",
			key->zone[0] != '\0' ? ctl_json_str(key->zone)
					     : json_null(),
			"created", ctl_json_time(key->created), "until",
			ctl_json_time(key->until), "by", ctl_json_str(key->by),
			"expired", (int)over));
		return l->status != CTL_DONE;
	}
	ctl_print_span(span_str(key->name));
	printf("  ");
	ctl_print_span(
	    span_str(key->zone[0] != '\0' ? key->zone : "all zones"));
	printf("  since %s by ", when_format(when, key->created));
	ctl_print_span(span_str(key->by));
	if (key->until != 0) {
		printf("  %s %s", over ? "expired" : "until",
		    when_format(when, key->until));
	}
	printf("\n");
	return 0;
}

static int
run_list(struct ctl *ctl, const struct ctl_args *args)
{
	struct listing l = { .json = ctl_given(args, "json") != NULL };
	int r = ctl_open_view(ctl);

	if (r != CTL_DONE) {
		return r;
	}
	l.now = zone_view_now(ctl->view);
	r = zone_access_walk(ctl->view, show, &l);
	zone_view_rest(ctl->view);
	return r < 0 ? ctl_failed(r, NULL, "the store") : l.status;
}

const struct ctl_command ctl_access_commands[] = {
	{ "access add", "NAME", "make a key and print it, this once", 1, 1,
	    run_add,
	    { { "zone", "ZONE", "for this zone only", false },
		{ "until", "TIME|DURATION", "when it ends; never", false } } },
	{ "access remove", "NAME", "the key opens nothing from now on", 1, 1,
	    run_remove, { { 0 } } },
	{ "access list", "", "who has one", 0, 0, run_list,
	    { { "json", NULL, "one JSON object a line", false } } },
	{ 0 },
};

/* ctl_submitter.c - rblctl submitter: people who send spam in. */
#include "zone/ctl.h"

#include "base/secret.h"
#include "base/when.h"
#include "zone/submitters.h"

static int
finish(int err, const struct err_text *why, const char *name, const char *done)
{
	char shown[80];

	text_printable_in(shown, sizeof(shown), name, strlen(name));
	if (err == ERR_FORMAT || err == ERR_RANGE) {
		return ctl_wrong("submitter %s: %s", shown,
		    why->text[0] != '\0' ? why->text : err_str(err));
	}
	if (err == ERR_NONE) {
		return ctl_fail("there is no submitter %s", shown);
	}
	if (err < 0) {
		return ctl_fail("submitter %s: %s", shown,
		    why->text[0] != '\0' ? why->text : err_str(err));
	}
	printf("submitter %s %s\n", shown, done);
	return CTL_DONE;
}

static int
run_add(struct ctl *ctl, const struct ctl_args *args)
{
	const char *addresses[ZONE_SUBMITTER_ADDRESSES + 1];
	struct net_prefix relays[ZONE_SUBMITTER_RELAYS + 1];
	size_t n_addresses = 0, n_relays = 0;
	struct err_text why = { "" };
	int r;

	for (unsigned i = 0; i < args->n_given; i++) {
		const char *value = args->given[i].value;
		char shown[80];

		if (strcmp(args->given[i].option->name, "address") == 0) {
			if (n_addresses < ZONE_SUBMITTER_ADDRESSES + 1) {
				addresses[n_addresses++] = value;
			}
		} else if (n_relays < ZONE_SUBMITTER_RELAYS + 1 &&
		    net_prefix_parse(span_str(value), &relays[n_relays++]) <
			0) {
			return ctl_wrong("--relay %s: expected an address or "
					 "ADDRESS/LENGTH",
			    text_printable_in(
				shown, sizeof(shown), value, strlen(value)));
		}
	}
	if ((r = ctl_open_queue(ctl, ZONE_WRITE)) != 0) {
		return r;
	}
	r = zone_submitter_set(ctl->queue, args->words[0],
	    n_addresses > 0 ? addresses : NULL, n_addresses,
	    n_relays > 0 ? relays : NULL, n_relays, &why);
	return finish(r, &why, args->words[0], "is registered");
}

static int
run_token(struct ctl *ctl, const struct ctl_args *args)
{
	char token[ZONE_SUBMITTER_TOKEN];
	struct err_text why = { "" };
	int r = secret_init();

	if (r < 0) {
		return ctl_failed(r, NULL, "no randomness");
	}
	if ((r = ctl_open_queue(ctl, ZONE_WRITE)) != 0) {
		return r;
	}
	r = zone_submitter_token(ctl->queue, args->words[0], token, &why);
	if (r < 0) {
		return finish(r, &why, args->words[0], "");
	}
	printf("%s\n", token);
	secret_wipe(token, sizeof(token));
	return CTL_DONE;
}

static int
run_remove(struct ctl *ctl, const struct ctl_args *args)
{
	struct err_text why = { "" };
	int r = ctl_open_queue(ctl, ZONE_WRITE);

	if (r != CTL_DONE) {
		return r;
	}
	r = zone_submitter_remove(ctl->queue, args->words[0], &why);
	return finish(r, &why, args->words[0], "removed");
}

static void
relay_text(const struct net_prefix *p, char *out, size_t cap)
{
	char ip[NET_IP_TEXT];

	if (p->plen == p->ip.bits) {
		snprintf(out, cap, "%s", net_ip_format(ip, &p->ip));
	} else {
		snprintf(out, cap, "%s/%u", net_ip_format(ip, &p->ip), p->plen);
	}
}

static int
print_json(const struct zone_submitter *s)
{
	json_t *addresses = json_array(), *relays = json_array();

	for (size_t i = 0; i < s->n_addresses; i++) {
		json_array_append_new(addresses, ctl_json_str(s->addresses[i]));
	}
	for (size_t i = 0; i < s->n_relays; i++) {
		char text[NET_IP_TEXT + 8];

		relay_text(&s->relays[i], text, sizeof(text));
		json_array_append_new(relays, json_string(text));
	}
	return ctl_print_json(json_pack("{s:o, s:b, s:o, s:o, s:o, s:o}",
	    "name", ctl_json_str(s->name), "token", (int)s->token, "addresses",
	    addresses, "relays", relays, "created", ctl_json_time(s->created),
	    "changed", ctl_json_time(s->changed)));
}

static void
print_line(const struct zone_submitter *s)
{
	char when[WHEN_TEXT], text[NET_IP_TEXT + 8];

	ctl_print_span(span_str(s->name));
	printf("  %s", s->token ? "secret address" : "no secret address");
	for (size_t i = 0; i < s->n_addresses; i++) {
		printf("  ");
		ctl_print_span(span_str(s->addresses[i]));
	}
	for (size_t i = 0; i < s->n_relays; i++) {
		relay_text(&s->relays[i], text, sizeof(text));
		printf("  relay %s", text);
	}
	printf("  since %s\n", when_format(when, s->created));
}

static int
run_list(struct ctl *ctl, const struct ctl_args *args)
{
	bool json = ctl_given(args, "json") != NULL;
	struct zone_submitter *list = NULL;
	struct arena arena = { 0 };
	size_t n = 0;
	int r = ctl_open_queue(ctl, ZONE_READ);

	if (r != CTL_DONE) {
		return r;
	}
	r = zone_submitter_list(ctl->queue, &arena, &list, &n);
	if (r < 0) {
		r = ctl_failed(r, NULL, "the queue");
	}
	for (size_t i = 0; i < n && r == CTL_DONE; i++) {
		if (json) {
			r = print_json(&list[i]);
		} else {
			print_line(&list[i]);
		}
	}
	arena_free(&arena);
	return r;
}

const struct ctl_command ctl_submitter_commands[] = {
	{ "submitter add", "NAME",
	    "register or change somebody who sends spam in", 1, 1, run_add,
	    { { "address", "ADDRESS", "that his mail comes from", true },
		{ "relay", "NET", "a mail host of his: never listed for him",
		    true } } },
	{ "submitter token", "NAME",
	    "a new secret, for report+SECRET@ and uploads; shown once", 1, 1,
	    run_token, { { 0 } } },
	{ "submitter remove", "NAME", "take out", 1, 1, run_remove, { { 0 } } },
	{ "submitter list", "", "who there is", 0, 0, run_list,
	    { { "json", NULL, "one JSON object a line", false } } },
	{ 0 },
};

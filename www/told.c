/* told.c - what anybody may be told of a key in a list. */
#include "www/told.h"

#include <stdio.h>

#include "www/lang.h"

#define FOLLOW_KEYS 20000 /* of news that one question reads */
#define ROWS_LOOKED 16

static const struct {
	const char *words, *word;
} ways[] = {
	[ZONE_GONE_EXPIRED] = { N_("its time was over"), "expired" },
	[ZONE_GONE_ASKED] = { N_("its removal was asked for"), "requested" },
	[ZONE_GONE_PERSON] = { N_("a moderator took it off"), "moderator" },
	[ZONE_GONE_UNDONE] = { N_("the listing was taken back"), "undone" },
	[ZONE_GONE_SOURCE] = { N_("its source no longer names it"), "source" },
};

const char *
www_told_gone(enum zone_gone how)
{
	return ways[how].words;
}

const char *
www_told_gone_word(enum zone_gone how)
{
	return ways[how].word;
}

/* The newest word on KEY itself: did it go? */
static bool
went(struct www_turn *t, uint16_t list, const struct zone_key *key,
    struct www_told *told)
{
	struct zone_lately_row rows[ROWS_LOOKED];
	uint64_t from;
	size_t n = zone_lately_find(
	    www_site_lately(t->site), list, key, rows, ROWS_LOOKED, &from);

	for (size_t i = 0; i < n; i++) {
		if (rows[i].gone &&
		    (!told->went || rows[i].time > told->row.time)) {
			told->went = true;
			told->row = rows[i];
			zone_key_format(told->entry, key);
			return true;
		}
	}
	return false;
}

/* And of each network that it lies in; of domains the form with those below. */
static void
went_at_all(struct www_turn *t, uint16_t list, const struct zone_key *key,
    struct www_told *told)
{
	struct zone_key k = *key;

	(void)went(t, list, &k, told);
	if (k.kind == ZONE_KIND_DOMAIN && k.text[0] != '.' &&
	    k.text[0] != '*') {
		snprintf(k.text, sizeof(k.text), ".%.*s", ZONE_KEY_TEXT - 2,
		    key->text);
		(void)went(t, list, &k, told);
	}
	while (k.kind == ZONE_KIND_IP && k.ip.plen > 8) {
		k.ip.plen--;
		k.ip.ip.bytes[k.ip.plen / 8] &=
		    (uint8_t) ~(0x80u >> k.ip.plen % 8);
		(void)went(t, list, &k, told);
	}
}

int
www_told_gather(struct www_turn *t, struct zone_view *view,
    const struct zone_list_conf *list, const struct zone_key *key,
    struct www_told *ret)
{
	struct www_told told = { .list = list };
	char text[ZONE_KEY_TEXT];
	uint16_t number;
	int r;

	r = zone_lately_follow(www_site_lately(t->site), view, FOLLOW_KEYS);
	if (r == 0) {
		r = www_cover_find(view, list, key, &told.cover);
	}
	if (r == 0) {
		r = zone_view_list(view, list->name, list->kind, &number);
	}
	if (r == 1) {
		went_at_all(t, number, key, &told);
	}
	if (r >= 0) {
		zone_key_format(text,
		    told.cover.verdict == ZONE_LISTED ? &told.cover.entry
						      : key);
		r = zone_queue_sightings(
		    www_site_queue(t->site), list->name, text, &told.sightings);
		told.seen = r == 1;
	}
	if (r < 0) {
		return r;
	}
	*ret = told;
	return 0;
}

const char *
www_told_criterion(const struct zone_config *config, struct span id)
{
	for (size_t i = 0; i < config->n_criteria && id.len > 0; i++) {
		if (span_is(id, config->criteria[i].id)) {
			return config->criteria[i].text;
		}
	}
	return NULL;
}

void
www_told_name(const struct zone_zone_conf *zone, const struct zone_key *key,
    char out[WWW_QNAME])
{
	char name[ZONE_KEY_TEXT];

	if (key->kind == ZONE_KIND_DOMAIN) {
		const char *plain = key->text + strspn(key->text, "*.");

		snprintf(name, sizeof(name), "%s", plain);
	} else {
		zone_key_qname(name, key);
	}
	if (name[0] == '\0') {
		out[0] = '\0';
	} else {
		snprintf(out, WWW_QNAME, "%s.%s", name, zone->name);
	}
}

bool
www_told_in(
    const struct zone_zone_conf *zone, const struct zone_list_conf *list)
{
	for (size_t i = 0; i < zone->n_lists; i++) {
		if (zone->lists[i] == list) {
			return true;
		}
	}
	return false;
}

unsigned long
www_told_minutes(const struct zone_config *config, const char *name)
{
	const struct zone_list_conf *list =
	    zone_config_list(config, span_str(name));
	uint32_t ttl = 0;

	for (size_t i = 0; list != NULL && i < config->n_zones; i++) {
		const struct zone_zone_conf *zone = &config->zones[i];

		if (www_told_in(zone, list) && zone->ttl > ttl) {
			ttl = zone->ttl;
		}
	}
	return ttl > 60 ? (ttl + 59) / 60 : 1;
}

bool
www_told_admit(struct www_turn *t, bool json)
{
	unsigned limit = t->config->www.lookup_limit, wait;

	if (limit == 0 || t->who.known) {
		return true;
	}
	wait = www_limit_take(www_site_limit(t->site), WWW_LIMIT_LOOKUP,
	    &t->request->client, 24, 56, limit, 60, www_limit_now());
	if (wait == 0) {
		return true;
	}
	if (json) {
		t->reply->status = 429;
		t->reply->type = WWW_JSON;
		buf_fmt(&t->reply->body,
		    "{\"error\":\"too many questions, try again in %u s\"}\n",
		    wait);
	} else {
		(void)www_page_say(t, 429, T("A little slower, please"),
		    T("Your network has asked a lot in the last minute. Try "
		      "again in %u seconds. Who asks much should ask in DNS: "
		      "it is made for it."),
		    wait);
	}
	t->reply->retry_after = wait;
	return false;
}

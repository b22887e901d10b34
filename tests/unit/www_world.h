/* www_world.h - a whole site in one process, without HTTP: data in a scratch
 * folder, hostile mail in the queue, and requests straight to www_answer.
 */
#pragma once

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/when.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "www/lang.h"
#include "www/route.h"
#include "www/style.h"
#include "zone/delist.h"
#include "zone/moderate.h"

#define PASSWORD "correct horse battery"
/* What must never come out as markup. */
#define EVIL "\"'><x-evil on=1></title></textarea></pre>&lt;"
#define EVIL_JSON "\\\"'><x-evil on=1></title></textarea></pre>&lt;"

struct world {
	char dir[SCRATCH];
	struct www_site *site;
};

/* One answer; free with forget(). */
struct answer {
	struct www_reply reply;
	struct arena arena;
};

static inline struct answer
ask_full(struct world *w, enum www_method method, const char *path,
    const char *query, const char *form, const char *cookie,
    const char *fetch_site)
{
	struct answer a = { .reply = { .status = 500 } };
	struct www_request request = {
		.method = method,
		.path = path,
		.host = "localhost:8053",
		.cookie = cookie,
		.fetch_site = fetch_site,
		.client = { .bytes = { 198, 18, 0, 1 }, .bits = 32 },
	};

	CHECK(www_fields_parse(span_str(query), &a.arena, &request.query) == 0,
	    "%s", query);
	CHECK(www_fields_parse(span_str(form), &a.arena, &request.form) == 0,
	    "%s", form);
	www_answer(&request, &a.reply, w->site);
	if (a.reply.body.data == NULL) {
		buf_str(&a.reply.body, "");
	}
	return a;
}

static inline struct answer
get(struct world *w, const char *path, const char *query, const char *cookie)
{
	return ask_full(w, WWW_GET, path, query, "", cookie, NULL);
}

static inline struct answer
post(struct world *w, const char *path, const char *form, const char *cookie)
{
	return ask_full(w, WWW_POST, path, "", form, cookie, "same-origin");
}

static inline void
forget(struct answer *a)
{
	buf_free(&a->reply.body);
	arena_free(&a->arena);
}

static inline bool
holds(const struct answer *a, const char *text)
{
	return a->reply.body.data != NULL &&
	    strstr(a->reply.body.data, text) != NULL;
}

/* The value of the hidden field NAME in the form that posts to ACTION. */
static inline bool
hidden(
    const struct answer *a, const char *action, const char *name, char ret[100])
{
	char what[200];
	const char *form, *end, *at;

	snprintf(what, sizeof(what), "action=\"%s\"", action);
	form = strstr(a->reply.body.data, what);
	end = form != NULL ? strstr(form, "</form>") : NULL;
	snprintf(what, sizeof(what), "name=\"%s\" value=\"", name);
	at = form != NULL ? strstr(form, what) : NULL;
	if (at == NULL || end == NULL || at > end) {
		ret[0] = '\0';
		return false;
	}
	at += strlen(what);
	snprintf(ret, 100, "%.*s", (int)strcspn(at, "\""), at);
	return true;
}

/* Log in; the Cookie header goes to RET ("" when it did not work). */
static inline unsigned
log_in(struct world *w, const char *user, const char *password, char ret[100])
{
	struct answer form = get(w, "/login", "", NULL);
	char token[100], body[400];
	struct answer a;
	unsigned status;

	CHECK(hidden(&form, "/login", "token", token), "a token");
	snprintf(body, sizeof(body), "token=%s&user=%s&password=%s", token,
	    user, password);
	for (char *p = body; *p != '\0'; p++) {
		*p = *p == ' ' ? '+' : *p;
	}
	a = post(w, "/login", body, NULL);
	status = a.reply.status;
	snprintf(ret, 100, "%.*s", (int)strcspn(a.reply.set_cookie, ";"),
	    a.reply.set_cookie);
	forget(&form);
	forget(&a);
	return status;
}

static inline void
world_report(struct zone_queue *queue, unsigned n, const char *key,
    enum zone_advice advice)
{
	char analysis[2048], raw[512], from[64];
	const char *why[] = { "why " EVIL };
	struct zone_candidate c[2] = {
		{ "ip", key, advice, ZONE_CERTAIN, why, 1 },
		{ "address", from, ZONE_ADVICE_UNSURE, ZONE_UNSURE, why, 1 },
	};
	struct zone_submission s = {
		.time = when_now() - 1000 + n,
		.submitter = "sub" EVIL "@example.gr",
		.road = "pipe" EVIL,
		.kind = "raw" EVIL,
		.analysis = analysis,
	};
	struct zone_report report = {
		.subject = "subject \xe2\x80\xae\x01" EVIL,
		.from = "from" EVIL,
		.candidates = c,
		.n_candidates = 2,
	};
	struct zone_added added;

	snprintf(from, sizeof(from), "spammer%u@example.gr", n);
	snprintf(raw, sizeof(raw),
	    "Received: from " EVIL "\x01\xff\r\n\tby b\r\nX-Number: %u\r\n"
	    "Subject: " EVIL "\r\n\r\nbody\r\n",
	    n);
	snprintf(analysis, sizeof(analysis),
	    "{\"kind\":\"" EVIL_JSON "\",\"problems\":[\"" EVIL_JSON "\"],"
	    "\"messages\":[{\"subject\":\"%s\",\"from\":[\"%s\"],"
	    "\"reply_to\":[\"%s\"],\"envelope_from\":\"%s\",\"charset\":\"%s\","
	    "\"date\":\"%s\",\"message_id\":\"\\u202e%s\",\"relays\":["
	    "{\"ip\":\"%s\",\"helo\":\"%s\",\"rdns\":\"\\u0001%s\",\"by\":"
	    "\"%s\",\"role\":\"boundary\",\"why\":\"%s\",\"offset\":0,"
	    "\"length\":40},{\"ip\":\"x\",\"role\":\"%s\"}]}]}",
	    EVIL_JSON, EVIL_JSON, EVIL_JSON, EVIL_JSON, EVIL_JSON, EVIL_JSON,
	    EVIL_JSON, EVIL_JSON, EVIL_JSON, EVIL_JSON, EVIL_JSON, EVIL_JSON,
	    EVIL_JSON);
	CHECK(zone_queue_add(queue, &s, raw, strlen(raw), &report, 1, &added) ==
		0,
	    "report %u", n);
}

/* A visitor's request about something that is not listed. */
static inline void
world_request(struct zone_queue *queue)
{
	struct zone_request_word word = {
		.visitor = true, .time = when_now(), .by = "", .text = EVIL
	};
	struct zone_request request = { .why = ZONE_DELIST_NETWORK,
		.list = "ip",
		.key = "203.0.114.77",
		.asked = "203.0.114.77",
		.contact = "visitor" EVIL,
		.client = "198.18.0.0/24",
		.words = &word,
		.n_words = 1 };
	struct zone_request_limits limits = {
		.now = when_now(), .again = 86400
	};
	struct zone_request_added added;

	CHECK(zone_request_add(queue, &request, &limits, &added) == 0 &&
		added.refused == ZONE_REQUEST_TAKEN,
	    "a request");
}

/* MORE goes into the section www. */
static inline void
world_open_with(struct world *w, const char *more)
{
	static const char conf[] =
	    "data-dir = \"%s\"\n"
	    "list \"ip\" { kind = \"ip\" expiry = 30d }\n"
	    "list \"address\" { kind = \"address\" }\n"
	    "zone \"bl.example.gr\" { lists = {\"ip\"} ns = {\"ns.example.gr\"}"
	    " mname = \"ns.example.gr\" hostmaster = \"h.example.gr\" }\n"
	    "list \"domain\" { kind = \"domain\" }\n"
	    "criterion \"bulk\" { text = \"Sent bulk mail & more.\" }\n"
	    "zone \"dbl.example.gr\" { lists = {\"domain\"} ns = "
	    "{\"ns.example.gr\"} mname = \"ns.example.gr\" hostmaster = "
	    "\"h.example.gr\" }\n"
	    "www { listen = {\"127.0.0.1@0\"} password-cost = 64 %s }\n"
	    "publish { formats = {\"plain\"} }\n";
	struct zone_accounts *accounts = NULL;
	struct zone_config *config = NULL;
	struct zone_store *store = NULL;
	struct zone_queue *queue = NULL;
	struct err_text why = { "" };
	char path[SCRATCH + 20];
	struct buf b = { 0 };

	scratch_make(w->dir);
	snprintf(path, sizeof(path), "%s/rbl.conf", w->dir);
	buf_fmt(&b, conf, w->dir, more);
	if (secret_init() < 0 || file_write(path, b.data, b.len, 0600) < 0) {
		exit(99);
	}
	buf_free(&b);
	www_style_init();
	CHECK(www_lang_init() == 0, "catalogues");
	CHECK(zone_config_load(path, &config, &why) == 0, "%s", why.text);
	CHECK(zone_store_open(w->dir, ZONE_STORE_LISTS, ZONE_CREATE, 8 << 20,
		  &store, &why) == 0,
	    "%s", why.text);
	CHECK(zone_moderate_init(store, config) == 0, "init");
	zone_store_close(&store);
	CHECK(zone_accounts_open(
		  w->dir, ZONE_CREATE, 8 << 20, &accounts, &why) == 0,
	    "%s", why.text);
	CHECK(zone_user_add(
		  accounts, "vera", ZONE_VIEWER, 1, PASSWORD, 64, &why) == 0 &&
		zone_user_add(accounts, "ada", ZONE_MODERATOR, 1, PASSWORD, 64,
		    &why) == 0 &&
		zone_user_add(accounts, "xena", ZONE_EXPORTER, 1, PASSWORD, 64,
		    &why) == 0 &&
		zone_user_add(
		    accounts, "bob", ZONE_ADMIN, 1, PASSWORD, 64, &why) == 0,
	    "%s", why.text);
	zone_accounts_close(&accounts);
	CHECK(zone_queue_open(w->dir, ZONE_CREATE, 8 << 20, &queue, &why) == 0,
	    "%s", why.text);
	world_report(queue, 1, "203.0.114.9", ZONE_ADVICE_LIST);
	world_report(queue, 2, "203.0.114.10", ZONE_ADVICE_ADDRESS_INSTEAD);
	world_report(queue, 3, "203.0.96.0/20", ZONE_ADVICE_LIST);
	world_report(queue, 4, "10.0.0.1", ZONE_ADVICE_NEVER);
	world_request(queue);
	zone_queue_close(&queue);
	CHECK(www_site_open(config, &w->site, &why) == 0, "%s", why.text);
	if (failures > 0) {
		exit(1);
	}
}

static inline void
world_open(struct world *w)
{
	world_open_with(w, "");
}

static inline void
world_close(struct world *w)
{
	www_site_close(&w->site);
	scratch_remove(w->dir);
}

/* All bytes of the three environments. */
static inline struct digest
world_bytes(struct world *w)
{
	static const char *const kinds[] = { "store", "queue", "accounts" };
	char path[SCRATCH + 40];
	struct buf b = { 0 };
	struct digest d;

	for (unsigned i = 0; i < COUNT(kinds); i++) {
		snprintf(
		    path, sizeof(path), "%s/%s/data.mdb", w->dir, kinds[i]);
		CHECK(file_read(path, 64 << 20, &b) == 0, "%s", path);
	}
	d = digest_of(DIGEST_SHA256, b.data, b.len);
	buf_free(&b);
	return d;
}

static inline bool
same(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

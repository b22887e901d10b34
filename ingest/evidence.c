/* evidence.c - what the recipient's own servers wrote about a mail.
 *
 * Microsoft writes Authentication-Results without an authserv-id, so trust
 * cannot go by name: it goes by place. A field above the boundary's Received:
 * was put there by the side that received; one below came with the mail.
 */
#include <string.h>

#include "ingest/domain.h"
#include "ingest/sender.h"
#include "ingest/walk.h"

/* The word behind NAME in S, up to a blank, ";" or bracket; len 0: none. */
static struct span
value_of(struct span s, const char *name)
{
	const char *p = span_find(s, name);
	struct span v;
	size_t n = 0;

	if (p == NULL) {
		return span("", 0);
	}
	p += strlen(name);
	v = span_trim(span(p, s.len - (size_t)(p - s.at)));
	while (n < v.len && strchr(" \t\r\n;,()\"<>", v.at[n]) == NULL) {
		n++;
	}
	return span(v.at, n);
}

/* The client's address that the field states. */
static bool
stated(const struct ingest_field *f, struct net_ip *ret)
{
	static const char *const spf[] = { "client-ip=", "designates",
		"designate" };
	static const char *const results[] = { "sender IP is",
		"smtp.remote-ip=", "policy.iprev=", "designates", "designate" };
	const char *const *names = spf;
	size_t n = sizeof(spf) / sizeof(spf[0]);

	if (span_is(f->name, "X-Sender-IP")) {
		return ingest_ip_read(span_trim(f->value), ret);
	}
	if (span_is(f->name, "Authentication-Results")) {
		names = results;
		n = sizeof(results) / sizeof(results[0]);
	} else if (!span_is(f->name, "Received-SPF")) {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (ingest_ip_read(value_of(f->value, names[i]), ret)) {
			return true;
		}
	}
	return false;
}

/* "dkim=pass ... header.d=DOMAIN", as often as it is there. */
static bool
dkim_aligned(struct span s, struct span domain)
{
	const char *p;

	while ((p = span_find(s, "dkim=")) != NULL) {
		struct span one, d;

		s = span(p + 5, s.len - (size_t)(p + 5 - s.at));
		if (!span_starts(s, "pass")) {
			continue;
		}
		p = s.len > 0 ? memchr(s.at, ';', s.len) : NULL;
		one = p != NULL ? span(s.at, (size_t)(p - s.at)) : s;
		d = value_of(one, "header.d=");
		if (d.len == 0) {
			d = value_of(one, "header.i=@");
		}
		if (ingest_domain_aligned(d, domain)) {
			return true;
		}
	}
	return false;
}

static void
results(struct span s, struct span domain, struct ingest_evidence *e)
{
	struct span dmarc = value_of(s, "dmarc=");
	struct span of = value_of(s, "header.from=");

	e->dkim_aligned = e->dkim_aligned || dkim_aligned(s, domain);
	if (dmarc.len == 0 || e->dmarc_pass || e->dmarc_fail || e->weak) {
		return; /* the topmost verdict counts */
	}
	if (span_is(dmarc, "pass")) {
		if (of.len == 0 || ingest_domain_aligned(of, domain)) {
			e->dmarc_pass = true;
		}
	} else if (span_is(dmarc, "fail")) {
		e->dmarc_fail = true;
	} else if (span_is(dmarc, "bestguesspass")) {
		e->weak = true;
	}
}

int
ingest_evidence_read(const struct ingest_head *head, unsigned below,
    const char *from, struct arena *arena, struct ingest_evidence *ret)
{
	const unsigned max = sizeof(ret->texts) / sizeof(ret->texts[0]);
	struct ingest_evidence e = { .stated_by = "" };
	struct span domain =
	    span_str(from != NULL ? ingest_sender_domain(from) : "");

	for (unsigned i = 0; i < below && i < head->n; i++) {
		const struct ingest_field *f = &head->fields[i];
		bool auth = span_is(f->name, "Authentication-Results");
		struct net_ip ip;

		if (!auth && !span_is(f->name, "Received-SPF") &&
		    !span_is(f->name, "X-Sender-IP")) {
			continue;
		}
		if (e.stated.bits == 0 && stated(f, &ip)) {
			e.stated = ip;
			e.stated_by = ingest_text(arena, f->name, 40);
		}
		if (auth) {
			results(f->value, domain, &e);
		}
		if (e.n_texts < max) {
			char *text = ingest_head_unfold(
			    span(f->name.at,
				(size_t)(f->value.at - f->name.at) +
				    f->value.len),
			    arena);

			if (text == NULL) {
				return ERR_NOMEM;
			}
			e.texts[e.n_texts++] =
			    ingest_text(arena, span_str(text), 1000);
		}
	}
	*ret = e;
	return 0;
}

/* apex.c - one zone section of the configuration to records, by ldns. */
#include "rbld/apex_priv.h"

#include <ldns/ldns.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "rbld/name.h"

#define RECORD_MAX 1024 /* octets of one record of the apex */
#define TTL_AT 6        /* in a record whose owner is a pointer */

int
rbld_apex_say(const struct rbld_apex_load *l, int err, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_say(l->why, err, "%s:%u: zone \"%s\": %s",
	    l->config->path != NULL ? l->config->path : "rbl.conf", l->line,
	    l->conf->name, text);
}

/* TEXT, absolute with or without its final dot, as a lower case wire name. */
static int
name_of_text(const char *text, uint8_t ret_name[RBLD_NAME_MAX], size_t *ret_len)
{
	ldns_rdf *rdf = text[0] != '\0' ? ldns_dname_new_frm_str(text) : NULL;
	int r = ERR_FORMAT;

	if (rdf != NULL && ldns_rdf_size(rdf) > 1 &&
	    ldns_rdf_size(rdf) <= RBLD_NAME_MAX) {
		*ret_len = ldns_rdf_size(rdf);
		for (size_t i = 0; i < *ret_len; i++) {
			ret_name[i] =
			    (uint8_t)text_lower((char)ldns_rdf_data(rdf)[i]);
		}
		r = 0;
	}
	ldns_rdf_deep_free(rdf);
	return r;
}

/* The first offset in NAME from which on it is also the end of the zone's
 * name; its length - 1 (the root) when they share nothing. */
static size_t
shared_at(const struct rbld_zone *zone, const uint8_t *name, size_t len)
{
	size_t at = 0;

	while (name[at] != 0) {
		size_t tail = len - at, to;

		/* the tail has to begin at a label of the zone as well */
		for (to = 0; zone->name[to] != 0 && zone->name_len - to > tail;
		     to += 1u + zone->name[to]) {
		}
		if (zone->name_len - to == tail &&
		    memcmp(zone->name + to, name + at, tail) == 0) {
			return at;
		}
		at += 1u + name[at];
	}
	return at;
}

/* A place that points TO octets into the zone's name. */
static void
put_link(struct writer *w, struct rbld_record *rec, size_t to)
{
	rec->links[rec->n_links].at = (uint16_t)written(w);
	rec->links[rec->n_links].to = (uint8_t)to;
	rec->n_links++;
	write_u16(w, 0);
}

static void
put_name(struct writer *w, struct rbld_record *rec,
    const struct rbld_zone *zone, const uint8_t *name, size_t len)
{
	size_t at = shared_at(zone, name, len);

	write_span(w, name, at);
	if (at + 1 < len) {
		put_link(w, rec, zone->name_len - (len - at));
	} else {
		write_u8(w, 0);
	}
}

/* The parts before the data; the owner is the zone's own name. */
static void
put_head(struct writer *w, struct rbld_record *rec, uint16_t type, uint32_t ttl)
{
	*rec = (struct rbld_record){ .type = type };
	put_link(w, rec, 0);
	write_u16(w, type);
	write_u16(w, RBLD_CLASS_IN);
	write_u32(w, ttl);
	write_u16(w, 0);
}

static int
put_end(
    const struct rbld_apex_load *l, struct writer *w, struct rbld_record *rec)
{
	size_t data = written(w) - (TTL_AT + 6);

	if (w->bad) {
		return rbld_apex_say(l, ERR_RANGE,
		    "a record is longer than %d octets", RECORD_MAX);
	}
	w->start[TTL_AT + 4] = (uint8_t)(data >> 8);
	w->start[TTL_AT + 5] = (uint8_t)data;
	rec->len = (uint16_t)written(w);
	rec->bytes = (void *)arena_copy(l->arena, w->start, rec->len);
	return rec->bytes != NULL ? 0 : ERR_NOMEM;
}

static int
load_soa(const struct rbld_apex_load *l, uint32_t ttl, struct rbld_record *ret)
{
	const struct zone_zone_conf *conf = l->conf;
	uint8_t space[RECORD_MAX], name[RBLD_NAME_MAX];
	struct writer w = writer(space, sizeof(space));
	const char *text;
	size_t len;

	put_head(&w, ret, RBLD_T_SOA, ttl);
	text = conf->mname != NULL ? conf->mname : conf->ns[0];
	if (name_of_text(text, name, &len) < 0) {
		return rbld_apex_say(
		    l, ERR_FORMAT, "mname \"%s\" is no host name", text);
	}
	put_name(&w, ret, l->zone, name, len);
	text = conf->hostmaster != NULL ? conf->hostmaster : "";
	if (name_of_text(text, name, &len) < 0 || strchr(text, '@') != NULL) {
		return rbld_apex_say(l, ERR_FORMAT,
		    "hostmaster \"%s\" is no mailbox in the form of a name "
		    "(\"hostmaster.example.org\")",
		    text);
	}
	put_name(&w, ret, l->zone, name, len);
	write_u32(&w, 0); /* the serial is the store's */
	write_u32(&w, conf->refresh);
	write_u32(&w, conf->retry);
	write_u32(&w, conf->expire);
	write_u32(&w, conf->negative_ttl);
	return put_end(l, &w, ret);
}

static int
load_ns(
    const struct rbld_apex_load *l, const char *text, struct rbld_record *ret)
{
	uint8_t space[RECORD_MAX], name[RBLD_NAME_MAX];
	struct writer w = writer(space, sizeof(space));
	size_t len;

	if (name_of_text(text, name, &len) < 0) {
		return rbld_apex_say(
		    l, ERR_FORMAT, "ns \"%s\" is no host name", text);
	}
	put_head(&w, ret, RBLD_T_NS, l->zone->ttl);
	put_name(&w, ret, l->zone, name, len);
	return put_end(l, &w, ret);
}

/* Is this a type that people may put at an apex by themselves? */
static const char *
type_refused(const ldns_rr *rr)
{
	unsigned type = ldns_rr_get_type(rr);

	switch (type) {
	case LDNS_RR_TYPE_SOA:
		return "the SOA is made from mname, hostmaster and ttl";
	case LDNS_RR_TYPE_NS: return "name servers belong to \"ns\"";
	case LDNS_RR_TYPE_CNAME:
	case LDNS_RR_TYPE_DNAME: return "an apex cannot be an alias";
	case LDNS_RR_TYPE_RRSIG:
	case LDNS_RR_TYPE_NSEC:
	case LDNS_RR_TYPE_NSEC3:
	case LDNS_RR_TYPE_NSEC3PARAM:
	case LDNS_RR_TYPE_DNSKEY:
	case LDNS_RR_TYPE_DS: return "zones are not signed here";
	default:
		/* RFC 6895: OPT and 128 to 255 are no data */
		return type == 0 || type == RBLD_T_OPT ||
			(type >= 128 && type <= 255)
		    ? "this type is never data"
		    : NULL;
	}
}

/* One record that TEXT describes, with OWNER a link to the zone or, for a
 * host, the question itself. */
static int
load_record(
    const struct rbld_apex_load *l, const char *text, struct rbld_record *ret)
{
	uint8_t space[RECORD_MAX], *wire = NULL;
	struct writer w = writer(space, sizeof(space));
	ldns_status status = LDNS_STATUS_OK;
	const char *refused;
	ldns_rr *rr = NULL;
	size_t size = 0;
	char line[1024];
	int r;

	for (const char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == ';') {
			return rbld_apex_say(l, ERR_FORMAT,
			    "apex: one record on one "
			    "line, without a comment, expected");
		}
	}
	if (snprintf(line, sizeof(line), ". %s", text) >= (int)sizeof(line)) {
		return rbld_apex_say(
		    l, ERR_RANGE, "apex: a record is too long");
	}
	status = ldns_rr_new_frm_str(&rr, line, l->zone->ttl, NULL, NULL);
	if (status != LDNS_STATUS_OK) {
		r = rbld_apex_say(l, ERR_FORMAT, "apex \"%s\": %s", text,
		    ldns_get_errorstr_by_id(status));
		goto out;
	}
	if (ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN) {
		r = rbld_apex_say(
		    l, ERR_FORMAT, "apex \"%s\": class IN expected", text);
		goto out;
	}
	if (ldns_rr_ttl(rr) != l->zone->ttl) {
		r = rbld_apex_say(l, ERR_FORMAT,
		    "apex \"%s\": the zone's ttl holds, "
		    "no other can be given",
		    text);
		goto out;
	}
	refused = type_refused(rr);
	if (refused != NULL) {
		r = rbld_apex_say(
		    l, ERR_FORMAT, "apex \"%s\": %s", text, refused);
		goto out;
	}
	status = ldns_rr2wire(&wire, rr, LDNS_SECTION_ANSWER, &size);
	if (status != LDNS_STATUS_OK || size < 11) {
		r = rbld_apex_say(
		    l, ERR_FORMAT, "apex \"%s\": cannot be encoded", text);
		goto out;
	}
	put_head(&w, ret, (uint16_t)ldns_rr_get_type(rr), l->zone->ttl);
	write_span(&w, wire + 11, size - 11); /* behind the owner "." */
	/* RFC 5782, 2.3: what the apex says must not look like a listing */
	if (ret->type == RBLD_T_A && !w.bad && wire[11] == 127) {
		r = rbld_apex_say(
		    l, ERR_RANGE, "apex \"%s\": looks like a listing", text);
		goto out;
	}
	r = put_end(l, &w, ret);
out:
	free(wire);
	ldns_rr_free(rr);
	return r;
}

/* Equal records in one set are an error of whoever wrote them (RFC 2181). */
static int
refuse_twice(const struct rbld_apex_load *l, const struct rbld_record *records,
    unsigned n)
{
	for (unsigned i = 0; i + 1 < n; i++) {
		if (records[i].len == records[n - 1].len &&
		    memcmp(records[i].bytes, records[n - 1].bytes,
			records[i].len) == 0) {
			return rbld_apex_say(
			    l, ERR_FORMAT, "a record is given twice");
		}
	}
	return 0;
}

/* The host of ZONE that TEXT's first word names, for "ns1 A 192.0.2.53":
 * NULL when that word is no host, but a type. *ret_rest: the record. */
static struct rbld_host *
host_of_text(
    const struct rbld_apex_load *l, const char *text, const char **ret_rest)
{
	size_t n = strcspn(text, " \t");

	for (unsigned i = 0; i < l->zone->n_hosts; i++) {
		const uint8_t *label = l->zone->hosts[i].label;

		if (label[0] == n &&
		    strncasecmp((const char *)label + 1, text, n) == 0) {
			*ret_rest = text + n + strspn(text + n, " \t");
			return &l->zone->hosts[i];
		}
	}
	return NULL;
}

/* Name servers within the zone need their addresses from us. */
static int
find_hosts(const struct rbld_apex_load *l)
{
	struct rbld_zone *z = l->zone;
	uint8_t name[RBLD_NAME_MAX];
	size_t len;

	z->hosts = arena_alloc(l->arena, l->conf->n_ns * sizeof(*z->hosts));
	if (z->hosts == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < l->conf->n_ns; i++) {
		struct rbld_host *h = &z->hosts[z->n_hosts];

		if (name_of_text(l->conf->ns[i], name, &len) < 0) {
			return rbld_apex_say(l, ERR_FORMAT,
			    "ns \"%s\" is no host name", l->conf->ns[i]);
		}
		if (shared_at(z, name, len) + z->name_len != len ||
		    len == z->name_len) {
			continue; /* elsewhere, or the apex itself */
		}
		if (len != 1u + name[0] + z->name_len ||
		    rbld_name_means(z->kind, name)) {
			return rbld_apex_say(l, ERR_FORMAT,
			    "ns \"%s\": within the zone "
			    "it must be one label that is not a key",
			    l->conf->ns[i]);
		}
		h->label = (void *)arena_copy(l->arena, name, 1u + name[0]);
		h->records = arena_alloc(
		    l->arena, l->conf->n_apex * sizeof(*h->records));
		if (h->label == NULL ||
		    (h->records == NULL && l->conf->n_apex > 0)) {
			return ERR_NOMEM;
		}
		z->n_hosts++;
	}
	return 0;
}

static int
load_records(struct rbld_apex_load *l)
{
	struct rbld_zone *z = l->zone;
	int r;

	z->records = arena_alloc(
	    l->arena, (l->conf->n_ns + l->conf->n_apex) * sizeof(*z->records));
	if (z->records == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < l->conf->n_ns; i++) {
		r = load_ns(l, l->conf->ns[i], &z->records[z->n_records++]);
		if (r == 0) {
			r = refuse_twice(l, z->records, z->n_records);
		}
		if (r < 0) {
			return r;
		}
	}
	for (size_t i = 0; i < l->conf->n_apex; i++) {
		const char *text = l->conf->apex[i];
		struct rbld_host *h = host_of_text(l, text, &text);
		struct rbld_record *set = h != NULL ? h->records : z->records;
		unsigned *n = h != NULL ? &h->n_records : &z->n_records;

		if (l->conf->apex_lines != NULL) {
			l->line = l->conf->apex_lines[i];
		}
		r = load_record(l, text, &set[(*n)++]);
		if (r == 0) {
			r = refuse_twice(l, set, *n);
		}
		if (r < 0) {
			return r;
		}
	}
	l->line = l->conf->line;
	for (unsigned i = 0; i < z->n_hosts; i++) {
		if (z->hosts[i].n_records == 0) {
			return rbld_apex_say(l, ERR_FORMAT,
			    "name server \"%.*s\" is "
			    "within the zone: give its address "
			    "(apex = {\"%.*s A ...\"})",
			    z->hosts[i].label[0], z->hosts[i].label + 1,
			    z->hosts[i].label[0], z->hosts[i].label + 1);
		}
	}
	return 0;
}

static void
load_clients(struct rbld_zone *z, const struct zone_zone_conf *conf)
{
	bool any4 = false, any6 = false;

	z->clients = conf->allow_query;
	z->n_clients = conf->n_allow_query;
	for (size_t i = 0; i < z->n_clients; i++) {
		any4 |= z->clients[i].plen == 0 && z->clients[i].ip.bits == 32;
		any6 |= z->clients[i].plen == 0 && z->clients[i].ip.bits == 128;
	}
	z->anybody = any4 && any6;
}

int
rbld_apex_zone(struct rbld_apex_load *l)
{
	const struct zone_zone_conf *conf = l->conf;
	struct rbld_zone *z = l->zone;
	uint8_t name[RBLD_NAME_MAX];
	size_t len;
	int r;

	if (name_of_text(conf->name, name, &len) < 0) {
		return rbld_apex_say(l, ERR_FORMAT, "this is no domain name");
	}
	if (conf->n_ns == 0) {
		return rbld_apex_say(
		    l, ERR_FORMAT, "ns: a zone needs a name server");
	}
	if (conf->n_lists > RBLD_LISTS_MAX) {
		return rbld_apex_say(l, ERR_RANGE,
		    "lists: at most %d in a zone", RBLD_LISTS_MAX);
	}
	z->name = (void *)arena_copy(l->arena, name, len);
	if (z->name == NULL) {
		return ERR_NOMEM;
	}
	z->conf = conf;
	z->name_len = (uint8_t)len;
	for (size_t at = 0; name[at] != 0; at += 1u + name[at]) {
		z->labels++;
	}
	z->kind = conf->kind;
	z->ttl = conf->ttl;
	z->negative_ttl = conf->ttl < conf->negative_ttl
	    ? conf->ttl
	    : conf->negative_ttl; /* RFC 2308, section 3 */
	z->text =
	    conf->text != NULL && conf->text[0] != '\0' ? conf->text : "Listed";
	z->lists = conf->lists;
	z->n_lists = (unsigned)conf->n_lists;
	z->keys = conf->access_keys;
	load_clients(z, conf);
	r = load_soa(l, conf->ttl, &z->soa);
	if (r == 0) {
		r = load_soa(l, z->negative_ttl, &z->negative);
	}
	if (r == 0) {
		r = find_hosts(l);
	}
	return r < 0 ? r : load_records(l);
}

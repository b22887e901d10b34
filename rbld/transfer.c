/* transfer.c - a zone's records into messages. */
#include "rbld/transfer.h"

#include <stdlib.h>
#include <time.h>

#include "base/when.h"
#include "zone/zonefile.h"

#define MESSAGE 16384 /* octets: farther no name can point (RFC 1035, 4.1.4) */
#define ENOUGH 65536  /* octets in one go */
#define LABELS 128
#define ZONE_AT 0xc000 /* with RBLD_HEADER: points to the zone's name */
#define SOA_FIXED 20   /* octets of numbers at the end of an SOA */

enum stage { STAGE_HEAD, STAGE_BODY, STAGE_TAIL, STAGE_OVER };

struct rbld_transfer {
	const struct rbld_zone *zone;
	struct rbld_stats *stats;
	struct rbld_notes *notes;
	struct zone_view *view;
	struct zone_expand *expand; /* NULL: a difference, or the SOA alone */
	enum stage stage;
	const char *kind;
	uint32_t serial, old;
	uint64_t from; /* of a difference */
	bool diff;
	int64_t begun; /* milliseconds */
	uint64_t octets, records;

	/* the question */
	uint8_t name[RBLD_NAME_MAX];
	uint16_t id, flags, type;
	bool edns;
	struct rbld_tsig tsig;
	bool is_signed;
	char peer[NET_IP_TEXT];

	/* the message in hand */
	uint8_t out[MESSAGE + RBLD_TSIG_ROOM];
	struct writer w;
	unsigned answers;
	uint8_t last[RBLD_NAME_MAX]; /* owner before, without the zone's name */
	size_t last_len;
	uint16_t last_at[LABELS]; /* where each of its labels is */
	uint8_t last_start[LABELS]; /* and where in LAST */
	unsigned last_labels;
	int failed;

	struct buf sent; /* whole messages */
	size_t cut;
};

static int64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- messages ----------------------------------------------------------- */

static void
begin_message(struct rbld_transfer *t)
{
	t->w = writer(t->out, MESSAGE);
	(void)write_room(&t->w, RBLD_HEADER);
	write_span(&t->w, t->name, t->zone->name_len);
	write_u16(&t->w, t->type);
	write_u16(&t->w, RBLD_CLASS_IN);
	if (t->edns) { /* behind the records, at the end */
		t->w.end -= 11;
	}
	t->answers = 0;
	t->last_len = 0;
	t->last_labels = 0;
}

static void
put_u16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

/* Header, OPT, signature; then it is one of those to be sent. */
static int
end_message(struct rbld_transfer *t)
{
	static const uint8_t opt[11] = { 0, 0, RBLD_T_OPT, 1232 >> 8,
		1232 & 255 };
	uint8_t size[2];
	size_t len;

	if (t->edns) {
		t->w.end += sizeof(opt);
		write_span(&t->w, opt, sizeof(opt));
	}
	memset(t->out, 0, RBLD_HEADER);
	put_u16(t->out, t->id);
	put_u16(t->out + 2, RBLD_QR | RBLD_AA | (t->flags & RBLD_RD));
	put_u16(t->out + 4, 1);
	put_u16(t->out + 6, t->answers);
	put_u16(t->out + 10, t->edns);
	len = written(&t->w);
	if (t->is_signed) {
		len = rbld_tsig_sign(&t->tsig, t->out, len, sizeof(t->out),
		    (uint64_t)when_now());
	}
	put_u16(size, (unsigned)len);
	buf_add(&t->sent, size, sizeof(size));
	buf_add(&t->sent, t->out, len);
	t->octets += len + sizeof(size);
	begin_message(t);
	return t->sent.bad ? ERR_NOMEM : 0;
}

/* ---- records ------------------------------------------------------------ */

/* Write OWNER, as short as what the message has allows: labels that it shares
 * with the owner before are pointed to. */
static void
put_owner(struct rbld_transfer *t, const uint8_t *owner, size_t len)
{
	uint8_t starts[LABELS];
	uint16_t at[LABELS];
	unsigned n = 0, m = t->last_labels, k = 0;
	size_t a = len;

	for (size_t i = 0; i < len && n < LABELS; i += 1u + owner[i]) {
		starts[n++] = (uint8_t)i;
	}
	/* from the end: the K last labels are the same */
	while (k < n && k < m) {
		const uint8_t *own = owner + starts[n - 1 - k];

		if (memcmp(own, t->last + t->last_start[m - 1 - k],
			1u + own[0]) != 0) {
			break;
		}
		a = starts[n - 1 - k];
		k++;
	}
	for (unsigned i = 0; i < n; i++) {
		at[i] = i < n - k ? (uint16_t)(written(&t->w) + starts[i])
				  : t->last_at[m - (n - i)];
	}
	write_span(&t->w, owner, a);
	write_u16(&t->w,
	    k > 0 ? 0xc000u | at[n - k] : ZONE_AT | (unsigned)RBLD_HEADER);
	if (!t->w.bad) {
		memcpy(t->last, owner, len);
		memcpy(t->last_at, at, n * sizeof(at[0]));
		memcpy(t->last_start, starts, n);
		t->last_len = len;
		t->last_labels = n;
	}
}

/* Room for one more record of about LEN octets, in a new message if need be. */
static int
make_room(struct rbld_transfer *t, size_t len)
{
	size_t left = (size_t)(t->w.end - t->w.at);

	return left < len && t->answers > 0 ? end_message(t) : 0;
}

static int
put_record(const struct zone_rr *rr, void *ctx)
{
	struct rbld_transfer *t = ctx;
	int r = make_room(t, rr->owner_len + rr->len + 12);

	if (r < 0) {
		return r;
	}
	put_owner(t, rr->owner, rr->owner_len);
	write_u16(&t->w, rr->type);
	write_u16(&t->w, RBLD_CLASS_IN);
	write_u32(&t->w, t->zone->ttl);
	write_u16(&t->w, (unsigned)rr->len);
	write_span(&t->w, rr->data, rr->len);
	t->answers++;
	t->records++;
	return t->w.bad ? ERR_RANGE : 0;
}

/* A record of the apex, or, LABEL not NULL, of that host. */
static int
put_apex(struct rbld_transfer *t, const struct rbld_record *rec,
    const uint8_t *label, uint32_t serial)
{
	size_t extra = label != NULL ? 1u + label[0] : 0;
	uint8_t *p;
	int r = make_room(t, rec->len + extra);

	if (r < 0) {
		return r;
	}
	if (label != NULL) {
		write_span(&t->w, label, extra);
	}
	p = write_room(&t->w, rec->len);
	if (p == NULL) {
		return ERR_RANGE;
	}
	memcpy(p, rec->bytes, rec->len);
	for (unsigned i = 0; i < rec->n_links; i++) {
		put_u16(p + rec->links[i].at,
		    ZONE_AT | (RBLD_HEADER + (unsigned)rec->links[i].to));
	}
	if (rec->type == RBLD_T_SOA) {
		put_u16(p + rec->len - SOA_FIXED, serial >> 16);
		put_u16(p + rec->len - SOA_FIXED + 2, serial & 0xffff);
	}
	t->last_len = 0;
	t->last_labels = 0;
	t->answers++;
	t->records++;
	return 0;
}

static int
put_soa(struct rbld_transfer *t, uint32_t serial)
{
	return put_apex(t, &t->zone->soa, NULL, serial);
}

static int
put_apex_all(struct rbld_transfer *t)
{
	const struct rbld_zone *z = t->zone;
	int r = 0;

	for (unsigned i = 0; i < z->n_records && r == 0; i++) {
		r = put_apex(t, &z->records[i], NULL, 0);
	}
	for (unsigned i = 0; i < z->n_hosts && r == 0; i++) {
		const struct rbld_host *h = &z->hosts[i];

		for (unsigned k = 0; k < h->n_records && r == 0; k++) {
			r = put_apex(t, &h->records[k], h->label, 0);
		}
	}
	return r;
}

/* ---- a difference ------------------------------------------------------- */

struct halves { /* what is gone goes out at once, what has come behind it */
	struct rbld_transfer *t;
	bool come;
};

static int
put_gone(const struct zone_rr *rr, void *ctx)
{
	struct halves *h = ctx;

	return put_record(rr, h->t);
}

static int
put_come(const struct zone_rr *rr, void *ctx)
{
	struct halves *h = ctx;
	int r = h->come ? 0 : put_soa(h->t, h->t->serial);

	h->come = true;
	return r < 0 ? r : put_record(rr, h->t);
}

/* 1: told. 0: the whole zone is needed. */
static int
put_diff(struct rbld_transfer *t)
{
	struct halves h = { .t = t };
	int r = put_soa(t, t->serial);

	if (r == 0) {
		r = put_soa(t, t->old);
	}
	if (r == 0) {
		r = zone_expand_diff(t->view, t->zone->conf, t->from, put_gone,
		    put_come, &h);
	}
	if (r == 1 && !h.come && put_soa(t, t->serial) < 0) {
		r = ERR_RANGE;
	}
	return r;
}

/* ---- beginning ---------------------------------------------------------- */

/* The serial in the SOA that a question for a difference carries. */
static bool
read_serial(const struct rbld_turn *turn, uint32_t *ret)
{
	const uint8_t *in = turn->packet;
	size_t at = (size_t)(turn->q.name - in) + turn->q.name_len + 4u;
	struct reader r = reader(in + at, turn->len - at), soa;
	unsigned type, len, n;
	const uint8_t *data;

	if (((unsigned)in[8] << 8 | in[9]) != 1) {
		return false;
	}
	while ((n = read_u8(&r)) != 0 && !r.bad) { /* its owner */
		if (n >= 0xc0) {
			(void)read_u8(&r);
			break;
		}
		(void)read_span(&r, n);
	}
	type = read_u16(&r);
	(void)read_u16(&r);
	(void)read_u32(&r);
	len = read_u16(&r);
	data = read_span(&r, len);
	if (data == NULL || type != RBLD_T_SOA || len < SOA_FIXED + 2) {
		return false;
	}
	soa = reader(data + len - SOA_FIXED, SOA_FIXED);
	*ret = read_u32(&soa);
	return true;
}

static void
refuse(struct rbld_look *look, const struct rbld_turn *turn, const char *peer,
    const struct rbld_key *key, const char *why)
{
	rbld_note(look->notes, LOG_WARN,
	    "transfer of %s to %s refused: %s%s%s",
	    turn->place.zone->conf->name, peer, why,
	    key != NULL ? " key=" : "", key != NULL ? key->conf->name : "");
}

/* What is to be sent, before anything is. */
static int
plan(struct rbld_transfer *t, const struct rbld_turn *turn)
{
	uint64_t serial = zone_view_serial(t->view);
	struct err_text why;
	uint32_t asked;
	int r = 0;

	t->serial = (uint32_t)serial != 0 ? (uint32_t)serial : 1;
	t->kind = "axfr";
	if (turn->q.type == RBLD_T_IXFR && read_serial(turn, &asked)) {
		uint32_t behind = t->serial - asked;

		t->old = asked;
		if (behind == 0 || behind > INT32_MAX) { /* RFC 1982 */
			t->kind = "current";
			t->stage = STAGE_TAIL;
			return 0;
		}
		if (behind < serial) {
			t->from = serial - behind;
			r = put_diff(t);
			if (r == 1) {
				t->kind = "ixfr";
				t->diff = true;
				t->stage = STAGE_TAIL;
				return 0;
			}
			if (r < 0) {
				return r;
			}
			/* it was said what a whole zone says first as well */
			begin_message(t);
			t->records = 0;
		}
	}
	r = zone_expand_open(
	    t->view, t->zone->conf, put_record, t, &t->expand);
	if (r < 0) {
		(void)zone_expand_why(t->zone->conf, r, &why);
		rbld_note(t->notes, LOG_FAIL, "transfer to %s: %s", t->peer,
		    why.text);
	}
	return r;
}

bool
rbld_transfer_begin(struct rbld_look *look, struct rbld_stats *stats,
    const struct rbld_from *from, const struct rbld_turn *turn, unsigned n,
    struct rbld_transfer **ret_transfer)
{
	const struct rbld_query *q = &turn->q;
	struct net_ip ip = net_ip_of_sockaddr(from->peer);
	struct rbld_tsig tsig = { .key = NULL };
	char peer[NET_IP_TEXT] = "?";
	struct rbld_transfer *t;

	if (ip.bits != 0) {
		net_ip_format(peer, &ip);
	}
	if (q->tsig != NULL) {
		rbld_tsig_check(look->keys, turn->packet, turn->len, q,
		    (uint64_t)when_now(), &tsig);
		if (tsig.error != RBLD_TSIG_GOOD) {
			return false;
		}
	}
	if (!rbld_apex_transfers(turn->place.zone, &ip,
		tsig.key != NULL ? tsig.key->conf : NULL)) {
		refuse(look, turn, peer, tsig.key, "not allowed");
		return false;
	}
	if (n >= RBLD_TRANSFERS || look->store == NULL) {
		refuse(look, turn, peer, tsig.key,
		    look->store == NULL ? "no store"
					: "too many at once");
		return false;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL) {
		return false;
	}
	t->zone = turn->place.zone;
	t->stats = stats;
	t->notes = look->notes;
	t->begun = clock_ms();
	memcpy(t->name, q->name, q->name_len);
	t->id = q->id;
	t->flags = q->flags;
	t->type = q->type;
	t->edns = q->edns;
	t->tsig = tsig;
	t->is_signed = tsig.key != NULL;
	memcpy(t->peer, peer, sizeof(t->peer));
	begin_message(t);
	if (zone_view_open(look->store, &t->view) < 0 ||
	    zone_view_renew(t->view) < 0 || plan(t, turn) < 0) {
		refuse(look, turn, peer, tsig.key, "it cannot be made");
		rbld_transfer_end(&t, false);
		return false;
	}
	rbld_stats_count(stats, RBLD_N_TCP);
	if (t->is_signed) {
		rbld_stats_count(stats, RBLD_N_TSIG);
	}
	*ret_transfer = t;
	return true;
}

/* ---- going on ----------------------------------------------------------- */

static int
go_on(struct rbld_transfer *t)
{
	int r = 0;

	switch (t->stage) {
	case STAGE_HEAD:
		r = put_soa(t, t->serial);
		if (r == 0) {
			r = put_apex_all(t);
		}
		t->stage = STAGE_BODY;
		break;
	case STAGE_BODY:
		r = zone_expand_step(t->expand);
		if (r == 0) {
			t->stage = STAGE_TAIL;
		}
		r = r > 0 ? 0 : r;
		break;
	case STAGE_TAIL:
		r = put_soa(t, t->serial);
		if (r == 0) {
			r = end_message(t);
		}
		/* nothing is read any more */
		zone_expand_close(&t->expand);
		zone_view_close(&t->view);
		t->stage = STAGE_OVER;
		break;
	case STAGE_OVER: break;
	}
	return r;
}

int
rbld_transfer_next(struct rbld_transfer *transfer, const uint8_t **ret_data,
    size_t *ret_len)
{
	struct rbld_transfer *t = transfer;
	int r = 0;

	if (t->cut > 0) {
		buf_clear(&t->sent);
		t->cut = 0;
	}
	while (r == 0 && t->stage != STAGE_OVER && t->sent.len < ENOUGH) {
		r = go_on(t);
	}
	if (r < 0) {
		struct err_text why;

		(void)zone_expand_why(t->zone->conf, r, &why);
		rbld_note(t->notes, LOG_FAIL, "transfer to %s: %s", t->peer,
		    why.text);
		return r;
	}
	t->cut = t->sent.len;
	*ret_data = (const uint8_t *)t->sent.data;
	*ret_len = t->sent.len;
	return t->sent.len > 0;
}

void
rbld_transfer_end(struct rbld_transfer **transfer, bool done)
{
	struct rbld_transfer *t = *transfer;

	if (t == NULL) {
		return;
	}
	if (t->octets > 0) {
		rbld_stats_add(t->stats, RBLD_N_XFR_OCTETS, t->octets);
		rbld_stats_count(t->stats,
		    !done         ? RBLD_N_XFR_BROKEN
			: t->diff ? RBLD_N_IXFR
			: t->expand != NULL || t->kind[0] == 'a'
			? RBLD_N_AXFR
			: RBLD_N_APEX);
		rbld_note(t->notes, done ? LOG_TELL : LOG_WARN,
		    "transfer of %s to %s %s: %s serial=%u records=%llu "
		    "octets=%llu ms=%lld%s%s",
		    t->zone->conf->name, t->peer, done ? "done" : "broken off",
		    t->kind, t->serial, (unsigned long long)t->records,
		    (unsigned long long)t->octets,
		    (long long)(clock_ms() - t->begun),
		    t->is_signed ? " key=" : "",
		    t->is_signed ? t->tsig.key->conf->name : "");
	}
	zone_expand_close(&t->expand);
	zone_view_close(&t->view);
	buf_free(&t->sent);
	free(t);
	*transfer = NULL;
}

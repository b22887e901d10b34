/* lately.c - what was changed lately, by key. */
#include "zone/lately.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define ROWS 131072u /* a power of two */
#define HEADS 131072u
#define LONGEST 16384      /* keys of a change that are looked at */
#define START_KEYS 1000000 /* looked through at the start */
#define DAY INT64_C(86400)
#define NONE UINT32_MAX

struct row {
	uint64_t key; /* MAC of list and key */
	uint64_t serial;
	int64_t time;
	uint32_t before, after;
	uint32_t prev; /* the one before in the chain, NONE: none */
	uint8_t action;
	uint8_t gone; /* 0, or 1 + how */
};

struct day {
	int64_t day; /* since 1970 */
	unsigned long n[ZONE_GONE_WAYS];
};

struct zone_lately {
	pthread_mutex_t reading; /* who follows */
	pthread_mutex_t lock;    /* of all below */
	uint8_t mac[SECRET_SHORT_KEY];
	uint64_t serial; /* all up to this one is here */
	bool started;
	uint64_t from;    /* and all from this one on */
	int64_t complete; /* days: whole from then on, 0: since ever */
	uint64_t n;       /* rows that were ever written */
	uint32_t heads[HEADS];
	struct row rows[ROWS];
	struct day days[ZONE_LATELY_DAYS];
};

int
zone_lately_new(struct zone_lately **ret)
{
	struct zone_lately *l = calloc(1, sizeof(*l));

	if (l == NULL || pthread_mutex_init(&l->reading, NULL) != 0 ||
	    pthread_mutex_init(&l->lock, NULL) != 0) {
		free(l);
		return ERR_NOMEM;
	}
	secret_random(l->mac, sizeof(l->mac));
	memset(l->heads, 0xff, sizeof(l->heads));
	l->from = 1;
	*ret = l;
	return 0;
}

void
zone_lately_free(struct zone_lately **lately)
{
	if (*lately != NULL) {
		pthread_mutex_destroy(&(*lately)->lock);
		pthread_mutex_destroy(&(*lately)->reading);
		free(*lately);
		*lately = NULL;
	}
}

static uint64_t
mac_of(const struct zone_lately *l, uint16_t list, const struct zone_key *key)
{
	uint8_t data[4 + ZONE_KEY_TEXT], mac[8];
	size_t n = 0;
	uint64_t v;

	data[n++] = (uint8_t)list;
	data[n++] = (uint8_t)(list >> 8);
	if (key->kind == ZONE_KIND_IP) {
		data[n++] = key->ip.ip.bits;
		data[n++] = key->ip.plen;
		memcpy(data + n, key->ip.ip.bytes, key->ip.ip.bits / 8);
		n += key->ip.ip.bits / 8;
	} else {
		size_t len = strnlen(key->text, ZONE_KEY_TEXT - 1);

		memcpy(data + n, key->text, len);
		n += len;
	}
	secret_short_mac(l->mac, data, n, mac);
	memcpy(&v, mac, sizeof(v));
	return v;
}

/* Row I, when it was not written over; NULL: it is gone, and so are those
 * before it in its chain. I is its place among all that were ever written,
 * low 32 bits: the ring is far smaller. */
static struct row *
row_at(struct zone_lately *l, uint32_t i)
{
	uint32_t age = (uint32_t)l->n - i; /* 1: the newest */

	return i == NONE || age == 0 || age > ROWS ? NULL : &l->rows[i % ROWS];
}

/* ---- following ----------------------------------------------------------- */

struct following {
	struct zone_lately *l;
	struct zone_view *view;
	const struct zone_history_row *row;
	uint32_t detail; /* looked at last */
	bool listing, asked;
	unsigned long gone[ZONE_GONE_WAYS];
	size_t keys;
};

static int
lists(struct following *f, uint32_t detail, bool *ret)
{
	struct zone_detail d;
	int r;

	if (detail != f->detail) {
		r = zone_view_detail(f->view, detail, &d);
		if (r <= 0) {
			return r < 0 ? r : ERR_CORRUPT;
		}
		f->detail = detail;
		f->listing = !zone_detail_exempt(&d);
	}
	*ret = f->listing;
	return 0;
}

static enum zone_gone
how_gone(const struct zone_history_row *row)
{
	switch (row->action) {
	case ZONE_ACTION_SWEEP: return ZONE_GONE_EXPIRED;
	case ZONE_ACTION_UNDO: return ZONE_GONE_UNDONE;
	case ZONE_ACTION_IMPORT:
	case ZONE_ACTION_PURGE: return ZONE_GONE_SOURCE;
	default:
		return span_is(row->source, "delist") ? ZONE_GONE_ASKED
						      : ZONE_GONE_PERSON;
	}
}

static int
one_key(const struct zone_history_key *key, void *ctx)
{
	struct following *f = ctx;
	struct zone_lately *l = f->l;
	enum zone_gone how = how_gone(f->row);
	uint64_t mac = mac_of(l, key->list, &key->key);
	bool was = false, is = false;
	struct row *r, *old;
	int rc = 0;

	if (key->before != 0) {
		rc = lists(f, key->before, &was);
	}
	if (rc == 0 && was && key->after != 0) {
		rc = lists(f, key->after, &is);
	}
	if (rc < 0) {
		return rc;
	}
	f->gone[how] += was && !is;
	f->keys++;
	pthread_mutex_lock(&l->lock);
	r = &l->rows[l->n % ROWS];
	if (l->n >= ROWS && r->serial >= l->from) {
		l->from = r->serial + 1; /* it is written over */
	}
	*r = (struct row){ .key = mac,
		.serial = f->row->serial,
		.time = f->row->time,
		.before = key->before,
		.after = key->after,
		.prev = l->heads[mac % HEADS],
		.action = (uint8_t)f->row->action,
		.gone = was && !is ? (uint8_t)(1 + how) : 0 };
	l->n++;
	old = row_at(l, r->prev);
	r->prev = old != NULL ? r->prev : NONE;
	l->heads[mac % HEADS] = (uint32_t)(l->n - 1);
	pthread_mutex_unlock(&l->lock);
	return 0;
}

static void
count_day(struct zone_lately *l, int64_t time, const unsigned long *gone)
{
	int64_t day = time / DAY;
	struct day *d = &l->days[(uint64_t)day % ZONE_LATELY_DAYS];

	pthread_mutex_lock(&l->lock);
	if (d->day < day) {
		*d = (struct day){ .day = day };
	}
	for (unsigned i = 0; d->day == day && i < ZONE_GONE_WAYS; i++) {
		d->n[i] += gone[i];
	}
	pthread_mutex_unlock(&l->lock);
}

/* The serial to begin behind: as far back as days are shown, and as keys may
 * be read. */
static int
beginning(struct zone_lately *l, struct zone_view *view)
{
	int64_t since = zone_view_now(view) - ZONE_LATELY_DAYS * DAY;
	uint64_t at = UINT64_MAX, keys = 0;
	struct zone_history_row row;
	int r;

	while ((r = zone_history_before(view, at, &row)) == 1) {
		keys += row.keys > LONGEST ? 1 : row.keys + 1;
		if (row.time < since || keys > START_KEYS) {
			l->serial = row.serial;
			l->from = row.serial + 1;
			l->complete = row.time < since ? 0 : row.time;
			break;
		}
		if (row.serial <= 1) {
			break;
		}
		at = row.serial - 1;
	}
	return r < 0 ? r : 0;
}

static int
one_row(struct following *f, const struct zone_history_row *row)
{
	struct zone_lately *l = f->l;
	int r = 0;

	f->row = row;
	memset(f->gone, 0, sizeof(f->gone));
	if (row->action == ZONE_ACTION_RESTORE) {
		/* what it changed is told by no row */
		pthread_mutex_lock(&l->lock);
		l->from = row->serial + 1;
		pthread_mutex_unlock(&l->lock);
	}
	if (row->action == ZONE_ACTION_CONFIG ||
	    row->action == ZONE_ACTION_ACCESS ||
	    row->action == ZONE_ACTION_RESTORE) {
		return 0;
	}
	if (row->keys <= LONGEST) {
		r = zone_history_keys(f->view, row->serial, one_key, f);
	} else {
		if (row->action == ZONE_ACTION_REMOVE ||
		    row->action == ZONE_ACTION_SWEEP ||
		    row->action == ZONE_ACTION_PURGE) {
			f->gone[how_gone(row)] = row->keys;
		}
		pthread_mutex_lock(&l->lock);
		l->from = row->serial + 1;
		pthread_mutex_unlock(&l->lock);
	}
	if (r == 0) {
		count_day(l, row->time, f->gone);
	}
	return r;
}

int
zone_lately_follow(struct zone_lately *l, struct zone_view *view, size_t max)
{
	uint64_t newest = zone_view_serial(view);
	struct following f = { .l = l, .view = view };
	struct zone_history_row row;
	int r = 0;

	if (pthread_mutex_trylock(&l->reading) != 0) {
		return 0; /* somebody does it */
	}
	if (!l->started) {
		r = beginning(l, view);
		l->started = r == 0;
	}
	while (r == 0 && l->serial < newest && (max == 0 || f.keys < max)) {
		r = zone_history_after(view, l->serial + 1, &row);
		if (r == 1) {
			r = one_row(&f, &row);
			/* what cannot be read is not tried for ever */
			l->serial = row.serial;
		} else if (r == 0) {
			l->serial = newest;
		}
	}
	pthread_mutex_unlock(&l->reading);
	return r;
}

/* ---- asking -------------------------------------------------------------- */

size_t
zone_lately_find(struct zone_lately *l, uint16_t list,
    const struct zone_key *key, struct zone_lately_row *ret, size_t max,
    uint64_t *ret_from)
{
	uint64_t mac = mac_of(l, list, key);
	const struct row *r;
	size_t n = 0;

	pthread_mutex_lock(&l->lock);
	*ret_from = l->from;
	for (r = row_at(l, l->heads[mac % HEADS]); r != NULL && n < max;
	     r = row_at(l, r->prev)) {
		if (r->key != mac) {
			continue;
		}
		ret[n++] = (struct zone_lately_row){ .serial = r->serial,
			.time = r->time,
			.action = (enum zone_action)r->action,
			.before = r->before,
			.after = r->after,
			.gone = r->gone != 0,
			.how =
			    (enum zone_gone)(r->gone != 0 ? r->gone - 1 : 0) };
	}
	pthread_mutex_unlock(&l->lock);
	return n;
}

void
zone_lately_days(
    struct zone_lately *l, int64_t now, struct zone_lately_days *ret)
{
	int64_t today = now / DAY;

	*ret = (struct zone_lately_days){ 0 };
	pthread_mutex_lock(&l->lock);
	ret->complete = l->complete;
	for (unsigned i = 0; i < ZONE_LATELY_DAYS; i++) {
		const struct day *d = &l->days[i];

		if (d->day <= today && d->day > today - ZONE_LATELY_DAYS) {
			memcpy(ret->n[today - d->day], d->n, sizeof(d->n));
		}
	}
	pthread_mutex_unlock(&l->lock);
}

/* counts.c - zones and lists by name, and the counters of each thread. */
#include "rbld/counts.h"

#include <stdlib.h>

#define LISTS 1024 /* names of lists that are remembered; then "-" */
#define LIST_NAME 64
#define ZONE_NAME 256

static const char *const asked_names[RBLD_ASKEDS] = {
	[RBLD_ASKED_OTHER] = "other",
	[RBLD_ASKED_A] = "A",
	[RBLD_ASKED_AAAA] = "AAAA",
	[RBLD_ASKED_TXT] = "TXT",
	[RBLD_ASKED_NS] = "NS",
	[RBLD_ASKED_SOA] = "SOA",
	[RBLD_ASKED_ANY] = "ANY",
};
static const char *const told_names[RBLD_TOLDS] = {
	[RBLD_TOLD_OTHER] = "other",
	[RBLD_TOLD_NOERROR] = "NOERROR",
	[RBLD_TOLD_NXDOMAIN] = "NXDOMAIN",
	[RBLD_TOLD_SERVFAIL] = "SERVFAIL",
	[RBLD_TOLD_REFUSED] = "REFUSED",
};
static const char *const sign_names[RBLD_SIGNS] = {
	[RBLD_SIGN_DOMAIN] = "domain",
	[RBLD_SIGN_ADDRESS] = "address",
	[RBLD_SIGN_UNREVERSED] = "unreversed",
	[RBLD_SIGN_PRIVATE] = "private",
	[RBLD_SIGN_TEXT] = "ipv6-text",
	[RBLD_SIGN_REPEAT] = "repeat",
};

struct entry { /* one zone */
	struct entry *next;
	uint32_t number;
	char name[ZONE_NAME];
	char lists[RBLD_HITS][LIST_NAME]; /* "": free */
	uint64_t live;                    /* slots of the newest ledger */
	struct rbld_counts *counts;       /* of each thread */
};

struct rbld_book {
	unsigned n_threads;
	_Atomic(struct entry *) entries; /* newest first */
	uint32_t n_entries;
	_Atomic uint32_t n_lists;
	char lists[LISTS][LIST_NAME]; /* from 1 on; never changed again */
};

const char *
rbld_asked_name(enum rbld_asked asked)
{
	return asked_names[asked];
}

const char *
rbld_told_name(enum rbld_told told)
{
	return told_names[told];
}

const char *
rbld_sign_name(enum rbld_sign sign)
{
	return sign >= 0 && sign < RBLD_SIGNS ? sign_names[sign] : "-";
}

/* ---- the book ------------------------------------------------------------ */

/* The zone NAME, made when it is not there. NULL: no memory. */
static struct entry *
find_entry(struct rbld_book *book, const char *name)
{
	struct entry *e = atomic_load(&book->entries);
	size_t size = book->n_threads * sizeof(*e->counts);

	while (e != NULL && strcmp(e->name, name) != 0) {
		e = e->next;
	}
	if (e != NULL || (e = calloc(1, sizeof(*e))) == NULL) {
		return e;
	}
	e->counts = aligned_alloc(_Alignof(struct rbld_counts), size);
	if (e->counts == NULL) {
		free(e);
		return NULL;
	}
	memset(e->counts, 0, size);
	(void)text_printable_in(e->name, sizeof(e->name), name, strlen(name));
	e->number = book->n_entries++;
	e->next = atomic_load(&book->entries);
	atomic_store(&book->entries, e);
	return e;
}

struct rbld_book *
rbld_book_new(unsigned threads)
{
	struct rbld_book *b = calloc(1, sizeof(*b));

	if (b == NULL) {
		return NULL;
	}
	b->n_threads = threads;
	atomic_store(&b->n_lists, 1);
	strcpy(b->lists[0], "-");
	if (find_entry(b, "-") == NULL) { /* number 0: outside of all zones */
		rbld_book_free(&b);
	}
	return b;
}

void
rbld_book_free(struct rbld_book **book)
{
	struct rbld_book *b = *book;

	if (b == NULL) {
		return;
	}
	for (struct entry *e = atomic_load(&b->entries), *next; e != NULL;
	     e = next) {
		next = e->next;
		free(e->counts);
		free(e);
	}
	free(b);
	*book = NULL;
}

const char *
rbld_book_zone(const struct rbld_book *book, uint32_t zone)
{
	for (const struct entry *e = atomic_load(&book->entries); e != NULL;
	     e = e->next) {
		if (e->number == zone) {
			return e->name;
		}
	}
	return "-";
}

const char *
rbld_book_list(const struct rbld_book *book, uint32_t list)
{
	return book->lists[list < atomic_load(&book->n_lists) ? list : 0];
}

static bool
list_fits(const char *name)
{
	return name[0] != '\0' && strlen(name) < LIST_NAME;
}

/* The number of list NAME; 0 when there is no room for its name. */
static uint16_t
number_of_list(struct rbld_book *book, const char *name)
{
	uint32_t n = atomic_load(&book->n_lists), i = 1;

	while (i < n && strcmp(book->lists[i], name) != 0) {
		i++;
	}
	if (i == n && (n == LISTS || !list_fits(name))) {
		return 0;
	}
	if (i == n) {
		strcpy(book->lists[n], name);
		atomic_store(&book->n_lists, n + 1); /* now others may look */
	}
	return (uint16_t)i;
}

/* ---- a ledger ------------------------------------------------------------ */

/* The place of list NAME among E's hits. A list that is gone gives way when
 * there is no free one: nobody counts there any more. A zone has at most
 * RBLD_LISTS_MAX lists, so half of the places are never needed. */
static uint8_t
slot_of(
    struct rbld_book *book, struct entry *e, const char *name, uint64_t taken)
{
	unsigned free_slot = 0;

	for (unsigned i = 0; i < RBLD_HITS; i++) {
		if (strcmp(e->lists[i], name) == 0) {
			return (uint8_t)i;
		}
	}
	while (free_slot < RBLD_HITS - 1 && e->lists[free_slot][0] != '\0') {
		free_slot++;
	}
	if (e->lists[free_slot][0] != '\0') {
		free_slot = 0;
		while (free_slot < RBLD_HITS - 1 &&
		    ((taken | e->live) >> free_slot & 1) != 0) {
			free_slot++;
		}
		for (unsigned t = 0; t < book->n_threads; t++) {
			__atomic_store_n(
			    &e->counts[t].hits[free_slot], 0, __ATOMIC_RELAXED);
		}
	}
	if (list_fits(name)) {
		strcpy(e->lists[free_slot], name);
	}
	return (uint8_t)free_slot;
}

static void
open_lists(struct rbld_book *book, struct entry *e, const struct rbld_zone *z,
    struct rbld_ledger *l)
{
	uint64_t taken = 0;

	for (unsigned k = 0; k < z->n_lists; k++) {
		const char *name = z->lists[k]->name;
		uint8_t slot = slot_of(book, e, name, taken);

		taken |= UINT64_C(1) << slot;
		l->slots[z->first + k] = slot;
		l->list_numbers[z->first + k] = number_of_list(book, name);
	}
	e->live = taken;
}

/* A wire name of ours as text. */
static void
text_of_name(const uint8_t *name, char out[ZONE_NAME])
{
	size_t len = 0;

	for (; name[0] != 0; name += 1u + name[0]) {
		if (len > 0) {
			out[len++] = '.';
		}
		memcpy(out + len, name + 1, name[0]);
		len += name[0];
	}
	out[len] = '\0';
}

int
rbld_ledger_open(struct rbld_book *book, const struct rbld_apex *apex,
    struct rbld_ledger **ret_ledger)
{
	size_t zones = (size_t)apex->n_zones + 1;
	struct rbld_ledger *l = calloc(1, sizeof(*l));
	char name[ZONE_NAME] = "-";
	int r = ERR_NOMEM;

	if (l == NULL) {
		goto out;
	}
	l->book = book;
	l->n_threads = book->n_threads;
	l->n_zones = apex->n_zones;
	l->counts = calloc(zones * l->n_threads, sizeof(struct rbld_counts *));
	l->zone_numbers = calloc(zones, sizeof(*l->zone_numbers));
	l->slots = calloc(apex->n_lists + 1u, sizeof(*l->slots));
	l->list_numbers = calloc(apex->n_lists + 1u, sizeof(*l->list_numbers));
	if (l->counts == NULL || l->zone_numbers == NULL || l->slots == NULL ||
	    l->list_numbers == NULL) {
		goto out;
	}
	for (unsigned i = 0; i < zones; i++) {
		struct entry *e;

		if (i < apex->n_zones) {
			text_of_name(apex->zones[i].name, name);
		} else {
			strcpy(name, "-");
		}
		e = find_entry(book, name);
		if (e == NULL) {
			goto out;
		}
		l->zone_numbers[i] = e->number;
		for (unsigned t = 0; t < l->n_threads; t++) {
			l->counts[t * zones + i] = &e->counts[t];
		}
		if (i < apex->n_zones) {
			open_lists(book, e, &apex->zones[i], l);
		}
	}
	*ret_ledger = l;
	l = NULL;
	r = 0;
out:
	rbld_ledger_free(&l);
	return r;
}

void
rbld_ledger_free(struct rbld_ledger **ledger)
{
	struct rbld_ledger *l = *ledger;

	if (l != NULL) {
		free(l->counts);
		free(l->zone_numbers);
		free(l->slots);
		free(l->list_numbers);
		free(l);
		*ledger = NULL;
	}
}

static void
sum(uint64_t *to, const uint64_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		to[i] += rbld_count_get(&from[i]);
	}
}

void
rbld_ledger_sum(const struct rbld_ledger *ledger, unsigned zone,
    struct rbld_counts *ret_counts)
{
	struct rbld_counts *s = ret_counts;

	memset(s, 0, sizeof(*s));
	for (unsigned t = 0; t < ledger->n_threads; t++) {
		const struct rbld_counts *c = rbld_ledger_row(ledger, t)[zone];

		sum(&s->queries[0][0], &c->queries[0][0],
		    RBLD_ASKEDS * RBLD_ROADS);
		sum(s->answers, c->answers, RBLD_TOLDS);
		sum(s->signs, c->signs, RBLD_SIGNS);
		sum(&s->locked, &c->locked, 1);
		sum(s->hits, c->hits, RBLD_HITS);
	}
}

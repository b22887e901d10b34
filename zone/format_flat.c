/* format_flat.c - lists for consumers that cannot say "but not this one".
 *
 * Most of them know what is listed and nothing else. If a hole were left out
 * of such a file, whoever is in it would be listed. So a listed prefix is
 * written as the fewest prefixes that lie around its holes, and an address is
 * left out when an exemption of another spelling of it counts before it, as it
 * does in DNS (doc/ARCHITECTURE, "Shared spellings").
 *
 * Entries come in key order: each prefix before those within it. The stack has
 * those that are still open, POS is where what is not yet written begins. What
 * lies within a listed prefix and is listed itself adds nothing.
 */
#include "zone/format.h"

#include <stdlib.h>

__extension__ typedef unsigned __int128 number;

struct level {
	number last; /* its last address */
	bool listed;
};

struct zone_format_flat {
	struct level stack[130];
	unsigned depth, bits;
	number pos;
	bool past; /* POS is behind the last address there is */
	bool open; /* there is a range not yet written, from..to */
	number from, to;

	struct digest *exempt; /* sorted before the first entry */
	size_t n, cap;
	bool sorted;
	unsigned kinds; /* lengths among them, as bits of 16, 20, 32 */
};

static struct zone_format_flat *
flat_of(struct zone_format_out *out)
{
	if (out->flat == NULL) {
		out->flat = calloc(1, sizeof(*out->flat));
		if (out->flat == NULL) {
			out->failed = ERR_NOMEM;
		}
	}
	return out->flat;
}

void
zone_format_flat_free(struct zone_format_flat **flat)
{
	if (*flat != NULL) {
		free((*flat)->exempt);
		free(*flat);
		*flat = NULL;
	}
}

/* ---- prefixes ------------------------------------------------------------ */

static number
value_of(const struct net_ip *ip)
{
	number n = 0;

	for (unsigned i = 0; i < ip->bits / 8; i++) {
		n = n << 8 | ip->bytes[i];
	}
	return n;
}

static number
host_mask(unsigned bits, unsigned plen)
{
	return plen == 0 && bits == 128 ? ~(number)0
					: ((number)1 << (bits - plen)) - 1;
}

static void
write_prefix(struct zone_format_out *out, number at, unsigned plen)
{
	unsigned bits = out->flat->bits;
	struct zone_entry e = {
		.key = { .kind = ZONE_KIND_IP,
		    .ip = { .ip = { .bits = (uint8_t)bits },
			.plen = (uint8_t)plen } },
		.code = out->about.code,
	};

	for (unsigned i = bits / 8; i-- > 0; at >>= 8) {
		e.key.ip.ip.bytes[i] = (uint8_t)at;
	}
	out->format->entry(out, &e, NULL);
}

/* from..to as prefixes, the widest that fit at each place. */
static void
write_range(struct zone_format_out *out)
{
	struct zone_format_flat *f = out->flat;
	number at = f->from;
	bool done = !f->open;

	while (!done) {
		unsigned plen = f->bits;

		while (plen > 0) {
			number wider = host_mask(f->bits, plen - 1);

			if ((at & wider) != 0 || wider > f->to - at) {
				break;
			}
			plen--;
		}
		write_prefix(out, at, plen);
		done = f->to - at == host_mask(f->bits, plen);
		at += host_mask(f->bits, plen) + 1;
	}
	f->open = false;
}

static void
add_range(struct zone_format_out *out, number from, number to)
{
	struct zone_format_flat *f = out->flat;

	if (f->open && f->to + 1 == from) {
		f->to = to;
		return;
	}
	write_range(out);
	f->open = true;
	f->from = from;
	f->to = to;
}

/* The innermost is over: what is left of it. */
static void
close_level(struct zone_format_out *out)
{
	struct zone_format_flat *f = out->flat;
	struct level top = f->stack[--f->depth];

	if (!f->past && f->pos <= top.last) {
		if (top.listed) {
			add_range(out, f->pos, top.last);
		}
		f->pos = top.last + 1;
		f->past = f->pos == 0;
	}
	if (f->depth == 0) {
		write_range(out); /* neighbours stay as they were entered */
	}
}

static void
close_all(struct zone_format_out *out)
{
	while (out->flat->depth > 0) {
		close_level(out);
	}
}

static void
prefix(struct zone_format_out *out, const struct zone_entry *entry)
{
	struct zone_format_flat *f = out->flat;
	const struct net_prefix *p = &entry->key.ip;
	number first = value_of(&p->ip);

	if (p->ip.bits != f->bits) {
		close_all(out);
		f->bits = p->ip.bits;
	}
	while (f->depth > 0 && f->stack[f->depth - 1].last < first) {
		close_level(out);
	}
	if (f->depth > 0 && f->stack[f->depth - 1].listed && f->pos < first) {
		add_range(out, f->pos, first - 1);
	}
	if (entry->code == 0) {
		out->cut++;
	}
	f->pos = first;
	f->past = false;
	f->stack[f->depth++] =
	    (struct level){ .last = first | host_mask(f->bits, p->plen),
		    .listed = entry->code != 0 };
}

/* ---- addresses ----------------------------------------------------------- */

static int
by_digest(const void *a, const void *b)
{
	const struct digest *x = a, *y = b;

	return x->len != y->len ? (int)x->len - (int)y->len
				: memcmp(x->bytes, y->bytes, x->len);
}

static void
add_exempt(struct zone_format_out *out, const struct digest *digest)
{
	struct zone_format_flat *f = out->flat;

	if (f->n == f->cap) {
		size_t cap = f->cap == 0 ? 64 : f->cap * 2;
		struct digest *more =
		    reallocarray(f->exempt, cap, sizeof(*more));

		if (more == NULL) {
			out->failed = ERR_NOMEM;
			return;
		}
		f->exempt = more;
		f->cap = cap;
	}
	f->exempt[f->n++] = *digest;
	f->kinds |= digest->len;
}

void
zone_format_flat_exempt(
    struct zone_format_out *out, const struct zone_entry *entry)
{
	struct zone_forms forms;

	if (entry->key.kind != ZONE_KIND_ADDRESS || flat_of(out) == NULL) {
		return;
	}
	if (entry->key.digest.len > 0) {
		add_exempt(out, &entry->key.digest);
		return;
	}
	zone_key_forms(&entry->key, &forms);
	for (unsigned i = 0; i < forms.n; i++) {
		struct digest d = digest_of(
		    DIGEST_SHA1, forms.text[i], strlen(forms.text[i]));

		add_exempt(out, &d);
	}
}

static bool
is_exempt(struct zone_format_flat *f, const char *text)
{
	static const struct {
		enum digest_kind kind;
		unsigned len;
	} kinds[] = { { DIGEST_SHA1, 20 }, { DIGEST_MD5, 16 },
		{ DIGEST_SHA256, 32 } };

	for (size_t i = 0; i < DIGEST_KINDS && f->n > 0; i++) {
		struct digest d;

		if (kinds[i].len != 20 && (f->kinds & kinds[i].len) == 0) {
			continue;
		}
		d = digest_of(kinds[i].kind, text, strlen(text));
		if (bsearch(&d, f->exempt, f->n, sizeof(d), by_digest) !=
		    NULL) {
			return true;
		}
	}
	return false;
}

static void
address(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	struct zone_format_flat *f = out->flat;

	if (!f->sorted && f->n > 0) {
		qsort(f->exempt, f->n, sizeof(f->exempt[0]), by_digest);
	}
	f->sorted = true;
	if (entry->code == 0) {
		out->exempt++;
	} else if (entry->key.digest.len > 0) {
		out->unknown++;
	} else if (is_exempt(f, entry->key.text)) {
		out->cut++;
	} else {
		out->format->entry(out, entry, detail);
	}
}

/* ---- both ---------------------------------------------------------------- */

void
zone_format_flat_entry(struct zone_format_out *out,
    const struct zone_entry *entry, const struct zone_detail *detail)
{
	if (flat_of(out) == NULL) {
		return;
	}
	if (entry->key.kind == ZONE_KIND_IP) {
		prefix(out, entry);
	} else {
		address(out, entry, detail);
	}
}

void
zone_format_flat_end(struct zone_format_out *out)
{
	if (out->flat != NULL && out->failed == 0) {
		close_all(out);
	}
}

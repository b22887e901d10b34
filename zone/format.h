/* format.h - list files: one row per format, read and written through it.
 *
 * A format turns lines into what they say of a key, and entries into bytes.
 * It knows nothing of files, of the store or of what may be listed: the caller
 * brings lines and walks entries, parses keys, asks the guard. A new format is
 * one file and one row in format.c (doc/HACKING).
 *
 * Written bytes depend on the entries, the serial and the configuration alone,
 * so two exports of one serial can be compared, and a checksum says whether a
 * list changed.
 */
#pragma once

#include "zone/entry.h"
#include "zone/view.h"

/* ---- what a file is about ----------------------------------------------- */

struct zone_format_about {
	const char *list;
	enum zone_kind kind;
	uint32_t code;   /* the list's own, as 0x7f000002 */
	uint64_t serial; /* written: the store's */
	int64_t time;    /* written: of the change with that serial; 0: none */
	const char *licence; /* written: one line; NULL: none */
	const char *see;     /* written: the site's address; NULL: none */

	/* read, by formats that say "types" */
	const char *type;    /* "ip4set"; NULL: as it looks */
	const char *subzone; /* of which part; NULL: the zone itself */
	const char *dataset; /* the part of this name; NULL: any */
	bool host_bits;      /* 192.0.2.1/24 is 192.0.2.0/24, not a mistake */
};

/* ---- reading ------------------------------------------------------------- */

/* What one line says. Spans are borrowed during the call. */
struct zone_format_line {
	struct span key; /* not parsed yet; see zone_format_key */
	bool is_ip;      /* it is "ip" instead */
	struct net_prefix ip;
	bool exempt;
	bool first; /* of two lines on one key the first counts, not the last */
	bool over;  /* counts only for a key that the file itself lists */
	uint32_t code; /* 0: not said */
	bool said_until;
	int64_t until;                         /* 0: for good */
	struct span reason, criterion, source; /* empty: not said; UTF-8 */
	bool template;  /* the reason is one: see zone/entry.h */
	uint64_t words; /* equal numbers: code, reason and template are those
	                 * of the line before that had it; 0: not numbered */
};

/* A result < 0 with a sentence in WHY refuses the line. */
typedef int zone_format_fn(
    const struct zone_format_line *line, void *ctx, struct err_text *why);

struct zone_format_in {
	const struct zone_format *format;
	struct zone_format_about about;
	zone_format_fn *fn;
	void *ctx;
	uint64_t lines;     /* read so far */
	uint64_t at;        /* number of the line in hand, or at fault */
	bool cut;           /* by the caller: that line has no line feed */
	uint64_t ignored;   /* directives that mean nothing to a list */
	uint64_t not_taken; /* lines of parts that were not asked for */
	/* Not empty: why the file as a whole should not be taken (it is from
	 * the future, or expired), unless a person insists. */
	struct err_text whole;
	void *own; /* the format's */
};

/* ---- writing ------------------------------------------------------------- */

struct zone_format_out {
	const struct zone_format *format;
	struct zone_format_about about;
	struct buf body;
	uint64_t entries;       /* written */
	uint64_t unknown;       /* left out: only a digest is known */
	uint64_t inexpressible; /* left out: the format has no way to say it */
	uint64_t exempt;        /* left out: no exemptions in this format */
	uint64_t cut; /* flat: exemptions cut out of what is listed, or, for
	               * addresses, listings that an exemption of another
	               * spelling keeps out */

	/* the format's own */
	unsigned part;
	bool within;
	void *own; /* freed by zone_format_out_fini */
	struct zone_format_flat *flat;
	struct zone_format_label *labels;
	size_t n_labels, cap_labels;
	int failed;
};

/* ---- the table ----------------------------------------------------------- */

#define ZONE_FORMAT_KIND(kind) (1u << (kind))

struct zone_format {
	const char *name;
	const char *about;      /* one line for --help */
	unsigned reads, writes; /* kinds, as bits of ZONE_FORMAT_KIND */
	bool detail;            /* writing looks at what is said of a key */
	/* Writing knows only what is listed: holes are cut out of prefixes
	 * before, so that ENTRY sees listings alone (format_flat.c). */
	bool flat;
	bool types;             /* reading knows ABOUT's type and parts */
	bool whole_lines; /* a last line without its end is a file cut short */

	/* Around reading; each may be NULL. END is called until it is 0: what
	 * it refuses stands in line in->at. FINI also after a failed BEGIN. */
	int (*begin)(struct zone_format_in *in, struct err_text *why);
	int (*end)(struct zone_format_in *in, struct err_text *why);
	void (*fini)(struct zone_format_in *in);
	/* One line without its end; calls zone_format_found for each key. 0,
	 * or <0 with WHY: the line is refused. */
	int (*line)(
	    struct zone_format_in *in, struct span line, struct err_text *why);
	/* One entry that has not expired, in key order. DETAIL is NULL unless
	 * asked for. */
	void (*entry)(struct zone_format_out *out,
	    const struct zone_entry *entry, const struct zone_detail *detail);
	/* After the last entry: what stands above the body. May be NULL. */
	void (*head)(struct zone_format_out *out, struct buf *b);
};

extern const struct zone_format zone_format_plain, zone_format_rbldnsd,
    zone_format_spamassassin, zone_format_jsonl;
extern const struct zone_format zone_format_csv, zone_format_postfix,
    zone_format_exim, zone_format_sendmail, zone_format_rspamd,
    zone_format_opensmtpd, zone_format_aper, zone_format_rpz,
    zone_format_ipset, zone_format_nftables;

/* NULL: no such format. */
const struct zone_format *zone_format_find(struct span name);
/* Row I; NULL after the last. */
const struct zone_format *zone_format_at(size_t i);
/* "plain, rbldnsd, ..." of those that read (or write) KIND, into B. */
void zone_format_names(struct buf *b, bool read, enum zone_kind kind);

/* ---- use ----------------------------------------------------------------- */

#define ZONE_FORMAT_LINE 65536 /* bytes in a line; the caller sees to it */

/* ERR_REFUSED with WHY: FORMAT cannot be read, or not for this kind. */
MUST_CHECK int zone_format_in_init(struct zone_format_in *in,
    const struct zone_format *format, const struct zone_format_about *about,
    zone_format_fn *fn, void *ctx, struct err_text *why);
/* LINE without its line feed. 0, or what refused it with WHY. */
MUST_CHECK int zone_format_in_line(
    struct zone_format_in *in, struct span line, struct err_text *why);
/* After the last line, until it is 0: lines that are wrong for what came
 * later; in->at says which. */
MUST_CHECK int zone_format_in_end(
    struct zone_format_in *in, struct err_text *why);
void zone_format_in_fini(struct zone_format_in *in);

/* The key of LINE, as a key of KIND. */
MUST_CHECK int zone_format_key(enum zone_kind kind,
    const struct zone_format_line *line, struct zone_key *ret_key,
    struct err_text *why);

MUST_CHECK int zone_format_out_init(struct zone_format_out *out,
    const struct zone_format *format, const struct zone_format_about *about,
    struct err_text *why);
/* For a flat format and a list of addresses, before the first entry: one of
 * its exemptions. */
void zone_format_out_exempt(
    struct zone_format_out *out, const struct zone_entry *entry);
void zone_format_out_entry(struct zone_format_out *out,
    const struct zone_entry *entry, const struct zone_detail *detail);
/* The whole file into B; ERR_NOMEM. */
MUST_CHECK int zone_format_out_end(struct zone_format_out *out, struct buf *b);
void zone_format_out_fini(struct zone_format_out *out);

/* All of ABOUT's list that VIEW sees and that has not expired, into B. OUT
 * keeps the counts; the caller still calls zone_format_out_fini. ABOUT's
 * serial and time are filled in here. <0 with WHY. */
MUST_CHECK int zone_format_write(struct zone_view *view,
    const struct zone_format *format, const struct zone_format_about *about,
    struct zone_format_out *out, struct buf *b, struct err_text *why);

/* ---- for the formats ----------------------------------------------------- */

static inline int
zone_format_found(struct zone_format_in *in,
    const struct zone_format_line *line, struct err_text *why)
{
	return in->fn(line, in->ctx, why);
}

/* "# name: value" lines every commented format opens with: list, serial,
 * time, count of entries and of what was left out. */
void zone_format_heading(
    const struct zone_format_out *out, struct buf *b, const char *mark);

/* format_flat.c, called by format.c. */
void zone_format_flat_exempt(
    struct zone_format_out *out, const struct zone_entry *entry);
void zone_format_flat_entry(struct zone_format_out *out,
    const struct zone_entry *entry, const struct zone_detail *detail);
void zone_format_flat_end(struct zone_format_out *out);
void zone_format_flat_free(struct zone_format_flat **flat);

/* Can the address TEXT stand in a line that simple readers split at white
 * space and cut at '#'? Consumers differ in what trips them; these trip none.
 */
bool zone_format_tame(const char *text);

/* What a mail server says when it refuses: "listed in NAME, see URL". */
void zone_format_refusal(const struct zone_format_out *out, struct buf *b);

/* All lines of BODY in byte order. ERR_NOMEM. */
MUST_CHECK int zone_format_sort(struct buf *body);

/* S for a message: printable, cut when long; returns OUT. */
#define ZONE_FORMAT_SHOWN 64
char *zone_format_shown(char out[ZONE_FORMAT_SHOWN], struct span s);

/* S on one line: control characters become spaces. At most MAX bytes, cut
 * between characters. */
void zone_format_oneline(struct buf *b, struct span s, size_t max);

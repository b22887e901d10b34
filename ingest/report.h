/* report.h - what was read in one mail: the words that the other files of this
 * room share.
 *
 * A mail (the submission) holds messages (the reports: what somebody wants
 * blocked). Each has a chain of relays, senders, evidence, and the candidates
 * that follow from them. Everything lives in one arena and dies with it. Text
 * is UTF-8 here; raw bytes are spans.
 */
#pragma once

#include "ingest/excerpt.h"
#include "ingest/head.h"
#include "ingest/received.h"
#include "zone/config.h"
#include "zone/queue.h"

#define INGEST_MESSAGES_MAX 50   /* reports looked at in one submission */
#define INGEST_RELAYS_MAX 100    /* that one submitter may register */
#define INGEST_CANDIDATES_MAX 16 /* of one message */
#define INGEST_NOTES_MAX 24      /* problems or reasons kept in one place */

/* Sentences for a person, each once. */
struct ingest_notes {
	const char *text[INGEST_NOTES_MAX];
	unsigned n;
};

enum ingest_kind {
	INGEST_UNKNOWN,
	INGEST_ATTACHMENT,
	INGEST_DIGEST,
	INGEST_INLINE,
	INGEST_EML,
	INGEST_ARF,
	INGEST_RESENT,
	INGEST_MBOX,
	INGEST_ARCHIVE,
	INGEST_TNEF,
	INGEST_RAW,
	INGEST_BOUNCE,
	INGEST_AUTOREPLY,
};
const char *ingest_kind_name(enum ingest_kind kind); /* interfaces.md */

enum ingest_role {
	INGEST_ROLE_UNTRUSTED, /* below the boundary: a stranger's word */
	INGEST_ROLE_TRUSTED,   /* own, the submitter's or his provider's host */
	INGEST_ROLE_PRIVATE,   /* an address that only its own network knows */
	INGEST_ROLE_BOUNDARY,  /* the relay that handed the mail over */
};
const char *ingest_role_name(enum ingest_role role);

struct ingest_relay {
	struct ingest_hop hop;
	enum ingest_role role;
	const char *why; /* of the role, in words */
	unsigned field;  /* number of its Received: in the header block */
	int64_t at, len; /* bytes within the submission; -1: not literal */
};

/* What the recipient's own servers wrote about the mail. Only fields above
 * the boundary's Received: count (RFC 8601 section 5, 1.6). */
struct ingest_evidence {
	struct net_ip stated;  /* client that the recipient's server names */
	const char *stated_by; /* in which field */
	bool dmarc_pass, dmarc_fail, dkim_aligned, weak;
	const char *texts[8]; /* the fields themselves, for a person */
	unsigned n_texts;
};

struct ingest_candidate {
	const struct zone_list_conf *list;
	const char *key;     /* canonical, as the list has it */
	const char *address; /* IPv6: the single address; else NULL */
	enum zone_advice advice;
	enum zone_confidence confidence;
	struct ingest_notes why;
};

struct ingest_message {
	struct span bytes; /* header block and what follows */
	int64_t base;      /* of BYTES within the submission; -1: decoded */
	struct ingest_head head;

	const char *subject, *message_id, *charset, *envelope_from;
	const char *language; /* RFC 5646, or "" */
	bool dated;
	int64_t date;
	const char **from, **to, **reply_to; /* addresses */
	unsigned n_from, n_to, n_reply_to;
	bool from_doubtful; /* readings differ, or several From: */

	struct ingest_relay *relays;
	unsigned n_relays;
	int boundary;    /* index into relays, -1: none */
	bool first_hand; /* the boundary's line is our own server's */
	bool gap;        /* a line above the boundary names no address */
	bool forwarded;  /* an alias forwarder was stepped over */
	bool by_path;    /* a relay of the submission was stepped over */
	bool registered; /* one that the submitter registered wrote the line */
	bool jump;       /* the dates down to the boundary do not fit */
	bool tor;        /* it came through Tor: nobody can be named */
	struct ingest_evidence evidence;
	struct ingest_excerpt excerpt; /* for a person to read */
	const char *stale; /* why its relay is too old to be listed, or NULL */
	const char *originating[4];
	unsigned n_originating;

	struct ingest_candidate candidates[INGEST_CANDIDATES_MAX];
	unsigned n_candidates;
	struct ingest_notes problems;
};

/* One submission, read. */
struct ingest_report {
	const char *file;
	enum ingest_kind kind;
	/* of the outer mail, for the queue; submitter: its envelope sender,
	 * "" when the mail is itself the report */
	const char *subject, *from, *submitter;
	struct ingest_message *messages;
	unsigned n_messages;
	struct ingest_notes problems;
};

/* How to read it. */
struct ingest_task {
	const struct zone_config *config;
	const char *file;      /* name to show, "-" for standard input */
	const char *submitter; /* address, NULL: as the mail says */
	bool raw;              /* the mail is itself the report, from a trap */
	bool cut;              /* only its first max-message bytes are here */
	/* mail servers that the submitter has registered as his: stepped over
	 * in the chain, never candidates; at most INGEST_RELAYS_MAX */
	const struct net_prefix *relays;
	size_t n_relays;
};

/* Add a sentence, unless it is there or there is no room. */
void ingest_note(struct ingest_notes *notes, struct arena *arena,
    const char *fmt, ...) PRINTF_LIKE(3, 4);

/* S as UTF-8 text in ARENA, at most MAX bytes of it; never NULL ("" without
 * memory). */
const char *ingest_text(struct arena *arena, struct span s, size_t max);

/* Once per process, before ingest_report_make: GMime and the table of
 * providers. ERR_FORMAT or ERR_SYS with WHY when the table cannot be read. */
MUST_CHECK int ingest_report_init(
    const struct zone_config *config, struct err_text *why);

void ingest_report_fini(void);

/* Is the file of the providers another than the one read last? One stat. */
bool ingest_report_stale(const struct zone_config *config);
/* Read it again. When that fails the table stays as it was, and the file is
 * not stale until it changes once more. As ingest_report_init. */
MUST_CHECK int ingest_report_refresh(
    const struct zone_config *config, struct err_text *why);

/* Read the LEN bytes of RAW: unwrap, walk, weigh. What makes no sense is kind
 * UNKNOWN with a problem, not a failure. ERR_NOMEM. */
MUST_CHECK int ingest_report_make(const struct ingest_task *task,
    const char *raw, size_t len, struct arena *arena,
    struct ingest_report *ret);

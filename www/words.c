/* words.c - what other rooms say, in the reader's language.
 *
 * The store, the guard and the parser speak English: their words stand in
 * logs, in records that were written years ago and on the command line. Those
 * that a page shows stand here once more. What holds a name or a number is a
 * pattern; what stands for its %s is found by what stands around it. */
#include "www/lang.h"

/* What a page shows as it is. */
static const char *const plain[] = {
	/* zone/change.c, the queue's events */
	N_("add"), N_("exempt"), N_("remove"), N_("import"), N_("approve"),
	N_("undo"), N_("sweep"), N_("purge"), N_("config"), N_("access"),
	N_("dismiss"), "vote", N_("reopen"), N_("seen again"), N_("keep"),
	N_("note"), N_("suspend"), N_("resume"), N_("register"), N_("token"),
	N_("unregister"),
	/* states of the queue, kinds of reports, roads that they come by */
	N_("waiting"), N_("listed"), N_("dismissed"),
	N_("attachment"), N_("digest"), N_("inline"), N_("eml-attachment"),
	N_("archive"), N_("raw"), N_("bounce"), N_("autoreply"), N_("unknown"),
	N_("file"), N_("pipe"), N_("web"), N_("trap"), N_("maildir"),
	/* base/err.c */
	N_("out of memory"), N_("system call failed"), N_("malformed input"),
	N_("value not acceptable"), N_("no room left"), N_("store is corrupt"),
	N_("store failed"), N_("refused"), N_("changed by somebody else"),
	N_("not found"),
	/* zone/key.c */
	N_("that is too long to be one"), N_("no domain"),
	N_("domain is longer than 253 octets"), N_("an empty label"),
	N_("a label is longer than 63 octets"),
	N_("a label begins or ends with a hyphen"),
	N_("a domain has letters, digits and hyphens only"),
	N_("the last label is all digits"), N_("too long"),
	N_("not UTF-8 text"),
	N_("the quoted part before '@' is not right"),
	N_("nothing before '@'"), N_("more than 64 octets before '@'"),
	N_("the domain needs two labels at least"),
	/* zone/guard.c */
	N_("a key of no known kind"),
	N_("private use, RFC 1918"), N_("loopback, RFC 1122"),
	N_("shared address space, RFC 6598"), N_("link local, RFC 3927"),
	N_("IETF protocol assignments, RFC 6890"),
	N_("documentation, RFC 5737"), N_("benchmarking, RFC 2544"),
	N_("multicast, RFC 5771"), N_("limited broadcast, RFC 919"),
	N_("reserved, RFC 1112"), N_("\"this network\", RFC 791"),
	N_("6to4 relay anycast, RFC 7526"), N_("loopback, RFC 4291"),
	N_("unspecified address, RFC 4291"), N_("IPv4-mapped, RFC 4291"),
	N_("documentation, RFC 3849"), N_("documentation, RFC 9637"),
	N_("unique local, RFC 4193"), N_("link local, RFC 4291"),
	N_("multicast, RFC 4291"),
	N_("outside 2000::/3, the global unicast space, RFC 4291"),
	/* ingest/advice*.c */
	N_("boundary"), N_("our own server wrote this line"),
	N_("a Received: line above it names no address: it may have been the "
	   "one"),
	N_("the line does not say which server wrote it"),
	N_("a relay that the submitter has registered wrote this line"),
	N_("nothing else in the header confirms or denies it"),
	N_("looks like an access provider's mail server: below it stands one "
	   "of its customers' lines"),
	N_("it came through Tor: the address is an exit's, which strangers "
	   "share"),
	N_("the client had logged in there: perhaps a stolen account"),
	N_("IPv6: its /64, which one sender has to himself"),
	N_("look at the chain before listing"),
	N_("a word for dynamic lines"),
	N_("a word for access lines and a number"),
	N_("a word for access lines and its own address"), N_("looked up"),
	N_("pasted text, which loses and changes lines"),
	N_("it was inside another message, whose sender may have made it up"),
	N_("the handover is dated in the future"),
	N_("the domain of a recipient or the submitter"),
	N_("of From:, probably forged: DMARC failed"),
	N_("of From:, dmarc-pass"), N_("of From:, dkim-aligned"),
	N_("of From:, unverified"), N_("dmarc-pass"), N_("dkim-aligned"),
	N_("probably forged: DMARC failed"),
	N_("one of several From: addresses"),
	N_("From: can be read in two ways"),
	N_("unverified: the recipient's server only guessed that it is right"),
	N_("unverified: From: is free text and nothing proves it"),
	N_("unverified: Reply-To:, where answers go"),
	/* ingest/walk.c, the hops */
	N_("a private address"), N_("one of our own relays"),
	N_("a relay that the submitter has registered"),
	N_("perhaps the submitter's own relay"),
	N_("the submission came through this relay too"),
	N_("below the boundary: a stranger's word"),
	N_("the first relay that is none of ours: it handed the mail over"),
	N_("a private address that stands for a stranger who came through "
	   "Tor"),
	/* what the parser met */
	N_("no From: field"), N_("From: holds no usable address"),
	N_("From: does not follow RFC 5322: mail programs may read it "
	   "differently"),
	N_("From: shows letters that only look like ordinary ones"),
	N_("when it was handed over cannot be read"),
	N_("resent without a trace above: which hops are the submitter's "
	   "cannot be told"),
	N_("the mail is empty"), N_("the mail has no header fields"),
	N_("ambiguous: it was inside another forward"),
	N_("a forward of a forward: the innermost message was taken"),
	N_("an archive in an archive was not opened"),
	N_("no message is attached: ask for it as an attachment, with full "
	   "headers"),
	N_("header fields are pasted into it, but it was not sent to an "
	   "address for reports"),
	N_("an Outlook file that cannot be read"),
	N_("winmail.dat is damaged: the rest of it was not read"),
	N_("more content than may be decoded: the rest was not read"),
};

/* With %s for what differs. A translation has them in the same order. */
static const char *const patterns[] = {
	/* zone/guard.c; the longer one of two that begin alike first */
	N_("%s is a test point, answered by the server itself, RFC 5782"),
	N_("%s is a test point, answered by the server itself"),
	N_("%s is or contains %s, which is never listed, RFC 5782"),
	N_("%s is special-use space: %s"),
	N_("%s contains special-use space: %s (%s)"),
	N_("%s is wider than list \"%s\" allows: /%s"),
	N_("%s is a key of kind %s, list \"%s\" is of kind %s"),
	N_("%s is a whole top-level domain"),
	N_("%s is a public suffix with all below it, expected a domain that "
	   "one party has registered"),
	N_("%s is or contains our own zone %s"),
	N_("%s is or contains our own domain %s (own-domains)"),
	/* ingest/ */
	N_("the recipient's server names it in %s"),
	N_("but %s names another client: %s"),
	N_("a shared mail server of %s: others' mail comes from it (%s, %s)"),
	N_("looks like a dynamic line (its %s name holds %s): the address "
	   "will soon be another's"),
	N_("a mail server of the access provider %s: all its customers send "
	   "through it (%s, %s)"),
	N_("linked to in the text (%s): look at it before listing"),
	N_("handed over %s days ago, max-age is %s: the address may have "
	   "changed hands"),
	N_("%s cannot be listed: %s"),
	N_("within the mailbox provider %s"), N_("the alias forwarder %s"),
	N_("%s From: fields"), N_("From: may also be read as %s"),
	N_("From: shows another address of the same domain: %s"),
	N_("From: shows an address of another domain than it has: %s"),
};

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))
#define HOLES 4

static bool
is_plain(const char *text)
{
	for (size_t i = 0; i < N_OF(plain); i++) {
		if (strcmp(plain[i], text) == 0) {
			return true;
		}
	}
	return false;
}

/* What stands in TEXT for each %s of PATTERN. */
static bool
fits(const char *pattern, const char *text, struct span holes[HOLES])
{
	unsigned n = 0;
	const char *hole = strstr(pattern, "%s");
	size_t lead = (size_t)(hole - pattern);

	if (strncmp(text, pattern, lead) != 0) {
		return false;
	}
	text += lead;
	while (hole != NULL) {
		const char *rest = hole + 2, *next = strstr(rest, "%s");
		size_t len = next != NULL ? (size_t)(next - rest)
					  : strlen(rest);
		const char *at = text;

		if (n == HOLES) {
			return false;
		}
		if (next == NULL) { /* the rest is the end of TEXT */
			size_t left = strlen(text);

			if (left < len || strcmp(text + left - len, rest) != 0) {
				return false;
			}
			at = text + left - len;
		} else {
			while (*at != '\0' && strncmp(at, rest, len) != 0) {
				at++;
			}
			if (*at == '\0') {
				return false;
			}
		}
		holes[n++] = span(text, (size_t)(at - text));
		text = at + len;
		hole = next;
	}
	return true;
}

/* PATTERN with HOLES, which may be known words themselves. */
static const char *
fill(struct www_turn *turn, const char *pattern, const struct span *holes)
{
	struct buf b = { 0 };
	const char *text = NULL, *hole;

	for (unsigned n = 0; (hole = strstr(pattern, "%s")) != NULL; n++) {
		char *name =
		    arena_copy(&turn->arena, holes[n].at, holes[n].len);

		buf_add(&b, pattern, (size_t)(hole - pattern));
		if (name == NULL) {
			b.bad = true;
		} else {
			buf_str(&b, is_plain(name) ? www_tr(turn, name) : name);
		}
		pattern = hole + 2;
	}
	buf_str(&b, pattern);
	if (!b.bad) {
		text = arena_copy(&turn->arena, b.data, b.len);
	}
	buf_free(&b);
	return text;
}

const char *
www_words(struct www_turn *turn, const char *text)
{
	struct span holes[HOLES];

	if (turn->lang == WWW_ENGLISH) {
		return text;
	}
	if (is_plain(text)) {
		return www_tr(turn, text);
	}
	for (size_t i = 0; i < N_OF(patterns); i++) {
		if (fits(patterns[i], text, holes)) {
			const char *said =
			    fill(turn, www_tr(turn, patterns[i]), holes);

			return said != NULL ? said : text;
		}
	}
	return text;
}

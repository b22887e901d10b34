/* head.c - the head of a request, doubted. */
#include "www/head.h"

#define FORM_TYPE "application/x-www-form-urlencoded"

void
www_head_note(struct www_head *head, struct span name, struct span value)
{
	if (value.at == NULL) {
		value = span("", 0);
	}
	head->all++;
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = (uint8_t)value.at[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			head->bad++;
		}
	}
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] <= ' ' || name.at[i] >= 0x7f) {
			head->bad++;
		}
	}
	if (name.len == 0) {
		head->bad++;
	} else if (span_is(name, "host")) {
		head->hosts++;
		head->host = value.at;
	} else if (span_is(name, "content-length")) {
		head->lengths++;
		if (!text_number(value, 1ul << 40, &head->length)) {
			head->bad++;
		}
	} else if (span_is(name, "transfer-encoding")) {
		head->codings++;
	} else if (span_is(name, "cookie")) {
		head->cookie = value.at;
		head->cookies++;
	} else if (span_is(name, "origin")) {
		head->bad += head->origin != NULL;
		head->origin = value.at;
	} else if (span_is(name, "sec-fetch-site")) {
		head->bad += head->fetch_site != NULL;
		head->fetch_site = value.at;
	} else if (span_is(name, "content-type")) {
		head->bad += head->type != NULL;
		head->type = value.at;
	} else if (span_is(name, "x-forwarded-for")) {
		head->forwarded = value.at;
	} else if (span_is(name, "user-agent")) {
		head->agent = value.at;
	} else if (span_is(name, "authorization")) {
		head->authorizations++;
		head->authorization = value.at;
	} else if (span_is(name, "accept-language")) {
		head->languages = value.at;
	} else {
		www_fetch_note(&head->fetch, name, value);
	}
}

const char *
www_head_method(const char *method)
{
	static const char *const known[] = { "GET", "HEAD", "POST", "PUT",
		"DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(method, known[i]) == 0) {
			return known[i];
		}
	}
	return NULL;
}

/* Is the type of a body WANT, whatever its parameters? */
static bool
type_is(const struct www_head *head, const char *want)
{
	size_t n = strlen(want);

	return head->type != NULL && span_starts(span_str(head->type), want) &&
	    strchr("; \t", head->type[n]) != NULL;
}

/* A file comes as a form of parts, or as it is. The parts' own heads and a
 * token come on top of it. */
static unsigned
upload_doubtful(const struct www_head *head, const char **ret_why)
{
	if (head->length > head->upload + WWW_BODY_MAX) {
		*ret_why = "the mail is larger than is taken here";
		return 413;
	}
	if (!type_is(head, "multipart/form-data") &&
	    !type_is(head, "message/rfc822")) {
		*ret_why = "send multipart/form-data or message/rfc822";
		return 415;
	}
	return 0;
}

unsigned
www_head_doubtful(const struct www_head *head, const char *url,
    const char *method, const char *version, const char **ret_why)
{
	bool post = strcmp(method, "POST") == 0;

	*ret_why = "the request is not well formed";
	if (url == NULL || url[0] != '/') {
		return 400;
	}
	if (strlen(url) > WWW_URL_MAX) {
		*ret_why = "the address is too long";
		return 414;
	}
	if (strcmp(version, "HTTP/1.1") != 0 &&
	    strcmp(version, "HTTP/1.0") != 0) {
		*ret_why = "HTTP/1.1 is spoken here";
		return 505;
	}
	if (head->bad > 0) {
		return 400;
	}
	if (head->all > WWW_HEADERS_MAX) {
		*ret_why = "there are too many headers";
		return 431;
	}
	if (head->hosts != 1 || head->host[0] == '\0') {
		*ret_why = "there must be one Host header";
		return 400;
	}
	if (head->lengths > 1 || (head->lengths > 0 && head->codings > 0) ||
	    head->cookies > 1 || head->authorizations > 1) {
		*ret_why = "a header that may be given once was repeated or "
			   "contradicted";
		return 400;
	}
	if (www_head_method(method) == NULL) {
		*ret_why = "that is no method that is known here";
		return 501;
	}
	if (head->codings > 0) {
		*ret_why = "say the length of the body (Content-Length)";
		return 411;
	}
	if (!post) {
		*ret_why = "only a POST may have a body";
		return head->length > 0 ? 400 : 0;
	}
	if (head->lengths == 0) {
		*ret_why = "say the length of the body (Content-Length)";
		return 411;
	}
	if (head->upload > 0) {
		return upload_doubtful(head, ret_why);
	}
	if (head->length > WWW_BODY_MAX) {
		*ret_why = "the form is larger than 64 KiB";
		return 413;
	}
	if (head->length > 0 && !type_is(head, FORM_TYPE)) {
		*ret_why = "forms must be " FORM_TYPE;
		return 415;
	}
	return 0;
}

struct net_ip
www_head_client(const struct www_head *head, const struct net_ip *peer,
    bool (*proxy)(const struct net_ip *ip, void *ctx), void *ctx)
{
	struct span list =
	    span_str(head->forwarded != NULL ? head->forwarded : "");
	struct net_ip ip = *peer, named;

	while (list.len > 0) {
		size_t from = list.len;

		while (from > 0 && list.at[from - 1] != ',') {
			from--;
		}
		if (net_ip_parse(
			span_trim(span(list.at + from, list.len - from)),
			&named) < 0) {
			break;
		}
		net_ip_unmap(&named);
		ip = named;
		if (!proxy(&named, ctx)) {
			break;
		}
		list.len = from > 0 ? from - 1 : 0;
	}
	return ip;
}

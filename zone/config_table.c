/* config_table.c - every key of rbl.conf: the reference that rbl.conf(5) and
 * the sample are tested against.
 */
#include "zone/config_priv.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct conf_item top[] = {
	{ "data-dir", CONF_ONE, "/var/lib/rbl",
	    "where store, queue and accounts are" },
	{ "map-size", CONF_ONE, "64G", "address space of each environment" },
};

static const struct conf_item list[] = {
	{ "kind", CONF_ONE, NULL, "ip, address or domain" },
	{ "code", CONF_ONE, "127.0.0.2", "what a listed key answers" },
	{ "widest-v4", CONF_ONE, "16", "shorter IPv4 prefixes are refused" },
	{ "widest-v6", CONF_ONE, "32", "shorter IPv6 prefixes are refused" },
	{ "wide-v4", CONF_ONE, "24", "shorter IPv4 prefixes need wide-at" },
	{ "wide-v6", CONF_ONE, "56", "shorter IPv6 prefixes need wide-at" },
	{ "approve-at", CONF_ONE, "1", "weight of votes that lists a key" },
	{ "wide-at", CONF_ONE, NULL, "weight of votes that lists a wide key" },
	{ "expiry", CONF_ONE, "never", "default life of a listing" },
	{ "extend", CONF_ONE, "never", "its life from a new report on" },
};

static const struct conf_item zone[] = {
	{ "lists", CONF_MANY, NULL, "what it answers from, all of one kind" },
	{ "ns", CONF_MANY, NULL, "names of its servers" },
	{ "mname", CONF_ONE, NULL, "primary server; the first of ns" },
	{ "hostmaster", CONF_ONE, NULL, "mailbox of SOA, as a name" },
	{ "ttl", CONF_ONE, "15m", "life of an answer in a cache" },
	{ "negative-ttl", CONF_ONE, "5m", "life of \"not listed\" in a cache" },
	{ "refresh", CONF_ONE, "1h", "SOA timer" },
	{ "retry", CONF_ONE, "10m", "SOA timer" },
	{ "expire", CONF_ONE, "1w", "SOA timer" },
	{ "text", CONF_ONE, "Listed: $", "TXT record of a listed key" },
	{ "apex", CONF_MANY, NULL, "further records at the zone's name" },
	{ "allow-query", CONF_MANY, NULL, "who may ask" },
	{ "access-keys", CONF_ONE, "no", "yes: only who has a key may ask" },
	{ "allow-transfer", CONF_MANY, NULL, "who may take the whole zone" },
	{ "notify", CONF_MANY, NULL, "secondaries to be told of a change" },
};

static const struct conf_item key[] = {
	{ "algorithm", CONF_ONE, "hmac-sha256", "hmac-sha256, -sha512, -sha1" },
	{ "secret-file", CONF_ONE, NULL, "file of the secret, mode 0600" },
};

static const struct conf_item criterion[] = {
	{ "text", CONF_ONE, NULL, "the rule, for people" },
};

static const struct conf_item guard[] = {
	{ "allow", CONF_MANY, NULL, "special-use ranges that may be listed" },
};

static const struct conf_item dns[] = {
	{ "listen", CONF_MANY, NULL, "ADDRESS@PORT of UDP and TCP" },
	{ "workers", CONF_ONE, "0", "threads; 0: one per core" },
	{ "udp-size", CONF_ONE, "1232", "largest answer over UDP" },
	{ "tcp-limit", CONF_ONE, "500", "TCP connections in all" },
	{ "tcp-timeout", CONF_ONE, "10s", "idleness that ends one" },
	{ "rate-limit", CONF_ONE, "200", "answers a second and net; 0: off" },
	{ "slip", CONF_ONE, "2", "beyond it every n-th answer is truncated" },
	{ "rate-exempt", CONF_MANY, NULL, "networks without that limit" },
	{ "cookie-secret-file", CONF_ONE, NULL, "file of one or two secrets" },
	{ "nsid", CONF_ONE, NULL, "name of this server, when asked for" },
	{ "version", CONF_ONE, "rbld", "version.bind, or none" },
	{ "identity", CONF_ONE, "none", "id.server, or none" },
	{ "control", CONF_ONE, NULL, "unix:PATH of the counters" },
	{ "user", CONF_ONE, NULL, "to become, once sockets are open" },
};

static const struct conf_item ingest[] = {
	{ "listen", CONF_ONE, NULL, "place of LMTP" },
	{ "max-message", CONF_ONE, "32M", "largest mail" },
	{ "max-depth", CONF_ONE, "20", "nesting of MIME parts" },
	{ "max-parts", CONF_ONE, "1000", "number of MIME parts" },
	{ "own-relays", CONF_MANY, NULL, "our mail servers: never candidates" },
	{ "own-domains", CONF_MANY, NULL,
	    "our mail domains: never candidates" },
	{ "providers", CONF_ONE, NULL, "table of large providers" },
	{ "traps", CONF_MANY, NULL,
	    "recipients whose mail is the spam itself" },
	{ "authserv-ids", CONF_MANY, NULL,
	    "by which our mail server signs its Authentication-Results" },
	{ "max-age", CONF_ONE, "7d", "of a handover that is proposed" },
	{ "retention", CONF_ONE, "never", "age at which raw mail is removed" },
	{ "retention-size", CONF_ONE, "8G",
	    "room of raw mail from which the oldest is removed" },
	{ "receipts", CONF_ONE, "off", "off, registered or all" },
	{ "receipt-from", CONF_ONE, NULL, "address that they come from" },
	{ "receipt-command", CONF_MANY, NULL,
	    "program that sends one, and its arguments" },
	{ "receipts-a-day", CONF_ONE, "1", "to one sender" },
	{ "receipts-an-hour", CONF_ONE, "60", "in all" },
	{ "user", CONF_ONE, NULL, "to become" },
};

static const struct conf_item www[] = {
	{ "listen", CONF_MANY, NULL, "ADDRESS@PORT or unix:PATH" },
	{ "url", CONF_ONE, "http://localhost:8053", "as visitors write it" },
	{ "behind-proxy", CONF_MANY, NULL, "proxies whose word is taken" },
	{ "password-cost", CONF_ONE, "65536", "KiB of memory of argon2id" },
	{ "review-after", CONF_ONE, "180d",
	    "age at which a listing by hand is due for a look" },
	{ "lookup-limit", CONF_ONE, "120", "look-ups a minute and network" },
	{ "delist-auto", CONF_ONE, "yes", "simple removals without a person" },
	{ "delist-again", CONF_ONE, "30d", "a second one within needs one" },
	{ "delist-limit", CONF_ONE, "5", "requests a day from one address" },
	{ "delist-a-day", CONF_ONE, "200", "removals without a person" },
	{ "tls-cert", CONF_ONE, NULL, "certificate chain, PEM" },
	{ "tls-key", CONF_ONE, NULL, "its private key, PEM" },
	{ "reasons", CONF_MANY, NULL, "offered with a decision" },
	{ "operator", CONF_ONE, NULL, "who keeps the list" },
	{ "contact", CONF_MANY, NULL, "how to reach him" },
	{ "since", CONF_ONE, NULL, "the day from which it is in operation" },
	{ "meant-for", CONF_ONE, "scoring", "scoring or refusing" },
	{ "scope", CONF_ONE, NULL, "what is listed, in words" },
	{ "appeal", CONF_ONE, NULL, "who looks again when asked to" },
	{ "shutdown", CONF_ONE, NULL, "what happens when it ends" },
	{ "licence", CONF_ONE, NULL, "what others may do with the data" },
	{ "policy", CONF_ONE, NULL, "file of the policy's own words" },
	{ "announcements", CONF_ONE, NULL, "folder of announcements" },
	{ "access-log", CONF_ONE, NULL, "a line for each request" },
	{ "user", CONF_ONE, NULL, "to become, once sockets are open" },
};

static const struct conf_item publish[] = {
	{ "dir", CONF_ONE, NULL, "folder of the exports; data-dir/export" },
	{ "formats", CONF_MANY, NULL, "which exports are written" },
	{ "licence", CONF_ONE, NULL, "a line in the head of each" },
};

const struct conf_section zone_config_table[CONFIG_SECTIONS] = {
	[CONFIG_TOP] = { NULL, false, top, N(top) },
	[CONFIG_LIST] = { "list", true, list, N(list) },
	[CONFIG_ZONE] = { "zone", true, zone, N(zone) },
	[CONFIG_KEY] = { "key", true, key, N(key) },
	[CONFIG_CRITERION] = { "criterion", true, criterion, N(criterion) },
	[CONFIG_GUARD] = { "guard", false, guard, N(guard) },
	[CONFIG_DNS] = { "dns", false, dns, N(dns) },
	[CONFIG_INGEST] = { "ingest", false, ingest, N(ingest) },
	[CONFIG_WWW] = { "www", false, www, N(www) },
	[CONFIG_PUBLISH] = { "publish", false, publish, N(publish) },
};

const struct conf_section *
zone_config_schema(size_t *ret_n)
{
	*ret_n = CONFIG_SECTIONS;
	return zone_config_table;
}

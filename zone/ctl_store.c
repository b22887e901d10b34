/* ctl_store.c - rblctl init, stats: the environments themselves. */
#include "zone/ctl.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/when.h"
#include "zone/control.h"

#define LISTS_MAX 256
#define ASK_MS 3000 /* that rbld has for its counters */

/* ---- init ---------------------------------------------------------------- */

static int
run_init(struct ctl *ctl, const struct ctl_args *args)
{
	const char *dir = ctl->config->data_dir;
	bool made;
	int r;

	(void)args;
	made = mkdir(dir, 0755) == 0;
	if (!made && errno != EEXIST) {
		return ctl_fail("%s: %m", dir);
	}
	if ((r = ctl_open_store(ctl, ZONE_CREATE)) != 0 ||
	    (r = ctl_open_queue(ctl, ZONE_CREATE)) != 0 ||
	    (r = ctl_open_accounts(ctl, ZONE_CREATE)) != 0) {
		return r;
	}
	if ((r = zone_moderate_init(ctl->store, ctl->config)) < 0) {
		return r == ERR_CONFLICT
		    ? ctl_fail(
			  "%s: a list is of another kind there than in the "
			  "configuration",
			  dir)
		    : ctl_failed(r, NULL, dir);
	}
	printf("%s is ready, %zu lists\n", dir, ctl->config->n_lists);
	return CTL_DONE;
}

/* ---- stats --------------------------------------------------------------- */

struct stats {
	struct zone_list_info lists[LISTS_MAX];
	size_t n_lists;
	uint64_t serial;
	int64_t changed; /* 0: never */
	struct zone_store_info store;
	uint64_t items[3];
};

static int
gather(struct ctl *ctl, struct stats *s)
{
	struct zone_history_row row;
	int r;

	if ((r = ctl_open_view(ctl)) != 0 ||
	    (r = ctl_open_queue(ctl, ZONE_READ)) != 0) {
		return r;
	}
	r = zone_view_lists(ctl->view, s->lists, LISTS_MAX);
	if (r < 0) {
		return ctl_failed(r, NULL, "the store");
	}
	s->n_lists = r < LISTS_MAX ? (size_t)r : LISTS_MAX;
	s->serial = zone_view_serial(ctl->view);
	r = zone_history_get(ctl->view, s->serial, &row);
	s->changed = r > 0 ? row.time : 0;
	zone_view_rest(ctl->view);
	if (r < 0 || (r = zone_store_info(ctl->store, &s->store)) < 0) {
		return ctl_failed(r, NULL, "the store");
	}
	if ((r = zone_queue_counts(ctl->queue, s->items)) < 0) {
		return ctl_failed(r, NULL, "the queue");
	}
	return CTL_DONE;
}

/* What a running rbld says to WHAT; false: none answers.
 * A failure is told, but is not one of this command: the store's numbers are
 * there all the same. */
static bool
ask_responder(const struct ctl *ctl, const char *what, struct buf *ret)
{
	int r = zone_control_ask(ctl->config, what, ASK_MS, ret);

	if (r < 0 && r != ERR_NONE) {
		log_event(LOG_WARN, "rbld's counters: %s",
		    r == ERR_SYS ? strerror(errno) : err_str(r));
	}
	return r == 0;
}

static json_t *
json_responder(const struct ctl *ctl)
{
	struct buf b = { 0 };
	json_t *j = NULL;

	if (ask_responder(ctl, "json", &b)) {
		j = json_loadb(b.data != NULL ? b.data : "", b.len, 0, NULL);
		if (j == NULL) {
			log_event(LOG_WARN, "rbld's counters: not JSON");
		}
	}
	buf_free(&b);
	return j != NULL ? j : json_null();
}

/* Totals on one line, then the tops as they came. */
static void
print_responder(const struct ctl *ctl)
{
	json_t *j = json_responder(ctl), *value;
	struct buf top = { 0 };
	const char *name;

	if (!json_is_object(j)) {
		json_decref(j);
		return;
	}
	printf("rbld since ");
	name = json_string_value(json_object_get(j, "started"));
	ctl_print_span(span_str(name != NULL ? name : "?"));
	printf(":");
	json_object_foreach(json_object_get(j, "totals"), name, value)
	{
		printf(" ");
		ctl_print_span(span_str(name));
		printf("=%lld", (long long)json_integer_value(value));
	}
	printf("\n");
	json_decref(j);
	if (ask_responder(ctl, "top", &top)) {
		for (const char *at = top.data; at != NULL && *at != '\0';) {
			size_t len = strcspn(at, "\n");

			ctl_print(at, len);
			printf("\n");
			at += len + (at[len] != '\0');
		}
	}
	buf_free(&top);
}

static int
print_json(const struct ctl *ctl, const struct stats *s)
{
	json_t *lists = json_array(), *queue = json_object();

	for (size_t i = 0; i < s->n_lists; i++) {
		const struct zone_list_info *l = &s->lists[i];

		json_array_append_new(lists,
		    json_pack("{s:o, s:s, s:I, s:I}", "list",
			ctl_json_str(l->name), "kind", zone_kind_name(l->kind),
			"listed", (json_int_t)l->listed, "exempt",
			(json_int_t)l->exempt));
	}
	for (int i = 0; i < 3; i++) {
		json_object_set_new(queue,
		    zone_item_state_name((enum zone_item_state)i),
		    json_integer((json_int_t)s->items[i]));
	}
	return ctl_print_json(json_pack(
	    "{s:I, s:o, s:o, s:{s:I, s:I, s:i, s:i}, s:o, s:o}", "serial",
	    (json_int_t)s->serial, "changed", ctl_json_time(s->changed),
	    "lists", lists, "store", "used", (json_int_t)s->store.used, "map",
	    (json_int_t)s->store.map_size, "readers", (int)s->store.readers,
	    "max_readers", (int)s->store.max_readers, "queue", queue, "rbld",
	    json_responder(ctl)));
}

static int
run_stats(struct ctl *ctl, const struct ctl_args *args)
{
	static struct stats s;
	char when[WHEN_TEXT];
	int r = gather(ctl, &s);

	if (r != CTL_DONE || ctl_given(args, "json") != NULL) {
		return r != CTL_DONE ? r : print_json(ctl, &s);
	}
	printf("serial %llu", (unsigned long long)s.serial);
	if (s.changed != 0) {
		printf(", of %s", when_format(when, s.changed));
	}
	printf("\n");
	for (size_t i = 0; i < s.n_lists; i++) {
		printf("list ");
		ctl_print_span(span_str(s.lists[i].name));
		printf(" (%s): %llu listed, %llu exempt\n",
		    zone_kind_name(s.lists[i].kind),
		    (unsigned long long)s.lists[i].listed,
		    (unsigned long long)s.lists[i].exempt);
	}
	printf("queue:");
	for (int i = 0; i < 3; i++) {
		printf("%s %llu %s", i > 0 ? "," : "",
		    (unsigned long long)s.items[i],
		    zone_item_state_name((enum zone_item_state)i));
	}
	printf("\nstore: %llu bytes used of %llu, %u of %u readers\n",
	    (unsigned long long)s.store.used,
	    (unsigned long long)s.store.map_size, s.store.readers,
	    s.store.max_readers);
	print_responder(ctl);
	return CTL_DONE;
}

const struct ctl_command ctl_store_commands[] = {
	{ "init", "", "make the data directory; harmless when it is there", 0,
	    0, run_init, { { 0 } } },
	{ "stats", "", "how much there is", 0, 0, run_stats,
	    { { "json", NULL, "one JSON object", false } } },
	{ 0 },
};

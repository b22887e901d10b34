/* pages.h - every page of the site, by the file that holds it. */
#pragma once

#include "www/route.h"

/* pages_public.c */
int www_robots(struct www_turn *turn);
int www_stylesheet(struct www_turn *turn);
int www_favicon(struct www_turn *turn);

/* pages_lookup.c */
int www_lookup(struct www_turn *turn);
/* lookup_json.c */
int www_lookup_json(struct www_turn *turn);

/* pages_delist.c, pages_ticket.c, pages_removed.c */
int www_delist(struct www_turn *turn);
int www_delist_post(struct www_turn *turn);
int www_delist_ticket(struct www_turn *turn);
int www_ticket_post(struct www_turn *turn);
int www_removed(struct www_turn *turn);
int www_removed_csv(struct www_turn *turn);

/* pages_requests.c, pages_request.c */
int www_requests(struct www_turn *turn);
int www_request(struct www_turn *turn);
int www_request_decide_post(struct www_turn *turn);
int www_request_reopen_post(struct www_turn *turn);

/* pages_entries.c */
int www_entries(struct www_turn *turn);

/* pages_login.c */
int www_login(struct www_turn *turn);
int www_login_post(struct www_turn *turn);
int www_logout_post(struct www_turn *turn);
/* The log-in form in place of a page that needs it. */
int www_login_needed(struct www_turn *turn);

/* pages_account.c */
int www_account(struct www_turn *turn);
int www_password_post(struct www_turn *turn);
int www_codes(struct www_turn *turn);
int www_codes_on_post(struct www_turn *turn);
int www_codes_off_post(struct www_turn *turn);
int www_session_end_post(struct www_turn *turn);

/* pages_users.c */
int www_users(struct www_turn *turn);
int www_user_add_post(struct www_turn *turn);
int www_user_role_post(struct www_turn *turn);
int www_user_password_post(struct www_turn *turn);
int www_user_codes_post(struct www_turn *turn);
int www_user_logout_post(struct www_turn *turn);
int www_user_remove_post(struct www_turn *turn);
/* "moderator", in the reader's language. */
const char *www_role_words(const struct www_turn *turn, enum zone_role role);

/* pages_queue.c */
int www_queue(struct www_turn *turn);
int www_scripts(struct www_turn *turn);

/* queue_act.c */
int www_queue_count(struct www_turn *turn);
int www_queue_next(struct www_turn *turn);
int www_queue_keys_post(struct www_turn *turn);
int www_claim_post(struct www_turn *turn);

/* queue_done.c */
int www_queue_done(struct www_turn *turn);

/* queue_bulk.c */
int www_queue_bulk(struct www_turn *turn);
int www_queue_bulk_post(struct www_turn *turn);

/* pages_item.c */
int www_item(struct www_turn *turn);
int www_item_raw(struct www_turn *turn);
int www_note_post(struct www_turn *turn);

/* pages_decide.c */
int www_decide_post(struct www_turn *turn);
int www_reopen_post(struct www_turn *turn);
int www_undo_post(struct www_turn *turn);
int www_withdraw_post(struct www_turn *turn);

/* pages_entry.c */
int www_entry(struct www_turn *turn);
int www_entry_remove_post(struct www_turn *turn);
int www_entry_until_post(struct www_turn *turn);
int www_entry_note_post(struct www_turn *turn);

/* pages_review.c */
int www_review(struct www_turn *turn);
int www_review_post(struct www_turn *turn);

/* pages_submitters.c */
int www_submitters(struct www_turn *turn);
int www_submitter(struct www_turn *turn);
int www_submitter_post(struct www_turn *turn);

/* pages_stats.c */
int www_stats_page(struct www_turn *turn);
int www_stats_json(struct www_turn *turn);
int www_stats_csv(struct www_turn *turn);

/* pages_log.c */
int www_log(struct www_turn *turn);

/* pages_use.c */
int www_use(struct www_turn *turn);
int www_use_program(struct www_turn *turn);

/* pages_policy.c */
int www_policy(struct www_turn *turn);
int www_criteria(struct www_turn *turn);

/* pages_about.c */
int www_contact(struct www_turn *turn);
int www_api(struct www_turn *turn);
int www_security(struct www_turn *turn);

/* pages_news.c */
int www_announcements(struct www_turn *turn);
int www_announcements_feed(struct www_turn *turn);

/* pages_submit.c */
int www_submit(struct www_turn *turn);
int www_submit_post(struct www_turn *turn);
/* For www_http_start; CTX is the site. */
www_http_upload_fn www_submit_limit;

/* pages_mine.c */
int www_mine_post(struct www_turn *turn);

/* pages_status.c */
int www_healthz(struct www_turn *turn);
int www_status(struct www_turn *turn);
int www_status_json(struct www_turn *turn);
int www_metrics(struct www_turn *turn);

/* pages_home.c */
int www_home(struct www_turn *turn);
int www_verify_post(struct www_turn *turn);

/* pages_log_file.c */
int www_log_csv(struct www_turn *turn);
int www_log_jsonl(struct www_turn *turn);

/* pages_change.c */
int www_change(struct www_turn *turn);

/* pages_lists.c */
int www_lists(struct www_turn *turn);
int www_list_file(struct www_turn *turn);
int www_list_changes(struct www_turn *turn);
int www_subscribers(struct www_turn *turn);

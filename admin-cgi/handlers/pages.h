/*
 * Handlers of the pages for people, and the table that leads to them (page_routes.c).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGES_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGES_H

#include "admin-cgi/router.h"

extern const struct route_table page_routes;

/* page_landing.c */
route_handler page_landing;
route_handler page_join;

/* page_setup.c */
route_handler page_setup;
route_handler page_setup_post;

/* page_login.c */
route_handler page_login;
route_handler page_login_post;
route_handler page_logout;
route_handler page_confirm;
route_handler page_confirm_post;

/* page_dashboard.c */
route_handler page_dashboard;

/* page_groups.c */
route_handler page_groups;

/* page_people.c */
route_handler page_people;

/* page_group_new.c */
route_handler page_group_new;
route_handler page_group_new_post;

/* page_group.c */
route_handler page_group;

/* page_group_edit.c */
route_handler page_group_edit;
route_handler page_group_edit_post;

/* page_group_delete.c */
route_handler page_group_delete;
route_handler page_group_delete_post;
route_handler page_group_undelete_post;

/* page_users.c */
route_handler page_users;
route_handler page_user_delete;
route_handler page_user_delete_post;

/* page_user_edit.c */
route_handler page_user;
route_handler page_user_post;

/* page_history.c */
route_handler page_history;
route_handler page_version;
route_handler page_restore_post;
route_handler page_restore_all;
route_handler page_restore_all_post;

/* page_raw.c */
route_handler page_raw;
route_handler page_raw_post;

/* page_live.c */
route_handler page_live;
route_handler page_live_post;

/* page_tokens.c */
route_handler page_tokens;
route_handler page_tokens_post;
route_handler page_token_delete_post;

/* page_account.c */
route_handler page_account;
route_handler page_account_post;
route_handler page_account_name_post;
route_handler page_account_sessions_post;

/* page_accounts.c */
route_handler page_accounts;
route_handler page_account_new;
route_handler page_account_new_post;

/* page_account_edit.c */
route_handler page_account_edit;
route_handler page_account_edit_post;
route_handler page_account_delete;
route_handler page_account_delete_post;

/* page_audit.c */
route_handler page_audit;

/* page_problems.c */
route_handler page_problems;
route_handler page_problems_post;

#endif

/*
 * What browsers ask mediad for: group pages, the status of a group, the list of public groups.
 */
#ifndef NEREID_MEDIAD_HTTP_PAGE_H
#define NEREID_MEDIAD_HTTP_PAGE_H

struct exchange;

/** Answer a request of the main socket. */
void page_handle(struct exchange *x);

#endif

/*
 * Intrusive doubly linked lists: the links are part of the elements, so that nothing is allocated,
 * and whoever holds an element takes it off without knowing the list. For a free list, and a queue
 * on a packet's way, a plain `next` pointer does.
 *
 * A zeroed `struct list` is empty and a zeroed `struct list_node` is in no list. A list that has
 * elements must stay where it is in memory, and so must they; see list_move_all() and
 * list_replace().
 *
 *     struct member {
 *         struct list_node in_group;
 *     };
 *     list_append(&g->members, &m->in_group);
 *     LIST_EACH(struct member, m, &g->members, in_group) {...}
 *     list_remove(&m->in_group);
 */
#ifndef NEREID_COMMON_LIST_H
#define NEREID_COMMON_LIST_H

#include <stdbool.h>
#include <stddef.h>

/** An element's place in a list; both pointers are NULL while it is in none. */
struct list_node {
    struct list_node *next, *prev;
};

/** A ring whose first and last elements are the neighbours of `head`. */
struct list {
    struct list_node head;
};

static inline bool list_is_empty(const struct list *list)
{
    return !list->head.next || list->head.next == &list->head;
}

/** True when the element is in some list. */
static inline bool list_is_linked(const struct list_node *node)
{
    return node->next;
}

/** NULL when empty. */
static inline struct list_node *list_first(const struct list *list)
{
    return list_is_empty(list) ? NULL : list->head.next;
}

/** NULL when empty. */
static inline struct list_node *list_last(const struct list *list)
{
    return list_is_empty(list) ? NULL : list->head.prev;
}

/** The element after `node`, which is in `list`; NULL after the last. */
static inline struct list_node *list_next(const struct list *list, const struct list_node *node)
{
    return node->next == &list->head ? NULL : node->next;
}

static inline void list_link_between(struct list_node *node, struct list_node *prev,
                                     struct list_node *next)
{
    node->prev = prev;
    node->next = next;
    prev->next = node;
    next->prev = node;
}

static inline void list_init_head(struct list *list)
{
    if (!list->head.next)
        list->head.next = list->head.prev = &list->head;
}

/** Becomes the first. `node` must be in no list. */
static inline void list_prepend(struct list *list, struct list_node *node)
{
    list_init_head(list);
    list_link_between(node, &list->head, list->head.next);
}

/** Becomes the last. `node` must be in no list. */
static inline void list_append(struct list *list, struct list_node *node)
{
    list_init_head(list);
    list_link_between(node, list->head.prev, &list->head);
}

/** Leaves the list that it is in; nothing happens when it is in none. */
static inline void list_remove(struct list_node *node)
{
    if (!node->next)
        return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->next = node->prev = NULL;
}

/** `fresh`, which is in no list, takes the place of `old`; `old` is in none then. Does nothing when
 * `old` is in none. */
static inline void list_replace(struct list_node *old, struct list_node *fresh)
{
    if (!old->next)
        return;
    list_link_between(fresh, old->prev, old->next);
    old->next = old->prev = NULL;
}

/** All elements leave `from`, in their order, for `to`, which must be empty: who walks `to` sees
 * none that are added to `from` meanwhile. */
static inline void list_move_all(struct list *to, struct list *from)
{
    *to = (struct list){{NULL, NULL}};
    if (list_is_empty(from))
        return;
    list_replace(&from->head, &to->head);
}

/* The struct around a node; NULL for NULL. */
static inline void *list_element(struct list_node *node, size_t offset)
{
    return node ? (char *)node - offset : NULL;
}

/** The first element; NULL when empty. @param type of the elements
 * @param member the struct list_node in them */
#define LIST_FIRST(list, type, member)                                                             \
    ((type *)list_element(list_first(list), offsetof(type, member)))

/** The last element; NULL when empty. */
#define LIST_LAST(list, type, member)                                                              \
    ((type *)list_element(list_last(list), offsetof(type, member)))

/** The element after `element`, which is not NULL; NULL after the last. */
#define LIST_NEXT(list, element, type, member)                                                     \
    ((type *)list_element(list_next((list), &(element)->member), offsetof(type, member)))

/** Walk from first to last. The body may add elements, and remove others than the one it is at. */
#define LIST_EACH(type, element, list, member)                                                     \
    for (type *element = LIST_FIRST(list, type, member); element;                                  \
         element = LIST_NEXT(list, element, type, member))

/** The same, where the body may remove (and free) the element it is at, and no other. */
#define LIST_EACH_REMOVING(type, element, list, member)                                            \
    for (type *element = LIST_FIRST(list, type, member),                                           \
              *element##_next = element ? LIST_NEXT(list, element, type, member) : NULL;           \
         element; element = element##_next,                                                        \
              element##_next = element ? LIST_NEXT(list, element, type, member) : NULL)

#endif

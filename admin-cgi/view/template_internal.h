/*
 * The compiled form of a template, shared by template.c (rendering) and template_compile.c.
 */
#ifndef NEREID_ADMIN_CGI_VIEW_TEMPLATE_INTERNAL_H
#define NEREID_ADMIN_CGI_VIEW_TEMPLATE_INTERNAL_H

#include "admin-cgi/view/template.h"

#define TEMPLATE_NAME_MAX 128

enum node_kind {
    NODE_TEXT,
    NODE_VALUE, /* escaped */
    NODE_RAW,
    NODE_SECTION,
    NODE_INVERTED,
    NODE_PARTIAL
};

struct partial;

struct node {
    struct node *next;
    struct node *children;         /* of sections */
    const struct partial *partial; /* of NODE_PARTIAL; owned by the template */
    enum node_kind kind;
    char *text; /* of NODE_TEXT, else the name */
};

/** A partial with one indentation; may refer to itself. */
struct partial {
    struct partial *next;
    char *name;
    char *indentation;
    struct node *nodes;
};

struct template
{
    struct node *nodes;
    struct partial *partials;
};

#endif

/*
 * The two expressions that every C program needs and the language lacks.
 */
#ifndef NEREID_COMMON_MACROS_H
#define NEREID_COMMON_MACROS_H

#include <stddef.h>

/** Elements of an array (never of a pointer). */
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/** The struct that a member is part of. @param pointer to the member */
#define CONTAINER_OF(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif

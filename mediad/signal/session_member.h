/*
 * A session as a member of its group: what it is told of the others, of its streams and of theirs,
 * and how it is put out.
 */
#ifndef NEREID_MEDIAD_SIGNAL_SESSION_MEMBER_H
#define NEREID_MEDIAD_SIGNAL_SESSION_MEMBER_H

#include "mediad/group/member.h"

extern const struct member_ops session_member_ops;

#endif

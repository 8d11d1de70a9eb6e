/*
 * The numbers of data/mediad.json, once: what mediad reads (mediad/limits.c) and what the console
 * lets people write. One FIELD(name in the file, member, least, most, default) each.
 */
#ifndef NEREID_COMMON_MEDIAD_FIELDS_H
#define NEREID_COMMON_MEDIAD_FIELDS_H

#define MEDIAD_KIB 1024
#define MEDIAD_MIB (1024 * 1024)
#define MEDIAD_RECORDING_BYTES_MAX (INT64_C(1) << 50)
#define MEDIAD_LAST_N_MAX 1000

/** Members of "limits", of struct limits. */
#define MEDIAD_LIMITS(FIELD)                                                                       \
    FIELD("messages-per-second", messages_per_s, 1, 100000, 50)                                    \
    FIELD("message-burst", message_burst, 1, 1000000, 300)                                         \
    FIELD("chats-per-second", chats_per_s, 1, 100000, 5)                                           \
    FIELD("chat-burst", chat_burst, 1, 1000000, 30)                                                \
    FIELD("message-bytes", message_bytes, MEDIAD_KIB, MEDIAD_MIB, MEDIAD_MIB)                      \
    FIELD("unjoined-message-bytes", unjoined_message_bytes, MEDIAD_KIB, MEDIAD_MIB,                \
          64 * MEDIAD_KIB)                                                                         \
    FIELD("data-bytes", data_bytes, 2, MEDIAD_MIB, 16 * MEDIAD_KIB)                                \
    FIELD("chat-bytes", chat_bytes, 2, MEDIAD_MIB, 64 * MEDIAD_KIB)                                \
    FIELD("queue-bytes", queue_bytes, 64 * MEDIAD_KIB, 256 * MEDIAD_MIB, 2 * MEDIAD_MIB)           \
    FIELD("queue-messages", queue_messages, 100, 1000000, 2000)                                    \
    FIELD("stall-seconds", stall_s, 1, 3600, 30)                                                   \
    FIELD("clients", clients, 1, 1000000, 20000)                                                   \
    FIELD("clients-per-address", clients_per_address, 1, 1000000, 5000)                            \
    FIELD("unjoined", unjoined, 1, 1000000, 2000)                                                  \
    FIELD("unjoined-per-address", unjoined_per_address, 1, 1000000, 200)                           \
    FIELD("unjoined-messages", unjoined_messages, 2, 1000000, 20)                                  \
    FIELD("handshake-seconds", handshake_s, 1, 3600, 15)                                           \
    FIELD("join-seconds", join_s, 1, 86400, 60)                                                    \
    FIELD("members-per-group", members_per_group, 1, 1000000, 5000)                                \
    FIELD("members", members, 1, 1000000, 20000)                                                   \
    FIELD("streams-per-member", streams_per_member, 1, 1000, 16)                                   \
    FIELD("groups", groups, 1, 1000000, 10000)                                                     \
    FIELD("subgroups-per-group", subgroups_per_group, 0, 1000000, 1000)                            \
    FIELD("tokens-per-group", tokens_per_group, 0, 1000000, 10000)                                 \
    FIELD("join-failures-per-minute", join_failures_per_min, 1, 1000000, 30)

/** Members of "recording", of struct recorder_limits; -1: no number, but what RECORDING.md says. */
#define MEDIAD_RECORDING(FIELD)                                                                    \
    FIELD("free-bytes", free_floor_bytes, 0, MEDIAD_RECORDING_BYTES_MAX, -1)                       \
    FIELD("group-bytes", group_quota_bytes, 0, MEDIAD_RECORDING_BYTES_MAX, 0)                      \
    FIELD("total-bytes", total_quota_bytes, 0, MEDIAD_RECORDING_BYTES_MAX, 0)

#endif

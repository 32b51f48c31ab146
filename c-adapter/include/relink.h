// relink's core for C: keeps a long-lived connection alive, and ends it properly. It decides, the caller acts.
//
// Made from c-adapter/src by cbindgen: do not edit.
//
// THE LOOP. Tell the link what happened (relink_link_step), do the one thing it answers, and when its deadline
// (relink_link_deadline) has come tell it RELINK_EVENT_TIMEOUT. That is all. It reads no clock, draws no random number, opens no
// socket, allocates nothing, and never waits.
//
// MEMORY. A storage (relink_link, relink_single, relink_ledger, relink_outbox) is placed by the caller: static, on a stack, in a
// struct. What is in it means nothing outside of these functions, and is not kept over a change of the library. To be done
// with one, forget it: nothing is to be freed.
//
// RULES, which the functions rely on and cannot see:
// - A pointer is null, or points to as much memory as its type takes, readable, and writable unless it is const. (A storage is
//   written to even where it is const: it is marked while a call is under way.)
// - A storage that was initialised is written to by nobody else. Slots that are lent to a ledger are its own while it is used.
// - A storage is used by one thread at a time. An interrupt may call at any moment: where it meets a call on the same storage
//   it is answered RELINK_STATUS_BUSY, and nothing has happened.
//
// What they do see they answer: a null or misaligned pointer, a storage that was never initialised or is of another kind, a
// value that is none of those documented. Constants
// keep their numbers.


#ifndef RELINK_H
#define RELINK_H

#include <stdbool.h>
#include <stdint.h>

// No such time: a deadline that is not set. Later than every point that a clock shows.
#define RELINK_NEVER UINT64_MAX

// The most messages that an outbox holds. To hold fewer, give each the weight 1 and the outbox a smaller weight.
#define RELINK_OUTBOX_MESSAGES_MAX 32

// What became of a call. Whatever is not RELINK_STATUS_OK has changed nothing, and has written nothing but, where that is
// said, a harmless answer.
enum relink_status
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // Done.
  RELINK_STATUS_OK = 0,
  // A pointer is null that must not be. A mistake in the program.
  RELINK_STATUS_NULL = 1,
  // A pointer is not aligned as its type demands. A mistake in the program.
  RELINK_STATUS_MISALIGNED = 2,
  // The storage was never initialised, was overwritten, is of another kind, or is a copy of what must not be copied.
  RELINK_STATUS_UNINITIALISED = 3,
  // Another call on this storage is under way: this one came from an interrupt in the midst of it. Queue what happened
  // and tell it later.
  RELINK_STATUS_BUSY = 4,
  // A value is none of those documented, such as an unknown kind of event.
  RELINK_STATUS_INVALID = 5,
  // The memory has fewer slots than that which it is to take the place of.
  RELINK_STATUS_TOO_SMALL = 6,
  // The memory that is lent overlaps with the one in use, or with the storage.
  RELINK_STATUS_OVERLAPPING = 7,
  // There is no room now: take some messages out, then try again.
  RELINK_STATUS_FULL = 8,
  // The message alone weighs more than the outbox holds: it can never be sent.
  RELINK_STATUS_TOO_HEAVY = 9,
  // There is nothing to take out.
  RELINK_STATUS_EMPTY = 10,
};
#ifndef __cplusplus
typedef uint8_t relink_status;
#endif // __cplusplus

// The one thing to do after a step.
enum relink_reaction_kind
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // Nothing: the event means nothing here, the link is unchanged.
  RELINK_REACTION_IGNORED = 0,
  // Nothing: it was taken into account.
  RELINK_REACTION_WAIT = 1,
  // Begin this attempt: find the address, dial, shake hands. Report its opening, or its loss.
  RELINK_REACTION_OPEN = 2,
  // Send a ping on this attempt's connection: anything that comes in answers it.
  RELINK_REACTION_PING = 3,
  // Send a Close with `code` on this attempt's connection, and nothing after it (RFC 6455 section 5.5.1).
  RELINK_REACTION_CLOSE = 4,
  // Drop this attempt's transport, or stop dialling, now. Reports about it no longer matter.
  RELINK_REACTION_ABORT = 5,
};
#ifndef __cplusplus
typedef uint8_t relink_reaction_kind;
#endif // __cplusplus

// Where a link is.
enum relink_state
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // Never started.
  RELINK_STATE_IDLE = 0,
  // An attempt is under way: address, dial, opening handshake.
  RELINK_STATE_CONNECTING = 1,
  // The connection is open, the peer has yet to accept us.
  RELINK_STATE_OPEN = 2,
  // Accepted: messages flow.
  RELINK_STATE_READY = 3,
  // Ending once nothing is in hand.
  RELINK_STATE_DRAINING = 4,
  // A Close was sent or received: waiting for the transport's end.
  RELINK_STATE_CLOSING = 5,
  // Waiting to dial.
  RELINK_STATE_BACKOFF = 6,
  // Ended; only a start begins afresh.
  RELINK_STATE_SHUTDOWN = 7,
};
#ifndef __cplusplus
typedef uint8_t relink_state;
#endif // __cplusplus

// What stands beside the current connection.
enum relink_beside
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // Nothing.
  RELINK_BESIDE_NOTHING = 0,
  // Ready: a successor waits to be dialled.
  RELINK_BESIDE_BACKOFF = 1,
  // Ready: a successor is being dialled.
  RELINK_BESIDE_CONNECTING = 2,
  // Ready: a successor is open and waits to be accepted.
  RELINK_BESIDE_OPEN = 3,
  // Ready: a successor was refused for good, the current connection is the last.
  RELINK_BESIDE_LAST = 4,
  // Ready, draining: the older connection goes on.
  RELINK_BESIDE_OLD = 5,
  // Draining: the older connection is there, with nothing in hand.
  RELINK_BESIDE_OLD_DRAINED = 6,
  // Ready: the older connection is closing.
  RELINK_BESIDE_OLD_CLOSING = 7,
  // Closing: a second connection is to be aborted in the next step.
  RELINK_BESIDE_TO_ABORT = 8,
  // Closing: a second connection is to be closed in the next step.
  RELINK_BESIDE_TO_CLOSE = 9,
  // Closing: a second connection is closing, too.
  RELINK_BESIDE_CLOSING = 10,
};
#ifndef __cplusplus
typedef uint8_t relink_beside;
#endif // __cplusplus

// Why a link ended, or will have when its connections are gone.
enum relink_end
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // It does not end: another dial follows.
  RELINK_END_NONE = 0,
  // The user asked for it.
  RELINK_END_STOPPED = 1,
  // A verdict was RELINK_VERDICT_GIVE_UP.
  RELINK_END_GIVEN_UP = 2,
  // failures_max was reached.
  RELINK_END_EXHAUSTED = 3,
  // The one connection of a link that does not redial is over.
  RELINK_END_OVER = 4,
};
#ifndef __cplusplus
typedef uint8_t relink_end;
#endif // __cplusplus

// What is to be done with an envelope that was received.
enum relink_received
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // Seen for the first time, and recorded: hand it out.
  RELINK_RECEIVED_NEW = 0,
  // In hand already: do not hand it out. The user's one acknowledgement will answer on this connection, too.
  RELINK_RECEIVED_JOINED = 1,
  // Acknowledged before: do not hand it out; acknowledge it again, on this connection and now.
  RELINK_RECEIVED_KNOWN = 2,
  // Seen for the first time, but all memory is taken by what is in hand: hand it out, and acknowledge it on the connection that
  // brought it. Nothing of it is recorded: it is not warned of, and its redelivery is handed out, too.
  RELINK_RECEIVED_UNRECORDED = 3,
  // In hand already, but all memory is taken by what is in hand: do not hand it out. If the peer insists, it delivers again.
  RELINK_RECEIVED_UNJOINED = 4,
};
#ifndef __cplusplus
typedef uint8_t relink_received;
#endif // __cplusplus

// Where an acknowledgement is to be sent.
enum relink_answer_kind
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // Send it on the connection of `attempt`, and ask again: there may be another one.
  RELINK_ANSWER_ON = 0,
  // Nothing is to be sent any more.
  RELINK_ANSWER_DONE = 1,
  // Every connection that brought it is gone, so nothing can be sent. It is remembered: should it come again, it is
  // RELINK_RECEIVED_KNOWN.
  RELINK_ANSWER_NOWHERE = 2,
  // There is no record of it: it was RELINK_RECEIVED_UNRECORDED, dropped, or forgotten since.
  RELINK_ANSWER_UNKNOWN = 3,
};
#ifndef __cplusplus
typedef uint8_t relink_answer_kind;
#endif // __cplusplus

// What becomes of an envelope that was not acknowledged.
enum relink_fate
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // It was not in hand.
  RELINK_FATE_NOTHING = 0,
  // The peer delivers it again.
  RELINK_FATE_AGAIN = 1,
  // The peer never delivers it again.
  RELINK_FATE_NEVER = 2,
  // Another connection that brought it is still there: it can be acknowledged.
  RELINK_FATE_ELSEWHERE = 3,
};
#ifndef __cplusplus
typedef uint8_t relink_fate;
#endif // __cplusplus

// What a ledger tells by itself.
enum relink_notice_kind
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // Nothing more, for now.
  RELINK_NOTICE_NOTHING = 0,
  // The acknowledgement of `id` on `attempt` is pressing: by `due_ms` at the latest, or RELINK_NEVER if there is no such time.
  RELINK_NOTICE_PRESSING = 1,
  // The acknowledgement of `id` on `attempt` is late. It is still in hand, and may still be acknowledged.
  RELINK_NOTICE_LATE = 2,
  // The connection of `attempt` was lost before `id` was acknowledged there, and `fate` becomes of it. It is still in hand: if it
  // comes again it joins.
  RELINK_NOTICE_LOST = 3,
};
#ifndef __cplusplus
typedef uint8_t relink_notice_kind;
#endif // __cplusplus

// How a delay is drawn once its ceiling is known. Drawn after the cap, so that a fleet at the cap is still spread.
enum relink_jitter
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // Exactly the ceiling.
  RELINK_JITTER_NONE = 0,
  // Anywhere from 0 to the ceiling.
  RELINK_JITTER_FULL = 1,
  // Anywhere from half the ceiling to the ceiling.
  RELINK_JITTER_EQUAL = 2,
  // Anywhere from delay_min_ms to the delay before times the growth; the delay drawn is what grows.
  RELINK_JITTER_DECORRELATED = 3,
  // The ceiling plus or minus jitter_percent of it, never above delay_max_ms.
  RELINK_JITTER_AROUND = 4,
};
#ifndef __cplusplus
typedef uint8_t relink_jitter;
#endif // __cplusplus

// A policy that is known to be good.
enum relink_preset
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // For somebody who waits: quick after a blip, full jitter from 1 s to 30 s. The default of a configuration.
  RELINK_PRESET_INTERACTIVE = 0,
  // For very many clients of one service: as interactive, but the first retry is spread over 5 s.
  RELINK_PRESET_FLEET = 1,
  // gRPC's connection backoff: 1 s, growing by 1.6, to 120 s, 20 % around (so 144 s at most).
  RELINK_PRESET_GRPC = 2,
  // RFC 6455 section 7.2.3: the first at random within 5 s, then doubled, here to 60 s.
  RELINK_PRESET_RFC6455 = 3,
};
#ifndef __cplusplus
typedef uint8_t relink_preset;
#endif // __cplusplus

// What happened. 0 is none of them: an event that nobody has filled in is invalid.
enum relink_event_kind
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // The user wants the link; while it waits: the user wants it sooner.
  RELINK_EVENT_START = 1,
  // The user wants the link ended now: close what is open with `code`.
  RELINK_EVENT_STOP = 2,
  // The user wants the link ended once nothing is in hand, at `until_ms` at the latest, with `code`.
  RELINK_EVENT_DRAIN = 3,
  // The clock may have passed the deadline. Always safe to send.
  RELINK_EVENT_TIMEOUT = 4,
  // From here on: reports on `attempt`. The opening handshake is done (RFC 6455 section 4.1).
  RELINK_EVENT_OPENED = 5,
  // The peer has accepted us in its own protocol: its greeting, or its answer to ours.
  RELINK_EVENT_ACCEPTED = 6,
  // Anything came in: a sign of life. Several between two steps may be merged into one.
  RELINK_EVENT_HEARD = 7,
  // The peer's own heartbeat; the next one is promised within `delay_ms`, 0 ends the promise.
  RELINK_EVENT_PULSE = 8,
  // Nothing is in hand on this connection any more.
  RELINK_EVENT_DRAINED = 9,
  // The peer announces its leaving or asks for ours, and the connection still works. With `verdict`.
  RELINK_EVENT_ASKED = 10,
  // The peer's Close came in (RFC 6455 section 5.5.1) and was answered. With `verdict`.
  RELINK_EVENT_CLOSED = 11,
  // The peer broke the protocol: the connection is to be closed with `code`.
  RELINK_EVENT_BROKEN = 12,
  // The transport is gone, or never came up. With `verdict`.
  RELINK_EVENT_LOST = 13,
};
#ifndef __cplusplus
typedef uint8_t relink_event_kind;
#endif // __cplusplus

// What an ending means for the next attempt. 0 is none of them: whoever reports an ending judges it.
enum relink_verdict
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // Try again after the policy's delay.
  RELINK_VERDICT_RETRY = 1,
  // Try again no sooner than `delay_ms` (Retry-After), with the policy's delay on top.
  RELINK_VERDICT_RETRY_AFTER = 2,
  // Try again after `delay_ms` in place of the policy's delay, at most its delay_max_ms. Counts as a failure.
  RELINK_VERDICT_RETRY_IN = 3,
  // The attempt was not made, a budget is spent: wait `delay_ms`. Not a failure.
  RELINK_VERDICT_POSTPONE = 4,
  // A planned change of connection: the redial falls at random within `delay_ms`. (Where an overlap is allowed and the link is
  // stable, the successor is dialled at once.)
  RELINK_VERDICT_RENEW = 5,
  // Never try again, until the next start.
  RELINK_VERDICT_GIVE_UP = 6,
};
#ifndef __cplusplus
typedef uint8_t relink_verdict;
#endif // __cplusplus

// What happens to a message that does not fit.
enum relink_when_full
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // It is not taken: RELINK_STATUS_FULL.
  RELINK_WHEN_FULL_REFUSE = 0,
  // The oldest ones make room.
  RELINK_WHEN_FULL_DROP_OLDEST = 1,
  // It is dropped itself.
  RELINK_WHEN_FULL_DROP_NEWEST = 2,
};
#ifndef __cplusplus
typedef uint8_t relink_when_full;
#endif // __cplusplus

// A retry policy. Every value is usable; how odd ones are read stands with each.
typedef struct relink_backoff {
  // Milliseconds over which the first retry after a stable link is spread; 0: at once.
  uint32_t first_spread_ms;
  // The ceiling after the first failure, in milliseconds; 0 is read as 1.
  uint32_t delay_min_ms;
  // The longest delay after any number of failures, in milliseconds; at least delay_min_ms.
  uint32_t delay_max_ms;
  // Failures in a row after which the link gives up; 0: never.
  uint32_t failures_max;
  // The ceiling's growth with each failure, in percent: 200 doubles. Below 100 is read as 100.
  uint16_t growth_percent;
  // One of enum relink_jitter.
  uint8_t jitter;
  // With RELINK_JITTER_AROUND: how far around, 0 to 100 percent; above is read as 100. Without it of no effect.
  uint8_t jitter_percent;
} relink_backoff;

// How a link behaves. Begin with relink_config_default and change what is to be otherwise. Every value is usable; how odd
// ones are read stands with each. All times are milliseconds, 0 to 4294967295 (49.7 days).
typedef struct relink_config {
  // The delays between attempts.
  struct relink_backoff backoff;
  // Time for one attempt from its beginning to the end of the opening handshake, address and dial included; 0 is read as 1.
  uint32_t opening_timeout_ms;
  // Time from the opening handshake to the peer's acceptance; 0: the opening handshake is the acceptance.
  uint32_t acceptance_timeout_ms;
  // The silence after which a ping is sent; 0: never.
  uint32_t ping_after_ms;
  // Time for any frame to follow a ping; 0 is read as 1.
  uint32_t pong_timeout_ms;
  // Time from our Close to the end of the transport; 0 is read as 1.
  uint32_t closing_timeout_ms;
  // How long a link must have been ready for its failures to be forgiven; 0 is read as 1.
  uint32_t reset_after_ms;
  // The time over which the very first dial is spread; 0: dial at once.
  uint32_t start_spread_ms;
  // The least time between two dials; 0 is read as 1.
  uint32_t dial_gap_min_ms;
  // The longest RELINK_VERDICT_RETRY_AFTER or RELINK_VERDICT_POSTPONE that is honoured.
  uint32_t retry_after_max_ms;
  // How long a replaced connection may go on beside its successor; 0: never, a renewal closes first and dials then. Without
  // effect on a relink_single.
  uint32_t overlap_max_ms;
  // The age at which a connection is renewed; 0: never.
  uint32_t lifetime_max_ms;
  // The close code for a peer whose acceptance or own heartbeat does not come in time (RFC 6455 section 7.4). One that must not be
  // sent is read as 3008.
  uint16_t timeout_code;
  // How far around lifetime_max_ms the renewals are spread, 0 to 100 percent; above is read as 100.
  uint8_t lifetime_spread_percent;
  // 1: dial again after an ending. 0: an accepted connection, which ends once and for all. Anything else is invalid.
  uint8_t redial;
} relink_config;

// Storage of a link: says what to do next about a long-lived connection, does nothing itself. It may be copied: a copy is a link of its own.
typedef struct relink_link {
  uint64_t opaque[20];
} relink_link;

// Something that happened. Fields that do not belong to the kind are not looked at; leave them out:
// `(relink_event){ .kind = RELINK_EVENT_LOST, .attempt = 1, .verdict = RELINK_VERDICT_RETRY }`.
typedef struct relink_event {
  // One of enum relink_event_kind.
  uint8_t kind;
  // Asked, closed, lost: one of enum relink_verdict.
  uint8_t verdict;
  // Stop, drain, broken: the close code, 0 to 65535 (RFC 6455 section 7.4). It is sent as it is: 1000 is the usual one.
  uint16_t code;
  // Reports: which attempt they are of, as the reaction RELINK_REACTION_OPEN named it.
  uint32_t attempt;
  // Pulse, and verdicts with a delay: milliseconds.
  uint32_t delay_ms;
  // Nothing: 0.
  uint32_t reserved;
  // Drain: by when, in milliseconds on the link's clock.
  uint64_t until_ms;
} relink_event;

// What a step came to.
typedef struct relink_reaction {
  // What to do.
  relink_reaction_kind kind;
  // Nothing: 0.
  uint8_t reserved;
  // Close: with this code; else 0.
  uint16_t code;
  // Open, ping, close, abort: the attempt, 1 and up; else 0.
  uint32_t attempt;
} relink_reaction;

// What can be read of a link.
typedef struct relink_view {
  // Where it is.
  relink_state state;
  // Ready, draining, closing: what stands beside the current connection.
  relink_beside beside;
  // Draining, closing, shutdown: how it ends.
  relink_end end;
  // Draining: whether something may be in hand on the current connection.
  bool busy;
  // The current attempt; 0: there is none.
  uint32_t attempt;
  // The attempt beside it; 0: there is none.
  uint32_t other;
  // Failures since the link was last stable.
  uint32_t failures;
  // The number of the latest attempt; 0 before the first. After 4294967295 it starts over.
  uint32_t attempts;
  // The ceiling (with RELINK_JITTER_DECORRELATED the delay) of the failure before, in milliseconds; 0 after none.
  uint32_t backoff_memory_ms;
  // No dial happens before this point, whoever asks.
  uint64_t not_before_ms;
} relink_view;

// Storage of a link that never holds two connections, whatever its configuration says: a third less code, for a device with one socket. Its
// functions are those of relink_link. It may be copied: a copy is a link of its own.
typedef struct relink_single {
  uint64_t opaque[20];
} relink_single;

// What a peer expects of acknowledgements. Every value is valid. All times are milliseconds, 0 to 4294967295 (49.7 days).
typedef struct relink_terms {
  // The time after a delivery at which its acknowledgement becomes pressing; 0, or not below due_after_ms: no warning.
  uint32_t warn_after_ms;
  // The time after a delivery within which the peer expects the acknowledgement; 0: it may take for ever.
  uint32_t due_after_ms;
  // How long after its last acknowledgement an envelope is known; 0: it is forgotten at once.
  uint32_t remember_for_ms;
} relink_terms;

// Storage of a ledger: account of envelopes, which a peer delivers at least once and expects to be acknowledged. It must stay where it
// was initialised: a copy is answered with RELINK_STATUS_UNINITIALISED.
typedef struct relink_ledger {
  uint64_t opaque[21];
} relink_ledger;

// Memory of a ledger. An array of them is lent to it; what they hold means something only to it.
typedef struct relink_slot {
  uint64_t opaque[8];
} relink_slot;

// An envelope's id: 16 bytes, compared byte by byte. A UUID is one; a shorter name is filled up with zeros; a longer one is hashed by
// the caller, who then answers for two of them being different.
typedef struct relink_id {
  // The id.
  uint8_t bytes[16];
} relink_id;

// Where an acknowledgement is to be sent.
typedef struct relink_answer {
  // Whether it is to be sent.
  relink_answer_kind kind;
  // The attempt whose connection it is to be sent on; 0 if none.
  uint32_t attempt;
} relink_answer;

// Something to tell.
typedef struct relink_notice {
  // What it is.
  relink_notice_kind kind;
  // Lost: what becomes of the envelope.
  relink_fate fate;
  // Which connection.
  uint32_t attempt;
  // Pressing: by when, in milliseconds on the ledger's clock.
  uint64_t due_ms;
  // Which envelope.
  struct relink_id id;
} relink_notice;

// What can be read of a ledger.
typedef struct relink_ledger_figures {
  // The number of slots of its memory.
  uint32_t slots;
  // Envelopes in hand, wherever they came from; those whose connections are gone are among them.
  uint32_t in_hand;
  // Acknowledged envelopes that take memory.
  uint32_t remembered;
  // Whether at this time anything new can be recorded without forgetting what should still be remembered.
  bool has_room;
  // Acknowledged envelopes that were forgotten before their time to make room: their redelivery would be handed out again.
  uint64_t forgotten_early;
  // How often the answer was RELINK_RECEIVED_UNRECORDED or RELINK_RECEIVED_UNJOINED.
  uint64_t unrecorded;
} relink_ledger_figures;

// Storage of an outbox: messages in order, at most RELINK_OUTBOX_MESSAGES_MAX of them. It keeps a token for each, an index or a handle of
// the caller's; the bytes stay with the caller. It may be copied: a copy is an outbox of its own.
typedef struct relink_outbox {
  uint64_t opaque[38];
} relink_outbox;

// The messages that were dropped to make room: their bytes are the caller's again.
typedef struct relink_dropped {
  // How many, 0 to RELINK_OUTBOX_MESSAGES_MAX.
  uint32_t count;
  // So many tokens, oldest first; the others are 0.
  uint32_t tokens[RELINK_OUTBOX_MESSAGES_MAX];
} relink_dropped;

// What can be read of an outbox.
typedef struct relink_outbox_figures {
  // Messages waiting, 0 to RELINK_OUTBOX_MESSAGES_MAX.
  uint32_t messages;
  // The weight of all that waits.
  uint32_t weight;
} relink_outbox_figures;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Writes a policy that is known to be good. `preset` is one of enum relink_preset.
relink_status relink_backoff_preset(uint8_t preset, struct relink_backoff *backoff);

// Writes a policy that always waits `delay_ms` milliseconds (0 is read as 1); only the first retry after a stable link falls at random
// within them.
relink_status relink_backoff_fixed(uint32_t delay_ms,
                                   struct relink_backoff *backoff);

// Draws a delay without a link, for whoever retries something else.
//
// `memory_ms` is 0 at the first failure; each call leaves there what the next one needs. `roll` is a random number, uniform
// over all 32 bits. The delay is written to `delay_ms`, in milliseconds, at most the policy's delay_max_ms.
relink_status relink_backoff_draw(const struct relink_backoff *backoff,
                                  uint32_t roll,
                                  uint32_t *memory_ms,
                                  uint32_t *delay_ms);

// Writes the default configuration: 10 s to open, no acceptance of its own, a ping after 20 s of silence and 10 s for its answer, 1 s to
// close, forgiven after 10 s, RELINK_PRESET_INTERACTIVE, 100 ms between two dials, no overlap, no end of life.
relink_status relink_config_default(struct relink_config *config);

// Writes the configuration of an accepted connection: as the default, without another dial. It begins with the upgrade to answer.
relink_status relink_config_accepted(struct relink_config *config);

// Makes a link in this storage, whatever was there: never started, with this configuration.
relink_status relink_link_init(struct relink_link *link, const struct relink_config *config);

// Takes one event into account and says what to do: one reaction, to be carried out before the next step. Any event in any
// state is fine, late ones of attempts long gone included.
//
// `now_ms` is the time, in milliseconds since a moment of the caller's choosing; it must not go back, and must run on while the
// device sleeps. (A counter of 32 bits starts over after 49.7 days: count that, too.) `roll` is a random number, uniform over all
// 32 bits, and another one on each device: it is what spreads a fleet.
// Where the answer is not RELINK_STATUS_OK, the reaction is RELINK_REACTION_IGNORED.
relink_status relink_link_step(struct relink_link *link,
                               uint64_t now_ms,
                               uint32_t roll,
                               const struct relink_event *event,
                               struct relink_reaction *reaction);

// Writes when RELINK_EVENT_TIMEOUT is due, in milliseconds on the link's clock; RELINK_NEVER while only events are waited for.
relink_status relink_link_deadline(const struct relink_link *link,
                                   uint64_t *deadline_ms);

// Writes what can be read of a link.
relink_status relink_link_view(const struct relink_link *link, struct relink_view *view);

// Writes the configuration of a link as it is applied: odd values as they are read.
relink_status relink_link_config(const struct relink_link *link, struct relink_config *config);

// As relink_link_init.
relink_status relink_single_init(struct relink_single *single, const struct relink_config *config);

// As relink_link_step.
relink_status relink_single_step(struct relink_single *single,
                                 uint64_t now_ms,
                                 uint32_t roll,
                                 const struct relink_event *event,
                                 struct relink_reaction *reaction);

// As relink_link_deadline.
relink_status relink_single_deadline(const struct relink_single *single, uint64_t *deadline_ms);

// As relink_link_view.
relink_status relink_single_view(const struct relink_single *single, struct relink_view *view);

// As relink_link_config.
relink_status relink_single_config(const struct relink_single *single, struct relink_config *config);

// Writes terms that suit many: due in 3 s, a warning after 2.5 s, remembered for 10 min.
relink_status relink_terms_default(struct relink_terms *terms);

// Makes an empty ledger in this storage, whatever was there, with memory of `slots_count` slots, which is overwritten and belongs to the
// ledger from here on.
//
// What is remembered takes one slot; what is in hand takes one, and one more on each connection that brought it; a connection with
// something in hand takes one. `key` is 16 bytes drawn by chance, which the peer cannot know; they are copied.
relink_status relink_ledger_init(struct relink_ledger *ledger,
                                 struct relink_slot *slots,
                                 uint32_t slots_count,
                                 const struct relink_terms *terms,
                                 const uint8_t *key);

// Takes note of an envelope that came on the connection of `attempt`, and writes what to do with it. `redelivered` is 1 if the peer
// delivers it again should it not be acknowledged, else 0.
relink_status relink_ledger_received(struct relink_ledger *ledger,
                                     uint64_t now_ms,
                                     const struct relink_id *id,
                                     uint32_t attempt,
                                     uint8_t redelivered,
                                     relink_received *received);

// The user has acknowledged an envelope: writes where to send that, one connection at a call. Call until it is no longer
// RELINK_ANSWER_ON.
relink_status relink_ledger_acknowledge(struct relink_ledger *ledger,
                                        uint64_t now_ms,
                                        const struct relink_id *id,
                                        struct relink_answer *answer);

// The user has dropped an envelope without an acknowledgement: writes what becomes of it. It is forgotten: should it come again, it is
// RELINK_RECEIVED_NEW.
relink_status relink_ledger_dropped(struct relink_ledger *ledger,
                                    const struct relink_id *id,
                                    relink_fate *fate);

// Nothing more can be sent on the connection of `attempt`: writes how many envelopes in hand that concerns. Each of them is told by
// relink_ledger_timeout, which is due at once.
relink_status relink_ledger_lost(struct relink_ledger *ledger,
                                 uint64_t now_ms,
                                 uint32_t attempt,
                                 uint32_t *unanswered);

// Writes the next thing to tell, if anything is due; call until it is RELINK_NOTICE_NOTHING. Safe to call at any time.
relink_status relink_ledger_timeout(struct relink_ledger *ledger, uint64_t now_ms, struct relink_notice *notice);

// Writes when relink_ledger_timeout has something to tell, in milliseconds on the ledger's clock; RELINK_NEVER if nothing is waited for.
relink_status relink_ledger_deadline(const struct relink_ledger *ledger,
                                     uint64_t *deadline_ms);

// Writes how many envelopes wait for an answer on the connection of `attempt`. When a connection that is being drained comes to 0, that is
// RELINK_EVENT_DRAINED.
relink_status relink_ledger_in_hand(const struct relink_ledger *ledger,
                                    uint32_t attempt,
                                    uint32_t *in_hand);

// Moves a ledger into other memory, which is overwritten; the old memory is the caller's again. RELINK_STATUS_TOO_SMALL if the new memory
// has fewer slots (the ledger stays where it is), RELINK_STATUS_OVERLAPPING if both have a byte in common.
relink_status relink_ledger_exchange(struct relink_ledger *ledger,
                                     struct relink_slot *slots,
                                     uint32_t slots_count);

// Writes what can be read of a ledger at this time.
relink_status relink_ledger_view(const struct relink_ledger *ledger,
                                 uint64_t now_ms,
                                 struct relink_ledger_figures *view);

// Makes an empty outbox in this storage, whatever was there. `weight_max` bounds the weight of all that waits, in a unit of the
// caller's (bytes, usually); `when_full` is one of enum relink_when_full.
relink_status relink_outbox_init(struct relink_outbox *outbox,
                                 uint32_t weight_max,
                                 uint8_t when_full);

// Puts a message of this weight behind the others, and writes which ones were dropped for it: with RELINK_WHEN_FULL_DROP_NEWEST it
// may be itself. RELINK_STATUS_FULL or RELINK_STATUS_TOO_HEAVY: it was not taken, and nothing was dropped.
relink_status relink_outbox_push(struct relink_outbox *outbox,
                                 uint32_t token,
                                 uint32_t weight,
                                 struct relink_dropped *dropped);

// Takes the oldest message out and writes its token. RELINK_STATUS_EMPTY if there is none.
relink_status relink_outbox_pop(struct relink_outbox *outbox, uint32_t *token);

// Writes the token of the oldest message, which stays. RELINK_STATUS_EMPTY if there is none.
relink_status relink_outbox_peek(const struct relink_outbox *outbox, uint32_t *token);

// Writes what can be read of an outbox.
relink_status relink_outbox_view(const struct relink_outbox *outbox, struct relink_outbox_figures *view);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* RELINK_H */

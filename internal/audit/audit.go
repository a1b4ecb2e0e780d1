// Package audit keeps what happened: one durable [Event] for every
// authenticated call, in an append-only [Journal], and a [Decision] for every
// denial, which says why. Before a call is forwarded to a model, a
// [Reservation] says what it may cost; the call's event closes it.
//
// It knows the layout of the journal and nothing of how a call is decided,
// priced or answered; it is told. It must never be given prompts, answers or
// secrets: neither record has a place for them.
//
// # The journal
//
// A journal is a folder of segments, each named after the sequence number of
// its first record. A segment starts with a header and goes on with records;
// all integers are big-endian:
//
//	header  magic "HPJRNL1\n" | first sequence u64 | hash before it [32] | created µs u64 | CRC32C u32
//	record  payload length u32 | CRC32C u32 | hash [32] | payload (an Event or a Reservation as JSON)
//
// A record's hash is SHA-256 over the hash of the record before it and its
// payload; the first one follows 32 zero bytes. A record that is changed,
// removed or moved therefore breaks the chain, and [Verify] says where. What no
// chain can show by itself is that its end was cut off, or that all of it was
// written anew: for that, note a [Head] elsewhere and give it to Verify.
package audit

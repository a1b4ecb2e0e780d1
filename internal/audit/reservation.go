package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Reservation is what is written of a call before it is forwarded: whose
// it is, and the most that it may use. The call's event, with the same id,
// closes it. One that is never closed, because the server died, is charged at
// its bounds; so it holds all that such a charge needs.
type Reservation struct {
	ID   string `json:"id"` // of the call
	Time int64  `json:"t"`  // when the call was received, µs since 1970

	Partition   string `json:"part,omitempty"`
	Account     string `json:"acct,omitempty"`
	Region      string `json:"reg,omitempty"`
	Service     string `json:"svc,omitempty"` // "": bedrock-runtime
	Operation   string `json:"op,omitempty"`
	Caller      Caller `json:"who,omitzero"` // with its frozen tags
	Model       string `json:"model,omitempty"`
	Profile     string `json:"profile,omitempty"`
	ProfileKind string `json:"pkind,omitempty"`
	ProfileTags []Tag  `json:"ptags,omitempty"`

	InputBound  int64    `json:"in,omitempty"`     // most input tokens
	OutputBound int64    `json:"out,omitempty"`    // most output tokens
	ImageBound  int64    `json:"img,omitempty"`    // most images
	Cost        int64    `json:"cost,omitempty"`   // most nano-dollars; 0 unless Priced
	Priced      bool     `json:"priced,omitempty"` // whether Cost is known
	Price       string   `json:"price,omitempty"`  // id of the price row
	Budgets     []Charge `json:"bud,omitempty"`    // what it is charged to
}

// Kind tells what a record of the journal is.
type Kind uint8

// The kinds of records.
const (
	EventRecord       Kind = iota // a call that ended: [Record.Event]
	ReservationRecord             // a call that is about to be forwarded: [Record.Reservation]
)

// reservationStart begins the payload of a reservation. No event begins so:
// its first member is always "id".
var reservationStart = []byte(`{"rsv":`)

// reservationID comes before the id of the call in each of them.
var reservationID = []byte(`{"rsv":{"id":"`)

// Kind tells what the record is, without decoding it.
func (r *Record) Kind() Kind {
	if bytes.HasPrefix(r.Payload, reservationStart) {
		return ReservationRecord
	}
	return EventRecord
}

// reservationRecord is the payload of a reservation.
type reservationRecord struct {
	Reservation *Reservation `json:"rsv"`
}

// Reservation decodes a record of kind [ReservationRecord].
func (r *Record) Reservation() (*Reservation, error) {
	var record reservationRecord
	if err := json.Unmarshal(r.Payload, &record); err != nil {
		return nil, fmt.Errorf("decoding reservation %d of the journal: %w", r.Seq, err)
	}
	if record.Reservation == nil {
		return nil, fmt.Errorf("record %d of the journal is no reservation", r.Seq)
	}
	return record.Reservation, nil
}

// Reserved returns the id of the call that a record of kind [ReservationRecord] is
// about, without decoding the rest.
func (r *Record) Reserved() (string, error) {
	if rest, ok := bytes.CutPrefix(r.Payload, reservationID); ok {
		if end := bytes.IndexByte(rest, '"'); end >= 0 && bytes.IndexByte(rest[:end], '\\') < 0 {
			return string(rest[:end]), nil
		}
	}
	reservation, err := r.Reservation()
	if err != nil {
		return "", err
	}
	return reservation.ID, nil
}

// AppendReservation writes r as [Journal.Append] writes an event: when it
// returns without error, r survives the end of this process. Nobody waits for
// the disk: the event that closes r lies behind it, and is synced.
func (j *Journal) AppendReservation(r *Reservation) (uint64, error) {
	payload, err := json.Marshal(reservationRecord{r})
	if err != nil {
		return 0, fmt.Errorf("encoding the reservation of call %s: %w", r.ID, err)
	}
	return j.append(r.ID, payload, nil)
}

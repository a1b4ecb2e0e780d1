package audit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The two kinds of records lie in one journal and are told apart without being
// decoded.
func TestReservationRecords(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := &Reservation{
		ID: "3f2c1a52-7a5e-4c57-9d3e-0f2f6c1d8a11", Time: 1795323092123456, Partition: "aws", Account: "123456789012",
		Region: "us-west-2", Operation: "Converse", Caller: Caller{ARN: "arn:aws:iam::123456789012:user/ana", Tags: []Tag{{Key: "Team", Value: `"{`}}},
		Model: "anthropic.claude-3-5-haiku-20241022-v1:0", ProfileKind: Geographic, ProfileTags: []Tag{{Key: "Team", Value: "web"}},
		InputBound: 100, OutputBound: 200, Cost: 4, Priced: true, Price: "p", Budgets: []Charge{{Budget: "b-1", Instance: "ana", Start: 60}},
	}
	if _, err := j.AppendReservation(want); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(&Event{ID: want.ID, Budgets: want.Budgets}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	var kinds []Kind
	for record, err := range Read(dir, 1) {
		if err != nil {
			t.Fatal(err)
		}
		if kinds = append(kinds, record.Kind()); record.Kind() == EventRecord {
			if e, err := record.Event(); err != nil || e.ID != want.ID {
				t.Errorf("event %+v, %v", e, err)
			}
			if _, err := record.Reservation(); err == nil {
				t.Error("an event passes for a reservation")
			}
			if _, err := record.Reserved(); err == nil {
				t.Error("an event passes for a reservation of a call")
			}
			continue
		}
		got, err := record.Reservation()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		if call, err := record.Reserved(); err != nil || call != want.ID {
			t.Errorf("reserved for %q, %v", call, err)
		}
	}
	if d := cmp.Diff([]Kind{ReservationRecord, EventRecord}, kinds); d != "" {
		t.Error(d)
	}
	if _, err := Verify(dir); err != nil {
		t.Error(err)
	}
}

// An id is found whatever is in it.
func TestReservedUnescapes(t *testing.T) {
	record := Record{Payload: []byte(`{"rsv":{"id":"a\"b","t":1}}`)}
	if call, err := record.Reserved(); err != nil || call != `a"b` {
		t.Errorf("got %q, %v", call, err)
	}
}

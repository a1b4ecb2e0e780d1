package audit

import "testing"

// What was just appended is handed over once; what is not at hand is left to be
// decoded.
func TestTake(t *testing.T) {
	j, err := Open(t.TempDir(), Options{Durability: Process})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	appended := func(e *Event) uint64 {
		seq, err := j.Append(e)
		if err != nil {
			t.Fatal(err)
		}
		return seq
	}
	old := appended(&Event{ID: "old"})
	denied := appended(&Event{ID: "denied", Denial: &Decision{}})
	reserved, err := j.AppendReservation(&Reservation{ID: "reserved"})
	if err != nil {
		t.Fatal(err)
	}
	for range slots - 3 {
		appended(&Event{ID: "other"})
	}
	e := &Event{ID: "new"}
	last := appended(e)
	if last != old+slots {
		t.Fatalf("record %d, want one in the place of %d", last, old)
	}
	for name, seq := range map[string]uint64{"overwritten": old, "denied": denied, "reservation": reserved, "none yet": last + 1} {
		if got := j.Take(seq); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := j.Take(last); got != e {
		t.Errorf("got %+v, want %+v", got, e)
	}
	if got := j.Take(last); got != nil {
		t.Errorf("taken twice: %+v", got)
	}
}

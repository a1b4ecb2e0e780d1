package store_test

import (
	"context"
	"testing"
	"time"

	"hardpan/internal/store"
)

func delivery(id string) *store.Delivery {
	return &store.Delivery{ID: id, Account: account, Webhook: "ops", Body: `{"x":"é"}`, Created: now, Expires: now.Add(time.Hour)}
}

func deliveries(t *testing.T, db *store.DB) {
	ctx := t.Context()
	add := func(id string, most int) bool {
		t.Helper()
		added, err := db.AddDelivery(ctx, delivery(id), most)
		if err != nil {
			t.Fatal(err)
		}
		return added
	}
	if !add("a", 10) || add("a", 10) || !add("b", 10) || add("c", 2) {
		t.Error("the same is told twice, or more than there may be")
	}
	first := take(ctx, t, db, now, 1)
	if len(first) != 1 || first[0].ID != "a" || first[0].Attempts != 1 || first[0].Body != `{"x":"é"}` || !first[0].Expires.Equal(now.Add(time.Hour).Truncate(time.Microsecond)) {
		t.Fatalf("%+v", first)
	}
	if rest := take(ctx, t, db, now, 10); len(rest) != 1 || rest[0].ID != "b" {
		t.Errorf("what is taken is taken again: %+v", rest)
	}
	must(t, db.EndDelivery(ctx, "a", ""))
	must(t, db.RetryDelivery(ctx, "b", now.Add(time.Second), "it was away"))
	if again := take(ctx, t, db, now, 10); len(again) != 0 {
		t.Errorf("not due: %+v", again)
	}
	if again := take(ctx, t, db, now.Add(time.Second), 10); len(again) != 1 || again[0].Attempts != 2 {
		t.Errorf("due again: %+v", again)
	}
	if again := take(ctx, t, db, now.Add(time.Hour), 10); len(again) != 1 || again[0].Attempts != 3 {
		t.Errorf("whoever took it has gone: %+v", again)
	}
	must(t, db.ForgetDeliveries(ctx, now.Add(2*time.Hour)))
	if !add("a", 10) || add("b", 10) {
		t.Error("what expired is remembered, or what is due forgotten")
	}
}

func take(ctx context.Context, t *testing.T, db *store.DB, now time.Time, n int) []store.Delivery {
	t.Helper()
	list, err := db.TakeDeliveries(ctx, now, time.Minute, n)
	must(t, err)
	return list
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package rollup

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/store"
	"hardpan/internal/usage"
)

// One op is one settled call, with its reservation, of one of 200 people and 5
// models.
func BenchmarkMaterialise(b *testing.B) {
	dir := b.TempDir()
	db, err := store.Open(context.Background(), filepath.Join(dir, "hardpan.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	j, err := audit.Open(dir, audit.Options{Durability: audit.Process})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	for i := range b.N {
		person := fmt.Sprintf("p%d@example.com", i%200)
		who := audit.Caller{
			ARN: "arn:aws:sts::123456789012:assumed-role/Engineer/" + person, ID: "AROAEXAMPLE:" + person, Type: "AssumedRole",
			AccessKeyID: fmt.Sprintf("ASIA%016d", i%200),
			Tags:        []audit.Tag{{Key: "UserEmail", Value: person}, {Key: "Department", Value: "Research"}},
		}
		charges := []audit.Charge{{Budget: "b-1", Instance: person, Start: epoch.Unix()}}
		id := audit.NewCallID()
		if _, err := j.AppendReservation(&audit.Reservation{ID: id, Account: account, Caller: who, Budgets: charges}); err != nil {
			b.Fatal(err)
		}
		e := &audit.Event{
			ID: id, Time: epoch.UnixMicro(), Partition: "aws", Account: account, Region: "us-west-2",
			Service: "bedrock-runtime", Operation: "Converse", Verdict: audit.Allow, Outcome: audit.OK, Caller: who,
			Checks: []audit.Check{
				{Action: "bedrock:InvokeModel", Resource: "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abcdefghijkl", Region: "us-west-2", Allowed: true},
				{Action: "bedrock:InvokeModel", Resource: "arn:aws:bedrock:us-west-2::foundation-model/amazon.titan-embed-text-v2:0", Region: "us-west-2", Allowed: true},
			},
			UsedModel: fmt.Sprintf("model-%d", i%5), Tokens: usage.Tokens{Input: 1000, Output: 100}, Cost: 12345, Priced: true, Budgets: charges,
		}
		if _, err := j.Append(e); err != nil {
			b.Fatal(err)
		}
	}
	m, err := Open(context.Background(), Options{DB: db, DataDir: dir, Head: j.Head, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	c := newCounter(m)
	defer c.close()
	b.ResetTimer()
	if err := c.catchUp(context.Background()); err != nil {
		b.Fatal(err)
	}
}

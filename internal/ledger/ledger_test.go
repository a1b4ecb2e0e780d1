package ledger_test

import (
	"testing"

	"hardpan/internal/ledger"
	"hardpan/internal/usage"
)

var _ ledger.Ledger = ledger.Unmetered{}

func TestUnmeteredAdmitsAndNeverClaimsAPrice(t *testing.T) {
	r, err := ledger.Unmetered{}.Reserve(t.Context(), &ledger.Request{InputBound: 1 << 60, OutputBound: 1 << 60})
	if err != nil {
		t.Fatalf("reserve: %v", err)
	}
	cost, err := r.Settle(usage.Tokens{Input: 10, Output: 20}, ledger.Complete)
	if err != nil || cost != (ledger.Cost{}) {
		t.Errorf("settle = %+v, %v; want no cost that claims to be priced", cost, err)
	}
}

func TestUnmeteredCostsNothing(t *testing.T) {
	req := &ledger.Request{}
	n := testing.AllocsPerRun(100, func() {
		r, _ := ledger.Unmetered{}.Reserve(t.Context(), req)
		_, _ = r.Settle(usage.Tokens{}, ledger.Complete)
		r.Release()
	})
	if n != 0 {
		t.Errorf("%v allocations a call, want 0", n)
	}
}

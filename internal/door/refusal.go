package door

import (
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/awserr"
	"hardpan/internal/ledger"
)

// refused keeps why a call that policy allowed found no room in a budget, so
// that it is explained as a denial is. err is what ended the call.
func (v *visit) refused(err error) error {
	r, c := ledger.AsRefusal(err), v.call
	if r == nil || c.DecisionID == "" {
		return err
	}
	answer := *awserr.From(err)
	answer.DecisionID = c.DecisionID
	d := &audit.Decision{
		ID: c.DecisionID, Time: c.Time.UnixMicro(), Revision: v.revision, Account: c.Account, Caller: v.caller(),
		Call: audit.DecisionCall{
			ID: c.ID, Service: c.Op.API.Name, Operation: c.Op.Name, Region: c.Region, RegionFrom: c.RegionFrom,
		},
		Failed: -1, Budget: budgetRefusal(r), Code: answer.Code, Status: answer.Status, Message: answer.Message, Outcome: audit.Refused,
	}
	for _, check := range v.checks {
		d.Checks = append(d.Checks, audit.CheckTrace{Check: check})
	}
	v.denied = d
	return &answer
}

func budgetRefusal(r *ledger.RefusalError) *audit.BudgetRefusal {
	return &audit.BudgetRefusal{
		Why: string(r.Why), ID: r.Budget, Name: r.Name, Covers: r.Covers(), Period: r.Period.String(),
		Unit: string(r.Limit.Unit), Limit: r.Limit.Amount, Settled: r.Settled, Reserved: r.Reserved, Need: r.Need, Least: r.Least,
		Resets: micros(r.Resets), Rate: r.Rate(), Model: r.Model,
	}
}

// micros is t in microseconds since 1970; 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

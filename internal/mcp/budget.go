package mcp

import (
	"context"
	"errors"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/audit"
	"hardpan/internal/awserr"
	"hardpan/internal/ledger"
	"hardpan/internal/mcp/target"
	"hardpan/internal/usage"
)

// A call of a tool that budgets count is reserved before its target is asked, as
// one request that costs nothing, and under the id of the event that says how it
// ended: so a crash between the two loses no count.

// reserve sets a call aside in the budgets of its tool and its gateway; nil if
// there are none. The budgets are those of the gateway's account.
func (v *Visit) reserve(ctx context.Context, p *policies, name string) (*ledger.Reservation, error) {
	call := usage.Call{Gateway: v.Gateway.ID, Tool: name}
	if v.plane.Ledger == nil || len(v.Snapshot.BudgetsFor(&call)) == 0 {
		return nil, nil
	}
	p.use.CallID = audit.NewCallID()
	return v.plane.Ledger.Reserve(ctx, &ledger.Request{
		ID: p.use.CallID, Time: p.asked, Partition: v.Gateway.Partition, Account: v.Gateway.Account, Region: v.Gateway.Region,
		Service: "bedrock-agentcore", Operation: "InvokeGateway", Caller: audit.CallerOf(v.By), Call: call, Free: true,
	})
}

// settle counts a call whose target was asked, whatever it answered. One that the
// gateway's role was not allowed to ask counts nowhere.
func settle(p *policies, r *ledger.Reservation, failed error) {
	if r == nil {
		return
	}
	if e, ok := errors.AsType[*target.Error](failed); ok && e.Action != "" {
		r.Release()
		return
	}
	p.use.Budgets = r.Settle(usage.Tokens{}, true, ledger.Complete).Budgets
}

// noRoom answers a call that no budget has room for, or that could not be
// reserved. The form is Hardpan's own: AWS documents none.
func (v *Visit) noRoom(ctx context.Context, p *policies, why error) (sdk.Result, error) {
	refused := awserr.From(why)
	p.use.Refused, p.use.Message = why, refused.Code+" - "+refused.Message
	if ledger.AsRefusal(why) == nil {
		p.use.Problem = why.Error()
	}
	id, err := p.write(ctx)
	if err != nil {
		return nil, err
	}
	return failedCall(p.use.Message, id), nil
}

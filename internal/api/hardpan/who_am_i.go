package hardpan

import (
	"context"
	"strings"

	"hardpan/internal/op"
	"hardpan/internal/wire/rest"
)

// WhoAmIInput is empty.
type WhoAmIInput struct{}

// WhoAmIOutput is what sts:GetCallerIdentity says, and what policies see of the
// caller besides: the principal's tags, and where calls go that name no region.
type WhoAmIOutput struct {
	Account    *string
	Arn        *string
	UserID     *string
	Type       *string // as CloudTrail's userIdentity: IAMUser, AssumedRole, Root
	HomeRegion *string // nil: none
	Tags       []CallerTag
}

// CallerTag is one tag of a principal: a session's, or those of its user or role.
type CallerTag struct {
	Key   *string
	Value *string
	From  *string // "session" or "principal"
}

var _ = op.Add(&table, (*Service).whoAmI, op.Rule[WhoAmIInput]{
	Access: op.Read,
	Public: "everyone may know who they are, as with sts:GetCallerIdentity",
	Schema: rest.Operation("WhoAmI", "GET", "/whoami", 200, WhoAmIInput{}, WhoAmIOutput{}),
})

func (s *Service) whoAmI(_ context.Context, c *op.Call, _ *WhoAmIInput) (*WhoAmIOutput, error) {
	who, kind := c.Caller, string(c.Caller.Kind)
	out := &WhoAmIOutput{Account: &c.Account, Arn: &who.ARN, UserID: &who.UserID, Type: &kind, Tags: []CallerTag{}}
	if who.HomeRegion != "" {
		out.HomeRegion = &who.HomeRegion
	}
	for entry := range who.Keys.All() {
		if key, ok := strings.CutPrefix(entry.Key, "aws:PrincipalTag/"); ok {
			out.Tags = append(out.Tags, CallerTag{Key: &key, Value: &entry.Values[0], From: &entry.Origin})
		}
	}
	return out, nil
}

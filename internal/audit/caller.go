package audit

import (
	"strings"

	"hardpan/internal/op"
	"hardpan/internal/usage"
)

// Caller is who made a call, as it was at that time.
type Caller struct {
	ARN         string   `json:"arn,omitempty"`
	ID          string   `json:"id,omitempty"`   // "AIDA…", "AROA…:session" or the account
	Type        string   `json:"type,omitempty"` // "Root", "IAMUser", "AssumedRole", "FederatedUser"
	Account     string   `json:"acct,omitempty"` // the caller's own account
	AccessKeyID string   `json:"key,omitempty"`  // access key id, or the id of the API key
	Ancestors   []string `json:"anc,omitempty"`  // ARNs of the sessions it was made from, nearest first
	Tags        []Tag    `json:"tags,omitempty"` // principal tags, frozen
	Bearer      string   `json:"bearer,omitempty"`
}

// CallerOf is who an authenticated caller is, as it is written down.
func CallerOf(who *op.Caller) Caller {
	out := Caller{
		ARN: who.ARN, ID: who.UserID, Type: string(who.Kind), Account: who.Account,
		AccessKeyID: who.AccessKeyID, Ancestors: who.Ancestors, Bearer: who.Bearer,
	}
	for key := range who.Keys.All() {
		if name, ok := strings.CutPrefix(key.Key, "aws:PrincipalTag/"); ok {
			out.Tags = append(out.Tags, Tag{Key: name, Value: key.Values[0]})
		}
	}
	return out
}

// Tag is one tag of a principal or of a profile.
type Tag = usage.Tag
